import type { Block, ChainUpdate } from '@fiducia/consensus/ports';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStore, type KvStore, type StoredLedger } from '../src/index.ts';
import { adopt, blockOn, damage, directivesAt, genesisOf, open } from './stored-chain.ts';

/** What becomes of a write that a crash meets. */
type Fate = 'written' | 'missing' | 'wrong';

/** One thing that a node does. */
type Step =
  | { readonly kind: 'grow'; readonly salt: number }
  | { readonly kind: 'decide'; readonly salt: number }
  | { readonly kind: 'side'; readonly depth: number; readonly salt: number }
  | { readonly kind: 'switch'; readonly depth: number; readonly salt: number }
  | { readonly kind: 'finalize'; readonly depth: number; readonly isProven: boolean; readonly chunks: number };

/** A life of a process: so many steps, and a commit in which power is cut, counted from its start. */
interface Life {
  readonly steps: readonly Step[];
  readonly commitsBefore: number;
  readonly fates: readonly Fate[];
}

const stepOf: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('grow' as const), salt: fc.nat(3) }) },
  fc.record({ kind: fc.constant('decide' as const), salt: fc.nat(3) }),
  fc.record({ kind: fc.constant('side' as const), depth: fc.integer({ min: 1, max: 3 }), salt: fc.nat(3) }),
  fc.record({ kind: fc.constant('switch' as const), depth: fc.integer({ min: 1, max: 3 }), salt: fc.nat(3) }),
  fc.record({ kind: fc.constant('finalize' as const), depth: fc.nat(4), isProven: fc.boolean(), chunks: fc.nat(3) }),
);

const lifeOf: fc.Arbitrary<Life> = fc.record({
  steps: fc.array(stepOf, { minLength: 1, maxLength: 8 }),
  commitsBefore: fc.nat(8),
  fates: fc.array(fc.constantFrom<Fate>('written', 'missing', 'wrong'), { minLength: 12, maxLength: 12 }),
});

const PROOF = Uint8Array.of(7);
const NOTHING_KEPT = { hasProof: false, chunks: 0 };

class PowerCut extends Error {}

/** A store whose power is cut in a commit: of each write, what is drawn for it is on the disk afterwards. */
function cutIn(store: KvStore, { commitsBefore, fates }: Life): KvStore {
  let left = commitsBefore;
  return {
    get: (table, key) => store.get(table, key),
    range: (...parts) => store.range(...parts),
    close: () => store.close(),
    async commit(writes) {
      if (left-- > 0) return store.commit(writes);
      const fateOf = (index: number): Fate => fates[index % fates.length] ?? 'missing';
      await store.commit(writes.filter((_, index) => fateOf(index) !== 'missing'));
      for (const [index, { table, key, value }] of writes.entries()) {
        if (fateOf(index) === 'wrong' && value !== null) await damage(store, table, key, 3);
      }
      throw new PowerCut();
    },
  };
}

/** What an update makes of a chain. */
interface Standing {
  readonly head: Block;
  readonly final: Block;
}

/** What is kept beside a block that was made final. */
interface Kept {
  readonly id: string;
  readonly hasProof: boolean;
  readonly chunks: number;
}

/** An update, and what holds after it. */
interface Update {
  readonly standing: Standing;
  readonly blocks: readonly Block[];
  readonly kept?: Kept;
}

/** A node through all its lives on one disk, and what it told others. */
class Node {
  readonly #disk = createMemoryStore();
  /** Every block that was ever made. */
  readonly #made = new Map<string, Block>();
  readonly #told = new Map<string, Block>();
  readonly #kept = new Map<string, Kept>();
  #standing: Standing | undefined;
  /** What the update was for in which power was cut, of which nobody was told. */
  #untold: Update | undefined;

  /** @returns Whether power was cut. */
  async live(life: Life): Promise<boolean> {
    try {
      const ledger = await open(cutIn(this.#disk, life));
      await this.#check(ledger);
      for (const step of life.steps) await this.#take(ledger, step);
      return false;
    } catch (thrown) {
      if (!(thrown instanceof PowerCut)) throw thrown;
      return true;
    }
  }

  /** As a new process finds it: nothing that anybody was told of is lost, and what is left of the rest harms nobody. */
  async #check(ledger: StoredLedger): Promise<void> {
    const genesis = await genesisOf(ledger);
    this.#made.set(genesis.header.id, genesis);
    const told = this.#standing ?? { head: genesis, final: genesis };
    const untold: Update = this.#untold ?? { standing: told, blocks: [] };
    const [head, final] = [await ledger.read({ kind: 'head' }), await ledger.read({ kind: 'finalized' })];
    const found = [head?.block.header.id, final?.block.header.id];
    const ways = [told, untold.standing];
    expect(ways.map((way) => [way.head.header.id, way.final.header.id])).toContainEqual(found);
    const { standing } = untold;
    // A block beside the chain leaves no trace of whether all of it was written.
    const isMoved = standing.head !== told.head || standing.final !== told.final;
    const isDone = isMoved && standing.head.header.id === found[0] && standing.final.header.id === found[1];
    this.#untold = undefined;
    this.#standing = told;
    if (isDone) this.#tell(untold);
    for (const id of this.#made.keys()) {
      const stored = await ledger.read({ kind: 'id', id });
      if (stored === null) expect(this.#told.has(id) && !this.#isRuledOut(id), id).toBe(false);
      else expect(stored.block.header.id).toBe(id);
      const parts = [...(stored?.checkpoint ?? [])].length;
      const { hasProof, chunks } = this.#kept.get(id) ?? NOTHING_KEPT;
      // What an update left of which nobody was told may be there as well: it is of that block, and whole.
      expect(parts).toBeGreaterThanOrEqual(chunks);
      expect(stored?.proof ?? (hasProof ? null : PROOF)).toEqual(PROOF);
    }
    for (let block = this.#standing.head; block.header.height > 0; block = this.#parentOf(block)) {
      const stored = await ledger.read({ kind: 'height', height: block.header.height });
      expect(stored?.block.header.id).toBe(block.header.id);
    }
  }

  async #take(ledger: StoredLedger, step: Step): Promise<void> {
    const { head, final } = this.#standing ?? expect.unreachable();
    const depth = 'depth' in step ? Math.min(step.depth, head.header.height - final.header.height) : 0;
    const parent = this.#below(head, depth);
    if (step.kind === 'finalize') {
      if (parent.header.height <= final.header.height) return;
      const { id } = parent.header;
      // Equal ones are stored once.
      const chunks = Array.from({ length: step.chunks }, (_, index) => Uint8Array.of(index));
      const kept = { id, hasProof: step.isProven, chunks: step.chunks };
      return this.#commit(
        ledger,
        { standing: { head, final: parent }, blocks: [], kept },
        {
          headId: head.header.id,
          finalized: { id, ...(step.isProven && { proof: PROOF }) },
          ...(step.chunks > 0 && { checkpoint: { id, chunks } }),
        },
      );
    }
    const blocks: Block[] = [];
    const count = step.kind === 'switch' ? depth + 1 : 1;
    for (let index = 0; index < count; index++) {
      const on: Block = blocks.at(-1) ?? parent;
      blocks.push(await blockOn(ledger, on, step.salt, directivesAt(on.header.height + 1)));
    }
    const tip = blocks.at(-1) ?? expect.unreachable();
    // A host that was restarted knows the adopted branch alone, and stores what comes again beside it.
    if (step.kind === 'side') {
      if (tip.header.id === head.header.id) return;
      return this.#commit(ledger, { standing: { head, final }, blocks }, { headId: head.header.id });
    }
    if (this.#told.has(tip.header.id)) return;
    if (step.kind === 'decide') {
      const { id } = tip.header;
      const kept = { id, hasProof: true, chunks: 0 };
      return this.#commit(
        ledger,
        { standing: { head: tip, final: tip }, blocks, kept },
        {
          store: [{ block: tip, record: Uint8Array.of(1), proof: PROOF }],
          headId: id,
          applied: [id],
          finalized: { id, proof: PROOF },
        },
      );
    }
    const reverted = Array.from({ length: depth }, (_, index) => this.#below(head, index).header.id);
    const applied = blocks.map(({ header }) => header.id);
    const update = { standing: { head: tip, final }, blocks };
    await this.#commit(ledger, update, { headId: tip.header.id, reverted, applied });
  }

  async #commit(ledger: StoredLedger, update: Update, changes: Partial<ChainUpdate>): Promise<void> {
    for (const block of update.blocks) this.#made.set(block.header.id, block);
    this.#untold = update;
    await adopt(ledger, update.blocks, { applied: [], ...changes });
    this.#untold = undefined;
    this.#tell(update);
  }

  #tell({ standing, blocks, kept }: Update): void {
    this.#standing = standing;
    for (const block of blocks) this.#told.set(block.header.id, block);
    if (kept !== undefined) this.#kept.set(kept.id, kept);
  }

  #parentOf({ header }: Block): Block {
    return this.#made.get(header.parentId) ?? expect.unreachable();
  }

  #below(block: Block, count: number): Block {
    return count === 0 ? block : this.#below(this.#parentOf(block), count - 1);
  }

  /** Neither below the final block nor above it. */
  #isRuledOut(id: string): boolean {
    const final = this.#standing?.final ?? expect.unreachable();
    const block = this.#made.get(id) ?? expect.unreachable();
    const apart = block.header.height - final.header.height;
    const [upper, lower] = apart > 0 ? [block, final] : [final, block];
    return this.#below(upper, Math.abs(apart)).header.id !== lower.header.id;
  }
}

describe('a store whose power is cut again and again (storage S2, S3, S9, S10)', () => {
  it('keeps what anybody was told of, opens, and answers about every block that was ever made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(lifeOf, { minLength: 2, maxLength: 8 }), async (lives) => {
        const node = new Node();
        for (const life of lives) await node.live(life);
        expect(await node.live({ steps: [{ kind: 'grow', salt: 9 }], commitsBefore: 99, fates: ['written'] })).toBe(
          false,
        );
      }),
      { numRuns: Number(process.env.LEDGER_LIVES ?? 150) },
    );
  });
});

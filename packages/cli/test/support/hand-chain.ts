import type { Bytes } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { computeBodyRoot, decodeBlock, encodeBlock, type Ledger, type LedgerStateView } from '@fiducia/ledger';
import { expect } from 'vitest';
import { createCompareNetwork, setUpForComparison } from '../../src/compare/network.ts';
import type { WorkloadTransaction } from '../../src/compare/workload/pen.ts';
import { MARKET_SLOT_MS, PHASES, phaseStart } from '../../src/compare/workload/timeline.ts';

/** The chain of a comparison without consensus: one ledger, and the host's part played by hand. */
export class HandChain {
  readonly ledger: Ledger;
  readonly crypto: Awaited<ReturnType<typeof createCompareNetwork>>['crypto'];
  #headId = '';

  private constructor({ observer, crypto }: Awaited<ReturnType<typeof createCompareNetwork>>) {
    this.ledger = observer.node.ledger;
    this.crypto = crypto;
  }

  static async start(seed: number): Promise<HandChain> {
    const chain = new HandChain(await createCompareNetwork(seed, setUpForComparison('dpos')));
    const genesis = await chain.ledger.read({ kind: 'genesis' });
    chain.#headId = genesis?.block.header.id ?? '';
    return chain;
  }

  get state(): LedgerStateView {
    return this.ledger.stateAt() ?? expectState();
  }

  /** Builds and adopts a block with everything that can be executed; returns the encodings of what stands in it. */
  async extend(timestamp: number): Promise<readonly Bytes[]> {
    const block = await this.#build(timestamp);
    const result = await this.ledger.execute(block, { directives: [] });
    if (result.kind !== 'executed') throw new Error(JSON.stringify(result));
    const { id } = block.header;
    await this.ledger.commit({ store: [{ block, record: new Uint8Array() }], headId: id, reverted: [], applied: [id] });
    this.#headId = id;
    return this.#decode(block.bytes).transactions.map(({ bytes }) => bytes);
  }

  /** Code with which a block on the head is refused that holds exactly this transaction; `null` if it is valid. */
  async codeAgainst(transaction: Bytes, timestamp: number): Promise<string | null> {
    const { fields } = this.#decode((await this.#build(timestamp)).bytes);
    const body = { transactions: [transaction], roundVotes: [], evidence: [], certificates: [] };
    const bytes = encodeBlock({ ...fields, bodyRoot: computeBodyRoot(body) }, body);
    const block = this.ledger.decode(bytes, 'block');
    if (block === null) return this.ledger.refusalOf?.(bytes) ?? '';
    const result = await this.ledger.execute(block, { directives: [] });
    return result.kind === 'invalid' ? result.code : null;
  }

  async #build(timestamp: number): Promise<Block> {
    const built = await this.ledger.build({
      parentId: this.#headId,
      timestamp,
      author: 'somebody',
      protocol: 'test@1',
      digest: new Uint8Array(),
      directives: [],
      evidence: [],
      certificates: [],
      deadline: timestamp,
    });
    return built ?? expectState();
  }

  #decode(bytes: Bytes) {
    const block = decodeBlock(bytes);
    if (typeof block === 'string') throw new Error(block);
    return block;
  }
}

/**
 * Application root after good transactions were executed on such a chain.
 *
 * @param cut - Blocks in a market slot.
 */
export async function applicationRootWithoutConsensus(
  seed: number,
  transactions: readonly WorkloadTransaction[],
  cut: number,
): Promise<string> {
  const chain = await HandChain.start(seed);
  for (let phase = 0; phase < PHASES; phase++) {
    const waiting = transactions.filter((transaction) => transaction.phase === phase);
    const size = Math.ceil(waiting.length / cut);
    for (let block = 0; block < cut; block++) {
      const batch = waiting.slice(block * size, (block + 1) * size);
      for (const { bytes } of batch) expect(await chain.ledger.submit(bytes)).toMatchObject({ kind: 'added' });
      const included = await chain.extend(phaseStart(phase) + Math.floor((MARKET_SLOT_MS * block) / cut));
      expect(included.length).toBe(batch.length);
    }
  }
  return Buffer.from(chain.state.applicationRoot).toString('hex');
}

function expectState(): never {
  throw new Error('the chain is broken');
}

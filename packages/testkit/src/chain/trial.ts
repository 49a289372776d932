/**
 * One trial of a chain: a new place, and the part of the host played by hand.
 *
 * @module
 */
import type { Bytes, Directive, FactKind } from '@fiducia/consensus';
import type { Block, BuildRequest, ChainPort, ChainUpdate, StoredBlock } from '@fiducia/consensus/ports';
import { fingerprint } from '../inspect/fingerprint.ts';
import type { ChainPlace, ChainSubject } from './subject.ts';

/** A requirement as the suite keeps it. */
export interface Requirement {
  readonly title: string;
  /** What the chain has to have so that it concerns it. */
  readonly needs?: 'durability' | 'powerLoss' | 'transactions';
  check(trial: Trial): Promise<void>;
}

/** A sealed block, and what it was built under. */
export interface Made {
  readonly block: Block;
  readonly directives: readonly Directive[];
}

const SLOT_MS = 1_000;
const PROTOCOL = 'testkit@1';
const SEAL_BYTES = 65;

/** A chain on trial. */
export class Trial {
  readonly subject: ChainSubject;
  readonly place: ChainPlace;
  /** Fails the trial unless `holds`; `what` says what was seen. */
  readonly require: (holds: boolean, what: string) => void;
  #chain: ChainPort;

  private constructor(subject: ChainSubject, place: ChainPlace, chain: ChainPort, require: Trial['require']) {
    this.subject = subject;
    this.place = place;
    this.require = require;
    this.#chain = chain;
  }

  /** A trial on a new place; the place of a chain that does not start is given back. */
  static async begin(subject: ChainSubject, require: Trial['require']): Promise<Trial> {
    const place = await subject.create();
    try {
      const trial = new Trial(subject, place, await place.open(), require);
      await trial.#start();
      return trial;
    } catch (thrown) {
      await place.dispose?.();
      throw thrown;
    }
  }

  /** Another trial of the same subject, in a place of its own, which is given back at the end of `work`. */
  async apart<T>(work: (other: Trial) => Promise<T>): Promise<T> {
    const other = await Trial.begin(this.subject, this.require);
    try {
      return await work(other);
    } finally {
      await other.end();
    }
  }

  async end(): Promise<void> {
    await this.place.dispose?.();
  }

  get chain(): ChainPort {
    return this.#chain;
  }

  /** The process ends, and another one begins. */
  async restart(): Promise<void> {
    this.#chain = await this.place.open();
    await this.#start();
  }

  /** As a host does whenever it starts (contract section 11). */
  async #start(): Promise<void> {
    await this.execute({ block: await this.genesis(), directives: [] }, [...this.#chain.provides]);
  }

  async genesis(): Promise<Block> {
    const stored = await this.#chain.read({ kind: 'genesis' });
    this.require(stored !== null, 'there is no genesis');
    return (stored as StoredBlock).block;
  }

  /** What would be built on a block; `salt` makes siblings differ. */
  requestOn(parent: Block, salt = 0): BuildRequest {
    const { authors, slotMs = SLOT_MS, protocol = PROTOCOL } = this.subject;
    const author = authors[(parent.header.height + salt) % authors.length] ?? '';
    return {
      parentId: parent.header.id,
      timestamp: parent.header.timestamp + slotMs * (1 + salt),
      author,
      protocol,
      digest: Uint8Array.of(salt),
      directives: [{ kind: 'reward', actor: author, units: BigInt(1 + salt) }],
      evidence: [],
      certificates: [],
      deadline: Number.MAX_SAFE_INTEGER,
    };
  }

  /** Builds what was asked for. */
  async build(parent: Block, request: BuildRequest): Promise<Block> {
    await this.place.fill?.(parent.header.height + 1);
    const built = await this.#chain.build(request);
    this.require(built !== null, `no block is built on block ${parent.header.height}`);
    return built as Block;
  }

  /** A sealed block on a parent, not yet executed. */
  async make(parent: Block, salt = 0, changes: Partial<BuildRequest> = {}): Promise<Made> {
    const request = { ...this.requestOn(parent, salt), ...changes };
    const block = this.#chain.seal(await this.build(parent, request), new Uint8Array(SEAL_BYTES).fill(salt + 1));
    return { block, directives: request.directives };
  }

  /** A sealed block with exactly these transactions, whatever is wrong about them; `null` if no block can hold them. */
  async forge(parent: Block, transactions: readonly Bytes[]): Promise<Made | null> {
    const { forge } = this.place;
    this.require(forge !== undefined, 'a place of a chain with transactions has no forge');
    const request = this.requestOn(parent);
    const block = (await forge?.(parent, request, transactions)) ?? null;
    if (block === null) return null;
    return { block: this.#chain.seal(block, new Uint8Array(SEAL_BYTES).fill(1)), directives: request.directives };
  }

  /** Hands a transaction in, as a user would. */
  async submit(transaction: Bytes): Promise<void> {
    const { submit } = this.place;
    this.require(submit !== undefined, 'a place of a chain with transactions has no submit');
    await submit?.(transaction);
  }

  /** Executes a block that has to be executable. @returns A text of the facts, and of the census if one was asked for. */
  async execute({ block, directives }: Made, census?: readonly FactKind[]): Promise<string> {
    const result = await this.#chain.execute(block, { directives, ...(census && { census }) });
    const found = result.kind === 'invalid' ? `invalid: ${result.code}` : result.kind;
    this.require(result.kind === 'executed', `block ${block.header.height} is ${found}`);
    if (result.kind !== 'executed') return '';
    return fingerprint([result.facts, ...(result.census ? [[...result.census]] : [])]);
  }

  /** Executes and stores blocks, each the child of the one before, and adopts the last of them. */
  async adopt(made: readonly Made[], changes: Partial<ChainUpdate> = {}): Promise<void> {
    for (const one of made) await this.execute(one);
    await this.#chain.commit(updateOf(made, changes));
  }

  /** Blocks in a row, each adopted by an update of its own. */
  async grow(parent: Block, count: number, salt = 0): Promise<readonly Made[]> {
    const made: Made[] = [];
    for (let index = 0; index < count; index++) {
      const one = await this.make(made.at(-1)?.block ?? parent, salt);
      await this.adopt([one]);
      made.push(one);
    }
    return made;
  }

  /** What another node builds that adopted `prefix`, from genesis on, and then this many blocks of its own. */
  elsewhere(prefix: readonly Made[], count: number, salt: number): Promise<readonly Made[]> {
    return this.apart(async (maker) => {
      for (const one of prefix) await maker.adopt([one]);
      return maker.grow(prefix.at(-1)?.block ?? (await maker.genesis()), count, salt);
    });
  }
}

/** The update that stores blocks and adopts the last of them. */
export function updateOf(made: readonly Made[], changes: Partial<ChainUpdate> = {}): ChainUpdate {
  const ids = made.map(({ block }) => block.header.id);
  const store = made.map(({ block }) => ({ block, record: recordOf(block) }));
  return { store, headId: ids.at(-1) ?? '', reverted: [], applied: ids, ...changes };
}

/** What the host would keep along with a block. */
export function recordOf({ header }: Block): Bytes {
  return Uint8Array.of(0, 255, header.height & 255, ...header.sealHash);
}

/** A text that is equal for equal blocks; what a chain adds to a block for itself does not count. */
export function textOf(block: Block | null | undefined): string {
  if (block === null || block === undefined) return 'none';
  const { header, headerBytes, bytes, evidence, certificates } = block;
  return fingerprint({ header, headerBytes, bytes, evidence, certificates });
}

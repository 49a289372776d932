/**
 * Consensus states by block: kept for a while, checkpointed now and then, derived again whenever one is missing.
 *
 * @module
 */
import type { Block } from '@ethereumjs/block';
import type { Blockchain } from '@ethereumjs/blockchain';
import { bytesToHex, type DB } from '@ethereumjs/util';
import {
  type BlockId,
  ByteReader,
  type Bytes,
  ByteWriter,
  type ConsensusHeader,
  type ConsensusPlugin,
  type ConsensusRules,
  compareBytes,
  type Fact,
  LIMITS,
  type Tip,
  tryDecode,
  type Validator,
} from '@fiducia/consensus';
import { findBlock } from './blocks.ts';
import type { FactSource } from './facts.ts';
import { blockIdOf, type ChainIdentity, projectHeader } from './identity.ts';

/** Key-value store of checkpoints, as EthereumJS has them: a `MapDB`, or a database on disk. */
export type CheckpointStore = DB<string, Uint8Array>;

/** A tip together with the root of the virtual machine's state after it. */
export interface RootedTip<State> {
  /** Block and consensus state. */
  readonly tip: Tip<State>;
  /** Root of the state of accounts. */
  readonly root: Bytes;
}

/** What states are derived with. */
export interface StatesOptions<State> {
  readonly blockchain: Blockchain;
  readonly identity: ChainIdentity;
  readonly rules: ConsensusRules<State>;
  readonly requires: ConsensusPlugin['requires'];
  readonly facts: FactSource;
  readonly validators: readonly Validator[];
  readonly store: CheckpointStore | undefined;
  readonly statesMax: number;
  readonly checkpointBlocks: number;
}

/** Checkpoints kept: enough for a reorganisation that is deeper than the memory. */
const CHECKPOINTS_MAX = 4;
const INDEX = 'checkpoints';
const HEIGHT_BYTES = 8;

/** States of all branches. */
export class States<State> {
  readonly #options: StatesOptions<State>;
  /** Oldest use first. */
  readonly #known = new Map<BlockId, RootedTip<State>>();

  constructor(options: StatesOptions<State>) {
    this.#options = options;
  }

  /** The state after a stored block, or `null` if a block or a state of accounts that it needs is not here. */
  async after(id: BlockId): Promise<RootedTip<State> | null> {
    const missing: BlockId[] = [];
    let cursor = id;
    for (;;) {
      const known = this.#recall(cursor) ?? (await this.#restore(cursor));
      if (known !== undefined) return this.#derive(known, missing);
      const block = await this.#blockOf(cursor);
      if (block === undefined) return null;
      if (block.isGenesis()) {
        const genesis = await this.#begin(block);
        return genesis === null ? null : this.#derive(genesis, missing);
      }
      missing.push(cursor);
      cursor = blockIdOf(block.header.parentHash);
    }
  }

  /** Applies the blocks `missing`, newest first, to the state they build on. */
  async #derive(base: RootedTip<State>, missing: BlockId[]): Promise<RootedTip<State> | null> {
    let current = base;
    for (let id = missing.pop(); id !== undefined; id = missing.pop()) {
      const block = await this.#blockOf(id);
      const next = block === undefined ? null : await this.extend(current, block);
      if (next === null) return null;
      current = next;
    }
    return current;
  }

  /** The state after an executed child of `parent`, or `null` if the state of accounts is not here. */
  async extend(parent: RootedTip<State>, block: Block): Promise<RootedTip<State> | null> {
    const { rules, facts, identity } = this.#options;
    const header = projectHeader(block.header, identity);
    if (header === undefined) return null;
    const root = block.header.stateRoot;
    const told = await facts.factsOf({ height: header.height, parentRoot: parent.root, root });
    if (told === null) return null;
    const totalWeight = parent.tip.totalWeight + (rules.branchWeight?.(parent.tip.state, header) ?? 1n);
    const state = rules.applyHeader(parent.tip.state, header, this.#filter(told));
    const next = { tip: { header, state, totalWeight }, root };
    this.#keep(next);
    await this.#checkpoint(next);
    return next;
  }

  async #begin(block: Block): Promise<RootedTip<State> | null> {
    const { rules, facts, identity, validators } = this.#options;
    const header = projectHeader(block.header, identity);
    const root = block.header.stateRoot;
    const census = await facts.census(root);
    if (census === null || header === undefined) return null;
    const handover = { validators, randomness: identity.chainId, extra: new Map<string, Bytes>() };
    const state = rules.initialState({ era: 0, parent: header, handover, census: this.#filter(census) });
    const genesis = { tip: { header, state, totalWeight: 0n }, root };
    this.#keep(genesis);
    return genesis;
  }

  #filter(facts: readonly Fact[]): readonly Fact[] {
    const { facts: required, optionalFacts = [] } = this.#options.requires;
    return facts.filter(({ kind }) => required.includes(kind) || optionalFacts.includes(kind));
  }

  #recall(id: BlockId): RootedTip<State> | undefined {
    const known = this.#known.get(id);
    if (known === undefined) return undefined;
    this.#known.delete(id);
    this.#known.set(id, known);
    return known;
  }

  #keep(item: RootedTip<State>): void {
    this.#known.set(item.tip.header.id, item);
    if (this.#known.size <= this.#options.statesMax) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  #blockOf(id: BlockId): Promise<Block | undefined> {
    return findBlock(this.#options.blockchain, id);
  }

  async #checkpoint({ tip }: RootedTip<State>): Promise<void> {
    const { store, checkpointBlocks, rules, identity } = this.#options;
    const { height, id } = tip.header;
    if (store === undefined || height % checkpointBlocks !== 0) return;
    const chunks = [...rules.codec.encode(tip.state)];
    const writer = new ByteWriter().bigint(tip.totalWeight).uint(chunks.length, 4);
    for (const chunk of chunks) writer.bytes(chunk);
    const body = writer.finish();
    const sealed = new ByteWriter().bytes(identity.sha256(body)).bytes(body).finish();
    await store.put(this.#keyOf(id), sealed, ENCODING);
    await this.#index(store, { height, id });
  }

  async #index(store: CheckpointStore, added: Pick<ConsensusHeader, 'height' | 'id'>): Promise<void> {
    const encoded = await store.get(this.#keyOf(INDEX), ENCODING);
    const before = encoded === undefined ? [] : (tryDecode(() => decodeIndex(encoded)) ?? []);
    const all = [...before.filter(({ id }) => id !== added.id), added].sort((a, b) => b.height - a.height);
    const dropped = all.splice(CHECKPOINTS_MAX);
    const writer = new ByteWriter().uint(all.length, 1);
    for (const { height, id } of all) writer.uint(height, HEIGHT_BYTES).text(id);
    await store.put(this.#keyOf(INDEX), writer.finish(), ENCODING);
    for (const { id } of dropped) await store.del(this.#keyOf(id), { keyEncoding: 'string' });
  }

  /** What a checkpoint holds; one that is torn is treated as absent, since every state can be derived again. */
  async #restore(id: BlockId): Promise<RootedTip<State> | undefined> {
    const { store, identity, rules } = this.#options;
    const encoded = await store?.get(this.#keyOf(id), ENCODING);
    const block = encoded === undefined ? undefined : await this.#blockOf(id);
    const header = block === undefined ? undefined : projectHeader(block.header, identity);
    if (encoded === undefined || block === undefined || header === undefined) return undefined;
    const restored = tryDecode(() => {
      const outer = new ByteReader(encoded, 'checkpoint');
      const sum = outer.bytes();
      const body = outer.bytes();
      outer.finish();
      if (compareBytes(sum, identity.sha256(body)) !== 0) return undefined;
      const reader = new ByteReader(body, 'checkpoint');
      const totalWeight = reader.bigint();
      const chunks = Array.from({ length: reader.uint(4) }, () => reader.bytes(LIMITS.stateChunkBytes));
      reader.finish();
      return { tip: { header, state: rules.codec.decode(chunks), totalWeight }, root: block.header.stateRoot };
    });
    if (restored !== undefined) this.#keep(restored);
    return restored;
  }

  /** The identity of the chain covers its rules, so no chain reads states of others out of a common store. */
  #keyOf(name: string): string {
    return `fiducia/${bytesToHex(this.#options.identity.chainId)}/${name}`;
  }
}

const ENCODING = { keyEncoding: 'string', valueEncoding: 'view' } as const;

function decodeIndex(bytes: Bytes): Pick<ConsensusHeader, 'height' | 'id'>[] {
  const reader = new ByteReader(bytes, 'checkpoints');
  const items = Array.from({ length: reader.uint(1) }, () => ({
    height: reader.uint(HEIGHT_BYTES),
    id: reader.text(),
  }));
  reader.finish();
  return items;
}

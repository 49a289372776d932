/** The chain as a port of the host: six methods, each in terms of the chain that was there before. */
import type { BlockId, Bytes, FactKind } from '@fiducia/consensus';
import type {
  Block,
  BlockLocator,
  BuildRequest,
  ChainPort,
  ChainUpdate,
  ExecuteRequest,
  ExecutionResult,
  StoredBlock,
} from '@fiducia/consensus/ports';
import { makeBlock } from '../kv/block.ts';
import type { Disk } from '../kv/journal.ts';
import type { Pool } from '../kv/pool.ts';
import { applyTransactions } from '../kv/rules.ts';
import { Store } from '../kv/store.ts';
import type { Tree } from '../kv/tree.ts';
import { applyDirectives, censusOf, factOf } from './facts.ts';
import { attach, bytesOf, fromHost, fromPeer, hexOf, toHost } from './projection.ts';

const TRANSACTIONS_MAX = 100;

export class KvChainPort implements ChainPort {
  readonly provides: ReadonlySet<FactKind> = new Set(['admission', 'exit', 'deposit', 'ballot', 'participation']);
  readonly store: Store;
  readonly #chain: string;
  readonly #pool: Pool;

  constructor(chainId: Bytes, allocation: Tree, pool: Pool, disk: Disk) {
    const origin = { height: 0, parentId: '', time: 0, author: '', engine: 'kv@1', extra: '', root: allocation.root };
    this.store = new Store(makeBlock(origin, { transactions: [], attachments: [] }), allocation, disk);
    this.#chain = hexOf(chainId);
    this.#pool = pool;
  }

  async read(locator: BlockLocator): Promise<StoredBlock | null> {
    const { kind } = locator;
    const id = kind === 'id' ? locator.id : this.store.idOf(kind === 'height' ? locator.height : kind);
    const stored = id === undefined ? undefined : this.store.get(id);
    if (stored === undefined) return null;
    const { record = '', proof, checkpoint } = stored.notes;
    return {
      block: toHost(this.#chain, stored.block),
      record: bytesOf(record),
      ...(proof !== undefined && { proof: bytesOf(proof) }),
      ...(checkpoint !== undefined && { checkpoint: checkpoint.split(' ').map(bytesOf) }),
    };
  }

  decode(bytes: Bytes, part: 'block' | 'header'): Block | null {
    return fromPeer(this.#chain, bytes, part);
  }

  async build(request: BuildRequest): Promise<Block | null> {
    const { parentId, timestamp: time, author, protocol: engine, digest, directives } = request;
    const [parent, below] = [this.store.stateAt(parentId), this.store.get(parentId)];
    if (parent === undefined || below === undefined) return null;
    const height = below.block.header.height + 1;
    const { state: before } = applyDirectives(parent, directives);
    const { state, transactions } = this.#pool.select(before, { height, parentId }, TRANSACTIONS_MAX);
    const header = { parentId, height, time, author, engine, extra: hexOf(digest), root: state.root };
    return toHost(this.#chain, makeBlock(header, { transactions, attachments: attach(request) }));
  }

  seal(block: Block, seal: Bytes): Block {
    const { header, body } = fromHost(block);
    return toHost(this.#chain, { header: { ...header, seal: hexOf(seal) }, body });
  }

  async execute(block: Block, { directives, census }: ExecuteRequest): Promise<ExecutionResult> {
    const { header, body } = fromHost(block);
    const { id, height } = block.header;
    const parent = this.store.stateAt(header.parentId);
    if (parent === undefined) return { kind: 'unavailable' };
    const { transactions = [] } = body ?? {};
    if (!transactions.every((item) => this.#pool.isSigned(item))) return { kind: 'invalid', code: 'TX_SIGNATURE' };
    const before = applyDirectives(parent, directives);
    const after = applyTransactions(before.state, transactions, header);
    if ('refused' in after) return { kind: 'invalid', code: after.refused };
    if (after.state.root !== header.root) return { kind: 'invalid', code: 'WRONG_ROOT' };
    this.store.remember(id, { state: after.state, height, writes: after.state.changesSince(parent) });
    const facts = [...before.changes, ...after.changes].map((change) => factOf(change, height));
    return { kind: 'executed', facts, ...(census && { census: censusOf(after.state, census) }) };
  }

  async commit({ store, reverted, applied, finalized, checkpoint }: ChainUpdate): Promise<void> {
    const notes: [BlockId, string, string][] = [];
    for (const { block, record, proof } of store) {
      notes.push([block.header.id, 'record', hexOf(record)]);
      if (proof !== undefined) notes.push([block.header.id, 'proof', hexOf(proof)]);
    }
    if (finalized?.proof !== undefined) notes.push([finalized.id, 'proof', hexOf(finalized.proof)]);
    if (checkpoint !== undefined) {
      notes.push([checkpoint.id, 'checkpoint', Array.from(checkpoint.chunks, hexOf).join(' ')]);
    }
    const blocks = store.map(({ block }) => fromHost(block));
    const final = finalized && { finalized: finalized.id };
    this.store.commit({ blocks, reverted: reverted.length, applied, notes, ...final });
  }
}

/** A ledger on a store with the host's part played by hand: blocks on any parent, and updates of any form. */
import type { BlockId, Bytes, Directive } from '@fiducia/consensus';
import type { Block, ChainUpdate } from '@fiducia/consensus/ports';
import {
  createMemoryStore,
  type KvStore,
  type KvWrite,
  type LedgerLimits,
  openLedger,
  type StoredLedger,
} from '../src/index.ts';
import { stubCrypto, testGenesis } from './support.ts';

const END = new Uint8Array(256).fill(255);

const TABLES = ['meta', 'blocks', 'heights', 'branches', 'proofs', 'checkpoints', 'chunks', 'state'];

export function open(store: KvStore, limits?: Partial<LedgerLimits>): Promise<StoredLedger> {
  return openLedger({ genesis: testGenesis(), crypto: stubCrypto(), store, ...(limits && { limits }) });
}

/** A block on a parent; `salt` makes siblings differ. */
export async function blockOn(
  ledger: StoredLedger,
  parent: Block,
  salt = 0,
  directives: readonly Directive[] = [],
): Promise<Block> {
  const built = await ledger.build({
    parentId: parent.header.id,
    timestamp: parent.header.timestamp + 1_000,
    author: 'node1',
    protocol: 'test@1',
    digest: Uint8Array.of(salt),
    directives,
    evidence: [],
    certificates: [],
    deadline: 0,
  });
  if (built === null) throw new Error('not built');
  const block = ledger.seal(built, Uint8Array.of(7));
  const result = await ledger.execute(block, { directives });
  if (result.kind !== 'executed') throw new Error(`not executed: ${result.kind}`);
  return block;
}

export async function genesisOf(ledger: StoredLedger): Promise<Block> {
  const stored = await ledger.read({ kind: 'genesis' });
  if (stored === null) throw new Error('no genesis');
  return stored.block;
}

/** Stores blocks and, unless told otherwise, adopts them. */
export async function adopt(
  ledger: StoredLedger,
  blocks: readonly Block[],
  changes: Partial<ChainUpdate> = {},
): Promise<void> {
  const ids = blocks.map(({ header }) => header.id);
  await ledger.commit({
    store: blocks.map((block) => ({ block, record: Uint8Array.of(1, block.header.height & 255) })),
    headId: ids.at(-1) ?? '',
    reverted: [],
    applied: ids,
    ...changes,
  });
}

/** What blocks of {@link grow} are executed with. */
export function directivesAt(height: number): readonly Directive[] {
  return [{ kind: 'reward', actor: 'node2', units: BigInt(height) }];
}

/** Blocks one after the other, each adopted in an update of its own. */
export async function grow(
  ledger: StoredLedger,
  from: Block,
  count: number,
  changes: (block: Block) => Partial<ChainUpdate> = () => ({}),
): Promise<Block[]> {
  const blocks: Block[] = [];
  let parent = from;
  for (let index = 0; index < count; index++) {
    parent = await blockOn(ledger, parent, 0, directivesAt(parent.header.height + 1));
    await adopt(ledger, [parent], changes(parent));
    blocks.push(parent);
  }
  return blocks;
}

export async function headOf(ledger: StoredLedger): Promise<BlockId> {
  return (await ledger.read({ kind: 'head' }))?.block.header.id ?? '';
}

/** A store in memory that remembers its commits. */
export function recordCommits(
  store: KvStore = createMemoryStore(),
): KvStore & { readonly commits: (readonly KvWrite[])[] } {
  const commits: (readonly KvWrite[])[] = [];
  return {
    commits,
    get: (table, key) => store.get(table, key),
    range: (...parts) => store.range(...parts),
    close: () => store.close(),
    async commit(writes) {
      commits.push(writes);
      await store.commit(writes);
    },
  };
}

/** Every record of a store. */
export function recordsOf(
  store: KvStore,
): readonly { readonly table: string; readonly key: Bytes; readonly value: Bytes }[] {
  return TABLES.flatMap((table) =>
    [...store.range(table, new Uint8Array(), END)].map(([key, value]) => ({ table, key, value })),
  );
}

export async function copyOf(store: KvStore): Promise<KvStore> {
  const copy = createMemoryStore();
  await copy.commit(recordsOf(store));
  return copy;
}

/** Turns over one bit of a record. */
export async function damage(store: KvStore, table: string, key: Bytes, position = 0): Promise<void> {
  const value = store.get(table, key)?.slice();
  if (value === undefined) throw new Error(`nothing in ${table}`);
  value[position % value.length] = (value[position % value.length] ?? 0) ^ 4;
  await store.commit([{ table, key, value }]);
}

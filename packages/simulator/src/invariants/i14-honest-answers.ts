/**
 * I14: a transaction's status never goes back from final; what one node answers is monotone in height; every answer
 * names height, hash and finality that belong together.
 *
 * @see docs/spec/simulation.md, section 7, I14.
 * @module
 */
import type { BlockId, Height } from '@fiducia/consensus';
import { decodeBlock } from '@fiducia/ledger';
import type { TransactionAnswer, WorldNode } from '../run/world.ts';
import { type CreateChecker, isReadable, nameOf, readableNodes } from './checker.ts';

/** What one client heard from one node, over all lives of that node on one store. */
interface Client {
  storeGeneration: number;
  /** Final blocks by height. */
  readonly finals: Map<Height, BlockId>;
  finalHeight: Height;
  /** Blocks in which final transactions stand. */
  readonly transactions: Map<string, BlockId>;
}

/** A client with more questions would show nothing more. */
const TRANSACTIONS_ASKED_MAX = 4;

/** Asks only what everybody may ask, whenever a node has news. */
export const checkHonestAnswers: CreateChecker = ({ world, broken }) => {
  const clients = new Map<string, Client>();
  const withNews = new Set<WorldNode>();

  const ask = async (node: WorldNode): Promise<void> => {
    if (node.isStoreWhole === false) return;
    const client = clientOf(clients, node);
    const tell = (reason: string): void => broken(node.name, reason);
    await askFinals(node, client, tell);
    await askTransactions(node, client, tell);
  };

  return {
    watch(node) {
      if (!node.isHonest) return;
      const onNews = (): void => void withNews.add(node);
      node.host.events.on('headChanged', onNews);
      node.host.events.on('finalized', onNews);
      onNews();
    },
    async settle() {
      for (const node of withNews) {
        if (!isReadable(node)) continue;
        withNews.delete(node);
        await ask(node);
      }
    },
    async finish() {
      for (const node of readableNodes(world)) await ask(node);
    },
  };
};

function clientOf(clients: Map<string, Client>, { name, storeGeneration }: WorldNode): Client {
  const known = clients.get(name);
  if (known !== undefined && known.storeGeneration === storeGeneration) return known;
  const fresh: Client = { storeGeneration, finals: new Map(), finalHeight: 0, transactions: new Map() };
  clients.set(name, fresh);
  return fresh;
}

async function askFinals(node: WorldNode, client: Client, tell: (reason: string) => void): Promise<void> {
  const { host, ledger, readTransaction } = node;
  const finalized = host.finalized();
  const head = host.head().header;
  const { finals } = client;
  if (finalized.height < client.finalHeight) {
    tell(`a client that had heard of height ${client.finalHeight} as final heard of ${finalized.height}`);
  }
  if (head.height < finalized.height) tell(`the head ${nameOf(head)} lies below the final block ${nameOf(finalized)}`);
  const from = client.finalHeight;
  client.finalHeight = Math.max(client.finalHeight, finalized.height);
  const last = await ledger.read({ kind: 'finalized' });
  if (last !== null && last.block.header.height < finalized.height) {
    tell(`${nameOf(finalized)} is final, and its store knows only ${nameOf(last.block.header)} as final`);
  }
  for (let height = from; height <= finalized.height; height++) {
    const stored = await ledger.read({ kind: 'height', height });
    const block = stored?.block.header;
    if (block === undefined) tell(`no answer for the final height ${height}`);
    else if (block.height !== height) tell(`asked for height ${height} it answered with ${nameOf(block)}`);
    else if ((finals.get(height) ?? block.id) !== block.id)
      tell(`${finals.get(height)} was final, now ${nameOf(block)}`);
    else if (!finals.has(height)) {
      finals.set(height, block.id);
      if (readTransaction !== undefined) enter(stored?.block.bytes, block.id, client);
    }
  }
}

/** Notes what only {@link askTransactions} asks about. */
function enter(bytes: Uint8Array | undefined, id: BlockId, { transactions }: Client): void {
  const block = bytes === undefined ? null : decodeBlock(bytes);
  if (block === null || typeof block === 'string') return;
  for (const transaction of block.transactions) transactions.set(transaction.id, id);
}

/**
 * Where a node has an interface for it: the status of the newest final transactions, which must stay final, and of
 * those in the head, which must not be called final before their block is.
 */
async function askTransactions(node: WorldNode, client: Client, tell: (reason: string) => void): Promise<void> {
  if (node.readTransaction === undefined) return;
  const stored = await node.ledger.read({ kind: 'head' });
  const head = stored === null ? null : decodeBlock(stored.block.bytes);
  const fresh = head === null || typeof head === 'string' ? [] : head.transactions.map(({ id }) => id);
  const settled = [...client.transactions.keys()];
  for (const id of [...settled.slice(-TRANSACTIONS_ASKED_MAX), ...fresh.slice(0, TRANSACTIONS_ASKED_MAX)]) {
    const answer = await node.readTransaction(id);
    const finalHeight = node.host.finalized().height;
    const blockId = client.transactions.get(id);
    if (blockId !== undefined && answer.status !== 'final') tell(`transaction ${id} was final and is ${answer.status}`);
    else if (blockId !== undefined && answer.blockId !== blockId) {
      tell(`transaction ${id} was final in ${blockId} and is now in ${answer.blockId}`);
    }
    if (answer.status === 'final' && (answer.height ?? Number.POSITIVE_INFINITY) > finalHeight) {
      tell(`transaction ${id} is said to be final at height ${answer.height}, above the final height ${finalHeight}`);
    }
    await checkPlace(node, id, answer, tell);
  }
}

/** The named block stands at the named height. */
async function checkPlace(
  { ledger }: WorldNode,
  id: string,
  { status, blockId, height }: TransactionAnswer,
  tell: (reason: string) => void,
): Promise<void> {
  if (status !== 'included' && status !== 'final') return;
  const stored = blockId === null ? null : await ledger.read({ kind: 'id', id: blockId });
  if (stored?.block.header.height !== height) tell(`transaction ${id} is said to be in ${blockId} at height ${height}`);
}

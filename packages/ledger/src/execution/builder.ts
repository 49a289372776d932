/**
 * Building a block: the same execution as import, with everything left out that would fail.
 *
 * @module
 */
import type { ActorId, Bytes, HashFunction } from '@fiducia/consensus';
import type { BuildRequest } from '@fiducia/consensus/ports';
import { assembleBlock, computeBodyRoot, encodedBody, type LedgerBlock } from '../block/codec.ts';
import { BLOCK_ROUND_VOTES_MAX, BLOCK_TRANSACTIONS_MAX } from '../limits.ts';
import type { Mempool } from '../mempool/pool.ts';
import type { RoundVotePool } from '../mempool/votes.ts';
import { TreeReader } from '../state/state.ts';
import { rootOf } from '../state/tree.ts';
import type { Version } from '../state/versions.ts';
import type { RoundVote, Transaction } from '../transaction/codec.ts';
import { BlockExecution, type Executed } from './execution.ts';
import type { ModuleRegistry, PreparedTransaction } from './registry.ts';

/** What a builder works with. */
export interface BuildParts {
  /** Modules. */
  readonly registry: ModuleRegistry;
  /** Chain. */
  readonly chainId: Bytes;
  /** Least fee. */
  readonly minimumFee: bigint;
  /** Pool of transactions. */
  readonly mempool: Mempool;
  /** Pool of round votes. */
  readonly votes: RoundVotePool;
  /** Most bytes of transactions and votes. */
  readonly buildBytes: number;
  /** SHA-256. */
  readonly sha256: HashFunction;
}

/** A built block with the outcome of its execution. */
export interface Built extends Executed {
  /** Unsealed. */
  readonly block: LedgerBlock;
}

/** Bytes an item costs besides its own: its length. */
const ITEM_OVERHEAD = 4;

/** Builds an unsealed block on `parent`; the pool hears which transactions failed. */
export function buildBlock(parts: BuildParts, request: BuildRequest, parent: Version): Built {
  const { registry, chainId, minimumFee, sha256 } = parts;
  const { parentId, timestamp, author, protocol, digest, directives, evidence, certificates } = request;
  const height = parent.height + 1;
  const frame = { chainId, height, parentId, timestamp, author, minimumFee };
  const execution = new BlockExecution(registry, frame, parent.tree);
  execution.begin(directives);
  const candidates = parts.mempool.inBuildOrder(new TreeReader(parent.tree));
  const { roundVotes, transactions, tried } = fill(parts, execution, parts.votes.at(height, parentId), candidates);
  parts.mempool.noteAttempt(tried);
  const executed = execution.finish();

  const body = { transactions, roundVotes, evidence, certificates };
  const bodyRoot = computeBodyRoot(encodedBody(body), sha256);
  const stateRoot = rootOf(executed.tree, sha256);
  const seal = new Uint8Array();
  const fields = { chainId, height, parentId, timestamp, author, protocol, digest, bodyRoot, stateRoot, seal };
  return { ...executed, block: assembleBlock(fields, body, sha256) };
}

function fill(
  { buildBytes }: BuildParts,
  execution: BlockExecution,
  votes: readonly RoundVote[],
  candidates: readonly PreparedTransaction[],
): {
  readonly roundVotes: readonly RoundVote[];
  readonly transactions: readonly Transaction[];
  readonly tried: ReadonlyMap<ActorId, number | undefined>;
} {
  let room = buildBytes;
  const fits = ({ length }: Bytes) => length + ITEM_OVERHEAD <= room;
  const roundVotes: RoundVote[] = [];
  for (const vote of votes) {
    if (roundVotes.length === BLOCK_ROUND_VOTES_MAX || !fits(vote.bytes)) break;
    if (execution.applyRoundVote(vote) !== undefined) continue;
    roundVotes.push(vote);
    room -= vote.bytes.length + ITEM_OVERHEAD;
  }
  const transactions: Transaction[] = [];
  const blocked = new Set<ActorId>();
  const tried = new Map<ActorId, number | undefined>();
  for (const prepared of candidates) {
    const { transaction } = prepared;
    if (transactions.length === BLOCK_TRANSACTIONS_MAX) break;
    // Behind one that does not fit or fails, the later nonces of its account cannot follow.
    if (blocked.has(transaction.signer)) continue;
    const hasRoom = fits(transaction.bytes);
    const isApplied = hasRoom && execution.applyTransaction(prepared) === undefined;
    if (hasRoom) tried.set(transaction.signer, isApplied ? undefined : transaction.nonce);
    if (!isApplied) {
      blocked.add(transaction.signer);
      continue;
    }
    transactions.push(transaction);
    room -= transaction.bytes.length + ITEM_OVERHEAD;
  }
  return { roundVotes, transactions, tried };
}

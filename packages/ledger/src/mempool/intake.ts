/**
 * The way of transactions and round votes into their pools, from the own node and from peers.
 *
 * Cheap checks first, then signatures, then the cheap checks again, since the head may have moved while
 * the signatures were checked.
 *
 * @module
 */
import type { BufferUsage, Bytes, HashFunction, PeerId } from '@fiducia/consensus';
import type { MessageOutcome, NetPort } from '@fiducia/consensus/ports';
import type { LedgerEmitter } from '../events.ts';
import type { PreparedTransaction } from '../execution/registry.ts';
import type { Verifier } from '../execution/verifier.ts';
import type { LedgerLimits } from '../limits.ts';
import { CandidateLookup } from '../modules/candidate-lookup.ts';
import { isActiveAt } from '../modules/registry.ts';
import type { Recall } from '../recall.ts';
import { decodeRoundVote, decodeTransaction, type RoundVote } from '../transaction/codec.ts';
import type { Mempool, PoolHead } from './pool.ts';
import type { RoundVotePool } from './votes.ts';

/** Channel on which transactions are gossiped. */
export const TRANSACTIONS_CHANNEL = 'transactions';

/** Channel on which round votes are gossiped. */
export const ROUND_VOTES_CHANNEL = 'roundVotes';

/** Outcome of handing a transaction or a round vote to the ledger. */
export type SubmitResult =
  /** It waits for a block now. */
  | { readonly kind: 'added'; readonly id: string }
  /** It was waiting already. */
  | { readonly kind: 'known'; readonly id: string }
  /** Refused; `code` is a stable UPPER_SNAKE reason. */
  | { readonly kind: 'rejected'; readonly code: string };

/** What the intake works with. */
export interface IntakeParts {
  /** Understands and verifies. */
  readonly verifier: Verifier;
  /** Pool of transactions. */
  readonly mempool: Mempool;
  /** Pool of round votes. */
  readonly votes: RoundVotePool;
  /** Head of the adopted branch, read anew at every use. */
  readonly head: () => PoolHead;
  /** Tells observers. */
  readonly emitter: LedgerEmitter;
  /** SHA-256. */
  readonly sha256: HashFunction;
  /** Decodes what another node of this process decoded before. */
  readonly recall: Recall;
  /** How many items may be checked at one time, in all and of one peer. */
  readonly limits: Pick<LedgerLimits, 'verifying' | 'verifyingPerPeer'>;
}

/**
 * Reasons that depend on where this node stands, not on what it was sent: a peer that forwards such an
 * item did nothing wrong.
 */
const BLAMELESS = new Set([
  'TX_NONCE_USED',
  'TX_NONCE_GAP',
  'TX_REPLACEMENT_FEE',
  'TX_BALANCE',
  'MEMPOOL_FULL',
  'LEDGER_BUSY',
  'VOTE_ROUND',
  'VOTE_DUPLICATE',
  'VOTE_NOT_CANDIDATE',
  'VOTE_POOL_FULL',
]);

/** Checks what comes in and puts it into the pools. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #voters = new CandidateLookup();
  #verifying = 0;
  readonly #verifyingOf = new Map<PeerId, number>();

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** How many items are being checked. */
  usage(): readonly BufferUsage[] {
    const { verifying, verifyingPerPeer } = this.#parts.limits;
    return [
      { name: 'verifying', count: this.#verifying, max: verifying },
      { name: 'verifyingPerPeer', count: Math.max(0, ...this.#verifyingOf.values()), max: verifyingPerPeer },
    ];
  }

  /** Takes a transaction, of the own node if `from` is absent. Total. */
  async submitTransaction(bytes: Bytes, from?: PeerId): Promise<SubmitResult> {
    const { mempool, verifier, head, emitter } = this.#parts;
    const { sha256, recall } = this.#parts;
    const transaction = recall('ledger transaction', bytes, () => decodeTransaction(bytes, sha256));
    if (typeof transaction === 'string') return rejected(transaction);
    const { id } = transaction;
    if (mempool.has(id)) return { kind: 'known', id };
    const prepared = verifier.prepare(transaction);
    if (typeof prepared === 'string') return rejected(prepared);
    const refused = mempool.check(transaction, head()) ?? (await this.#verify(prepared, from));
    if (refused !== undefined) return rejected(refused);
    if (mempool.has(id)) return { kind: 'known', id };
    const late = mempool.add(prepared, head());
    if (late !== undefined) return rejected(late);
    emitter.emit('transactionAdded', { id, bytes });
    return { kind: 'added', id };
  }

  /** Takes a round vote, of the own node if `from` is absent. Total. */
  async submitRoundVote(bytes: Bytes, from?: PeerId): Promise<SubmitResult> {
    const vote = this.#decodeVote(bytes);
    if (typeof vote === 'string') return rejected(vote);
    const taken = await this.#takeVote(vote, from);
    if (typeof taken !== 'string') return taken;
    return { kind: taken, id: `${vote.height}/${vote.parentId}/${vote.voter}` };
  }

  /** Follows the gossip of peers until the returned function is called. */
  subscribe(net: NetPort): () => void {
    const stops = [
      net.subscribe(TRANSACTIONS_CHANNEL, async (from, bytes) => outcomeOf(await this.submitTransaction(bytes, from))),
      net.subscribe(ROUND_VOTES_CHANNEL, (from, bytes) => this.#hearVote(from, bytes)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Votes come in by the number of candidates squared, so they go the shortest way and get no name. */
  async #hearVote(from: PeerId, bytes: Bytes): Promise<MessageOutcome> {
    const vote = this.#decodeVote(bytes);
    if (typeof vote === 'string') return 'reject';
    const taken = await this.#takeVote(vote, from);
    return taken === 'added' ? 'accept' : taken === 'known' ? 'ignore' : outcomeOf(taken);
  }

  #decodeVote(bytes: Bytes): RoundVote | 'VOTE_ENCODING' {
    return this.#parts.recall('ledger round vote', bytes, () => decodeRoundVote(bytes));
  }

  async #takeVote(vote: RoundVote, from: PeerId | undefined): Promise<'added' | 'known' | Rejected> {
    const { verifier, votes, head, emitter } = this.#parts;
    if (votes.has(vote)) return 'known';
    const early = this.#checkVote(vote) ?? this.#busy(from);
    if (early !== undefined) return rejected(early);
    this.#count(from, 1);
    let refused: string | undefined;
    try {
      refused = await verifier.verifyVote(vote);
    } finally {
      this.#count(from, -1);
    }
    if (refused !== undefined) return rejected(refused);
    if (votes.has(vote)) return 'known';
    const late = votes.add(vote, head().height + 1);
    if (late !== undefined) return rejected(late);
    const { voter, height, parentId } = vote;
    emitter.emit('roundVoteAdded', { voter, height, parentId });
    return 'added';
  }

  #checkVote(vote: RoundVote): string | undefined {
    const { votes, head } = this.#parts;
    const { state, height } = head();
    const refused = votes.check(vote, height + 1);
    if (refused !== undefined) return refused;
    const record = this.#voters.of(state.tree, vote.voter);
    return record !== undefined && isActiveAt(record, vote.height) ? undefined : 'VOTE_NOT_CANDIDATE';
  }

  async #verify(transaction: PreparedTransaction, from: PeerId | undefined): Promise<string | undefined> {
    const busy = this.#busy(from);
    if (busy !== undefined) return busy;
    this.#count(from, 1);
    try {
      return await this.#parts.verifier.verifyPrepared([transaction], []);
    } finally {
      this.#count(from, -1);
    }
  }

  /** Keeps a flood of well-formed items with bad signatures from piling up work, or out what others send (catalogue T08). */
  #busy(from: PeerId | undefined): 'LEDGER_BUSY' | undefined {
    const { verifying, verifyingPerPeer } = this.#parts.limits;
    const ofPeer = from === undefined ? 0 : (this.#verifyingOf.get(from) ?? 0);
    return this.#verifying >= verifying || ofPeer >= verifyingPerPeer ? 'LEDGER_BUSY' : undefined;
  }

  #count(from: PeerId | undefined, change: 1 | -1): void {
    this.#verifying += change;
    if (from === undefined) return;
    const ofPeer = (this.#verifyingOf.get(from) ?? 0) + change;
    // Few peers stay in it with nothing under way: a map that loses and gains a key for each item is made anew all the time.
    if (ofPeer === 0 && this.#verifyingOf.size > this.#parts.limits.verifying) this.#verifyingOf.delete(from);
    else this.#verifyingOf.set(from, ofPeer);
  }
}

type Rejected = Extract<SubmitResult, { kind: 'rejected' }>;

function rejected(code: string): Rejected {
  return { kind: 'rejected', code };
}

function outcomeOf(result: SubmitResult): MessageOutcome {
  if (result.kind === 'added') return 'accept';
  if (result.kind === 'known' || BLAMELESS.has(result.code)) return 'ignore';
  return 'reject';
}

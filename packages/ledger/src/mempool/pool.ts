/**
 * The mempool: verified transactions that wait for a block.
 *
 * Per account the nonces are kept in order; gaps may be filled later. Everything has a cap, and a full
 * pool makes room by dropping what pays least for its place: first what waits behind a gap or failed when
 * this node last built a block, which pays nothing, then the last of the account with the cheapest
 * transaction in front. So nobody can hold the pool with cheap transactions behind which a dear one stands, or,
 * where blocks are built, with dear ones that never come.
 *
 * @module
 */
import type { ActorId, BufferUsage, Height } from '@fiducia/consensus';
import { readAccount } from '../account/accounts.ts';
import type { PreparedTransaction } from '../execution/registry.ts';
import type { LedgerLimits } from '../limits.ts';
import type { TreeReader } from '../state/state.ts';
import type { StateReader } from '../state/table.ts';
import type { Transaction } from '../transaction/codec.ts';
import { AccountQueue } from './queue.ts';

/** A replacement pays at least this much more, in percent (catalogue T04). */
const REPLACEMENT_PERCENT = 10n;

/** What the pool needs to know about the head. */
export interface PoolHead {
  /** State after the head. */
  readonly state: TreeReader;
  /** Height of the head. */
  readonly height: Height;
}

/** Verified transactions in waiting. */
export class Mempool {
  readonly #accounts = new Map<ActorId, AccountQueue>();
  readonly #ids = new Set<string>();
  readonly #limits: LedgerLimits;
  readonly #minimumFee: bigint;
  readonly #onDropped: (id: string, code: string) => void;
  #arrivals = 0;

  /** @param onDropped - Hears every transaction that leaves without standing in a block. */
  constructor(limits: LedgerLimits, minimumFee: bigint, onDropped: (id: string, code: string) => void) {
    this.#limits = limits;
    this.#minimumFee = minimumFee;
    this.#onDropped = onDropped;
  }

  /** Number of waiting transactions. */
  get size(): number {
    return this.#ids.size;
  }

  /** How full the pool and the queue of the busiest account are. */
  usage(): readonly BufferUsage[] {
    let ofAccount = 0;
    for (const queue of this.#accounts.values()) ofAccount = Math.max(ofAccount, queue.size);
    return [
      { name: 'mempoolTransactions', count: this.size, max: this.#limits.mempoolTransactions },
      { name: 'mempoolPerAccount', count: ofAccount, max: this.#limits.mempoolPerAccount },
    ];
  }

  /** Whether a transaction waits here. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Nonce after the last one that waits without a gap. */
  nextNonce(actor: ActorId, state: StateReader): number {
    const queue = this.#accounts.get(actor);
    let nonce = readAccount(state, actor).nonce;
    while (queue?.get(nonce) !== undefined) nonce++;
    return nonce;
  }

  /**
   * Whether a transaction may be added, judged without its signatures.
   *
   * @returns `undefined`, or `TX_FEE`, `TX_NONCE_USED`, `TX_NONCE_GAP` (too far ahead), `TX_REPLACEMENT_FEE`,
   *   `TX_BALANCE` (fees of all waiting ones counted), `MEMPOOL_FULL`.
   */
  check(transaction: Transaction, { state }: PoolHead): string | undefined {
    const { signer, nonce, fee } = transaction;
    const account = readAccount(state, signer);
    if (fee < this.#minimumFee) return 'TX_FEE';
    if (nonce < account.nonce) return 'TX_NONCE_USED';
    if (nonce - account.nonce >= this.#limits.mempoolPerAccount) return 'TX_NONCE_GAP';
    const queue = this.#accounts.get(signer);
    const replaced = queue?.get(nonce)?.prepared.transaction;
    if (replaced !== undefined && !isRaised(replaced.fee, fee)) return 'TX_REPLACEMENT_FEE';

    let fees = fee - (replaced?.fee ?? 0n);
    for (const { prepared } of queue?.values() ?? []) fees += prepared.transaction.fee;
    if (fees > account.balance) return 'TX_BALANCE';
    if (replaced !== undefined || this.size < this.#limits.mempoolTransactions) return undefined;
    const worth = (queue ?? new AccountQueue(account.nonce)).worthOf(transaction);
    return (this.#cheapest()?.worth ?? worth) < worth ? undefined : 'MEMPOOL_FULL';
  }

  /** Adds a transaction whose signatures hold, if {@link check} allows it. */
  add(prepared: PreparedTransaction, head: PoolHead): string | undefined {
    const refused = this.check(prepared.transaction, head);
    if (refused !== undefined) return refused;
    const { id, signer, nonce } = prepared.transaction;
    const queue = this.#accounts.get(signer) ?? new AccountQueue(readAccount(head.state, signer).nonce);
    const replaced = queue.get(nonce);
    if (replaced !== undefined) this.#drop(replaced.prepared.transaction, 'TX_REPLACED');
    else if (this.size >= this.#limits.mempoolTransactions) this.#dropCheapest();
    // Entered here and not before: it may be new, and dropping may have removed it when it was empty.
    this.#accounts.set(signer, queue);
    queue.set({ prepared, arrival: this.#arrivals++, height: head.height });
    this.#ids.add(id);
    // A reorganisation takes the nonce back and returns what it reverted, below what waits already.
    const { last } = queue;
    if (last !== undefined && queue.size > this.#limits.mempoolPerAccount) {
      this.#drop(last.prepared.transaction, 'TX_NONCE_GAP');
    }
    return undefined;
  }

  /**
   * Transactions in the order in which a block should try them: highest fee first, earlier arrivals
   * before later ones, nonces of an account in order and without gaps.
   */
  inBuildOrder(state: StateReader): readonly PreparedTransaction[] {
    const ranked: { readonly prepared: PreparedTransaction; readonly fee: bigint; readonly arrival: number }[] = [];
    for (const [actor, queue] of this.#accounts) {
      // Behind a cheap transaction a dear one cannot come earlier than the cheap one does.
      let fee: bigint | undefined;
      let arrival = -1;
      let nonce = readAccount(state, actor).nonce;
      for (let waiting = queue.get(nonce); waiting !== undefined; waiting = queue.get(++nonce)) {
        const own = waiting.prepared.transaction.fee;
        fee = fee === undefined || own < fee ? own : fee;
        arrival = Math.max(arrival, waiting.arrival);
        ranked.push({ prepared: waiting.prepared, fee, arrival });
      }
    }
    // Sorting is stable, so transactions of one account keep their order where all else is equal.
    ranked.sort((a, b) => (a.fee === b.fee ? a.arrival - b.arrival : a.fee < b.fee ? 1 : -1));
    return ranked.map(({ prepared }) => prepared);
  }

  /**
   * Follows an attempt to build a block.
   *
   * @param tried - Accounts of which it tried a transaction, each with the nonce of the one that failed, if one did.
   */
  noteAttempt(tried: ReadonlyMap<ActorId, number | undefined>): void {
    for (const [actor, failedNonce] of tried) this.#accounts.get(actor)?.noteFailure(failedNonce);
  }

  /**
   * Follows the head: drops what stands in its blocks, whose nonce is used, or which waited too long.
   *
   * @param included - Ids of the transactions in the blocks that joined the adopted branch.
   */
  advance(included: ReadonlySet<string>, head: PoolHead): void {
    for (const [actor, queue] of this.#accounts) {
      const { nonce } = readAccount(head.state, actor);
      queue.moveTo(nonce);
      for (const { prepared, height } of queue.values()) {
        const { transaction } = prepared;
        if (included.has(transaction.id)) this.#remove(queue, transaction);
        else if (transaction.nonce < nonce) this.#drop(transaction, 'TX_NONCE_USED');
        else if (head.height - height >= this.#limits.mempoolBlocks) this.#drop(transaction, 'TX_EXPIRED');
      }
    }
  }

  #cheapest(): AccountQueue | undefined {
    let cheapest: AccountQueue | undefined;
    for (const queue of this.#accounts.values()) {
      if (cheapest === undefined || compareWorth(queue, cheapest) < 0) cheapest = queue;
    }
    return cheapest;
  }

  #dropCheapest(): void {
    const last = this.#cheapest()?.last;
    if (last !== undefined) this.#drop(last.prepared.transaction, 'MEMPOOL_FULL');
  }

  #drop(transaction: Transaction, code: string): void {
    const queue = this.#accounts.get(transaction.signer);
    if (queue === undefined) return;
    this.#remove(queue, transaction);
    this.#onDropped(transaction.id, code);
  }

  #remove(queue: AccountQueue, { id, signer, nonce }: Transaction): void {
    queue.delete(nonce);
    this.#ids.delete(id);
    if (queue.size === 0) this.#accounts.delete(signer);
  }
}

/** A tenth of nothing is nothing, so a replacement always pays at least one unit more as well (catalogue T04). */
function isRaised(before: bigint, fee: bigint): boolean {
  return fee > before && fee * 100n >= before * (100n + REPLACEMENT_PERCENT);
}

/** Lower worth first, then the later arrival. */
function compareWorth(a: AccountQueue, b: AccountQueue): number {
  if (a.worth === b.worth) return (b.last?.arrival ?? 0) - (a.last?.arrival ?? 0);
  return a.worth < b.worth ? -1 : 1;
}

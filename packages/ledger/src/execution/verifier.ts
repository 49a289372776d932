/**
 * Signatures of transactions and round votes: one batch per block, and none twice.
 *
 * A transaction that was verified on arrival is remembered by its id together with its signature, so
 * that importing the block it stands in does not check it again. Round votes are remembered by the
 * vote pool.
 *
 * @module
 */
import type { BufferUsage, Bytes, Claim } from '@fiducia/consensus';
import type { CryptoPort, SigningScope } from '@fiducia/consensus/ports';
import { sameBytes } from '../codec.ts';
import type { RoundVotePool } from '../mempool/votes.ts';
import { ROUND_VOTE_DOMAIN, type RoundVote, type Transaction } from '../transaction/codec.ts';
import { ledgerScope } from '../transaction/create.ts';
import { claimsOf, type ModuleRegistry, type PreparedTransaction, prepareTransaction } from './registry.ts';

/** Outcome for a list of transactions: all of them prepared and verified, or a code. */
export type VerifiedTransactions = readonly PreparedTransaction[] | string;

/** Checks and remembers signatures. */
export class Verifier {
  readonly #registry: ModuleRegistry;
  readonly #crypto: CryptoPort;
  readonly #scope: SigningScope;
  readonly #votes: RoundVotePool;
  readonly #known = new Map<string, PreparedTransaction>();
  readonly #max: number;

  /** @param max - Transactions remembered. */
  constructor(registry: ModuleRegistry, crypto: CryptoPort, chainId: Bytes, votes: RoundVotePool, max: number) {
    this.#registry = registry;
    this.#crypto = crypto;
    this.#scope = ledgerScope(chainId);
    this.#votes = votes;
    this.#max = max;
  }

  /** How many transactions are remembered. */
  usage(): readonly BufferUsage[] {
    return [{ name: 'verifiedTransactions', count: this.#known.size, max: this.#max }];
  }

  /**
   * Understands a transaction without looking at signatures.
   *
   * @returns The prepared transaction, or a code.
   */
  prepare(transaction: Transaction): PreparedTransaction | string {
    return this.#recall(transaction) ?? prepareTransaction(this.#registry, this.#scope.chainId, transaction);
  }

  /** Understands transactions, then checks their signatures and those of votes. */
  async verify(transactions: readonly Transaction[], roundVotes: readonly RoundVote[]): Promise<VerifiedTransactions> {
    const prepared: PreparedTransaction[] = [];
    for (const transaction of transactions) {
      const next = this.prepare(transaction);
      if (typeof next === 'string') return next;
      prepared.push(next);
    }
    return (await this.verifyPrepared(prepared, roundVotes)) ?? prepared;
  }

  /**
   * Checks the signatures of transactions and votes that are not known yet, in one batch.
   *
   * @param prepared - As {@link prepare} returned them.
   * @returns A code if one does not hold.
   */
  async verifyPrepared(
    prepared: readonly PreparedTransaction[],
    roundVotes: readonly RoundVote[],
  ): Promise<string | undefined> {
    // What is known was returned by `prepare` as the very object that is kept.
    const fresh = prepared.filter((transaction) => this.#known.get(transaction.transaction.id) !== transaction);
    const claims = fresh.flatMap(claimsOf);
    for (const vote of roundVotes) {
      if (!this.#isOfChain(vote)) return 'TX_WRONG_CHAIN';
      if (!this.#votes.has(vote)) claims.push(claimOfVote(vote));
    }
    if (claims.length > 0) {
      const result = await this.#crypto.verify(this.#scope, claims);
      if (result.kind !== 'valid') return result.code;
    }
    for (const transaction of fresh) this.#remember(transaction);
    return undefined;
  }

  /** Checks the signature of a vote, known or not: they arrive one by one, by the number of candidates squared. */
  async verifyVote(vote: RoundVote): Promise<string | undefined> {
    if (!this.#isOfChain(vote)) return 'TX_WRONG_CHAIN';
    const result = await this.#crypto.verify(this.#scope, [claimOfVote(vote)]);
    return result.kind === 'valid' ? undefined : result.code;
  }

  #isOfChain({ chainId }: RoundVote): boolean {
    return sameBytes(chainId, this.#scope.chainId);
  }

  #recall(transaction: Transaction): PreparedTransaction | undefined {
    const known = this.#known.get(transaction.id);
    if (known === undefined) return undefined;
    // The id leaves the signature out, so another signature on the same transaction is unknown.
    return sameBytes(known.transaction.signature, transaction.signature) ? known : undefined;
  }

  #remember(prepared: PreparedTransaction): void {
    this.#known.set(prepared.transaction.id, prepared);
    if (this.#known.size <= this.#max) return;
    const oldest = this.#known.keys().next().value;
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

function claimOfVote({ voter, signedBytes, signature }: RoundVote): Claim {
  return { kind: 'signature', signer: voter, domain: ROUND_VOTE_DOMAIN, data: signedBytes, signature };
}

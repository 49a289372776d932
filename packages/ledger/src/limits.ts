/**
 * Limits: hard ones that make a block invalid, and those of one node.
 *
 * @module
 */
import { LIMITS } from '@fiducia/consensus';
import { LedgerError } from './errors.ts';

/** Longest encoding of a transaction; a longer one is `TX_TOO_LARGE`. */
export const TRANSACTION_BYTES_MAX = 32_768;

/** Longest encoding of a round vote. */
export const ROUND_VOTE_BYTES_MAX = 2_048;

/** Longest encoding of a block, evidence and certificates included; a longer one is `BLOCK_TOO_LARGE`. */
export const BLOCK_BYTES_MAX = 4_194_304;

/** Most transactions in a block. */
export const BLOCK_TRANSACTIONS_MAX = 8_192;

/** Most round votes in a block. */
export const BLOCK_ROUND_VOTES_MAX = 4_096;

/** Bytes of a block besides its transactions and round votes, at most: a header, lists of proofs, and all their lengths. */
const BLOCK_REST_BYTES =
  32_768 + LIMITS.evidencePerBlock * LIMITS.evidenceBytes + LIMITS.certificatesPerBlock * LIMITS.proofBytes;

/** Most bytes of transactions and round votes with which a block is never too large, whatever proofs it has to carry. */
const BUILD_BYTES_MAX = BLOCK_BYTES_MAX - BLOCK_REST_BYTES;

/** Limits of one node. They bound memory and work; none of them decides whether a block is valid. */
export interface LedgerLimits {
  /** Bytes of transactions and round votes the builder puts into a block, at most 2 064 384. */
  readonly buildBytes: number;
  /** Transactions waiting in the mempool. */
  readonly mempoolTransactions: number;
  /** Transactions waiting per account, which is also how far a nonce may run ahead. */
  readonly mempoolPerAccount: number;
  /** Blocks after which a waiting transaction is dropped. */
  readonly mempoolBlocks: number;
  /** Round votes waiting. */
  readonly roundVotes: number;
  /** Transactions and votes whose signatures are being checked at one time. */
  readonly verifying: number;
  /** Those of one peer among them; what the own node submits counts in the total alone. */
  readonly verifyingPerPeer: number;
  /** Transactions remembered as verified, so that importing a block does not check them again. */
  readonly verifiedTransactions: number;
  /**
   * States kept, one per executed block. Below the oldest, blocks can be read but not executed on
   * (`unavailable`), and `stateAt` answers `undefined`.
   */
  readonly stateVersions: number;
}

/** Default of every limit. */
export const DEFAULT_LIMITS: LedgerLimits = {
  buildBytes: 1_048_576,
  mempoolTransactions: 8_192,
  mempoolPerAccount: 64,
  mempoolBlocks: 128,
  roundVotes: 8_192,
  verifying: 1_024,
  verifyingPerPeer: 256,
  verifiedTransactions: 8_192,
  stateVersions: 1_024,
};

/** Largest value of any other limit. */
const LIMIT_MAX = 2_097_152;

/**
 * Completes limits with the defaults.
 *
 * @throws {@link LedgerError} with `INVALID_LIMIT` unless every value is an integer from 1 to 2 097 152, and `buildBytes` at
 *   most 2 064 384.
 */
export function requireLimits(limits: Partial<LedgerLimits> = {}): LedgerLimits {
  const result = { ...DEFAULT_LIMITS, ...limits };
  for (const [limit, value] of Object.entries(result)) {
    const max = limit === 'buildBytes' ? BUILD_BYTES_MAX : LIMIT_MAX;
    if (!Number.isSafeInteger(value) || value < 1 || value > max) {
      throw new LedgerError({ code: 'INVALID_LIMIT', limit, value });
    }
  }
  return result;
}

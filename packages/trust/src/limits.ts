/**
 * Bounds that keep every product of the formulas below 2^53 (trust N5).
 *
 * @module
 */

/** Most malicious behaviours of one node that one round counts; more count as this many (trust F2). */
export const MALICIOUS_PER_ROUND_MAX = 16;

/** Most correct behaviours of one node in one round. */
export const CORRECT_PER_ROUND_MAX = 1_000;

/** Most missed duties of one node in one round; a committee has at most this many slots to miss. */
export const MISSED_PER_ROUND_MAX = 1_000;

/** Longest idle time that is distinguished: 2^32 − 1 rounds (trust D2). */
export const IDLE_ROUNDS_MAX = 2 ** 32 - 1;

/** Largest lifetime count of malicious behaviours; the count stays there. */
export const FAULT_COUNT_MAX = 2 ** 32 - 1;

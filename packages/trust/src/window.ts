/**
 * Epochs and the sliding window of recent epochs.
 *
 * @module
 */
import { type Epoch, floorDivide, type Round, requireInteger } from './integer.ts';
import type { TrustParams } from './params.ts';

/** Rounds of one epoch. */
export interface EpochRounds {
  /** The epoch. */
  readonly epoch: Epoch;
  /** Its rounds so far, at least 1. */
  readonly count: number;
}

/**
 * E: how many rounds the window holds, shared by all nodes. Plain data: safe to keep, compare and
 * save as it is.
 */
export interface RoundWindow {
  /** Rounds per epoch, ascending by epoch, at most `windowEpochs` entries. */
  readonly rounds: readonly EpochRounds[];
  /** Sum of the counts. */
  readonly total: number;
}

/**
 * Epoch of a round: rounds 1 to `epochRounds` are epoch 0. Round 0 is genesis, in epoch −1.
 *
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule F3.
 */
export function epochOf(round: Round, params: TrustParams): Epoch {
  requireInteger('round', round);
  return floorDivide(round - 1, params.epochRounds);
}

/** The window before the first round. */
export function createRoundWindow(): RoundWindow {
  return { rounds: [], total: 0 };
}

/**
 * Counts one round for everybody; call it once per round, after the activities of that round.
 *
 * @param round - Not before the latest counted epoch.
 * @returns The window after `round`, without expired epochs.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rules F2 and W2.
 * @example
 * ```ts
 * const params = trustPreset('paper');
 * let window = createRoundWindow();
 * for (let round = 1; round <= 3; round++) window = countRound(window, round, params);
 * window.rounds.length; // 3
 * ```
 */
export function countRound(window: RoundWindow, round: Round, params: TrustParams): RoundWindow {
  requireInteger('round', round, 1);
  const epoch = epochOf(round, params);
  const latest = window.rounds.at(-1);
  if (latest !== undefined) requireInteger('epoch', epoch, latest.epoch);

  const expired = countExpired(window.rounds, epoch, params);
  let total = window.total + 1;
  for (const entry of window.rounds.slice(0, expired)) total -= entry.count;
  const kept = window.rounds.slice(expired);
  const running = latest?.epoch === epoch ? kept.pop() : undefined;
  kept.push({ epoch, count: (running?.count ?? 0) + 1 });
  return { rounds: kept, total };
}

/** E as seen from `round`: epochs that expired since the last counted round are left out. */
export function roundsInWindow(window: RoundWindow, round: Round, params: TrustParams): number {
  let total = window.total;
  const expired = countExpired(window.rounds, epochOf(round, params), params);
  for (const entry of window.rounds.slice(0, expired)) total -= entry.count;
  return total;
}

/**
 * Number of leading entries that lie before the window of `epoch` (trust W2). Entries are dropped
 * when they are passed, so over time this is constant per entry ever created (trust L1).
 */
export function countExpired(entries: readonly { readonly epoch: Epoch }[], epoch: Epoch, params: TrustParams): number {
  const horizon = epoch - params.windowEpochs;
  let expired = 0;
  for (const entry of entries) {
    if (entry.epoch > horizon) break;
    expired++;
  }
  return expired;
}

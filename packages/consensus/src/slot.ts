/**
 * Slot arithmetic for slots counted from the Unix epoch.
 *
 * @module
 */
import { ConsensusError } from './errors.ts';
import type { Millis } from './primitives.ts';

/**
 * Slot that contains `timestamp`, rounding toward −∞. Exact for every safe integer, so rules may ask
 * about whatever time a header claims.
 *
 * @param slotMs - Slot duration, at least 1.
 * @throws {@link ConsensusError} with `VALUE_OUT_OF_RANGE` for any other `slotMs`.
 * @example
 * ```ts
 * slotAt(2_999, 1_000); // 2
 * slotAt(-1, 1_000); // -1
 * ```
 */
export function slotAt(timestamp: Millis, slotMs: Millis): number {
  requireSlotMs(slotMs);
  // Without the remainder the division is exact.
  const remainder = timestamp % slotMs;
  const slot = (timestamp - remainder) / slotMs;
  return remainder < 0 ? slot - 1 : slot;
}

/**
 * First millisecond of `slot`.
 *
 * @param slotMs - Slot duration, at least 1.
 * @throws {@link ConsensusError} with `VALUE_OUT_OF_RANGE` for any other `slotMs`, and for a slot that
 *   starts beyond the safe integers.
 */
export function slotStart(slot: number, slotMs: Millis): Millis {
  requireSlotMs(slotMs);
  const start = slot * slotMs;
  if (!Number.isSafeInteger(start)) {
    throw new ConsensusError({ code: 'VALUE_OUT_OF_RANGE', name: 'slot', value: slot, expected: 'a safe start time' });
  }
  return start;
}

function requireSlotMs(slotMs: Millis): void {
  if (Number.isSafeInteger(slotMs) && slotMs >= 1) return;
  throw new ConsensusError({
    code: 'VALUE_OUT_OF_RANGE',
    name: 'slotMs',
    value: slotMs,
    expected: 'integer of at least 1',
  });
}

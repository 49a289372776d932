/**
 * Slot arithmetic for slots counted from the Unix epoch.
 *
 * @module
 */
import type { Millis } from './primitives.ts';

/** Slot that contains `timestamp`. @param slotMs - Slot duration, at least 1. */
export function slotAt(timestamp: Millis, slotMs: Millis): number {
  return Math.floor(timestamp / slotMs);
}

/** First millisecond of `slot`. @param slotMs - Slot duration, at least 1. */
export function slotStart(slot: number, slotMs: Millis): Millis {
  return slot * slotMs;
}

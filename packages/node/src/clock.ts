/**
 * Time and randomness of the platform.
 *
 * @module
 */
import type { ClockPort } from '@fiducia/consensus/ports';
import { createSystemClock } from '@fiducia/host';

const ENTROPY_BYTES = 32;

/** The clock of this machine and its cryptographic random source. */
export function createPlatformClock(): ClockPort {
  return createSystemClock({
    now: Date.now,
    schedule(callback, delayMs) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    entropy: () => globalThis.crypto.getRandomValues(new Uint8Array(ENTROPY_BYTES)),
  });
}

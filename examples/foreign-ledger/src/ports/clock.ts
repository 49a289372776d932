/** The clock of this machine, in milliseconds, and its random source. */
import type { ClockPort } from '@fiducia/consensus/ports';
import { createSystemClock } from '@fiducia/host';

export function createMachineClock(): ClockPort {
  return createSystemClock({
    now: Date.now,
    schedule(callback, delayMs) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    entropy: () => globalThis.crypto.getRandomValues(new Uint8Array(32)),
  });
}

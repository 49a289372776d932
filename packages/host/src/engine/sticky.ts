/**
 * Repetition of messages until the chain moves on (contract H-12).
 *
 * @module
 */
import { type BufferUsage, LIMITS, type Millis } from '@fiducia/consensus';
import type { ClockPort } from '@fiducia/consensus/ports';

/** Until when a message is repeated. */
export type StickyUntil = 'untilHeadChanges' | 'untilFinalized';

interface Repetition {
  readonly until: StickyUntil;
  cancel: () => void;
}

const FIRST_GAP_MS = 1_000;
const LONGEST_GAP_MS = 8_000;

/** Repeats after 1, 2, 4, 8, 8 … seconds. */
export class StickyMessages {
  /** `null` while there is none, as with most engines at most times. */
  #active: Map<string, Repetition> | null = null;
  readonly #clock: ClockPort;
  readonly #now: () => Millis;

  constructor(clock: ClockPort, now: () => Millis) {
    this.#clock = clock;
    this.#now = now;
  }

  /**
   * @param lane - A newer message in the same lane replaces the older one.
   * @returns False if more messages than allowed would be kept alive.
   */
  keep(lane: string, until: StickyUntil, repeat: () => void): boolean {
    this.#active ??= new Map();
    this.#active.get(lane)?.cancel();
    this.#active.delete(lane);
    if (this.#active.size >= LIMITS.stickyMessages) return false;
    const repetition: Repetition = { until, cancel: () => undefined };
    this.#active.set(lane, repetition);
    this.#arm(lane, repetition, FIRST_GAP_MS, repeat);
    return true;
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'stickyMessages', count: this.#active?.size ?? 0, max: LIMITS.stickyMessages }];
  }

  /** Ends what was to last until `event`. */
  end(event: StickyUntil): void {
    if (this.#active === null) return;
    for (const [lane, repetition] of this.#active) {
      if (repetition.until !== event) continue;
      repetition.cancel();
      this.#active.delete(lane);
    }
    if (this.#active.size === 0) this.#active = null;
  }

  clear(): void {
    for (const { cancel } of this.#active?.values() ?? []) cancel();
    this.#active = null;
  }

  #arm(lane: string, repetition: Repetition, gapMs: Millis, repeat: () => void): void {
    repetition.cancel = this.#clock.schedule(this.#now() + gapMs, () => {
      repeat();
      // A network that fails ends the host within the call.
      if (this.#active?.get(lane) !== repetition) return;
      this.#arm(lane, repetition, Math.min(gapMs * 2, LONGEST_GAP_MS), repeat);
    });
  }
}

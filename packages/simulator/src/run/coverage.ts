/**
 * Counts what really went wrong in a run, as opposed to what was planned.
 *
 * @module
 */
import type { StrategyName } from '../adversary/disguise.ts';
import type { TimedFaultKind } from './fault-plan.ts';

/** What the network does to messages. */
export type MessageFaultKind = 'loss' | 'duplicate' | 'lateReplay' | 'reorder' | 'delay' | 'bandwidth';

/** What a disk does to writes when its machine crashes, and records that it takes for others. */
export type WriteFaultKind = 'lostWrite' | 'tornWrite' | 'misdirect';

/** Kind of a fault: on links, of processes, clocks and disks, or the strategy of an adversary. */
export type FaultKind = TimedFaultKind | MessageFaultKind | WriteFaultKind | StrategyName;

/** How often each kind happened in a run; kinds that did not are absent. */
export type FaultCoverage = Partial<Record<FaultKind, number>>;

/** Counts by kind. */
export class FaultCounter {
  readonly #counts = new Map<FaultKind, number>();

  /** @param times - How often it happened, at least 0. */
  add(kind: FaultKind, times = 1): void {
    if (times > 0) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + times);
  }

  /** Kinds that happened, with how often they did. */
  entries(): Iterable<readonly [FaultKind, number]> {
    return this.#counts;
  }

  /** All counts, in the order of their names. */
  counts(): FaultCoverage {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

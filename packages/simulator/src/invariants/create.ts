/**
 * Puts checkers together.
 *
 * @module
 */
import { INVARIANT_IDS, type Invariant, type InvariantId, type Violation, type World } from '../run/world.ts';
import type { CreateChecker } from './checker.ts';
import { Chronicle } from './chronicle.ts';
import { checkAgreement } from './i1-agreement.ts';
import { checkFinality } from './i2-finality.ts';
import { checkDoubleSigns } from './i5-double-signs.ts';

/** What was broken once is broken again by every event after it. */
const REPORTS_PER_CHECKER_MAX = 8;

const CHECKERS: Readonly<Partial<Record<InvariantId, CreateChecker>>> = {
  I1: checkAgreement,
  I2: checkFinality,
  I5: checkDoubleSigns,
};

/** What checkers are made from. */
export interface InvariantsOptions {
  /** The run. */
  readonly world: World;
  /** Which invariants to check, each independently of the others. @defaultValue all */
  readonly ids?: readonly InvariantId[];
  /** Told of every violation, at most eight for each invariant. */
  readonly report: (violation: Violation) => void;
}

/**
 * Makes one checker for each invariant.
 *
 * Call `watch` with every node before its host starts, at first and after each restart; `afterEvent` after each event
 * of the simulation; `finish` when the run is over and before nodes stop.
 *
 * @see docs/spec/simulation.md, section 7.
 * @example
 * ```ts
 * const violations: Violation[] = [];
 * const invariants = createInvariants({ world, report: (violation) => violations.push(violation) });
 * for (const invariant of invariants) for (const node of world.nodes) invariant.watch?.(node);
 * simulation.afterEvent(() => {
 *   for (const invariant of invariants) invariant.afterEvent?.();
 * });
 * await simulation.runUntil(end);
 * for (const invariant of invariants) await invariant.finish?.();
 * ```
 */
export function createInvariants({ world, ids = INVARIANT_IDS, report }: InvariantsOptions): readonly Invariant[] {
  const chronicle = new Chronicle(() => world.simulation.now());
  return ids.flatMap((id) => {
    let reported = 0;
    const broken = (node: string | null, reason: string): void => {
      reported += 1;
      if (reported <= REPORTS_PER_CHECKER_MAX) report({ invariant: id, node, at: world.simulation.now(), reason });
    };
    const checker = CHECKERS[id]?.({ world, chronicle, broken });
    return checker === undefined ? [] : [{ id, ...checker }];
  });
}

/**
 * Makes a failing plan smaller while the same invariant fails (simulation D2).
 *
 * @module
 */
import { SimulationError } from '../errors.ts';
import { countPlanItems, type FaultPlan } from '../run/fault-plan.ts';
import { type FaultRunOptions, type FaultRunResult, runFaultPlan } from '../run/run-plan.ts';
import { isPlanTolerable } from '../run/tolerance.ts';
import type { InvariantId, Violation } from '../run/world.ts';
import { type Reduction, reductionsOf } from './reductions.ts';

/** What to make smaller. */
export interface ShrinkOptions extends Omit<FaultRunOptions, 'invariants' | 'onWorld'> {
  /** Violation that the plan leads to; any violation of the same invariant counts as the same failure. */
  readonly violation: Pick<Violation, 'invariant'>;
  /** Most runs to spend. @defaultValue 300 */
  readonly runsMax?: number;
  /** Told of every smaller plan that still fails. */
  readonly onProgress?: (progress: { readonly runs: number; readonly plan: FaultPlan }) => void;
}

/** A smaller plan. */
export interface ShrinkResult {
  /** Plan that leads to the same failure; nothing of it can be left out alone, unless runs ran out. */
  readonly plan: FaultPlan;
  /** Its run. */
  readonly result: FaultRunResult;
  /** Runs that were needed. */
  readonly runs: number;
}

const RUNS_MAX = 300;
/** What one item of a plan weighs in events: a plan is read by people, and each item is one thing to think about. */
const EVENTS_PER_ITEM = 20;

/**
 * Leaves out nodes, faults, adversaries, transactions and conditions, shortens and quickens what is left, and keeps
 * every step after which the same invariant fails. Only this invariant is checked meanwhile, or all of them where the
 * plan fails so with all alone. A plan never gets more faulty members than its protocol bears: its failure would be none.
 *
 * @throws {@link SimulationError} with `NOT_REPRODUCED` if the plan itself does not fail so.
 * @see docs/spec/simulation.md, rule D2.
 * @example
 * ```ts
 * const { violations } = await runFaultPlan({ subject, seed, plan, sha256 });
 * const [violation] = violations;
 * if (violation !== undefined) {
 *   const smaller = await shrinkFaultPlan({ subject, seed, plan, sha256, violation });
 *   console.log(JSON.stringify(smaller.plan));
 * }
 * ```
 */
export async function shrinkFaultPlan(options: ShrinkOptions): Promise<ShrinkResult> {
  const search = new Search(options);
  await search.begin();
  while (await search.improve()) {
    // Every pass may make another one possible.
  }
  return search.best();
}

interface Candidate {
  readonly plan: FaultPlan;
  readonly result: FaultRunResult;
  readonly cost: number;
}

class Search {
  readonly #options: ShrinkOptions;
  /** `undefined`: all. */
  #checked: readonly InvariantId[] | undefined;
  /** Plans that were tried, so that none is run twice. */
  readonly #tried = new Set<string>();
  #best: Candidate | null = null;
  #runs = 0;

  constructor(options: ShrinkOptions) {
    const { invariant } = options.violation;
    this.#options = options;
    this.#checked = invariant === 'E6' ? [] : [invariant];
  }

  async begin(): Promise<void> {
    const { plan, seed, violation } = this.#options;
    this.#best = await this.#run(plan);
    if (this.#best === null) {
      // What another checker does may be what fails.
      this.#checked = undefined;
      this.#best = await this.#run(plan);
    }
    if (this.#best === null) {
      throw new SimulationError({ code: 'NOT_REPRODUCED', seed, invariant: violation.invariant });
    }
  }

  best(): ShrinkResult {
    const { plan, result } = this.#require();
    return { plan, result, runs: this.#runs };
  }

  /** One pass over all reductions. @returns Whether something got smaller. */
  async improve(): Promise<boolean> {
    const before = this.#require().cost;
    for (const reduction of reductionsOf(this.#options.subject)) await this.#exhaust(reduction);
    return this.#require().cost < before && this.#hasRuns();
  }

  /** Applies one kind of reduction as often as it helps. */
  async #exhaust(reduction: Reduction): Promise<void> {
    let isSmaller = true;
    while (isSmaller && this.#hasRuns()) {
      isSmaller = false;
      const { plan, result } = this.#require();
      for (const smaller of reduction(plan, result)) {
        if (!this.#hasRuns()) return;
        if (!(await this.#try(smaller))) continue;
        isSmaller = true;
        break;
      }
    }
  }

  async #try(plan: FaultPlan): Promise<boolean> {
    if (!isPlanTolerable(this.#options.subject, plan)) return false;
    const text = JSON.stringify(plan);
    if (this.#tried.has(text)) return false;
    this.#tried.add(text);
    const candidate = await this.#run(plan);
    if (candidate === null || candidate.cost >= this.#require().cost) return false;
    this.#best = candidate;
    this.#options.onProgress?.({ runs: this.#runs, plan });
    return true;
  }

  async #run(plan: FaultPlan): Promise<Candidate | null> {
    this.#runs += 1;
    const { violation, runsMax, onProgress, ...options } = this.#options;
    const checked = this.#checked && { invariants: this.#checked };
    const result = await runFaultPlan({ ...options, plan, ...checked });
    const isSame = result.violations[0]?.invariant === violation.invariant;
    return isSame ? { plan, result, cost: result.events + EVENTS_PER_ITEM * countPlanItems(plan) } : null;
  }

  #hasRuns(): boolean {
    return this.#runs < (this.#options.runsMax ?? RUNS_MAX);
  }

  #require(): Candidate {
    if (this.#best !== null) return this.#best;
    throw new SimulationError({ code: 'INVALID_OPTION', path: 'plan', reason: 'was not run' });
  }
}

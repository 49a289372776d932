/**
 * Plans of ByzzFuzz runs: nothing goes wrong but what is drawn for them (simulation section 5).
 *
 * @module
 */
import type { HashFunction } from '@fiducia/consensus';
import { drawByzzFuzz } from '../adversary/byzz-fuzz.ts';
import { createRandomStream } from '../random.ts';
import type { Subject } from '../subject.ts';
import { drawFaultPlan } from './draw-plan.ts';
import { type FaultPlan, nodeNameOf } from './fault-plan.ts';

/** What a plan is drawn from. */
export interface ByzzFuzzRunOptions {
  /** Protocol to plan for. */
  readonly subject: Subject;
  /** Decides everything that is left to chance; a safe integer of at least 0. */
  readonly seed: number;
  /** Number of nodes, one of which changes messages; at least 2. @defaultValue 4 */
  readonly nodes?: number;
  /** SHA-256 for the streams. */
  readonly sha256: HashFunction;
}

/**
 * Draws a run in the manner of ByzzFuzz: up to three times in which the network is in two parts, up to three in which
 * one member changes what it says, and no other trouble. What {@link runFaultPlan} makes of it is judged as any seed is.
 *
 * @throws `SimulationError` with `INVALID_OPTION`.
 * @example
 * ```ts
 * const plan = drawByzzFuzzRun({ subject, seed: 7, sha256 });
 * const { violations } = await runFaultPlan({ subject, seed: 7, plan, sha256 });
 * ```
 */
export function drawByzzFuzzRun({ subject, seed, nodes = 4, sha256 }: ByzzFuzzRunOptions): FaultPlan {
  const calm = drawFaultPlan({ subject, seed, profile: 'none', nodes, sha256 });
  const random = createRandomStream({ seed, label: 'adversary', sha256 });
  const names = Array.from({ length: nodes }, (_, index) => nodeNameOf(index));
  const { slotMs } = subject;
  const adversary = random.integer(0, nodes - 1);
  const { networkFaults, processFaults } = drawByzzFuzz({ random, nodes: names, slotMs, slots: calm.slots });
  return {
    ...calm,
    faults: networkFaults.map(({ at, until, group }) => {
      return { kind: 'partition', at, until, groups: [group.map((name) => names.indexOf(name))] };
    }),
    adversaries: [{ node: adversary, strategy: 'mutate', mutations: processFaults }],
  };
}

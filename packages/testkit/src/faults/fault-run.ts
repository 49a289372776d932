/**
 * Whole nodes under a plan of faults, and the shortest plan under which they still fail.
 *
 * @module
 */
import {
  type FaultPlan,
  type FaultRunResult,
  type InvariantId,
  isSimulationError,
  runFaultPlan,
  type Subject,
  shrinkFaultPlan,
  type Violation,
  type World,
  type WorldNode,
} from '@fiducia/simulator';
import { sha256 } from '../inspect/hash.ts';
import type { Findings } from '../item.ts';

/** One run. */
export interface PlannedRun {
  readonly subject: Subject;
  readonly seed: number;
  readonly plan: FaultPlan;
  readonly invariants: readonly InvariantId[];
  /** Sees the nodes before they start. */
  readonly onWorld?: (world: World) => void;
  /** Sees every life of every node before it starts. */
  readonly onLife?: (node: WorldNode) => void;
}

const SHRINK_RUNS_MAX = 80;
const TRANSACTIONS_SHOWN = 4;
const MILLIS_PER_SECOND = 1_000;

/** Follows the plan; a violation becomes a finding with the plan made small. */
export async function tryPlan(run: PlannedRun, what: string, findings: Findings): Promise<FaultRunResult> {
  const result = await runFaultPlan({ ...run, sha256 });
  findings.count('runs with faults');
  findings.count('events', result.events);
  findings.count('blocks', result.blocks);
  const [violation] = result.violations;
  if (violation !== undefined) await reportViolation(run, what, violation, findings);
  return result;
}

/** Adds a violation with the smallest plan that still shows it. */
async function reportViolation(run: PlannedRun, what: string, violation: Violation, findings: Findings): Promise<void> {
  const { invariant, node, at, reason } = violation;
  const { plan, runs } = await shrinkPlan(run, violation);
  const [planned, left] = [sizeOf(run.plan), sizeOf(plan)];
  const enough = left === 0 ? 'none is needed' : `${left} ${left === 1 ? 'suffices' : 'suffice'}`;
  const trace = [
    `${what}; of ${planned} planned events ${enough} (${runs} runs to find out)`,
    ...describePlan(plan),
    `violated at ${node ?? 'several nodes'}, virtual time ${at}`,
  ];
  findings.add({ rule: `simulation ${invariant}`, message: reason, trace, seed: run.seed });
}

/** A plan in which nothing goes wrong. */
export function calmPlan(nodes: number, slots: number): FaultPlan {
  const coreNodes = Array.from({ length: nodes }, (_, index) => index);
  return { nodes, slots, conditions: {}, disk: {}, faults: [], adversaries: [], workload: [], coreNodes, outside: [] };
}

/** The smallest plan that still shows it; the plan itself if it takes other invariants to fail again. */
async function shrinkPlan(
  { subject, seed, plan }: PlannedRun,
  violation: Violation,
): Promise<{ readonly plan: FaultPlan; readonly runs: number }> {
  try {
    return await shrinkFaultPlan({ subject, seed, plan, sha256, violation, runsMax: SHRINK_RUNS_MAX });
  } catch (thrown) {
    if (isSimulationError(thrown, 'NOT_REPRODUCED')) return { plan, runs: 1 };
    throw thrown;
  }
}

function sizeOf({ faults, adversaries, workload, conditions }: FaultPlan): number {
  return faults.length + adversaries.length + workload.length + Object.keys(conditions).length;
}

function describePlan({
  nodes,
  slots,
  conditions,
  faults,
  adversaries,
  workload,
  outside,
}: FaultPlan): readonly string[] {
  const links = Object.keys(conditions).length === 0 ? 'links without faults' : `links: ${JSON.stringify(conditions)}`;
  return [
    `${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${slots} slots, ${links}`,
    ...adversaries.map(({ node, strategy }) => `node-${node} is an adversary: ${strategy}`),
    ...faults.map(({ kind, at, ...rest }) => `${seconds(at)}: ${kind} ${JSON.stringify(rest)}`),
    ...workload.slice(0, TRANSACTIONS_SHOWN).map(({ at, node, kind }) => `${seconds(at)}: ${kind} at node-${node}`),
    ...(workload.length > TRANSACTIONS_SHOWN ? [`and ${workload.length - TRANSACTIONS_SHOWN} more transactions`] : []),
    ...outside.map(({ node, fate }) => `after the faults node-${node} stays ${fate}`),
  ];
}

function seconds(millis: number): string {
  return `${(millis / MILLIS_PER_SECOND).toFixed(3)} s`;
}

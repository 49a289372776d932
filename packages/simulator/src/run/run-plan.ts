/**
 * Follows a plan: the safety phase with everything that goes wrong, then the liveness phase, then the last checks
 * (simulation section 4).
 *
 * @module
 */
import type { HashFunction, Millis } from '@fiducia/consensus';
import { isSimulationError } from '../errors.ts';
import type { StubCrypto } from '../stub-crypto.ts';
import type { Subject } from '../subject.ts';
import type { FaultCoverage } from './coverage.ts';
import { createRunWorld, type RunWorld } from './create-world.ts';
import type { FaultPlan } from './fault-plan.ts';
import { livenessGoalOf } from './liveness.ts';
import { Recovery } from './recovery.ts';
import { Schedule } from './schedule.ts';
import type { Invariant, InvariantId, LivenessGoal, Violation, World, WorldNode } from './world.ts';

/** Makes the cryptography of a run; see {@link StubCrypto} for what it has to offer. */
export type CryptoFactory = () => StubCrypto | Promise<StubCrypto>;

/** What to run. */
export interface FaultRunOptions {
  /** Protocol under simulation. */
  readonly subject: Subject;
  /** Seed of the network, clocks and disks; the plan is that of the same seed unless it was made smaller. */
  readonly seed: number;
  /** What will happen. */
  readonly plan: FaultPlan;
  /** Invariants to check; absent: all. */
  readonly invariants?: readonly InvariantId[];
  /** Signatures of the run (simulation E5). @defaultValue `'stub'` */
  readonly crypto?: 'stub' | CryptoFactory;
  /**
   * Events after which a run that has not ended never will, which is a violation (simulation E6); at least 1.
   * @defaultValue 10 000 000
   */
  readonly eventsMax?: number;
  /** SHA-256 for streams, trace and stand-in signatures. */
  readonly sha256: HashFunction;
  /** Called for every life of every node before its host starts: the place for observers. */
  readonly onLife?: (node: WorldNode) => void;
  /** Called once everything is set up and nothing has started. */
  readonly onWorld?: (world: World) => void;
}

/** What came out of a run. */
export interface FaultRunResult {
  /** Seed that was run. */
  readonly seed: number;
  /** Most blocks that an honest node had adopted at the end, below its head. */
  readonly blocks: number;
  /** Events of the simulation. */
  readonly events: number;
  /** Virtual time that passed. */
  readonly simulatedMs: Millis;
  /** What did not hold; the run ends soon after the first one. */
  readonly violations: readonly Violation[];
  /** How often each kind of fault really happened. */
  readonly faultCoverage: FaultCoverage;
  /** Hash over everything that happened (simulation E4). */
  readonly traceHash: string;
}

/** A run counts as a fault seed with at least so many adopted blocks. */
export const BLOCKS_MIN = 30;
/** Slots that a healed network gets to reach {@link BLOCKS_MIN}. */
const EXTENSION_SLOTS_MAX = 90;

/**
 * Runs a plan with real hosts, ledgers and plugins. Equal options give equal results, trace hash included.
 *
 * A failing assertion or an exception anywhere in a node is a violation, too, and so is a run without an end
 * (simulation E6).
 *
 * @throws {@link SimulationError} with `INVALID_OPTION` for a plan that names nodes it does not have.
 * @see docs/spec/simulation.md, section 4.
 * @example
 * ```ts
 * const plan = drawFaultPlan({ subject, seed: 7, profile: 'default', sha256 });
 * const { violations, traceHash } = await runFaultPlan({ subject, seed: 7, plan, sha256 });
 * console.log(traceHash, violations);
 * ```
 */
export async function runFaultPlan(options: FaultRunOptions): Promise<FaultRunResult> {
  const { plan, subject } = options;
  const world = await createRunWorld(options);
  const { simulation, violations, invariants } = world;
  const startTime = simulation.now();
  options.onWorld?.(world.view);

  const schedule = new Schedule(world, plan);
  schedule.plan();
  await runSlots(world, startTime + plan.slots * subject.slotMs);
  if (violations.length === 0 && plan.coreNodes.length > 0) await recover(world, schedule, plan, subject);
  if (violations.length === 0) await observe(world, () => finish(world, invariants));
  return {
    seed: options.seed,
    blocks: world.blocks(),
    events: simulation.eventCount(),
    simulatedMs: simulation.now() - startTime,
    violations,
    faultCoverage: schedule.coverage(),
    traceHash: simulation.traceHash(),
  };
}

/** The liveness phase, until its goals are reached or missed, and as much more time as a fault seed needs. */
async function recover(world: RunWorld, schedule: Schedule, plan: FaultPlan, subject: Subject): Promise<void> {
  const { simulation } = world;
  schedule.heal();
  const { goal, recovery } = aim(world, plan, subject);
  const deadline = goal.healedAt + Math.max(goal.agreeWithinMs, goal.growWithinMs, goal.finalWithinMs ?? 0);
  while (!recovery.isComplete() && simulation.now() <= deadline && world.violations.length === 0) {
    await runSlots(world, simulation.now() + subject.slotMs);
  }
  let current = recovery;
  for (let slot = 0; slot < EXTENSION_SLOTS_MAX && world.blocks() < (plan.blocksMin ?? BLOCKS_MIN); slot++) {
    // Whoever has recovered has to go on: a network that stands still later on has not.
    if (current.isComplete()) {
      current.stop();
      current = aim(world, plan, subject).recovery;
      // Where nothing happens any more, nobody would look at what is reached already.
      for (const { id, afterEvent } of world.invariants) if (id === 'I10') afterEvent?.();
    }
    await runSlots(world, simulation.now() + subject.slotMs);
  }
  current.stop();
}

/** Sets a goal from now on. */
function aim(world: RunWorld, plan: FaultPlan, subject: Subject): { goal: LivenessGoal; recovery: Recovery } {
  const now = world.simulation.now();
  const goal = livenessGoalOf({ subject, plan, now, lastBlockAt: world.lastBlockAt() });
  world.setLiveness(goal);
  return { goal, recovery: new Recovery(world, goal) };
}

/** Lets time pass, slot by slot, and stops early once something was violated. */
async function runSlots(world: RunWorld, until: Millis): Promise<void> {
  const { simulation, slotMs, violations } = world;
  while (simulation.now() < until && violations.length === 0) {
    const next = Math.min(until, simulation.now() + slotMs);
    try {
      await simulation.runUntil(next);
      await observe(world, async () => {
        for (const invariant of world.invariants) await invariant.settle?.();
      });
    } catch (error) {
      if (!isSimulationError(error, 'EVENT_FAILED')) throw error;
      world.report(failureOf(error.data, simulation.now()));
    }
  }
}

async function finish(world: RunWorld, invariants: readonly Invariant[]): Promise<void> {
  for (const invariant of invariants) {
    await invariant.finish?.();
    if (world.violations.length > 0) return;
  }
}

/** Lets checkers read the disks as they are. */
async function observe({ machines, twins }: RunWorld, read: () => Promise<void>): Promise<void> {
  const resume = [...machines, ...twins.values()].map(({ disk }) => disk.suspendFaults());
  try {
    await read();
  } finally {
    for (const end of resume) end();
  }
}

function failureOf(data: object, at: Millis): Violation {
  const { node = null, reason = '', event = '' } = data as { node?: string | null; reason?: string; event?: string };
  return { invariant: 'E6', node, at, reason: `${event}: ${reason}` };
}

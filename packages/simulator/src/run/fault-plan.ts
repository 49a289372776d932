/**
 * A plan: everything that will be done to a network in one run, as plain JSON.
 *
 * A seed draws a plan, a run follows one. So a failing run can be made smaller by leaving things out of its plan
 * (simulation D2), and a stored one does not change when the drawing does (simulation D1).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { ProcessFault } from '../adversary/byzz-fuzz.ts';
import type { StrategyName } from '../adversary/disguise.ts';
import type { NetworkConditions } from '../network/conditions.ts';
import type { DiskConditions } from '../storage/conditions.ts';

/**
 * How hard a seed is on its network: `none` nothing goes wrong; `default` each seed draws its own subset of the
 * ranges of simulation section 3; `harsh` the same with as many adversaries as the protocol declares to bear.
 */
export type FaultProfile = 'none' | 'default' | 'harsh';

/** Kinds of planned faults that happen at a time; see {@link PlannedFault}. */
export type TimedFaultKind = PlannedFault['kind'];

/** Groups of nodes that do not reach each other. */
export interface PlannedPartition {
  /** Discriminates. */
  readonly kind: 'partition';
  /** Since when, in milliseconds from the start. */
  readonly at: Millis;
  /** Until when; `null`: until the liveness phase. */
  readonly until: Millis | null;
  /** Indices of nodes by group; all others form one more. */
  readonly groups: readonly (readonly number[])[];
}

/** Links on which nothing arrives in one direction. */
export interface PlannedCut {
  /** Discriminates. */
  readonly kind: 'oneWay';
  /** Since when, in milliseconds from the start. */
  readonly at: Millis;
  /** Until when; `null`: until the liveness phase. */
  readonly until: Millis | null;
  /** Pairs of sender and recipient, by index. */
  readonly links: readonly { readonly from: number; readonly to: number }[];
}

/** A link that holds everything back for a while. */
export interface PlannedClog {
  /** Discriminates. */
  readonly kind: 'clog';
  /** Since when, in milliseconds from the start. */
  readonly at: Millis;
  /** When it lets go. */
  readonly until: Millis;
  /** Sender. */
  readonly from: number;
  /** Recipient. */
  readonly to: number;
}

/** A process that stands still, as in a collection of garbage. */
export interface PlannedPause {
  /** Discriminates. */
  readonly kind: 'pause';
  /** Since when, in milliseconds from the start. */
  readonly at: Millis;
  /** When it goes on. */
  readonly until: Millis;
  /** Which node. */
  readonly node: number;
}

/** A clock that is wrong, and runs too fast or too slowly. */
export interface PlannedClock {
  /** Discriminates. */
  readonly kind: 'clock';
  /** Since when, in milliseconds from the start. */
  readonly at: Millis;
  /** Which node. */
  readonly node: number;
  /** How far it is ahead, negative if behind. */
  readonly offsetMs: number;
  /** How much faster it runs, in millionths. */
  readonly driftPpm: number;
}

/** A process that ends without warning, and what its disk does with what was not yet durable. */
export interface PlannedCrash {
  /** Discriminates. */
  readonly kind: 'crash';
  /** When it ends, in milliseconds from the start. */
  readonly at: Millis;
  /** When it starts again; `null`: not before the liveness phase. */
  readonly until: Millis | null;
  /** Which node. */
  readonly node: number;
  /** Chance that a write that was not yet durable is lost or damaged. */
  readonly damagePermille: number;
  /** Whether the last batch may survive in part. */
  readonly isTorn: boolean;
  /** Whether it waits for a write that is then not yet durable, until the time at which it starts again. @default false */
  readonly duringWrite?: boolean;
}

/** A machine that ends and comes back with an empty disk and its key. */
export interface PlannedDiskLoss {
  /** Discriminates. */
  readonly kind: 'diskLoss';
  /** When it ends, in milliseconds from the start. */
  readonly at: Millis;
  /** When it comes back. */
  readonly until: Millis;
  /** Which node. */
  readonly node: number;
}

/** A disk that fails now and then, or is full. */
export interface PlannedDiskFault {
  /** `diskError`: operations fail by chance; `diskFull`: nothing more can be written. */
  readonly kind: 'diskError' | 'diskFull';
  /** Since when, in milliseconds from the start. */
  readonly at: Millis;
  /** Until when; every other fault of this disk ends with it, and its beginning replaces them. */
  readonly until: Millis;
  /** Which node. */
  readonly node: number;
  /** Reads that fail. */
  readonly readPermille: number;
  /** Writes that fail. */
  readonly writePermille: number;
  /** Reads that give what stands elsewhere. */
  readonly misdirectPermille: number;
}

/** Something that goes wrong at a planned time. */
export type PlannedFault =
  | PlannedPartition
  | PlannedCut
  | PlannedClog
  | PlannedPause
  | PlannedClock
  | PlannedCrash
  | PlannedDiskLoss
  | PlannedDiskFault;

/** A transaction that a client hands to one node; skipped while that node is down. */
export interface PlannedTransaction {
  /** When, in milliseconds from the start. */
  readonly at: Millis;
  /** Index of the node that gets it. */
  readonly node: number;
  /** What it does: pays, adds to a deposit, or votes for a candidate. */
  readonly kind: 'transfer' | 'topUp' | 'ballot';
  /** Index of the node that is paid or voted for; for a deposit without meaning. */
  readonly to: number;
  /** Units of it. */
  readonly amount: number;
}

/** A node whose owner does not keep to the protocol, from the start to the end. */
export interface PlannedAdversary {
  /** Which node. */
  readonly node: number;
  /** What it does. */
  readonly strategy: StrategyName;
  /** What else it does at the same time; neither may be `equivocate`, which needs the machine for itself. */
  readonly also?: StrategyName;
  /** For `mutate`: what it changes when, counted from its start; drawn in the run if absent. */
  readonly mutations?: readonly ProcessFault[];
}

/**
 * What becomes of a node outside of the core in the liveness phase, for ever: it is down, nothing from or to it
 * arrives, it hears nothing, or nobody hears it.
 */
export type OutsideFate = 'dead' | 'cut' | 'deaf' | 'mute';

/** Everything that will happen in one run. Plain JSON; nodes are named by their index from 0. */
export interface FaultPlan {
  /** Number of nodes, all of them members with equal deposits. */
  readonly nodes: number;
  /** Length of the safety phase in slots. */
  readonly slots: number;
  /** How all links behave in the safety phase. */
  readonly conditions: NetworkConditions;
  /** How all disks behave. */
  readonly disk: DiskConditions;
  /** What goes wrong when, in order of time. */
  readonly faults: readonly PlannedFault[];
  /** Nodes that misbehave; never more than every plugin declares to bear. */
  readonly adversaries: readonly PlannedAdversary[];
  /** What clients do when, in order of time. */
  readonly workload: readonly PlannedTransaction[];
  /**
   * Blocks that an honest node has to adopt before a run ends, as far as it gets there in time.
   * @default 30
   */
  readonly blocksMin?: number;
  /**
   * Nodes between which the links are healed and that all run in the liveness phase; empty: there is no such phase,
   * and the run ends where the safety phase does.
   */
  readonly coreNodes: readonly number[];
  /** What becomes of all others. */
  readonly outside: readonly { readonly node: number; readonly fate: OutsideFate }[];
}

/** Number of things in a plan: faults, adversaries with their deeds, transactions, conditions, nodes. */
export function countPlanItems(plan: FaultPlan): number {
  const { nodes, faults, adversaries, workload, conditions, disk, outside } = plan;
  const deeds = adversaries.reduce((sum, { mutations = [] }) => sum + 1 + mutations.length, 0);
  const settings = Object.keys(conditions).length + Object.keys(disk).length;
  return nodes + faults.length + deeds + workload.length + settings + outside.length;
}

/** Name of the node of an index. */
export function nodeNameOf(index: number): string {
  return `node-${index}`;
}

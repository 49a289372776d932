/**
 * Draws the plan of a seed (simulation section 3, swarm).
 *
 * Every purpose draws from a stream of its own, so that more of one fault does not shift another.
 *
 * @module
 */
import type { HashFunction, Millis } from '@fiducia/consensus';
import { drawByzzFuzz } from '../adversary/byzz-fuzz.ts';
import { STRATEGIES, type StrategyName } from '../adversary/disguise.ts';
import type { NetworkConditions } from '../network/conditions.ts';
import { createRandomStream, type RandomLabel, type RandomStream } from '../random.ts';
import type { DiskConditions } from '../storage/conditions.ts';
import { faultyMax, hasVotingEngine, requireSubject, type Subject } from '../subject.ts';
import { drawFaults } from './draw-faults.ts';
import {
  type FaultPlan,
  type FaultProfile,
  nodeNameOf,
  type OutsideFate,
  type PlannedAdversary,
  type PlannedTransaction,
} from './fault-plan.ts';
import { electsMembers, votesInRounds } from './genesis.ts';

/** What a plan is drawn from. */
export interface DrawOptions {
  /** Protocol to plan for: sizes, length of a slot, tolerated faults, kinds of transactions. */
  readonly subject: Subject;
  /** Decides everything that is left to chance; a safe integer of at least 0. */
  readonly seed: number;
  /** How hard it will be. */
  readonly profile: FaultProfile;
  /** Number of nodes, if it is not to be drawn. */
  readonly nodes?: number;
  /** SHA-256 for the streams. */
  readonly sha256: HashFunction;
}

/** What the parts of the drawing share. */
export interface Drawing {
  readonly subject: Subject;
  readonly nodes: number;
  readonly slots: number;
  /** Length of the safety phase. */
  readonly durationMs: Millis;
  readonly profile: FaultProfile;
  /** Members that may be faulty. */
  readonly faulty: Roles;
  /** Stream of a purpose. */
  stream(purpose: RandomLabel): RandomStream;
}

/** Who may be hit by what lasts, so that never more members than tolerated are faulty for good. */
interface Roles {
  /** Misbehave. */
  readonly adversaries: readonly number[];
  /** Honest, and out of the core. */
  readonly outside: readonly number[];
  /** Honest, and lose their disks: they sign nothing any more. */
  readonly diskless: readonly number[];
}

/** Weights of the sizes of networks: small ones find most, and cost least; with five, not everybody need have a seat. */
const NODE_COUNTS: readonly (readonly [count: number, weight: number])[] = [
  [4, 660],
  [5, 145],
  [7, 85],
  [10, 10],
  [21, 2],
  [1, 20],
  [2, 20],
  [3, 30],
  [6, 28],
];
const SLOTS = { min: 26, max: 52 };
const FATES: readonly OutsideFate[] = ['dead', 'cut', 'deaf', 'mute'];
/** Seeds with adversaries, where the protocol bears any. */
const ADVERSARIES_PERMILLE = 800;
/**
 * How often each strategy is drawn: those that need the machine for themselves, or find little to do under some protocols,
 * more often, so that all of them really happen.
 */
const STRATEGY_WEIGHTS: Readonly<Record<StrategyName, number>> = {
  equivocate: 16,
  withhold: 8,
  selfish: 8,
  delayVotes: 8,
  mutate: 15,
  censor: 8,
  grief: 8,
  lieInSync: 8,
  flood: 8,
  replay: 8,
  oldBackup: 8,
  grind: 12,
  trustFarming: 11,
  reseal: 8,
};
/** Every strategy as often as its weight says. */
const WEIGHTED_STRATEGIES: readonly StrategyName[] = STRATEGIES.flatMap((name) =>
  Array.from({ length: STRATEGY_WEIGHTS[name] }, () => name),
);
const SLOW_NODES_PERMILLE = 300;
/** Transactions in a thousand slots, least and most. */
const TRANSACTIONS = [4_200, 8_200] as const;
/** Where members vote all the time a network is busy without them. */
const TRANSACTIONS_BESIDE_VOTES = [2_200, 5_200] as const;
const PLAN_SEED_TAG = 'sim/plan/v1';

/**
 * Draws what will happen to a network: every seed has its own subset and intensity of faults, about half of all
 * knobs are zero.
 *
 * @throws {@link SimulationError} with `INVALID_OPTION`.
 * @see docs/spec/simulation.md, section 3.
 * @example
 * ```ts
 * const plan = drawFaultPlan({ subject, seed: 7, profile: 'default', sha256 });
 * const result = await runFaultPlan({ subject, seed: 7, plan, sha256 });
 * ```
 */
export function drawFaultPlan(options: DrawOptions): FaultPlan {
  const { subject, seed, profile, sha256 } = options;
  requireSubject(subject);
  const streams = new Map<RandomLabel, RandomStream>();
  const stream = (purpose: RandomLabel): RandomStream => {
    const known = streams.get(purpose) ?? createPlanStream(seed, purpose, sha256);
    streams.set(purpose, known);
    return known;
  };
  const topology = stream('topology');
  const nodes = options.nodes ?? drawNodeCount(subject, topology);
  const slots = topology.integer(SLOTS.min, SLOTS.max);
  const faulty = drawRoles(subject, nodes, profile, stream('adversary'));
  const drawing: Drawing = { subject, nodes, slots, durationMs: slots * subject.slotMs, profile, faulty, stream };
  const adversaries = faulty.adversaries.map((node) => drawAdversary(node, drawing));
  const outside = new Set(faulty.outside);
  for (const node of faulty.adversaries) if (stream('adversary').chance(300)) outside.add(node);
  return {
    nodes,
    slots,
    conditions: profile === 'none' ? {} : drawConditions(drawing),
    disk: profile === 'none' ? {} : drawDisk(drawing),
    faults: profile === 'none' ? [] : drawFaults(drawing, adversaries),
    adversaries: adversaries.sort((a, b) => a.node - b.node),
    workload: drawWorkload(drawing),
    coreNodes: Array.from({ length: nodes }, (_, node) => node).filter((node) => !outside.has(node)),
    outside: [...outside].sort((a, b) => a - b).map((node) => ({ node, fate: pick(FATES, topology) })),
  };
}

function drawAdversary(node: number, { stream, nodes, subject, slots }: Drawing): PlannedAdversary {
  const random = stream('adversary');
  const strategy = pick(WEIGHTED_STRATEGIES, random);
  const others = WEIGHTED_STRATEGIES.filter((other) => other !== 'equivocate' && other !== strategy);
  // Drawn whether it is needed or not, so that one strategy does not shift what comes after it.
  const other = pick(others, random);
  const also = strategy === 'equivocate' ? undefined : other;
  const names = Array.from({ length: nodes }, (_, index) => nodeNameOf(index));
  const own = stream(`adversary/${node}`);
  const { processFaults } = drawByzzFuzz({ random: own, nodes: names, slotMs: subject.slotMs, slots });
  const isMutating = strategy === 'mutate' || also === 'mutate';
  return { node, strategy, ...(also && { also }), ...(isMutating && { mutations: processFaults }) };
}

/** One of several. @param items - At least one. */
export function pick<T>(items: readonly T[], random: RandomStream): T {
  return items[random.integer(0, items.length - 1)] as T;
}

/** Some of several, in drawn order. @param count - At most as many as there are. */
export function pickSome<T>(items: readonly T[], count: number, random: RandomStream): readonly T[] {
  const rest = [...items];
  return Array.from({ length: count }, () => rest.splice(random.integer(0, rest.length - 1), 1)[0] as T);
}

/** Streams of plans are not those of the runs that follow them. */
function createPlanStream(seed: number, purpose: RandomLabel, sha256: HashFunction): RandomStream {
  const digest = sha256(new TextEncoder().encode(`${PLAN_SEED_TAG} ${seed}`));
  const planSeed = new DataView(digest.buffer, digest.byteOffset).getUint32(0);
  return createRandomStream({ seed: planSeed * 2 ** 20 + (seed % 2 ** 20), label: purpose, sha256 });
}

function drawNodeCount({ nodeCounts }: Subject, random: RandomStream): number {
  if (nodeCounts !== undefined) return pick(nodeCounts, random);
  const total = NODE_COUNTS.reduce((sum, [, weight]) => sum + weight, 0);
  let draw = random.integer(1, total);
  for (const [count, weight] of NODE_COUNTS) {
    draw -= weight;
    if (draw <= 0) return count;
  }
  return 4;
}

/** Adversaries, and honest nodes that will be out of the core: together never more than tolerated. */
function drawRoles(subject: Subject, nodes: number, profile: FaultProfile, random: RandomStream): Roles {
  const max = faultyMax(subject, nodes);
  const all = Array.from({ length: nodes }, (_, node) => node);
  const isAttacked = random.chance(ADVERSARIES_PERMILLE);
  const drawn = random.integer(1, Math.max(1, max));
  const isDiskLost = random.chance(900);
  const order = pickSome(all, nodes, random);
  if (profile === 'none') return { adversaries: [], outside: [], diskless: [] };
  const adversaries = profile === 'harsh' ? max : isAttacked ? Math.min(drawn, max) : 0;
  const spare = random.integer(0, max - adversaries);
  const rest = order.slice(adversaries, adversaries + spare);
  const diskless = isDiskLost ? rest.slice(0, Math.ceil(rest.length / 2)) : [];
  return { adversaries: order.slice(0, adversaries), outside: rest.slice(diskless.length), diskless };
}

/** Each knob is off in half of the seeds; all draws are made whatever they decide. */
function drawConditions({ nodes, stream }: Drawing): NetworkConditions {
  const random = stream('network');
  const isOn = (): boolean => random.chance(500);
  const drawn = (max: number): number => {
    const value = random.integer(1, max);
    return isOn() ? value : 0;
  };
  const heavyTail = {
    kind: 'heavyTail',
    meanMs: random.integer(30, 100),
    maxMs: random.integer(1_000, 5_000),
  } as const;
  const delayMs = { min: random.integer(1, 30), max: random.integer(30, 100) };
  const slow = pickSome(
    Array.from({ length: nodes }, (_, node) => nodeNameOf(node)),
    Math.max(1, Math.round((nodes * SLOW_NODES_PERMILLE) / 1_000)),
    random,
  );
  return {
    ...(isOn() ? { delay: heavyTail } : { delayMs }),
    lossPermille: drawn(300),
    duplicatePermille: drawn(500),
    lateReplayPermille: drawn(100),
    reorderWindow: drawn(20),
    ...(isOn() && { bandwidth: { kbitPerSecond: 1_000, nodes: [...slow].sort() } }),
  };
}

function drawDisk({ stream }: Drawing): DiskConditions {
  const random = stream('storage');
  const isSlow = random.chance(300);
  return { syncMs: isSlow ? { min: 5, max: 50 } : { min: 1, max: 5 }, isAtomic: random.chance(500) };
}

function isTalkative(subject: Subject): boolean {
  return votesInRounds(subject) || hasVotingEngine(subject);
}

function drawWorkload({ subject, nodes, durationMs, slots, stream }: Drawing): readonly PlannedTransaction[] {
  const random = stream('workload');
  const [least, most] = isTalkative(subject) ? TRANSACTIONS_BESIDE_VOTES : TRANSACTIONS;
  const perSlotPermille = random.integer(least, most);
  const elects = electsMembers(subject);
  const count = Math.ceil((slots * perSlotPermille) / 1_000);
  const transactions = Array.from({ length: count }, (): PlannedTransaction => {
    const isElection = random.chance(150);
    const electionKind = random.chance(500) ? 'topUp' : 'ballot';
    return {
      at: random.integer(0, durationMs),
      node: random.integer(0, nodes - 1),
      kind: elects && isElection ? electionKind : 'transfer',
      to: random.integer(0, nodes - 1),
      amount: random.integer(1, 100),
    };
  });
  return transactions.sort((a, b) => a.at - b.at);
}

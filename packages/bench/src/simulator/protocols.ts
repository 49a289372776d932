/**
 * How fast 21 nodes under each protocol live through the faults of a campaign.
 *
 * @module
 */
import type { ConsensusPlugin, HashFunction, Millis } from '@fiducia/consensus';
import { dpos } from '@fiducia/consensus-dpos';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { pbft } from '@fiducia/consensus-pbft';
import { pos } from '@fiducia/consensus-pos';
import { pow } from '@fiducia/consensus-pow';
import { drawFaultPlan, type FaultRunResult, type InvariantId, runFaultPlan, type Subject } from '@fiducia/simulator';
import { startWatch } from './watch.ts';

/** Figures of one protocol. */
export interface ProtocolSpeed {
  readonly protocol: string;
  readonly nodes: number;
  /** Seeds 1 to this one were run, each with its own faults. */
  readonly seeds: number;
  readonly blocks: number;
  readonly events: number;
  readonly simulatedSeconds: number;
  /** Processor time without checkers: of each seed the least of {@link ROUNDS} runs, since others on the machine only add to it. */
  readonly cpuSeconds: number;
  readonly timesRealTime: number;
  /** By the longest run of each seed. */
  readonly timesRealTimeSlowest: number;
  readonly eventsPerSecond: number;
  /** With every checker of the invariants at work, in the first run of each seed, compiling included. */
  readonly eventsPerSecondChecked: number;
}

const NODES = 21;
const SLOTS = 200;
const ROUNDS = 3;
const NO_CHECKERS: readonly InvariantId[] = [];

/** Protocols with their usual slots: whatever a configuration does not name is its default. */
const SUBJECTS: readonly (readonly [plugin: Pick<ConsensusPlugin, 'name'>, config: object, slotMs: Millis])[] = [
  [dtDpos(), {}, 1_000],
  [dpos(), {}, 2_000],
  [pos(), { minStake: '1' }, 3_000],
  // Every nonce counts, and the nodes together find one in the usual time.
  [pow(), { preset: 'test' }, 10_000],
  [pbft(), {}, 2_000],
];

/** Names of the protocols that are measured. */
export const PROTOCOLS: readonly string[] = SUBJECTS.map(([{ name }]) => name);

/** Runs one of {@link PROTOCOLS}. @param seeds - At least 1. */
export async function measureProtocol(name: string, seeds: number, sha256: HashFunction): Promise<ProtocolSpeed> {
  const subject = SUBJECTS.find(([plugin]) => plugin.name === name);
  if (subject === undefined) throw new RangeError(`${name} is not measured`);
  const [plugin, config, slotMs] = subject;
  return measureSubject({ name, production: { plugin: plugin as ConsensusPlugin, config }, slotMs }, seeds, sha256);
}

async function measureSubject(subject: Subject, seeds: number, sha256: HashFunction): Promise<ProtocolSpeed> {
  const runAll = async (invariants?: readonly InvariantId[]) => {
    const runs: TimedRun[] = [];
    for (let seed = 1; seed <= seeds; seed++) runs.push(await runTimed(subject, seed, sha256, invariants));
    return runs;
  };
  const checked = await runAll();
  const rounds: TimedRun[][] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await runAll(NO_CHECKERS));
  const first = rounds[0] as TimedRun[];
  const secondsOf = (seed: number) => rounds.map((runs) => (runs[seed] as TimedRun).cpuSeconds);
  const cpuSeconds = sum(first, (_, seed) => Math.min(...secondsOf(seed)));
  const slowestSeconds = sum(first, (_, seed) => Math.max(...secondsOf(seed)));
  const events = sum(first, ({ result }) => result.events);
  const simulatedSeconds = sum(first, ({ result }) => result.simulatedMs / 1_000);
  return {
    protocol: subject.name,
    nodes: NODES,
    seeds,
    blocks: sum(first, ({ result }) => result.blocks),
    events,
    simulatedSeconds,
    cpuSeconds: Math.round(cpuSeconds * 1_000) / 1_000,
    timesRealTime: Math.round(simulatedSeconds / cpuSeconds),
    timesRealTimeSlowest: Math.round(simulatedSeconds / slowestSeconds),
    eventsPerSecond: Math.round(events / cpuSeconds),
    eventsPerSecondChecked: Math.round(events / sum(checked, (run) => run.cpuSeconds)),
  };
}

interface TimedRun {
  readonly result: FaultRunResult;
  readonly cpuSeconds: number;
}

async function runTimed(
  subject: Subject,
  seed: number,
  sha256: HashFunction,
  invariants?: readonly InvariantId[],
): Promise<TimedRun> {
  const drawn = drawFaultPlan({ subject, seed, profile: 'default', nodes: NODES, sha256 });
  // Longer than in a campaign, so that the start of the nodes is not most of it.
  const plan = { ...drawn, slots: SLOTS };
  const stop = startWatch();
  const result = await runFaultPlan({ subject, seed, plan, sha256, ...(invariants && { invariants }) });
  requireGood(subject, result);
  return { result, cpuSeconds: stop().cpuSeconds };
}

function sum<T>(items: readonly T[], of: (item: T, index: number) => number): number {
  return items.reduce((total, item, index) => total + of(item, index), 0);
}

function requireGood({ name }: Subject, { seed, violations }: FaultRunResult): void {
  const [first] = violations;
  if (first !== undefined) throw new Error(`${name}, seed ${seed}: ${first.invariant}: ${first.reason}`);
}

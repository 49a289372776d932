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
  /** Processor time without checkers. */
  readonly cpuSeconds: number;
  readonly timesRealTime: number;
  readonly eventsPerSecond: number;
  /** The same with every checker of the invariants at work. */
  readonly eventsPerSecondChecked: number;
}

const NODES = 21;
const SLOTS = 200;
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
    const total = { blocks: 0, events: 0, simulatedSeconds: 0 };
    const stop = startWatch();
    for (let seed = 1; seed <= seeds; seed++) {
      const drawn = drawFaultPlan({ subject, seed, profile: 'default', nodes: NODES, sha256 });
      // Longer than in a campaign, so that the start of the nodes is not most of it.
      const plan = { ...drawn, slots: SLOTS };
      const result = await runFaultPlan({ subject, seed, plan, sha256, ...(invariants && { invariants }) });
      requireGood(subject, result);
      total.blocks += result.blocks;
      total.events += result.events;
      total.simulatedSeconds += result.simulatedMs / 1_000;
    }
    return { ...total, ...stop() };
  };
  const checked = await runAll();
  const { blocks, events, simulatedSeconds, cpuSeconds } = await runAll(NO_CHECKERS);
  return {
    protocol: subject.name,
    nodes: NODES,
    seeds,
    blocks,
    events,
    simulatedSeconds,
    cpuSeconds,
    timesRealTime: Math.round(simulatedSeconds / cpuSeconds),
    eventsPerSecond: Math.round(events / cpuSeconds),
    eventsPerSecondChecked: Math.round(checked.events / checked.cpuSeconds),
  };
}

function requireGood({ name }: Subject, { seed, violations }: FaultRunResult): void {
  const [first] = violations;
  if (first !== undefined) throw new Error(`${name}, seed ${seed}: ${first.invariant}: ${first.reason}`);
}

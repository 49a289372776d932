/**
 * Nodes that run on two machines with one key, in drawn partitions (arXiv 2004.10617).
 *
 * @module
 */
import type { ConsensusPlugin } from '@fiducia/consensus';
import { enumerateTwins, runTwins, type TwinsSubject } from '@fiducia/simulator';
import type { KitContext } from '../context.ts';
import { sha256 } from '../inspect/hash.ts';
import type { Findings } from '../item.ts';
import { type ConformanceSubject, pluginUnderTest, type TwinsTiming } from '../subject.ts';

/** Four nodes of which one runs twice, and up to seven changes of the partition. */
export const TWINS_SPACE = { nodes: 4, twins: 1, rounds: 7, leaders: 'rotation' } as const;
const SCENARIOS = 150;
const DELAY_MS = { min: 5, max: 15 };
const LIVENESS_SLOTS = 100;

/** Plays some of the scenarios of four nodes of which one runs twice, other ones for every seed. */
export async function tryTwins({ subject: given, seed }: KitContext, findings: Findings): Promise<void> {
  if (given.twins === undefined) return;
  const subject = twinsSubjectOf(given, given.twins, pluginUnderTest(given).plugin);
  for (const scenario of enumerateTwins({ ...TWINS_SPACE, seed, from: 0, to: SCENARIOS })) {
    const { violations, events } = await runTwins({ subject, scenario, sha256 });
    findings.count('scenarios of twins');
    findings.count('events', events);
    const [violation] = violations;
    if (violation === undefined) continue;
    const { invariant, node, reason } = violation;
    const trace = [
      `${TWINS_SPACE.nodes} nodes, node 0 runs twice, round by round ${given.twins.roundsMs.join(', ')} ms`,
      `machines apart from the first, by round: ${scenario.partitions.map(machinesOf).join(' | ')}`,
      `seen at ${node}`,
    ];
    findings.add({ rule: `simulation ${invariant}`, message: reason, trace, seed });
    return;
  }
}

/** @param plugin - The plugin under test, perhaps watched. */
export function twinsSubjectOf(
  { name, production, finality }: ConformanceSubject,
  { config, slotMs, roundsMs }: TwinsTiming,
  plugin: ConsensusPlugin,
): TwinsSubject {
  const tested = { plugin, config };
  return {
    name,
    leaders: 'rotation',
    subjectFor: () => {
      return finality === undefined
        ? { name, production: tested, slotMs }
        : { name, production, finality: tested, slotMs };
    },
    delayMs: DELAY_MS,
    roundsMs,
    livenessMs: LIVENESS_SLOTS * slotMs,
    livenessBlocks: 2,
  };
}

function machinesOf(mask: number): string {
  const machines = Array.from({ length: TWINS_SPACE.nodes + TWINS_SPACE.twins }, (_, machine) => machine);
  return machines.filter((machine) => ((mask >> machine) & 1) === 1).join(' ') || 'none';
}

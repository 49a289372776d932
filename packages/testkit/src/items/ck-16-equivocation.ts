/**
 * Who signs twice is found, and nobody else is accused (contract CK-16, H-29).
 *
 * @module
 */
import type { ActorId } from '@fiducia/consensus';
import { drawFaultPlan, type World, type WorldNode } from '@fiducia/simulator';
import type { KitContext } from '../context.ts';
import { calmPlan, tryPlan } from '../faults/fault-run.ts';
import { sha256 } from '../inspect/hash.ts';
import { Findings, type KitItem } from '../item.ts';

const SLOTS = 24;
/** Machines with one key: two of the network, in which the rest must still be able to act. */
const NODES_MIN = 4;

/** The requirement. */
export const equivocation: KitItem = {
  id: 'CK-16',
  title: 'a planted equivocation is found by an honest node; no false accusation in honest runs with restarts',
  level: 'faults',
  async run(context) {
    const findings = new Findings();
    for (const seed of context.seeds) {
      await accuseNobodyHonest(context, seed, findings);
      await findTheGuilty(context, seed, findings);
      if (!findings.isEmpty) break;
    }
    return findings.outcome();
  },
};

/** Faults of machines and links, but nobody misbehaves (simulation I6 watches accusations). */
async function accuseNobodyHonest(
  { simulated: subject, nodeCount: nodes }: KitContext,
  seed: number,
  findings: Findings,
) {
  const drawn = drawFaultPlan({ subject, seed, profile: 'default', nodes, sha256 });
  const plan = { ...drawn, adversaries: [] };
  await tryPlan({ subject, seed, plan, invariants: ['I5', 'I6'] }, 'faults without adversaries', findings);
}

async function findTheGuilty(context: KitContext, seed: number, findings: Findings): Promise<void> {
  const { simulated: subject } = context;
  const nodes = Math.max(NODES_MIN, context.nodeCount);
  const { createRules } = await context.sample();
  // Without keys nothing conflicts, as in proof of work, where one may mine twice.
  if (createRules().conflictKey === undefined) return;
  const found = new Set<ActorId>();
  let guilty: ActorId | null = null;
  const watch = ({ host, isHonest }: WorldNode): void => {
    if (isHonest) host.events.on('evidenceFound', ({ evidence }) => found.add(evidence.offender));
  };
  const run = {
    subject,
    seed,
    plan: { ...calmPlan(nodes, SLOTS), adversaries: [{ node: nodes - 1, strategy: 'equivocate' as const }] },
    invariants: ['I6' as const],
    onWorld(world: World) {
      guilty = world.nodes[nodes - 1]?.actorId ?? null;
      for (const node of world.nodes) watch(node);
    },
  };
  const { faultCoverage, violations } = await tryPlan(run, 'two machines with one key', findings);
  const times = faultCoverage.equivocate ?? 0;
  findings.count('equivocations', times);
  if (violations.length > 0 || times === 0 || (guilty !== null && found.has(guilty))) return;
  const message = `a member signed ${times} times twice for one place, and no honest node has evidence of it`;
  const trace = [`${nodes} nodes, ${SLOTS} slots, node-${nodes - 1} is two machines with one key`];
  findings.add({ rule: 'contract H-29', message, trace, seed });
}

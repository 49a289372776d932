/**
 * The chain goes on once the network has healed (contract CK-14).
 *
 * @module
 */
import { drawFaultPlan, type World, type WorldNode } from '@fiducia/simulator';
import type { KitContext } from '../context.ts';
import { speakOfFarAhead } from '../faults/far-ahead.ts';
import { calmPlan, tryPlan } from '../faults/fault-run.ts';
import { Progress } from '../faults/progress.ts';
import { sha256 } from '../inspect/hash.ts';
import { Findings, type KitItem } from '../item.ts';

/** The requirement. */
export const liveness: KitItem = {
  id: 'CK-14',
  title:
    'goes on within its bound after the network heals, also when a minority stays away for ever, on links that stay slow, soon after long outages, and while one member speaks of what is far ahead',
  level: 'faults',
  async run(context) {
    const findings = new Findings();
    const { simulated: subject, nodeCount: nodes } = context;
    for (const seed of context.seeds) {
      // Other plans than those of CK-13: a seed that is hard on safety need not be hard on liveness.
      const plan = drawFaultPlan({ subject, seed: seed + LIVENESS_SEEDS, profile: 'default', nodes, sha256 });
      const result = await tryPlan({ subject, seed, plan, invariants: ['I10'] }, 'drawn faults, then peace', findings);
      if (!findings.isEmpty) break;
      if (result.blocks === 0) {
        const message = 'never produces: no node adopted a block, though the network healed';
        findings.add({ rule: 'simulation I10', message, trace: [`${plan.nodes} nodes, ${plan.slots} slots`], seed });
      }
    }
    if (findings.isEmpty) await goOnSlowly(context, findings);
    if (findings.isEmpty) await comeBack(context, findings);
    if (findings.isEmpty) await speakOfFarAhead(context, await context.sample(), findings);
    return findings.outcome();
  },
};

/** Nobody knows how long messages take: whoever waits for others waits longer each time that it was in vain. */
async function goOnSlowly({ simulated: subject, nodeCount, seed }: KitContext, findings: Findings): Promise<void> {
  const delay = Math.min(SLOW_SLOTS * subject.slotMs, DELAY_MAX_MS);
  const plan = { ...calmPlan(nodeCount, SLOW_RUN_SLOTS), conditions: { delayMs: { min: delay, max: delay } } };
  const { blocks } = await tryPlan({ subject, seed, plan, invariants: [] }, 'slow links', findings);
  if (blocks > 0) return;
  const message = 'never produces where a message takes longer than it expects';
  const trace = [`${nodeCount} nodes, ${SLOW_RUN_SLOTS} slots, every message takes ${delay} ms`];
  findings.add({ rule: 'simulation I10', message, trace, seed });
}

/** Half of the nodes stand still; back again, they hear from the others where those are, and need not wait as long once more. */
async function comeBack({ simulated: subject, nodeCount, seed }: KitContext, findings: Findings): Promise<void> {
  const { slotMs } = subject;
  if (nodeCount < 2) return;
  const [at, until] = [AWAY_FROM_SLOT * slotMs, (AWAY_FROM_SLOT + AWAY_SLOTS) * slotMs];
  const away = Array.from({ length: Math.floor(nodeCount / 2) }, (_, node) => node);
  const calm = calmPlan(nodeCount, AWAY_FROM_SLOT + AWAY_SLOTS + AWAY_SLOTS / 2);
  const plan = { ...calm, coreNodes: [], faults: away.map((node) => ({ kind: 'pause' as const, at, until, node })) };
  const progress = new Progress(until);
  const run = {
    ...{ subject, seed, plan, invariants: [] },
    onWorld: (world: World): void => progress.begin(world),
    onLife: (node: WorldNode): void => progress.watch(node),
  };
  await tryPlan(run, 'half of the nodes are away', findings);
  const { production, finality = production } = subject;
  const isFinal = [production, finality].some(({ plugin }) => plugin.traits.finality !== 'settle');
  const late = progress.late('headChanged');
  const unsettled = isFinal ? progress.late('finalized') : [];
  if (!findings.isEmpty || late.length + unsettled.length === 0) return;
  const what = late.length > 0 ? `no new block at ${late.join(', ')}` : `no new final block at ${unsettled.join(', ')}`;
  const message = `${what}, although everybody has been back for half as long as some were away`;
  const times = `from slot ${AWAY_FROM_SLOT} on, for ${AWAY_SLOTS} slots`;
  const trace = [`${nodeCount} nodes, ${away.length} of them stand still ${times}`];
  findings.add({ rule: 'simulation I10', message, trace, seed });
}

const AWAY_FROM_SLOT = 8;
const AWAY_SLOTS = 64;

/** Messages of three steps, each of them longer than a slot, and time for time-outs to double a few times. */
const SLOW_SLOTS = 3;
const SLOW_RUN_SLOTS = 120;
/** What the simulator knows at most. */
const DELAY_MAX_MS = 3_600_000;
const LIVENESS_SEEDS = 1_000_000;

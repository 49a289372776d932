/**
 * The chain goes on once the network has healed (contract CK-14).
 *
 * @module
 */
import { drawFaultPlan } from '@fiducia/simulator';
import type { KitContext } from '../context.ts';
import { calmPlan, tryPlan } from '../faults/fault-run.ts';
import { sha256 } from '../inspect/hash.ts';
import { Findings, type KitItem } from '../item.ts';

/** The requirement. */
export const liveness: KitItem = {
  id: 'CK-14',
  title:
    'goes on within its bound after the network heals, also when a minority stays away for ever, and on links that stay slow',
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

/** Messages of three steps, each of them longer than a slot, and time for time-outs to double a few times. */
const SLOW_SLOTS = 3;
const SLOW_RUN_SLOTS = 120;
/** What the simulator knows at most. */
const DELAY_MAX_MS = 3_600_000;
const LIVENESS_SEEDS = 1_000_000;

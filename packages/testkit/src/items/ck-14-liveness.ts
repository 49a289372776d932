/**
 * The chain goes on once the network has healed (contract CK-14).
 *
 * @module
 */
import { drawFaultPlan } from '@fiducia/simulator';
import { tryPlan } from '../faults/fault-run.ts';
import { sha256 } from '../inspect/hash.ts';
import { Findings, type KitItem } from '../item.ts';

/** The requirement. */
export const liveness: KitItem = {
  id: 'CK-14',
  title: 'goes on within its bound after the network heals, also when a minority stays away for ever',
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
    return findings.outcome();
  },
};

const LIVENESS_SEEDS = 1_000_000;

/**
 * Nothing that was agreed is taken back, whatever the declared faults do (contract CK-13).
 *
 * @module
 */
import {
  drawFaultPlan,
  type FaultPlan,
  type InvariantId,
  type PlannedAdversary,
  type StrategyName,
} from '@fiducia/simulator';
import { tryPlan } from '../faults/fault-run.ts';
import { tryTwins } from '../faults/twins.ts';
import { sha256 } from '../inspect/hash.ts';
import { Findings, type KitItem } from '../item.ts';

/** Everything but liveness, which CK-14 demands. */
const SAFETY: readonly InvariantId[] = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I11', 'I12', 'I13', 'I14'];
/** One after the other, so that a few seeds see all that the contract lists. */
const STRATEGIES: readonly StrategyName[] = [
  'equivocate',
  'withhold',
  'delayVotes',
  'replay',
  'mutate',
  'flood',
  'oldBackup',
  'reseal',
];

/** The requirement. */
export const safety: KitItem = {
  id: 'CK-13',
  title:
    'safe under the declared faults: equivocation, withholding, delay, replay, garbage, amnesia, partitions, clocks',
  level: 'faults',
  async run(context) {
    const findings = new Findings();
    for (const seed of context.seeds) {
      const { simulated: subject, nodeCount: nodes } = context;
      const drawn = drawFaultPlan({ subject, seed, profile: 'default', nodes, sha256 });
      await tryPlan({ subject, seed, plan: drawn, invariants: SAFETY }, 'drawn faults', findings);
      if (findings.isFull || !findings.isEmpty) break;
      const plan = withStrategy(drawFaultPlan({ subject, seed, profile: 'harsh', nodes, sha256 }), seed);
      await tryPlan({ subject, seed, plan, invariants: SAFETY }, 'as many adversaries as tolerated', findings);
      if (!findings.isEmpty) break;
    }
    if (findings.isEmpty) await tryTwins(context, findings);
    return findings.outcome();
  },
};

/** The same adversaries, all with the strategy that is this seed's turn. */
function withStrategy(plan: FaultPlan, seed: number): FaultPlan {
  const strategy = STRATEGIES[seed % STRATEGIES.length];
  if (strategy === undefined) return plan;
  const adversaries = plan.adversaries.map(({ node }): PlannedAdversary => ({ node, strategy }));
  return { ...plan, adversaries };
}

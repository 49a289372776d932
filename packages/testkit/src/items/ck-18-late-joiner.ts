/**
 * Who comes late arrives where the others are (contract CK-18).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { FaultPlan, InvariantId, PlannedFault } from '@fiducia/simulator';
import type { KitContext } from '../context.ts';
import { FIRST_BORDER, isRefused, switchingSubject } from '../faults/era-switch.ts';
import { calmPlan, tryPlan } from '../faults/fault-run.ts';
import { Findings, type KitItem, skipped } from '../item.ts';

const SLOTS = 30;
/** Whoever comes late comes to others. */
const NODES_MIN = 2;
const INVARIANTS: readonly InvariantId[] = ['I2', 'I3', 'I8', 'I9', 'I10', 'I12'];

/** The requirement. */
export const lateJoiner: KitItem = {
  id: 'CK-18',
  title:
    'a late joiner from genesis, from its own store, with an empty disk and across a border reaches the same head and state',
  level: 'faults',
  async run(context) {
    const findings = new Findings();
    const { simulated: subject } = context;
    const nodes = (await context.sampleAmong(NODES_MIN))?.members.length;
    if (nodes === undefined) return skipped('the plugin runs alone: there is nobody whom a late joiner could ask');
    for (const seed of context.seeds) {
      for (const { what, fault } of absences(nodes, subject.slotMs)) {
        const plan: FaultPlan = { ...calmPlan(nodes, SLOTS), faults: [fault] };
        await tryPlan({ subject, seed, plan, invariants: INVARIANTS }, what, findings);
        if (!findings.isEmpty) return findings.outcome();
      }
      await missBorder(context, nodes, seed, findings);
    }
    return findings.outcome();
  },
};

/** A node that is away while the network switches to the plugin, where that can be. */
async function missBorder(context: KitContext, nodeCount: number, seed: number, findings: Findings): Promise<void> {
  const { subject } = context;
  const switching = switchingSubject(context.simulated, 'in', () => undefined);
  if (await isRefused({ nodeCount, seed: context.seed }, switching)) return;
  const slot = (number: number): number => number * subject.slotMs;
  const crash = { kind: 'crash', node: nodeCount - 1, damagePermille: 0, isTorn: false } as const;
  const faults = [{ ...crash, at: slot(FIRST_BORDER - 4), until: slot(FIRST_BORDER + 12) }];
  const plan: FaultPlan = { ...calmPlan(nodeCount, SLOTS), faults };
  await tryPlan({ subject: switching, seed, plan, invariants: INVARIANTS }, 'a node that misses the switch', findings);
}

function absences(nodeCount: number, slotMs: Millis): readonly { what: string; fault: PlannedFault }[] {
  const node = nodeCount - 1;
  const slot = (number: number): number => number * slotMs;
  const crash = { kind: 'crash', node, damagePermille: 0, isTorn: false } as const;
  return [
    { what: 'a node that joins late', fault: { ...crash, at: 1, until: slot(20) } },
    { what: 'a node that was away', fault: { ...crash, at: slot(8), until: slot(22) } },
    { what: 'a node that lost its disk', fault: { kind: 'diskLoss', at: slot(12), until: slot(20), node } },
  ];
}

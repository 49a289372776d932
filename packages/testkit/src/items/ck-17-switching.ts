/**
 * The plugin takes over from another and is taken over from, on a live network (contract CK-17, H-34).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { FaultPlan, InvariantId, World } from '@fiducia/simulator';
import type { KitContext } from '../context.ts';
import type { LoggedCall } from '../faults/engine-log.ts';
import { FIRST_BORDER, isRefused, SECOND_BORDER, switchingSubject } from '../faults/era-switch.ts';
import { calmPlan, tryPlan } from '../faults/fault-run.ts';
import { Findings, type KitItem, skipped } from '../item.ts';

const SLOTS = 30;
const INVARIANTS: readonly InvariantId[] = ['I1', 'I2', 'I3', 'I5', 'I8', 'I9', 'I12', 'I10'];
/** Time in which every node has taken the last block that it heard of. */
const SILENT_SLOTS = 3;

/** The requirement. */
export const switching: KitItem = {
  id: 'CK-17',
  title: 'switches in and out under delay and restart; the old engine is silent after the border',
  level: 'faults',
  async run(context) {
    const findings = new Findings();
    let refusals = 0;
    for (const seed of context.seeds) {
      for (const direction of ['in', 'out'] as const) {
        if (!(await crossBorder(context, seed, direction, findings))) refusals += 1;
        if (!findings.isEmpty) return findings.outcome();
      }
    }
    if (refusals === context.seeds.length * 2)
      return skipped('the static check refuses every switch from and to the reference plugin');
    findings.count('switches refused by the static check', refusals);
    return findings.outcome();
  },
};

/** @returns Whether the pair can be run. */
async function crossBorder(
  context: KitContext,
  seed: number,
  direction: 'in' | 'out',
  findings: Findings,
): Promise<boolean> {
  const calls: LoggedCall[] = [];
  const subject = switchingSubject(context.simulated, direction, (call) => calls.push(call));
  if (await isRefused(context, subject)) return false;
  let startedAt: Millis = 0;
  const onWorld = ({ simulation }: World): void => {
    startedAt = simulation.now();
  };
  const run = { subject, seed, plan: planOf(context, seed), invariants: INVARIANTS, onWorld };
  const { blocks, violations, simulatedMs } = await tryPlan(
    run,
    `a switch ${direction === 'in' ? 'to' : 'from'} the plugin`,
    findings,
  );
  if (violations.length > 0) return true;
  const border = direction === 'in' ? FIRST_BORDER : SECOND_BORDER;
  const add = (message: string): void => {
    findings.add({ rule: 'contract H-34', message, trace: [`${direction}, border at height ${border}`], seed });
  };
  if (blocks <= border) add(`the chain ends at height ${blocks}, before or at the border`);
  const silentSince = startedAt + simulatedMs - SILENT_SLOTS * context.subject.slotMs;
  const isOver = blocks > border + SILENT_SLOTS;
  if (direction === 'out' && isOver && calls.some(({ era, now }) => era === 0 && now > silentSince)) {
    add('an engine of the old era is still called, though its era is over everywhere');
  }
  if (direction === 'in' && !calls.some(({ era }) => era === 1)) add('no engine of the new era was ever called');
  return true;
}

/** Delay, and machines that restart around both borders. */
function planOf({ nodeCount, subject: { slotMs } }: KitContext, seed: number): FaultPlan {
  const around = (height: number): number => (height + (seed % 3) - 1) * slotMs;
  const crash = (height: number, node: number) => {
    const at = around(height);
    return { kind: 'crash', at, until: at + 2 * slotMs, node, damagePermille: 500, isTorn: true } as const;
  };
  const faults = [crash(FIRST_BORDER, 0), crash(SECOND_BORDER, nodeCount - 1)];
  return {
    ...calmPlan(nodeCount, SLOTS),
    conditions: { delayMs: { min: 5, max: Math.max(6, Math.floor(slotMs / 5)) } },
    faults,
  };
}

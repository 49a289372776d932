/**
 * What a healed network has to achieve, and by when (simulation I10, G4).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import { pluginsOf, type Subject } from '../subject.ts';
import { type FaultPlan, nodeNameOf } from './fault-plan.ts';
import type { LivenessGoal } from './world.ts';

/** Time to notice what was missed and to fetch it, before the slots of goal G4 begin to count. */
const SYNC_SLOTS = 12;
const SYNC_MS_MIN = 12_000;
const AGREE_SLOTS = 6;
const GROW_SLOTS = 8;
const FINAL_SLOTS = 16;

/** The goal of a network that healed at `now`. */
export function livenessGoalOf(options: {
  readonly subject: Subject;
  readonly plan: FaultPlan;
  readonly now: Millis;
}): LivenessGoal {
  const { subject, plan, now } = options;
  const { slotMs } = subject;
  const syncMs = Math.max(SYNC_SLOTS * slotMs, SYNC_MS_MIN);
  const isFinal = pluginsOf(subject).some(({ traits }) => traits.finality !== 'settle');
  return {
    core: plan.coreNodes.map(nodeNameOf),
    healedAt: now,
    agreeWithinMs: syncMs + AGREE_SLOTS * slotMs,
    growWithinMs: syncMs + GROW_SLOTS * slotMs,
    finalWithinMs: isFinal ? syncMs + FINAL_SLOTS * slotMs : null,
  };
}

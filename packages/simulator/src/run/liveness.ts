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
const SYNC_MS_MIN = 14_000;
const AGREE_SLOTS = 8;
const GROW_SLOTS = 8;
/** Blocks by work come at random times: the longest wait for one of some thousand is this many mean times. */
const MINED_GROW_SLOTS = 20;
const FINAL_SLOTS = 16;
/** Active Byzantine voters delay checkpoints, which goal G4 allows for. */
const FINAL_SLOTS_ATTACKED = 48;

/**
 * The goal of a network that healed at `now`.
 *
 * Protocols of rounds wait longer in each round without a decision, about as long as they have been waiting in all, so
 * what they get depends on how old their last block is: one round more than there are faulty leaders.
 */
export function livenessGoalOf(options: {
  readonly subject: Subject;
  readonly plan: FaultPlan;
  readonly now: Millis;
  /** Time of the newest block that a node of the core has adopted. */
  readonly lastBlockAt: Millis;
}): LivenessGoal {
  const { subject, plan, now, lastBlockAt } = options;
  const { slotMs, production } = subject;
  const { leader } = production.plugin.traits;
  const plugins = pluginsOf(subject);
  const isAttacked = plan.adversaries.length > 0;
  const faulty = plan.nodes - plan.coreNodes.filter((node) => !isAdversary(plan, node)).length;
  const roundsMs = leader === 'round' ? (2 ** (faulty + 2) - 1) * (Math.max(0, now - lastBlockAt) + slotMs) : 0;
  const syncMs = Math.max(SYNC_SLOTS * slotMs, SYNC_MS_MIN) + roundsMs;
  const growSlots = leader === 'lottery' ? MINED_GROW_SLOTS : GROW_SLOTS;
  const finalSlots = isAttacked ? FINAL_SLOTS_ATTACKED : FINAL_SLOTS;
  return {
    core: plan.coreNodes.filter((node) => !isAdversary(plan, node)).map(nodeNameOf),
    healedAt: now,
    agreeWithinMs: syncMs + (growSlots + AGREE_SLOTS) * slotMs,
    growWithinMs: syncMs + growSlots * slotMs,
    finalWithinMs: plugins.some(({ traits }) => traits.finality !== 'settle')
      ? syncMs + (growSlots + finalSlots) * slotMs
      : null,
  };
}

function isAdversary({ adversaries }: FaultPlan, index: number): boolean {
  return adversaries.some(({ node }) => node === index);
}

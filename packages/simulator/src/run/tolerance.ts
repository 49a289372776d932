/**
 * Whether a plan asks no more of a protocol than it promises to bear.
 *
 * @module
 */
import { faultyMax, hasVotingEngine, type Subject } from '../subject.ts';
import type { FaultPlan } from './fault-plan.ts';

/** Members that misbehave or, having lost their disks, sign nothing any more. */
export function faultyNodesOf({ adversaries, faults }: FaultPlan): ReadonlySet<number> {
  const faulty = new Set(adversaries.map(({ node }) => node));
  for (const fault of faults) if (fault.kind === 'diskLoss') faulty.add(fault.node);
  return faulty;
}

/** Whether the faulty members are as few as the protocol bears, those that are out of the core counted. */
export function isPlanTolerable(subject: Subject, plan: FaultPlan): boolean {
  const faulty = new Set(faultyNodesOf(plan));
  for (const { node } of plan.outside) faulty.add(node);
  // A voter that begins anew without its log may hold a lock that it cannot show, and then is silent at that height.
  for (const fault of hasVotingEngine(subject) ? plan.faults : []) {
    if (fault.kind === 'diskError' && fault.misdirectPermille > 0) faulty.add(fault.node);
  }
  return faulty.size <= faultyMax(subject, plan.nodes);
}

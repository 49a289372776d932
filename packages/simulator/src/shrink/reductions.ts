/**
 * Ways to make a plan smaller, those that leave out most first.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { FaultPlan, PlannedFault } from '../run/fault-plan.ts';
import type { FaultRunResult } from '../run/run-plan.ts';
import type { Subject } from '../subject.ts';
import { withoutNode } from './without-node.ts';

/** Smaller plans, in the order in which to try them. */
export type Reduction = (plan: FaultPlan, result: FaultRunResult) => Iterable<FaultPlan>;

/** All ways for a subject. */
export function reductionsOf({ slotMs }: Subject): readonly Reduction[] {
  return [
    (plan, result) => endBehindViolation(plan, result, slotMs),
    skipLiveness,
    (plan) => shortenLists(plan, 'workload'),
    (plan) => shortenLists(plan, 'faults'),
    (plan) => shortenLists(plan, 'adversaries'),
    dropConditions,
    dropNodes,
    fewerDeeds,
    (plan) => quicken(plan, slotMs),
    simplifyFaults,
    (plan) => fewerSlots(plan),
  ];
}

/** The run need not last longer than until just behind the violation. */
function* endBehindViolation(plan: FaultPlan, { simulatedMs }: FaultRunResult, slotMs: Millis): Iterable<FaultPlan> {
  // A plan has a slot at least, also if all is over at its first instant.
  const slots = Math.max(1, Math.ceil(simulatedMs / slotMs));
  if (slots < plan.slots) yield cutOff({ ...plan, slots }, slots * slotMs);
  yield { ...plan, blocksMin: 0 };
}

function cutOff(plan: FaultPlan, endMs: Millis): FaultPlan {
  return {
    ...plan,
    faults: plan.faults.filter(({ at }) => at < endMs),
    workload: plan.workload.filter(({ at }) => at < endMs),
  };
}

/** Without a core there is no liveness phase. */
function* skipLiveness(plan: FaultPlan): Iterable<FaultPlan> {
  if (plan.coreNodes.length > 0) yield { ...plan, blocksMin: 0, coreNodes: [], outside: [] };
}

/** Delta debugging: without ever smaller parts of a list. */
function* shortenLists(plan: FaultPlan, list: 'workload' | 'faults' | 'adversaries'): Iterable<FaultPlan> {
  const items: readonly unknown[] = plan[list];
  for (let size = items.length; size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < items.length; start += size) {
      yield { ...plan, [list]: [...items.slice(0, start), ...items.slice(start + size)] };
    }
  }
}

function* dropConditions(plan: FaultPlan): Iterable<FaultPlan> {
  if (Object.keys(plan.conditions).length > 0) yield { ...plan, conditions: {} };
  for (const key of Object.keys(plan.conditions)) yield { ...plan, conditions: without(plan.conditions, key) };
  for (const key of Object.keys(plan.disk)) yield { ...plan, disk: without(plan.disk, key) };
}

function without<T extends object>(record: T, key: string): T {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key)) as T;
}

function* dropNodes(plan: FaultPlan): Iterable<FaultPlan> {
  for (let node = plan.nodes - 1; node >= 0 && plan.nodes > 1; node--) yield withoutNode(plan, node);
}

function* fewerDeeds(plan: FaultPlan): Iterable<FaultPlan> {
  for (const [index, adversary] of plan.adversaries.entries()) {
    const { mutations = [], also, ...first } = adversary;
    if (also !== undefined) {
      const rest = { ...first, ...(mutations.length > 0 && { mutations }) };
      yield { ...plan, adversaries: plan.adversaries.with(index, rest) };
      yield { ...plan, adversaries: plan.adversaries.with(index, { ...rest, strategy: also }) };
    }
    for (const dropped of mutations.length > 1 ? mutations : []) {
      const fewer = { ...adversary, mutations: mutations.filter((mutation) => mutation !== dropped) };
      yield { ...plan, adversaries: plan.adversaries.with(index, fewer) };
    }
  }
}

/** Everything begins sooner, or passes in half of the time. */
function* quicken(plan: FaultPlan, slotMs: Millis): Iterable<FaultPlan> {
  const first = Math.min(...plan.faults.map(({ at }) => at), ...plan.workload.map(({ at }) => at), plan.slots * slotMs);
  for (const slots of [Math.floor(first / slotMs), Math.floor(first / slotMs / 2)]) {
    if (slots > 0 && slots < plan.slots)
      yield retime({ ...plan, slots: plan.slots - slots }, (at) => at - slots * slotMs);
  }
  if (plan.slots > 1) yield retime({ ...plan, slots: Math.ceil(plan.slots / 2) }, (at) => Math.floor(at / 2));
}

/** @param change - Maps times from the start; what begins at 0 stays there. */
function retime(plan: FaultPlan, change: (at: Millis) => Millis): FaultPlan {
  const moved = (at: Millis): Millis => Math.max(0, change(at));
  const faults = plan.faults.map((fault): PlannedFault => {
    const at = moved(fault.at);
    return 'until' in fault && fault.until !== null
      ? ({ ...fault, at, until: Math.max(at, moved(fault.until)) } as PlannedFault)
      : { ...fault, at };
  });
  return { ...plan, faults, workload: plan.workload.map((item) => ({ ...item, at: moved(item.at) })) };
}

/** Shorter faults, and links one by one. */
function* simplifyFaults(plan: FaultPlan): Iterable<FaultPlan> {
  for (const [index, fault] of plan.faults.entries()) {
    const replace = (simpler: PlannedFault): FaultPlan => ({ ...plan, faults: plan.faults.with(index, simpler) });
    if (fault.kind !== 'oneWay' || fault.links.length < 2) continue;
    for (const link of fault.links) yield replace({ ...fault, links: fault.links.filter((other) => other !== link) });
  }
}

function* fewerSlots(plan: FaultPlan): Iterable<FaultPlan> {
  for (const slots of [Math.floor(plan.slots / 2), Math.floor((plan.slots * 3) / 4), plan.slots - 1]) {
    if (slots >= 1 && slots < plan.slots) yield { ...plan, slots };
  }
}

/**
 * A plan for a network with one node less.
 *
 * @module
 */
import {
  type FaultPlan,
  nodeNameOf,
  type PlannedAdversary,
  type PlannedFault,
  type PlannedTransaction,
} from '../run/fault-plan.ts';

/** Leaves out a node and everything that is about it; all nodes behind it move up. */
export function withoutNode(plan: FaultPlan, gone: number): FaultPlan {
  const moved = (node: number): number => (node > gone ? node - 1 : node);
  const movedName = (name: string): readonly string[] => {
    const index = Array.from({ length: plan.nodes }, (_, node) => nodeNameOf(node)).indexOf(name);
    return index === gone ? [] : [nodeNameOf(moved(index))];
  };
  const rest = (nodes: readonly number[]): readonly number[] => nodes.filter((node) => node !== gone).map(moved);
  const { bandwidth, ...conditions } = plan.conditions;
  return {
    ...plan,
    nodes: plan.nodes - 1,
    conditions: {
      ...conditions,
      ...(bandwidth && { bandwidth: { ...bandwidth, nodes: bandwidth.nodes.flatMap(movedName) } }),
    },
    faults: plan.faults.flatMap((fault) => moveFault(fault, gone, moved, rest)),
    adversaries: plan.adversaries.flatMap((adversary): readonly PlannedAdversary[] => {
      const { node, mutations } = adversary;
      if (node === gone) return [];
      const kept = mutations?.map((mutation) => ({ ...mutation, recipients: mutation.recipients.flatMap(movedName) }));
      return [{ ...adversary, node: moved(node), ...(kept && { mutations: kept }) }];
    }),
    workload: plan.workload.flatMap((item): readonly PlannedTransaction[] => {
      if (item.node === gone || item.to === gone) return [];
      return [{ ...item, node: moved(item.node), to: moved(item.to) }];
    }),
    coreNodes: rest(plan.coreNodes),
    outside: plan.outside.filter(({ node }) => node !== gone).map(({ node, fate }) => ({ node: moved(node), fate })),
  };
}

function moveFault(
  fault: PlannedFault,
  gone: number,
  moved: (node: number) => number,
  rest: (nodes: readonly number[]) => readonly number[],
): readonly PlannedFault[] {
  switch (fault.kind) {
    case 'partition': {
      const groups = fault.groups.map(rest).filter((group) => group.length > 0);
      return groups.length === 0 ? [] : [{ ...fault, groups }];
    }
    case 'oneWay': {
      const links = fault.links
        .filter(({ from, to }) => from !== gone && to !== gone)
        .map(({ from, to }) => ({ from: moved(from), to: moved(to) }));
      return links.length === 0 ? [] : [{ ...fault, links }];
    }
    case 'clog':
      if (fault.from === gone || fault.to === gone) return [];
      return [{ ...fault, from: moved(fault.from), to: moved(fault.to) }];
    default:
      return fault.node === gone ? [] : [{ ...fault, node: moved(fault.node) }];
  }
}

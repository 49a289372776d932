/**
 * What is wrong with links at present: several planned faults may overlap, and the end of one must not heal another.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { Simulation } from '../simulation.ts';
import { nodeNameOf, type PlannedClog, type PlannedCut, type PlannedPartition } from './fault-plan.ts';

/** A planned fault of links. */
export type LinkFault = PlannedPartition | PlannedCut | PlannedClog;

/** Keeps the faults of links of a run. */
export class Links {
  readonly #simulation: Simulation;
  readonly #start: number;
  readonly #active = new Set<LinkFault>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#start = simulation.now();
  }

  /** Begins a fault. */
  begin(fault: LinkFault): void {
    this.#active.add(fault);
    this.#impose(fault);
  }

  /** Ends a fault; others stay. */
  end(fault: LinkFault): void {
    if (!this.#active.delete(fault)) return;
    this.#simulation.heal();
    for (const other of this.#active) this.#impose(other);
  }

  /** Ends all faults. */
  endAll(): void {
    this.#active.clear();
    this.#simulation.heal();
  }

  #impose(fault: LinkFault): void {
    switch (fault.kind) {
      case 'partition':
        this.#simulation.partition(groupsUnder([...this.#active].filter(isPartition)));
        break;
      case 'oneWay':
        this.#simulation.cut(fault.links.map(({ from, to }) => ({ from: nodeNameOf(from), to: nodeNameOf(to) })));
        break;
      case 'clog':
        this.#simulation.clog(nodeNameOf(fault.from), nodeNameOf(fault.to), this.#start + this.#clogEnd(fault));
        break;
    }
  }

  #clogEnd({ from, to }: PlannedClog): Millis {
    const ends = [...this.#active].flatMap((other) =>
      other.kind === 'clog' && other.from === from && other.to === to ? [other.until] : [],
    );
    return Math.max(...ends);
  }
}

function isPartition(fault: LinkFault): fault is PlannedPartition {
  return fault.kind === 'partition';
}

/** Nodes reach each other if no partition parts them. */
function groupsUnder(partitions: readonly PlannedPartition[]): readonly (readonly string[])[] {
  const [first, ...others] = partitions;
  if (first === undefined) return [];
  if (others.length === 0) return first.groups.map((group) => group.map(nodeNameOf));
  const sideOf = (node: number, { groups }: PlannedPartition) => groups.findIndex((group) => group.includes(node));
  const bySides = new Map<string, Set<string>>();
  // Whoever is in no group of any partition is left out here, too.
  for (const node of partitions.flatMap(({ groups }) => groups.flat())) {
    const sides = partitions.map((partition) => sideOf(node, partition)).join();
    bySides.set(sides, (bySides.get(sides) ?? new Set()).add(nodeNameOf(node)));
  }
  return [...bySides.values()].map((names) => [...names]);
}

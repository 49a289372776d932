/**
 * What is wrong with links at present: several planned faults may overlap, and the end of one must not heal another.
 *
 * @module
 */
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
        this.#simulation.partition(fault.groups.map((group) => group.map(nodeNameOf)));
        break;
      case 'oneWay':
        this.#simulation.cut(fault.links.map(({ from, to }) => ({ from: nodeNameOf(from), to: nodeNameOf(to) })));
        break;
      case 'clog':
        this.#simulation.clog(nodeNameOf(fault.from), nodeNameOf(fault.to), this.#start + fault.until);
        break;
    }
  }
}

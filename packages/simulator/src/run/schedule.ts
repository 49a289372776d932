/**
 * Carries out the faults and the workload of a plan at their times.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import { countDeeds } from '../adversary/disguise.ts';
import type { Machine } from '../machine/machine.ts';
import type { NetworkCounts } from '../network/conditions.ts';
import type { CrashDamage } from '../storage/conditions.ts';
import { FaultCounter, type FaultCoverage } from './coverage.ts';
import type { RunWorld } from './create-world.ts';
import type {
  FaultPlan,
  OutsideFate,
  PlannedCrash,
  PlannedDiskFault,
  PlannedDiskLoss,
  PlannedFault,
} from './fault-plan.ts';
import { type LinkFault, Links } from './links.ts';
import { submitPlanned } from './workload.ts';

/** The timetable of one run. */
export class Schedule {
  readonly #world: RunWorld;
  readonly #plan: FaultPlan;
  readonly #links: Links;
  readonly #counter = new FaultCounter();
  readonly #start: Millis;
  /** Faults of links that have not ended, each with what tells whether it happened so far. */
  readonly #openLinks = new Map<LinkFault, () => boolean>();
  #isHealed = false;

  constructor(world: RunWorld, plan: FaultPlan) {
    this.#world = world;
    this.#plan = plan;
    this.#links = new Links(world.simulation);
    this.#start = world.simulation.now();
  }

  /** Puts everything into the simulation: first the start of all machines, then faults, then the workload. */
  plan(): void {
    const { simulation, machines, crypto } = this.#world;
    for (const fault of this.#plan.faults) if (fault.kind === 'clock' && fault.at === 0) this.#setClock(fault);
    for (const machine of machines) this.#startWithTwin(machine);
    for (const fault of this.#plan.faults) this.#planFault(fault);
    for (const transaction of this.#plan.workload) {
      simulation.schedule(this.#start + transaction.at, 'workload', () => submitPlanned(transaction, machines, crypto));
    }
  }

  /**
   * Heals the core and leaves everything else to its fate (simulation section 4): links inside the core lose nothing
   * more, its clocks are right and all its machines run.
   */
  heal(): void {
    this.#isHealed = true;
    const { simulation, machines } = this.#world;
    for (const fault of [...this.#openLinks.keys()]) this.#settleLinks(fault);
    this.#links.endAll();
    simulation.setConditions({});
    for (const { name, disk } of machines) {
      simulation.setClock(name, {});
      disk.setFaults({});
    }
    for (const { node, fate } of this.#plan.outside) this.#leave(machines[node], fate);
    for (const node of this.#plan.coreNodes) this.#startWithTwin(machines[node]);
  }

  /** What really happened so far. */
  coverage(): FaultCoverage {
    const { machines, simulation } = this.#world;
    const { lost, duplicated, replayed, reordered, delayed, throttled } = simulation.networkCounts();
    const counter = new FaultCounter();
    for (const [kind, times] of this.#counter.entries()) counter.add(kind, times);
    // A run that stops at a violation ends none of them.
    for (const [{ kind }, hasHappened] of this.#openLinks) if (hasHappened()) counter.add(kind);
    counter.add('loss', lost);
    counter.add('duplicate', duplicated);
    counter.add('lateReplay', replayed);
    counter.add('reorder', reordered);
    counter.add('delay', delayed);
    counter.add('bandwidth', throttled);
    for (const { disguises, disk } of machines) {
      for (const disguise of disguises) counter.add(disguise.strategy, countDeeds(disguise));
      const counts = disk.counts();
      counter.add('lostWrite', counts.lostWrites);
      counter.add('tornWrite', counts.tornWrites);
      counter.add('diskFull', counts.fullErrors);
      counter.add('diskError', counts.readErrors + counts.writeErrors);
      counter.add('misdirect', counts.misdirectedReads + counts.misdirectedWrites);
    }
    return counter.counts();
  }

  #planFault(fault: PlannedFault): void {
    const machineOf = (node: number): Machine | undefined => this.#world.machines[node];
    switch (fault.kind) {
      case 'partition':
        this.#planLinks(fault, ({ blocked }) => blocked);
        break;
      case 'oneWay':
        this.#planLinks(fault, ({ cut }) => cut);
        break;
      case 'clog':
        this.#planLinks(fault, ({ clogged }) => clogged);
        break;
      case 'clock':
        if (fault.at > 0) this.#at(fault.at, fault.kind, () => this.#setClock(fault));
        break;
      case 'pause':
        this.#at(fault.at, fault.kind, () => {
          const machine = machineOf(fault.node);
          if (machine?.isUp !== true) return;
          const { simulation } = this.#world;
          const before = simulation.processCounts().paused;
          simulation.pause(machine.name, this.#start + fault.until);
          this.#counter.add('pause', simulation.processCounts().paused - before);
        });
        break;
      case 'crash':
        this.#planCrash(fault);
        break;
      case 'diskLoss':
        this.#planDiskLoss(fault);
        break;
      case 'diskError':
      case 'diskFull':
        this.#planDiskFaults(fault);
        break;
    }
  }

  /** A fault of links happened if it stopped something. */
  #planLinks(fault: LinkFault, read: (counts: NetworkCounts) => number): void {
    const { simulation } = this.#world;
    const count = (): number => read(simulation.networkCounts());
    this.#at(fault.at, fault.kind, () => {
      const before = count();
      this.#openLinks.set(fault, () => count() > before);
      this.#links.begin(fault);
    });
    const until = fault.until ?? this.#plan.slots * this.#world.slotMs;
    this.#at(until, `${fault.kind}/end`, () => {
      this.#settleLinks(fault);
      if (fault.until !== null) this.#links.end(fault);
    });
  }

  #settleLinks(fault: LinkFault): void {
    if (this.#openLinks.get(fault)?.() === true) this.#counter.add(fault.kind);
    this.#openLinks.delete(fault);
  }

  #setClock({ node, offsetMs, driftPpm }: Extract<PlannedFault, { kind: 'clock' }>): void {
    const machine = this.#world.machines[node];
    if (machine === undefined) return;
    this.#counter.add('clock');
    this.#world.simulation.setClock(machine.name, { offsetMs, driftPpm });
  }

  #planCrash({ at, until, node, kind, damagePermille, isTorn, duringWrite = false }: PlannedCrash): void {
    const machine = this.#world.machines[node];
    const crash = (): void => {
      // A write that was waited for may come after everything is healed.
      if (this.#isHealed) return;
      if (this.#killWithTwin(machine, { damagePermille, isTorn })) this.#counter.add(kind);
    };
    let stopWaiting = (): void => undefined;
    this.#at(at, kind, () => {
      if (duringWrite && machine?.isUp === true) stopWaiting = this.#afterWrite(machine, isTorn, crash);
      else crash();
    });
    if (until === null) return;
    this.#at(until, `${kind}/end`, () => {
      stopWaiting();
      return this.#startWithTwin(machine);
    });
  }

  /** Waits for the end of the event in which a machine writes; only a store can be torn. @returns Ends the waiting. */
  #afterWrite({ disk }: Machine, isTorn: boolean, act: () => void): () => void {
    let stop = disk.onOperation(({ moment, part }) => {
      if (moment !== 'afterWrite' || (isTorn && part !== 'store')) return;
      stop();
      stop = this.#world.simulation.afterEvent(() => {
        stop();
        act();
      });
    });
    return () => stop();
  }

  #planDiskLoss({ at, until, node, kind }: PlannedDiskLoss): void {
    const machine = this.#world.machines[node];
    if (machine === undefined) return;
    this.#at(at, kind, () => {
      this.#killWithTwin(machine, { damagePermille: 1_000 });
      machine.loseDisk();
      this.#counter.add(kind);
    });
    this.#at(until, `${kind}/end`, () => this.#startWithTwin(machine));
  }

  #planDiskFaults({ at, until, node, kind, readPermille, writePermille, misdirectPermille }: PlannedDiskFault): void {
    const disk = this.#world.machines[node]?.disk;
    const faults = {
      readErrorPermille: readPermille,
      writeErrorPermille: writePermille,
      misdirectPermille,
      isFull: kind === 'diskFull',
    };
    this.#at(at, kind, () => disk?.setFaults(faults));
    this.#at(until, `${kind}/end`, () => disk?.setFaults({}));
  }

  #leave(machine: Machine | undefined, fate: OutsideFate): void {
    if (machine === undefined) return;
    const { simulation, machines, twins } = this.#world;
    if (fate === 'dead') for (const dead of [twins.get(machine), machine]) dead?.abandon({ damagePermille: 1_000 });
    const own = [machine.name, twins.get(machine)?.name ?? machine.name];
    const others = [...machines, ...twins.values()].map(({ name }) => name).filter((name) => !own.includes(name));
    const inwards = own.flatMap((to) => others.map((from) => ({ from, to })));
    if (fate === 'cut' || fate === 'deaf') simulation.cut(inwards);
    if (fate === 'cut' || fate === 'mute') simulation.cut(inwards.map(({ from, to }) => ({ from: to, to: from })));
  }

  #killWithTwin(machine: Machine | undefined, damage: CrashDamage): boolean {
    if (machine === undefined) return false;
    this.#world.twins.get(machine)?.kill(damage);
    return machine.kill(damage);
  }

  /** Begins lives in events of their own: they have to read their disks first. */
  #startWithTwin(machine: Machine | undefined): void {
    const { simulation, twins } = this.#world;
    for (const started of machine === undefined ? [] : [machine, twins.get(machine)]) {
      if (started !== undefined) simulation.schedule(simulation.now(), `start/${started.name}`, () => started.start());
    }
  }

  /** Nothing that was planned happens any more once the network is healed. */
  #at(at: Millis, label: string, run: () => unknown): void {
    this.#world.simulation.schedule(this.#start + at, label, async () => {
      if (!this.#isHealed) await run();
    });
  }
}

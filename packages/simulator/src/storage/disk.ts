/**
 * A simulated disk: the storage model of simulation section 2 under store, log and guard records of one machine.
 *
 * @module
 */
import type { LogPort } from '@fiducia/consensus/ports';
import type { KvStore } from '@fiducia/ledger';
import type { SimulatedPorts, Simulation } from '../simulation.ts';
import {
  type CrashDamage,
  type DiskConditions,
  type DiskCounts,
  type DiskFaults,
  type DiskOperation,
  type DiskPart,
  requireDiskFaults,
} from './conditions.ts';
import { DiskDevice, type DiskUser } from './device.ts';
import { GuardPart } from './guard-part.ts';
import type { GuardRecords } from './guard-records.ts';
import { LogPart } from './log-part.ts';
import { StorePart } from './store-part.ts';

/** What a disk is made of. */
export interface DiskOptions {
  /** Virtual time, and the stream `storage/index` for everything that is left to chance. */
  readonly simulation: Pick<Simulation, 'now' | 'random'>;
  /** Machine the disk is in, as `Simulation.addNode` names and numbers it. */
  readonly machine: Pick<SimulatedPorts, 'name' | 'index'>;
  /** How it behaves for good. */
  readonly conditions?: DiskConditions;
}

/**
 * What outlives the processes of a machine.
 *
 * A process sees its writes at once; they are durable when their promise resolves, in the order in which they were
 * made. Each part serves one process at a time: it is opened anew with the ports of every new process, and what an
 * earlier one still awaits never settles.
 */
export interface SimulatedDisk {
  /** Name of the machine. */
  readonly name: string;
  /**
   * Opens the chain store; for `openLedger`.
   * @throws {@link SimulationError} with `DISK_IN_USE` while another process has it open (storage S6).
   */
  openStore(user: Pick<SimulatedPorts, 'clock' | 'isAlive'>): KvStore;
  /** Opens the consensus log. @throws {@link SimulationError} with `DISK_IN_USE`. */
  openLog(user: Pick<SimulatedPorts, 'clock' | 'isAlive'>): LogPort;
  /**
   * Opens the guard records; for `StubCrypto.createSigner` or a signer of `@fiducia/crypto`.
   * @throws {@link SimulationError} with `DISK_IN_USE`.
   */
  openGuard(user: Pick<SimulatedPorts, 'clock' | 'isAlive'>): GuardRecords;
  /**
   * Power is cut: what was acknowledged stays, the rest meets its fate, and every use of the disk ends. Kill the
   * process first (`Simulation.kill`), or at the same instant.
   */
  crash(damage: CrashDamage): void;
  /**
   * The whole disk is lost and replaced by an empty one: no blocks, no log, no guard records (storage L8). With `parts`
   * only these are emptied, as an operator does with a damaged chain store.
   */
  wipe(parts?: readonly DiskPart[]): void;
  /** Sets the faults from now on, all of them: what is left out ends. @throws {@link SimulationError} with `INVALID_OPTION`. */
  setFaults(faults: DiskFaults): void;
  /**
   * Lets observers read what is stored: nothing fails and nothing is counted until the returned function is called.
   */
  suspendFaults(): () => void;
  /** What happened so far. */
  counts(): DiskCounts;
  /**
   * Calls `observer` at every moment of every write, until the returned function is called. It may kill the process
   * and crash the disk; the operation then stops there. So all points of a run at which a crash makes a difference can
   * be enumerated.
   */
  onOperation(observer: (operation: DiskOperation) => void): () => void;
}

/**
 * Creates the empty disk of a machine.
 *
 * @throws {@link SimulationError} with `INVALID_OPTION`.
 * @see docs/spec/simulation.md, section 2.
 * @example
 * ```ts
 * const ports = simulation.addNode('wind');
 * const disk = createDisk({ simulation, machine: ports });
 * const ledger = await openLedger({ genesis, crypto, net: ports.net, store: disk.openStore(ports) });
 * const signer = crypto.createSigner('wind', { records: disk.openGuard(ports) });
 *
 * simulation.kill('wind');
 * disk.crash({ damagePermille: 900 });
 * const next = simulation.restart('wind');
 * const reopened = await openLedger({ genesis, crypto, net: next.net, store: disk.openStore(next) });
 * ```
 */
export function createDisk({ simulation, machine, conditions = {} }: DiskOptions): SimulatedDisk {
  const random = simulation.random(`storage/${machine.index}`);
  const device = new DiskDevice(machine.name, random, () => simulation.now(), conditions);
  const [store, log, guard] = [new StorePart(device), new LogPart(device), new GuardPart(device)];
  const parts = { store, log, guard };
  return {
    name: machine.name,
    openStore: (user: DiskUser) => store.open(user),
    openLog: (user: DiskUser) => log.open(user),
    openGuard: (user: DiskUser) => guard.open(user),
    crash: (damage) => device.crash(damage),
    wipe(wiped = ['store', 'log', 'guard']) {
      device.counts.wipes += 1;
      for (const part of wiped) {
        device.forget(part);
        parts[part].wipe();
      }
    },
    setFaults(faults) {
      device.faults = requireDiskFaults(faults);
    },
    suspendFaults() {
      const { faults, counts } = device;
      [device.faults, device.counts] = [requireDiskFaults({}), { ...counts }];
      return () => {
        [device.faults, device.counts] = [faults, counts];
      };
    },
    counts: () => ({ ...device.counts }),
    onOperation: (observer) => device.observe(observer),
  };
}

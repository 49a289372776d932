/**
 * The device below the parts of a simulated disk: acknowledgements, crashes, faults and who uses it.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import { SimulationError } from '../errors.ts';
import type { RandomStream } from '../random.ts';
import type { SimulatedPorts } from '../simulation.ts';
import {
  type CrashDamage,
  type DiskConditions,
  type DiskCounts,
  type DiskFaults,
  type DiskMoment,
  type DiskOperation,
  type DiskPart,
  requireDiskConditions,
  requireDiskFaults,
} from './conditions.ts';

/** What a process needs to be to use a disk. */
export type DiskUser = Pick<SimulatedPorts, 'clock' | 'isAlive'>;

/** A write that is not acknowledged. */
export interface UnsyncedWrite {
  /** Takes the write away. Writes are taken away in the opposite order of their coming. */
  revert(): void;
  /** Takes a part of the write away, where it has parts. */
  tear?(): void;
}

interface PendingWrite extends UnsyncedWrite {
  readonly durableAt: Millis;
}

/** A part of the disk as one process uses it; ends with the process, with a crash, or when it is closed. */
export class DiskHandle {
  readonly user: DiskUser;
  /** The process gave the part back; what it wrote becomes durable all the same. */
  isClosed = false;
  /** The machine crashed: nothing is answered any more. */
  isCut = false;

  constructor(user: DiskUser) {
    this.user = user;
  }

  /** Whether what was asked for will be answered. */
  get isHeard(): boolean {
    return !this.isCut && this.user.isAlive();
  }
}

/** One device. */
export class DiskDevice {
  counts: { -readonly [Key in keyof DiskCounts]: DiskCounts[Key] } = {
    reads: 0,
    writes: 0,
    syncs: 0,
    readErrors: 0,
    writeErrors: 0,
    fullErrors: 0,
    misdirectedReads: 0,
    misdirectedWrites: 0,
    crashes: 0,
    lostWrites: 0,
    survivingWrites: 0,
    tornWrites: 0,
    wipes: 0,
  };
  readonly name: string;
  readonly random: RandomStream;
  faults: Required<DiskFaults> = requireDiskFaults({});
  readonly #now: () => Millis;
  readonly #conditions: ReturnType<typeof requireDiskConditions>;
  readonly #pending: Readonly<Record<DiskPart, PendingWrite[]>> = { store: [], log: [], guard: [] };
  readonly #handles = new Map<DiskPart, DiskHandle>();
  readonly #observers = new Set<(operation: DiskOperation) => void>();

  constructor(name: string, random: RandomStream, now: () => Millis, conditions: DiskConditions) {
    this.name = name;
    this.random = random;
    this.#now = now;
    this.#conditions = requireDiskConditions(conditions);
  }

  /** Hands a part to a process. @throws SimulationError with `DISK_IN_USE` while another one has it. */
  open(part: DiskPart, user: DiskUser): DiskHandle {
    const holder = this.#handles.get(part);
    if (holder?.isHeard === true && !holder.isClosed)
      throw new SimulationError({ code: 'DISK_IN_USE', disk: this.name, part });
    const handle = new DiskHandle(user);
    this.#handles.set(part, handle);
    return handle;
  }

  observe(observer: (operation: DiskOperation) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Counts a read. @throws SimulationError with `DISK_FAILED` where the disk has that fault. */
  read(part: DiskPart): void {
    this.counts.reads += 1;
    if (!this.#happens(this.faults.readErrorPermille)) return;
    this.counts.readErrors += 1;
    throw this.#failure(part, 'READ_ERROR');
  }

  /** Whether an operation goes astray. */
  isMisdirected(): boolean {
    return this.#happens(this.faults.misdirectPermille);
  }

  /**
   * Carries a write out and resolves once it is durable; never, if the process ends before it knows.
   *
   * @param apply - Writes, visibly for the process, and tells how to take it back.
   * @throws SimulationError with `DISK_FAILED` where the disk has that fault; nothing is written then.
   */
  async write(part: DiskPart, handle: DiskHandle, apply: () => UnsyncedWrite): Promise<void> {
    if (!handle.isHeard) return never();
    this.#notify(part, 'beforeWrite');
    if (!handle.isHeard) return never();
    this.#requireWritable(part);
    const { min, max } = this.#conditions.syncMs;
    const pending = this.#pending[part];
    // What comes later is never durable earlier.
    const durableAt = Math.max(this.#now() + this.random.integer(min, max), pending.at(-1)?.durableAt ?? 0);
    const write: PendingWrite = { ...apply(), durableAt };
    pending.push(write);
    this.counts.writes += 1;
    this.#notify(part, 'afterWrite');
    if (!handle.isHeard) return never();
    return this.#synced(part, handle, write);
  }

  /** Writes that were not acknowledged meet their fate, and nobody uses the disk any more. */
  crash({ damagePermille, isTorn = false }: CrashDamage): void {
    this.counts.crashes += 1;
    for (const handle of this.#handles.values()) handle.isCut = true;
    for (const pending of Object.values(this.#pending)) {
      const unsynced = pending.splice(0).filter(({ durableAt }) => durableAt > this.#now());
      const first = unsynced.findIndex(() => this.random.chance(damagePermille));
      const lost = first === -1 ? [] : unsynced.splice(first);
      this.counts.survivingWrites += unsynced.length;
      this.counts.lostWrites += lost.length;
      // What follows a lost write is lost, too: nothing could tell where it begins.
      for (const [index, write] of [...lost.entries()].reverse()) this.#lose(write, isTorn && index === 0);
    }
  }

  /** Ends the use of a part, and forgets what was to become durable there. */
  forget(part: DiskPart): void {
    const handle = this.#handles.get(part);
    if (handle !== undefined) handle.isCut = true;
    this.#pending[part].length = 0;
  }

  #lose(write: UnsyncedWrite, isTorn: boolean): void {
    if (isTorn && !this.#conditions.isAtomic && write.tear !== undefined) {
      this.counts.tornWrites += 1;
      write.tear();
    } else {
      write.revert();
    }
  }

  #synced(part: DiskPart, handle: DiskHandle, write: PendingWrite): Promise<void> {
    const { clock } = handle.user;
    return new Promise((resolve) => {
      clock.schedule(clock.now() + write.durableAt - this.#now(), () => {
        const pending = this.#pending[part];
        pending.splice(0, pending.indexOf(write) + 1);
        this.#notify(part, 'afterSync');
        if (!handle.isHeard) return;
        this.counts.syncs += 1;
        resolve();
      });
    });
  }

  #requireWritable(part: DiskPart): void {
    if (this.faults.isFull) {
      this.counts.fullErrors += 1;
      throw this.#failure(part, 'DISK_FULL');
    }
    if (!this.#happens(this.faults.writeErrorPermille)) return;
    this.counts.writeErrors += 1;
    throw this.#failure(part, 'WRITE_ERROR');
  }

  #happens(permille: number): boolean {
    return permille > 0 && this.random.chance(permille);
  }

  #notify(part: DiskPart, moment: DiskMoment): void {
    for (const observer of this.#observers) observer({ disk: this.name, part, moment });
  }

  #failure(part: DiskPart, reason: 'READ_ERROR' | 'WRITE_ERROR' | 'DISK_FULL'): SimulationError {
    return new SimulationError({ code: 'DISK_FAILED', disk: this.name, part, reason });
  }
}

/** A new one each time: what waits for a promise lives as long as it. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

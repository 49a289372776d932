/**
 * What can go wrong with a simulated disk, what did, and when (simulation section 2).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import { requireInteger } from '../errors.ts';

/** Part of a disk: the chain store, the consensus log, or the guard records. */
export type DiskPart = 'store' | 'log' | 'guard';

/** Faults of a disk, in permille of operations, 0 to 100 each; absent: none. */
export interface DiskFaults {
  /** Reads that fail with an error. @default 0 */
  readonly readErrorPermille?: number;
  /** Writes that fail with an error and change nothing. @default 0 */
  readonly writeErrorPermille?: number;
  /**
   * Reads of the store that return the record of another key, and commits of which one write lands on the record of
   * another key. Checksums tell the first at once, the second when the other record is read. @default 0
   */
  readonly misdirectPermille?: number;
  /** Every write fails until the space returns. @default false */
  readonly isFull?: boolean;
}

/** How a disk behaves for good. */
export interface DiskConditions {
  /** Virtual time from a write to its acknowledgement, drawn per write; integers from 0 to 10 000. @default 1 to 5 */
  readonly syncMs?: { readonly min: Millis; readonly max: Millis };
  /** False for a store whose commits can be torn by a crash. @default true */
  readonly isAtomic?: boolean;
}

/** What a crash does to writes that were not acknowledged. */
export interface CrashDamage {
  /** How likely each of them is lost or damaged, 0 to 1000; simulation section 2 draws from 800 to 1000. */
  readonly damagePermille: number;
  /** Whether the first commit that is lost is torn, where the disk is not atomic. @default false */
  readonly isTorn?: boolean;
}

/** What happened to a disk so far. */
export interface DiskCounts {
  /** Reads that were asked for. */
  readonly reads: number;
  /** Writes that were carried out; a commit is one. */
  readonly writes: number;
  /** Writes that became durable and were acknowledged. */
  readonly syncs: number;
  /** Reads that failed. */
  readonly readErrors: number;
  /** Writes that failed. */
  readonly writeErrors: number;
  /** Writes that failed for lack of space. */
  readonly fullErrors: number;
  /** Reads that returned another record. */
  readonly misdirectedReads: number;
  /** Commits that put a value on another record: what the disk acknowledged since then may be gone. */
  readonly misdirectedWrites: number;
  /** Crashes. */
  readonly crashes: number;
  /** Writes without acknowledgement that a crash took away. */
  readonly lostWrites: number;
  /** Writes without acknowledgement that a crash left in place. */
  readonly survivingWrites: number;
  /** Commits of which a crash left a part. */
  readonly tornWrites: number;
  /** Times the whole disk was lost. */
  readonly wipes: number;
}

/** Moment of an operation at which a process can be killed. */
export type DiskMoment =
  /** Nothing is written yet. */
  | 'beforeWrite'
  /** Written, and visible to this process alone: a crash may take it away. */
  | 'afterWrite'
  /** Durable, and the process does not know it yet. */
  | 'afterSync';

/** A moment of a write, as an observer is told of it. Reads change nothing and are not told of. */
export interface DiskOperation {
  /** Name of the disk. */
  readonly disk: string;
  /** Part that is written. */
  readonly part: DiskPart;
  /** Moment of the write. */
  readonly moment: DiskMoment;
}

const SYNC_MAX_MS = 10_000;
/** Most operations of a disk that fail, or go astray. */
export const FAULT_MAX_PERMILLE = 100;

/** Completes the conditions of a disk. @throws SimulationError with `INVALID_OPTION`. */
export function requireDiskConditions({ syncMs = { min: 1, max: 5 }, isAtomic = true }: DiskConditions): {
  readonly syncMs: { readonly min: Millis; readonly max: Millis };
  readonly isAtomic: boolean;
} {
  requireInteger('disk.syncMs.min', syncMs.min, 0, SYNC_MAX_MS);
  requireInteger('disk.syncMs.max', syncMs.max, syncMs.min, SYNC_MAX_MS);
  return { syncMs, isAtomic };
}

/** Completes faults. @throws SimulationError with `INVALID_OPTION`. */
export function requireDiskFaults(faults: DiskFaults): Required<DiskFaults> {
  const { readErrorPermille = 0, writeErrorPermille = 0, misdirectPermille = 0, isFull = false } = faults;
  requireInteger('disk.readErrorPermille', readErrorPermille, 0, FAULT_MAX_PERMILLE);
  requireInteger('disk.writeErrorPermille', writeErrorPermille, 0, FAULT_MAX_PERMILLE);
  requireInteger('disk.misdirectPermille', misdirectPermille, 0, FAULT_MAX_PERMILLE);
  return { readErrorPermille, writeErrorPermille, misdirectPermille, isFull };
}

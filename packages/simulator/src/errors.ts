/**
 * Typed errors of this package.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';

/** Failure data: `code` selects the shape of the rest. */
export type SimulationErrorData =
  /** An option is missing or out of range. `path` is dotted, e.g. `network.delayMs`. */
  | { readonly code: 'INVALID_OPTION'; readonly path: string; readonly reason: string }
  /** A node of this name exists already. */
  | { readonly code: 'DUPLICATE_NODE'; readonly node: string }
  /** No node has this name. */
  | { readonly code: 'UNKNOWN_NODE'; readonly node: string }
  /** A node was restarted that was not killed before. */
  | { readonly code: 'NODE_RUNNING'; readonly node: string }
  /** `runUntil` was called while an earlier call has not resolved. */
  | { readonly code: 'ALREADY_RUNNING'; readonly at: Millis }
  /** The requested time lies before the simulated present. */
  | { readonly code: 'TIME_PASSED'; readonly at: Millis; readonly now: Millis }
  /**
   * Code run by an event threw or rejected. `event` names it, `node` is the node it belongs to
   * (`null` for events of the scenario); seed and time lead back to it.
   */
  | {
      readonly code: 'EVENT_FAILED';
      readonly event: string;
      readonly node: string | null;
      readonly at: Millis;
      readonly seed: number;
      readonly reason: string;
    }
  /** An invariant of simulation section 7 does not hold. */
  | { readonly code: 'INVARIANT_BROKEN'; readonly invariant: string; readonly reason: string }
  /** A command of a transcript cannot be carried out. Lines count from 1. */
  | { readonly code: 'TRANSCRIPT_INVALID'; readonly line: number; readonly reason: string }
  /** A seed is in two results that are to become one. */
  | { readonly code: 'SEEDS_OVERLAP'; readonly seed: number }
  /** Results of different campaigns are to become one; `field` names what differs. */
  | { readonly code: 'CAMPAIGNS_DIFFER'; readonly field: string }
  /** A part of a simulated disk is open in a process that runs (storage S6). */
  | { readonly code: 'DISK_IN_USE'; readonly disk: string; readonly part: string }
  /** A part of a simulated disk was used after it was closed or after its machine crashed. */
  | { readonly code: 'DISK_CLOSED'; readonly disk: string }
  /** A simulated disk failed as it was told to: `READ_ERROR`, `WRITE_ERROR` or `DISK_FULL`. */
  | { readonly code: 'DISK_FAILED'; readonly disk: string; readonly part: string; readonly reason: string }
  /** A plan that is to be made smaller does not violate the invariant that it is said to. */
  | { readonly code: 'NOT_REPRODUCED'; readonly seed: number; readonly invariant: string }
  /** The stand-in cryptography cannot do this. */
  | { readonly code: 'UNSUPPORTED'; readonly operation: string };

/**
 * Thrown on misuse of the simulator, on a failing event, and by invariant checkers.
 *
 * Recognise it with {@link isSimulationError}: two installed copies of this package have two
 * classes, so `instanceof` is not reliable.
 */
export class SimulationError extends Error {
  /** Always `SimulationError`. */
  override readonly name = 'SimulationError';
  /** Machine-readable reason. */
  readonly data: SimulationErrorData;

  /**
   * @param data - What went wrong; the message is derived from it.
   * @param cause - What the failing event threw, if anything.
   */
  constructor(data: SimulationErrorData, cause?: unknown) {
    const { code, ...rest } = data;
    const details = Object.entries(rest).map(([field, value]) => `${field}=${value}`);
    super(`${code}: ${details.join(', ')}`, cause === undefined ? undefined : { cause });
    this.data = data;
  }
}

/** Recognises a {@link SimulationError} of any installed copy, optionally of one code. */
export function isSimulationError(value: unknown, code?: SimulationErrorData['code']): value is SimulationError {
  if (!(value instanceof Error) || value.name !== 'SimulationError') return false;
  return code === undefined || (value as SimulationError).data.code === code;
}

/** Refuses an option that is not an integer in `[min, max]`. */
export function requireInteger(path: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new SimulationError({ code: 'INVALID_OPTION', path, reason: `must be an integer in [${min}, ${max}]` });
}

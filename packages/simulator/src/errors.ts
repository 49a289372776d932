/**
 * Typed errors of this package.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { CampaignSettings } from './run/campaign-summary.ts';

/** Failure data: `code` selects the shape of the rest. */
export type SimulationErrorData =
  /**
   * An option is missing or out of range. `path` is dotted, e.g. `network.delayMs`.
   *
   * Cause: an option, plan or stored seed with a value outside its range.
   * Remedy: correct the value at `path`.
   */
  | { readonly code: 'INVALID_OPTION'; readonly path: string; readonly reason: string }
  /**
   * A node of this name exists already.
   *
   * Cause: two nodes of one name.
   * Remedy: give every node a name of its own.
   */
  | { readonly code: 'DUPLICATE_NODE'; readonly node: string }
  /**
   * No node has this name.
   *
   * Cause: a name that was misspelt, or a node that never started.
   * Remedy: add the node before naming it.
   */
  | { readonly code: 'UNKNOWN_NODE'; readonly node: string }
  /**
   * A node was restarted that was not killed before.
   *
   * Cause: a restart without a crash before it.
   * Remedy: kill the node first.
   */
  | { readonly code: 'NODE_RUNNING'; readonly node: string }
  /**
   * `runUntil` was called while an earlier call has not resolved.
   *
   * Cause: a second `runUntil` before the first has resolved.
   * Remedy: await each call.
   */
  | { readonly code: 'ALREADY_RUNNING'; readonly at: Millis }
  /**
   * The requested time lies before the simulated present.
   *
   * Cause: a time before the present of the simulation.
   * Remedy: run to a later time; simulated time does not go back.
   */
  | { readonly code: 'TIME_PASSED'; readonly at: Millis; readonly now: Millis }
  /**
   * Code run by an event threw or rejected. `event` names it, `node` is the node it belongs to (`null` for events of
   * the scenario); seed and time lead back to it.
   *
   * Cause: code of a node, adversary or scenario that threw; `cause` holds what it threw.
   * Remedy: repeat the run with the seed, stop at the time, and correct the code.
   */
  | {
      readonly code: 'EVENT_FAILED';
      readonly event: string;
      readonly node: string | null;
      readonly at: Millis;
      readonly seed: number;
      readonly reason: string;
    }
  /**
   * An invariant of simulation section 7 does not hold.
   *
   * Cause: a protocol, ledger or host that broke a promise in this run.
   * Remedy: repeat it with the seed, record it, and shrink the plan; see the page on simulating by seed.
   */
  | { readonly code: 'INVARIANT_BROKEN'; readonly invariant: string; readonly reason: string }
  /**
   * A command of a transcript cannot be carried out. Lines count from 1.
   *
   * Cause: a command that is unknown, or arguments that it does not take.
   * Remedy: correct the line.
   */
  | { readonly code: 'TRANSCRIPT_INVALID'; readonly line: number; readonly reason: string }
  /**
   * A seed is in two results that are to become one.
   *
   * Cause: ranges of seeds that were run twice and are to be added up.
   * Remedy: leave one of the results out.
   */
  | { readonly code: 'SEEDS_OVERLAP'; readonly seed: number }
  /**
   * Results of different campaigns are to become one; `field` names what differs.
   *
   * Cause: results of different subjects, options or versions.
   * Remedy: add up only results of one campaign.
   */
  | { readonly code: 'CAMPAIGNS_DIFFER'; readonly field: keyof CampaignSettings }
  /**
   * A part of a simulated disk is open in a process that runs (storage S6).
   *
   * Cause: two lives of one machine at one time.
   * Remedy: let the first process end or crash before the next one opens the disk.
   */
  | { readonly code: 'DISK_IN_USE'; readonly disk: string; readonly part: string }
  /**
   * A part of a simulated disk was used after it was closed or after its machine crashed.
   *
   * Cause: a handle that was kept beyond the life of its process.
   * Remedy: open the part again in the new process.
   */
  | { readonly code: 'DISK_CLOSED'; readonly disk: string }
  /**
   * A simulated disk failed as it was told to: `READ_ERROR`, `WRITE_ERROR` or `DISK_FULL`.
   *
   * Cause: a planned fault of the disk that nobody handled.
   * Remedy: nothing, if the plan asked for it; otherwise let the node stop on it as it would on a real disk.
   */
  | { readonly code: 'DISK_FAILED'; readonly disk: string; readonly part: string; readonly reason: string }
  /**
   * A plan that is to be made smaller does not violate the invariant that it is said to.
   *
   * Cause: a plan, seed or code other than that of the violation.
   * Remedy: shrink with the subject, options and version that found it.
   */
  | { readonly code: 'NOT_REPRODUCED'; readonly seed: number; readonly invariant: string }
  /**
   * The stand-in cryptography cannot do this.
   *
   * Cause: a plugin that mines, or that produces blocks in a way that the adversary does not know, with stand-in
   * cryptography.
   * Remedy: use the real cryptography, simulated mining, or another adversary.
   */
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

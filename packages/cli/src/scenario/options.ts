/**
 * Settings of a demo and their ranges.
 *
 * @module
 */
import { FiduciaCommandError } from '../failure.ts';
import type { DemoOptions } from './result.ts';

/** Fewest consensus slots of a demo: with 21 the first market slot settles (energy DM4). */
export const MINIMUM_ROUNDS = 21;

/** Most consensus slots of a demo: about eleven years of market slots. */
export const ROUNDS_MAX = 400_000;

/** What `fiducia demo` plays when nothing is said. */
export const DEFAULT_DEMO_OPTIONS: DemoOptions = {
  rounds: 250,
  malicious: 6,
  act: 'invalid',
  seed: 1,
  schedule: 'wrr',
  profile: 'paper',
};

/**
 * Completes and checks settings.
 *
 * @throws {@link FiduciaCommandError} with `INVALID_OPTION`.
 */
export function requireDemoOptions(options: Partial<DemoOptions>): DemoOptions {
  const complete = { ...DEFAULT_DEMO_OPTIONS, ...options };
  requireInteger('rounds', complete.rounds, MINIMUM_ROUNDS, ROUNDS_MAX);
  requireInteger('malicious', complete.malicious, 0, 6);
  requireInteger('seed', complete.seed, 0, 2 ** 32 - 1);
  return complete;
}

function requireInteger(option: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new FiduciaCommandError({ code: 'INVALID_OPTION', option, reason: `must be an integer from ${min} to ${max}` });
}

/**
 * Settings of a demo and their ranges.
 *
 * @module
 */
import { FiduciaCommandError } from '../failure.ts';
import { CONSENSUS_NAMES, PROTOCOLS } from './consensus/protocols.ts';
import type { ConsensusName, DemoOptions } from './result.ts';

/** Fewest consensus slots of a demo: with 21 the first market slot settles (energy DM4). */
export const MINIMUM_ROUNDS = 21;

/** Most consensus slots of a demo: about eleven years of market slots. */
export const ROUNDS_MAX = 400_000;

/** What `fiducia demo` plays when nothing is said. */
export const DEFAULT_DEMO_OPTIONS: DemoOptions = {
  consensus: 'dt-dpos',
  finality: null,
  rounds: 250,
  malicious: 6,
  act: 'invalid',
  seed: 1,
  schedule: 'wrr',
  profile: 'paper',
};

/** Settings that belong to DT-DPoS alone. */
const TRUST_OPTIONS = ['schedule', 'profile'] as const;

/**
 * Completes and checks settings.
 *
 * @throws {@link FiduciaCommandError} with `INVALID_OPTION`.
 */
export function requireDemoOptions(options: Partial<DemoOptions>): DemoOptions {
  const { consensus } = { ...DEFAULT_DEMO_OPTIONS, ...options };
  requireOneOf('consensus', consensus, CONSENSUS_NAMES);
  const complete = { ...defaultsOf(consensus), ...options };
  requireInteger('rounds', complete.rounds, MINIMUM_ROUNDS, ROUNDS_MAX);
  requireInteger('malicious', complete.malicious, 0, 6);
  requireInteger('seed', complete.seed, 0, 2 ** 32 - 1);
  const { acts, label, checkpoint } = PROTOCOLS[consensus];
  if (complete.finality !== null) requireOneOf('finality', complete.finality, ['checkpoint']);
  if (complete.finality !== null && checkpoint === undefined) {
    fail('finality', `has no meaning under ${label}, where every block is final already`);
  }
  requireOneOf('act', complete.act, acts, ` under ${label}`);
  if (consensus === 'dt-dpos') {
    requireOneOf('schedule', complete.schedule, ['wrr', 'lottery']);
    requireOneOf('profile', complete.profile, ['paper', 'default']);
    return complete;
  }
  for (const option of TRUST_OPTIONS) {
    if (complete[option] !== null) fail(option, `has no meaning under ${label}, only under DT-DPoS`);
  }
  return complete;
}

function defaultsOf(consensus: ConsensusName): DemoOptions {
  if (consensus === 'dt-dpos') return DEFAULT_DEMO_OPTIONS;
  return { ...DEFAULT_DEMO_OPTIONS, consensus, schedule: null, profile: null };
}

function requireInteger(option: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  fail(option, `must be an integer from ${min} to ${max}`);
}

function requireOneOf(option: string, value: unknown, allowed: readonly unknown[], place = ''): void {
  if (!allowed.includes(value)) fail(option, `must be ${allowed.join(' or ')}${place}`);
}

function fail(option: string, reason: string): never {
  throw new FiduciaCommandError({ code: 'INVALID_OPTION', option, reason });
}

/**
 * The seed database: failures that were found once and are replayed for ever (simulation D1 to D4).
 *
 * @module
 */
import type { HashFunction } from '@fiducia/consensus';
import { SimulationError } from '../errors.ts';
import type { FaultPlan, FaultProfile } from '../run/fault-plan.ts';
import { type CryptoFactory, type FaultRunOptions, type FaultRunResult, runFaultPlan } from '../run/run-plan.ts';
import { INVARIANT_IDS, type Violation } from '../run/world.ts';
import type { Subject } from '../subject.ts';
import { parseFaultPlan } from './parse-plan.ts';
import { field, integerIn, objectIn, oneOfIn, textIn } from './read-json.ts';

/** A seed that was worth keeping. Plain JSON. */
export interface StoredSeed {
  /** Commit at which it was found: 7 to 40 hexadecimal digits. */
  readonly commit: string;
  /** Name of the subject, e.g. `pos+checkpoint`. */
  readonly subject: string;
  /** Seed of network, clocks and disks. */
  readonly seed: number;
  /** Profile that the plan was drawn with, if it was not made smaller since. */
  readonly profile: FaultProfile;
  /** What happens in the run. */
  readonly plan: FaultPlan;
  /** What the run must come to now. */
  readonly expected: SeedExpectation;
  /** What the failure was, and, when an expectation was recorded anew, why (simulation D3). */
  readonly reason: string;
  /** Planted bug without which it passes; absent: it is about the code as it is. */
  readonly mutant?: string;
}

/** What a stored seed must come to. */
export interface SeedExpectation {
  /** `passes`, or an invariant that fails. */
  readonly outcome: Violation['invariant'] | 'passes';
  /** Trace hash of the run (simulation E4); absent: any, so that changes of protocols do not need to touch the seed. */
  readonly traceHash?: string;
}

/** What a stored seed came to. */
export interface SeedReplay {
  /** Its run. */
  readonly result: FaultRunResult;
  /** Why that is not what was expected, with the seed and the command that shows it; `null` if it is. */
  readonly difference: string | null;
}

const PROFILES: readonly FaultProfile[] = ['none', 'default', 'harsh'];
const OUTCOMES: readonly SeedExpectation['outcome'][] = [...INVARIANT_IDS, 'E6', 'passes'];
const COMMIT = /^[0-9a-f]{7,40}$/;
const TRACE_HASH = /^[0-9a-f]{64}$/;
const TEXT_LENGTH_MAX = 2_000;
const SEED_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Reads a stored seed.
 *
 * @throws {@link SimulationError} with `INVALID_OPTION` and the path of the first field that is missing or wrong.
 * @see docs/spec/simulation.md, rule D1.
 */
export function parseStoredSeed(text: string): StoredSeed {
  const stored = objectIn(parseJson(text), 'stored');
  const expected = objectIn(field(stored, 'expected'), 'expected');
  const { traceHash } = expected;
  const { mutant } = stored;
  return {
    commit: textIn(field(stored, 'commit'), 'commit', COMMIT),
    subject: textIn(field(stored, 'subject'), 'subject'),
    seed: integerIn(field(stored, 'seed'), 'seed', 0, SEED_MAX),
    profile: oneOfIn(field(stored, 'profile'), 'profile', PROFILES),
    plan: parseFaultPlan(field(stored, 'plan')),
    expected: {
      outcome: oneOfIn(field(expected, 'outcome'), 'expected.outcome', OUTCOMES),
      ...(traceHash !== undefined && { traceHash: textIn(traceHash, 'expected.traceHash', TRACE_HASH) }),
    },
    reason: textIn(field(stored, 'reason'), 'reason', undefined, TEXT_LENGTH_MAX),
    ...(mutant !== undefined && { mutant: textIn(mutant, 'mutant') }),
  };
}

/** Writes a stored seed: sorted keys, two spaces, a line end at the end; equal seeds give equal text. */
export function formatStoredSeed(stored: StoredSeed): string {
  return `${JSON.stringify(sorted(stored), null, 2)}\n`;
}

/**
 * Runs a stored seed and compares what it comes to with what is expected (simulation D2).
 *
 * @param options.subject - The subject that it names.
 * @param options.file - Where it is stored, for the command in the message.
 * @throws {@link SimulationError} with `INVALID_OPTION` for another subject.
 */
export async function replayStoredSeed(options: {
  readonly stored: StoredSeed;
  readonly subject: Subject;
  readonly sha256: HashFunction;
  readonly crypto?: CryptoFactory;
  readonly file?: string;
}): Promise<SeedReplay> {
  const { stored, subject, sha256, crypto, file } = options;
  if (subject.name !== stored.subject) {
    const reason = `is ${subject.name}, and the seed is of ${stored.subject}`;
    throw new SimulationError({ code: 'INVALID_OPTION', path: 'subject', reason });
  }
  const { seed, plan } = stored;
  const run = { subject, seed, plan, sha256, ...(crypto && { crypto }) };
  const result = await resultOf(run, stored.expected);
  const fault = differenceOf(stored.expected, result);
  const command = file === undefined ? simulateCommandOf(stored) : `fiducia replay ${file}`;
  const difference = fault === null ? null : `${stored.subject} seed ${seed}: ${fault}\n  replay with: ${command}`;
  return { result, difference };
}

/** Command that draws and runs a seed again. */
export function simulateCommandOf(run: {
  readonly subject: string;
  readonly seed: number;
  readonly profile: FaultProfile;
}): string {
  const { subject, seed, profile } = run;
  const [consensus = '', finality] = subject.split('+');
  const gadget = finality === undefined ? '' : ` --finality ${finality}`;
  return `fiducia simulate --consensus ${consensus}${gadget} --faults ${profile} --seeds ${seed}..${seed}`;
}

/** A run ends with the first violation, which may keep it from coming to the one that is stored. */
async function resultOf(run: FaultRunOptions, { outcome }: SeedExpectation): Promise<FaultRunResult> {
  const result = await runFaultPlan(run);
  const { violations } = result;
  const isOther = violations.length > 0 && !violations.some(({ invariant }) => invariant === outcome);
  if (!isOther || outcome === 'passes') return result;
  const alone = await runFaultPlan({ ...run, invariants: outcome === 'E6' ? [] : [outcome] });
  return alone.violations.length > 0 ? alone : result;
}

function differenceOf({ outcome, traceHash }: SeedExpectation, result: FaultRunResult): string | null {
  // One fault may break several invariants at once; the one that was stored must be among them.
  const violation = result.violations.find(({ invariant }) => invariant === outcome) ?? result.violations[0];
  const actual = violation?.invariant ?? 'passes';
  const where = violation === undefined ? '' : ` (${violation.node ?? 'network'}: ${violation.reason})`;
  if (actual !== outcome) return `expected ${outcome}, came to ${actual}${where}`;
  if (traceHash === undefined || traceHash === result.traceHash) return null;
  return `expected the trace ${traceHash}, came to ${result.traceHash}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SimulationError({ code: 'INVALID_OPTION', path: 'stored', reason: 'is not JSON' });
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

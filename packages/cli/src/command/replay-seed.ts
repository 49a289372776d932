/**
 * Stored seeds under the command `fiducia replay`.
 *
 * @module
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { isSimulationError, parseStoredSeed, replayStoredSeed, type StoredSeed } from '@fiducia/simulator';
import { bold, dim, green, red } from 'yoctocolors';
import { FiduciaCommandError } from '../failure.ts';
import { formatCount } from '../format.ts';
import { CONSENSUS_NAMES, PROTOCOLS } from '../scenario/consensus/protocols.ts';
import { createRealSignatures } from '../simulate/real-signatures.ts';
import { hasRealSignatures } from '../simulate/run-seed.ts';
import { sha256 } from '../simulate/sha256.ts';
import { createSubject } from '../simulate/subjects.ts';
import { type CommandStreams, writeText } from './io.ts';

/** Largest file that is read as a seed. */
const SEED_BYTES_MAX = 16_777_216;
const HEAD_BYTES = 64;

/**
 * Whether a file is a stored seed and no recording: an object that begins with another field than `format`.
 *
 * @throws {@link FiduciaCommandError} with `FILE_ACCESS`, as for a folder or a pipe.
 */
export function isStoredSeed(file: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const head = Buffer.alloc(HEAD_BYTES);
    const length = readSync(descriptor, head, 0, HEAD_BYTES, 0);
    if (fstatSync(descriptor).size > SEED_BYTES_MAX) return false;
    return /^\s*\{\s*"(?!format")/.test(head.toString('utf8', 0, length));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FiduciaCommandError({ code: 'FILE_ACCESS', operation: 'read', file, reason });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Runs a stored seed, says what it came to, and fails if that is not what is written in it. */
export async function replaySeed(file: string, isJson: boolean, { stdout }: CommandStreams): Promise<void> {
  const stored = readSeed(file);
  const crypto = hasRealSignatures(stored.seed) ? { crypto: createRealSignatures } : {};
  const { result, difference } = await replayStoredSeed({
    stored,
    subject: subjectOf(file, stored),
    sha256,
    file,
    ...crypto,
  });
  const { violations, events, blocks, traceHash } = result;
  const { seed, subject, expected } = stored;
  const answer = { file, subject, seed, expected, violations, events, blocks, traceHash, difference };
  if (isJson) writeText(stdout, `${JSON.stringify(answer)}\n`);
  else writeText(stdout, formatAnswer(stored, answer));
  if (difference !== null) throw new FiduciaCommandError({ code: 'REPLAY_DIFFERS', reason: difference });
}

function readSeed(file: string): StoredSeed {
  try {
    return parseStoredSeed(readFileSync(file, 'utf8'));
  } catch (error) {
    throw malformed(file, error);
  }
}

function subjectOf(file: string, { subject }: StoredSeed) {
  const [name, finality, ...others] = subject.split('+');
  const consensus = CONSENSUS_NAMES.find((one) => one === name);
  const isGadget =
    finality === 'checkpoint' && consensus !== undefined && PROTOCOLS[consensus].checkpoint !== undefined;
  if (consensus === undefined || (finality !== undefined && !isGadget) || others.length > 0) {
    throw malformed(file, `no subject ${subject} here`);
  }
  return createSubject(consensus, finality ?? null);
}

function malformed(file: string, error: unknown): unknown {
  if (error instanceof Error && !isSimulationError(error)) return error;
  return new FiduciaCommandError({ code: 'MALFORMED_RECORDING', file, line: 1, reason: reasonOf(error) });
}

function reasonOf(error: unknown): string {
  if (!isSimulationError(error) || error.data.code !== 'INVALID_OPTION') return String(error);
  return `neither a recording nor a stored seed: ${error.data.path} ${error.data.reason}`;
}

interface Answer {
  readonly file: string;
  readonly violations: readonly { readonly invariant: string; readonly node: string | null; readonly reason: string }[];
  readonly events: number;
  readonly blocks: number;
  readonly traceHash: string;
  readonly difference: string | null;
}

function formatAnswer({ subject, seed, plan, expected, reason }: StoredSeed, answer: Answer): string {
  const { file, violations, events, blocks, traceHash, difference } = answer;
  const outcome = violations.map(({ invariant, node, reason: why }) => `${invariant} ${node ?? ''} ${why}`);
  const facts: readonly (readonly [string, string])[] = [
    ['Seed', `${seed} of ${subject}, ${plan.nodes} nodes, ${plan.faults.length} faults`],
    ['Stored because', reason],
    ['Run', `${formatCount(events)} events, ${formatCount(blocks)} blocks`],
    ['Came to', outcome.length === 0 ? 'no violation' : outcome.join('; ')],
    ['Expected', `${expected.outcome}, ${difference === null ? green('reproduced') : red('NOT reproduced')}`],
    ['Trace', traceHash],
  ];
  const lines = facts.map(([name, value]) => `  ${dim(name.padEnd(17))}${value}`);
  return `${bold(`Fiducia replay of ${file}`)}\n\n${lines.join('\n')}\n`;
}

/**
 * Results on disk: one line of JSON for every range that was run, so that an interrupted campaign goes on where it
 * was and shards merge.
 *
 * @module
 */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { type CampaignSettings, type CampaignSummary, isSimulationError, uniteSeeds } from '@fiducia/simulator';
import { FiduciaCommandError } from '../failure.ts';
import { tryParseJson } from '../json.ts';

/** Version of the format, in every line. */
const FORMAT = 'fiducia-simulate/1';
/** How every line begins. */
const LINE_START = `{"format":"${FORMAT}"`;
const NO_RESULT = `no result of format ${FORMAT}`;

/** What all results of a file have in common. */
const CAMPAIGN = ['subject', 'profile', 'nodes', 'commit'] as const;

/** A file of results that grows. */
export interface ResultFile {
  /** What it held when it was opened. */
  readonly parts: readonly CampaignSummary[];
  /** Appends a result; returns once the operating system has it. */
  append(part: CampaignSummary): void;
  close(): void;
}

/**
 * Opens a file of results, or creates it.
 *
 * @throws {@link FiduciaCommandError} with `FILE_ACCESS`, `MALFORMED_RECORDING`, or `INVALID_OPTION` if it holds
 *   results of another campaign, or a seed twice.
 */
export function openResultFile(file: string, settings: CampaignSettings): ResultFile {
  const parts = existsSync(file) ? readResults(file) : [];
  const stranger = parts.find((part) => CAMPAIGN.some((field) => part[field] !== settings[field]));
  if (stranger !== undefined) {
    const { subject, profile, nodes, commit } = stranger;
    const of = `${subject}, faults ${profile}, ${nodes ?? 'drawn'} nodes, commit ${commit ?? 'unknown'}`;
    const now = commit === settings.commit ? '' : `; this is commit ${settings.commit ?? 'unknown'}`;
    throw new FiduciaCommandError({
      code: 'INVALID_OPTION',
      option: 'out',
      reason: `${file} holds results of ${of}${now}`,
    });
  }
  requireOnce(file, parts);
  const descriptor = attempt('write', file, () => {
    if (existsSync(file)) endLastLine(file);
    return openSync(file, 'a');
  });
  return {
    parts,
    append: (part) => {
      attempt('write', file, () => appendFileSync(descriptor, `${formatResultLine(part)}\n`));
    },
    close: () => closeSync(descriptor),
  };
}

/** Two processes with one file, or two files in one, leave seeds that would count twice. */
function requireOnce(file: string, parts: readonly CampaignSummary[]): void {
  try {
    uniteSeeds(parts.flatMap(({ ranges }) => ranges));
  } catch (error) {
    if (!isSimulationError(error)) throw error;
    throw new FiduciaCommandError({ code: 'INVALID_OPTION', option: 'out', reason: `${file}: ${error.message}` });
  }
}

/**
 * Reads results: lines that {@link openResultFile} wrote, or what `simulate --json` printed.
 *
 * @throws {@link FiduciaCommandError} with `FILE_ACCESS` or `MALFORMED_RECORDING`.
 */
export function readResults(file: string): readonly CampaignSummary[] {
  const text = attempt('read', file, () => readFileSync(file, 'utf8'));
  const end = text.lastIndexOf('\n') + 1;
  const rest = text.slice(end);
  const lines = text.slice(0, end).split('\n').slice(0, -1);
  if (isWhole(rest)) lines.push(rest);
  // What is no result from its first letter on is somebody else's, and will not be written over.
  else if (lines.length === 0 && !isBegun(rest)) throw malformed(file, 1, NO_RESULT);
  return lines.map((line, index) => readLine(file, index + 1, line));
}

/**
 * A process that was killed leaves at most one line without an end, whose seeds run again. What was copied may have lost
 * the end of a line that is whole, with all that it found.
 */
function endLastLine(file: string): void {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf('\n') + 1;
  if (isWhole(bytes.toString('utf8', end))) appendFileSync(file, '\n');
  else truncateSync(file, end);
}

/** No part of an object in JSON is one itself. */
function isWhole(line: string): boolean {
  return isRecord(tryParseJson(line));
}

function isBegun(line: string): boolean {
  return line.startsWith(LINE_START) || LINE_START.startsWith(line);
}

/** One line of results, as it stands in files and on the standard output. */
export function formatResultLine(part: CampaignSummary, more: object = {}): string {
  return JSON.stringify({ format: FORMAT, ...part, ...more });
}

function readLine(file: string, line: number, text: string): CampaignSummary {
  let value: Partial<CampaignSummary> & { readonly format?: unknown };
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(file, line, error instanceof Error ? error.message : String(error));
  }
  if (value?.format !== FORMAT) throw malformed(file, line, NO_RESULT);
  if (!isSummary(value)) throw malformed(file, line, 'the result is not complete');
  return value;
}

function malformed(file: string, line: number, reason: string): FiduciaCommandError {
  return new FiduciaCommandError({ code: 'MALFORMED_RECORDING', file, line, reason });
}

const COUNTS = [
  'seeds',
  'events',
  'medianEvents',
  'blocks',
  'shortSeeds',
  'simulatedMs',
  'repeatedSeeds',
  'realSignatureSeeds',
] as const;

function isSummary(value: Partial<CampaignSummary>): value is CampaignSummary {
  const { ranges, violations, traceHash, nodes, commit = '' } = value;
  const areSettings =
    isCount(nodes ?? 0) && [value.subject, value.profile, commit].every((text) => typeof text === 'string');
  const areCounts = COUNTS.every((name) => isCount(value[name]));
  const areTables = [value.seedsByEvents, value.faultCoverage].every(
    (table) => isRecord(table) && areAll(table, isCount),
  );
  const areLists =
    Array.isArray(ranges) && ranges.every(isRange) && Array.isArray(violations) && violations.every(isFound);
  return areSettings && areCounts && areTables && areLists && /^[0-9a-f]{64}$/.test(String(traceHash));
}

function isRange(range: unknown): boolean {
  return isRecord(range) && isCount(range.from) && isCount(range.to) && range.from <= range.to;
}

function isFound(violation: unknown): boolean {
  if (!isRecord(violation) || !isCount(violation.seed)) return false;
  return typeof violation.invariant === 'string' && typeof violation.reason === 'string';
}

function areAll(table: Readonly<Record<string, unknown>>, is: (value: unknown) => boolean): boolean {
  return Object.values(table).every(is);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function attempt<T>(operation: 'read' | 'write', file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FiduciaCommandError({ code: 'FILE_ACCESS', operation, file, reason });
  }
}

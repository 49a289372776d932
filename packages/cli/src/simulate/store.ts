/**
 * Results on disk: one line of JSON for every range that was run, so that an interrupted campaign goes on where it
 * was and shards merge.
 *
 * @module
 */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, truncateSync } from 'node:fs';
import type { CampaignSettings, CampaignSummary } from '@fiducia/simulator';
import { FiduciaCommandError } from '../failure.ts';

/** Version of the format, in every line. */
const FORMAT = 'fiducia-simulate/1';

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
 *   results of another campaign.
 */
export function openResultFile(file: string, settings: CampaignSettings): ResultFile {
  const parts = existsSync(file) ? readResults(file) : [];
  const stranger = parts.find(({ subject, profile, nodes }) => {
    return subject !== settings.subject || profile !== settings.profile || nodes !== settings.nodes;
  });
  if (stranger !== undefined) {
    const { subject, profile, nodes } = stranger;
    const reason = `${file} holds results of ${subject}, faults ${profile}, ${nodes ?? 'drawn'} nodes`;
    throw new FiduciaCommandError({ code: 'INVALID_OPTION', option: 'out', reason });
  }
  const descriptor = attempt('write', file, () => {
    if (existsSync(file)) truncateSync(file, wholeLines(readFileSync(file, 'utf8')).length);
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

/**
 * Reads results: lines that {@link openResultFile} wrote, or what `simulate --json` printed.
 *
 * @throws {@link FiduciaCommandError} with `FILE_ACCESS` or `MALFORMED_RECORDING`.
 */
export function readResults(file: string): readonly CampaignSummary[] {
  const text = attempt('read', file, () => readFileSync(file, 'utf8'));
  const lines = wholeLines(text).split('\n').slice(0, -1);
  return lines.map((line, index) => readLine(file, index + 1, line));
}

/** A process that was killed leaves at most one line without an end; its seeds run again. Results are ASCII. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1);
}

/** One line of results, as it stands in files and on the standard output. */
export function formatResultLine(part: CampaignSummary, more: object = {}): string {
  return JSON.stringify({ format: FORMAT, ...part, ...more });
}

function readLine(file: string, line: number, text: string): CampaignSummary {
  const malformed = (reason: string) => new FiduciaCommandError({ code: 'MALFORMED_RECORDING', file, line, reason });
  let value: Partial<CampaignSummary> & { readonly format?: unknown };
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : String(error));
  }
  if (value?.format !== FORMAT) throw malformed(`no result of format ${FORMAT}`);
  if (!isSummary(value)) throw malformed('the result is not complete');
  return value;
}

const COUNTS = ['seeds', 'events', 'medianEvents', 'blocks', 'shortSeeds', 'simulatedMs', 'repeatedSeeds'] as const;

function isSummary(value: Partial<CampaignSummary>): value is CampaignSummary {
  const areCounts = [...COUNTS, 'realSignatureSeeds' as const].every((name) => Number.isSafeInteger(value[name]));
  const areObjects = typeof value.seedsByEvents === 'object' && typeof value.faultCoverage === 'object';
  const areLists = Array.isArray(value.ranges) && Array.isArray(value.violations);
  const isTrace = typeof value.traceHash === 'string' && /^[0-9a-f]{64}$/.test(value.traceHash);
  return areCounts && areObjects && areLists && isTrace && typeof value.subject === 'string';
}

function attempt<T>(operation: 'read' | 'write', file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FiduciaCommandError({ code: 'FILE_ACCESS', operation, file, reason });
  }
}

/**
 * A report as a person reads it.
 *
 * @module
 */
import type { Finding, ItemId } from './item.ts';
import type { ConformanceReport, ItemResult } from './run.ts';

const MARKS = { ok: 'ok  ', failure: 'FAIL', skipped: 'skip' } as const;
const MILLIS_PER_SECOND = 1_000;

/**
 * A report as text: one line per requirement, and below each that failed what is wrong, which rule it breaks, how it
 * came to it, and the command that repeats it.
 * @example
 * ```ts
 * const report = await runConformance(subject, { levels: ['rules'] });
 * console.log(formatReport(report));
 * ```
 */
export function formatReport(report: ConformanceReport): string {
  const { subject, results, isConformant } = report;
  const count = (kind: keyof typeof MARKS): number => results.filter(({ outcome }) => outcome.kind === kind).length;
  const summary = `${count('ok')} met, ${count('failure')} not met, ${count('skipped')} skipped`;
  return [
    `Conformance of ${subject}: ${isConformant ? 'met' : 'NOT MET'}`,
    ...results.flatMap((result) => formatResult(result)),
    summary,
  ].join('\n');
}

/** One requirement as text, with its findings. @param file - Test file that a replay needs to run. */
export function formatResult({ item, title, outcome, durationMs }: ItemResult, file?: string): readonly string[] {
  const seconds = (durationMs / MILLIS_PER_SECOND).toFixed(1);
  const head = `${MARKS[outcome.kind]} ${item} ${title} (${seconds} s)`;
  switch (outcome.kind) {
    case 'ok': {
      const figures = Object.entries(outcome.figures).map(([name, value]) => `${value} ${name}`);
      return figures.length === 0 ? [head] : [head, `       ${figures.join(', ')}`];
    }
    case 'skipped':
      return [head, `       ${outcome.reason}`];
    case 'failure':
      return [head, ...outcome.findings.flatMap((finding) => formatFinding(item, finding, file))];
  }
}

function formatFinding(
  item: ItemId,
  { rule, message, trace, seed }: Finding,
  file: string | undefined,
): readonly string[] {
  const rules = [...new Set([rule, `contract ${item}`])];
  return [
    `     - ${message}`,
    `       rule:   ${rules.join(', ')}`,
    ...trace.map((line, index) => `       ${index === 0 ? 'trace: ' : '       '} ${line}`),
    `       seed:   ${seed}`,
    `       replay: ${replayCommand(item, seed, file)}`,
  ];
}

/** The command that repeats one requirement with one seed. */
function replayCommand(item: ItemId, seed: number, file: string | undefined): string {
  return ['FIDUCIA_SEED=', seed, ' npx vitest run ', file === undefined ? '' : `${file} `, '-t ', item].join('');
}

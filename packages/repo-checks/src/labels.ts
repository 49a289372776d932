/**
 * Rule 10: specification, code and tests speak of the same rules.
 *
 * @module
 */
import { type PackageModel, type RepositoryModel, sourceFiles, testFiles, type Violation } from './model.ts';
import { PENDING_RULES, type PendingRule, TEST_ONLY_RULES, UNTESTED_SECTIONS } from './pending-rules.ts';
import { testTitlesOf } from './syntax.ts';

const LABEL = '[A-Z]{1,3}-?\\d{1,2}(?![\\dA-Za-z])';
const SEPARATOR = '\\s*(?:,|and|to|/|–|-|…)\\s*';

/** A citation such as `trust F8` or a list or range of them after one file name. */
function citationPattern(files: readonly string[]): RegExp {
  return new RegExp(
    `\\b(${files.join('|')})(?:\\.md)?[\`,]?\\s+(?:rules?\\s+)?(${LABEL}(?:${SEPARATOR}${LABEL})*)`,
    'g',
  );
}

/** Labels that a specification defines, in order of appearance. */
export function labelsOf(specification: string): ReadonlySet<string> {
  const labels = new Set<string>();
  const patterns = [
    new RegExp(`\\*\\*(${LABEL})`, 'g'),
    new RegExp(`^\\| (${LABEL}) \\|`, 'gm'),
    new RegExp(`^(${LABEL})\\s`, 'gm'),
  ];
  for (const pattern of patterns) {
    for (const match of specification.matchAll(pattern)) {
      if (match[1] !== undefined) labels.add(match[1]);
    }
  }
  return labels;
}

/** Every `file label` pair that a text cites, lists and ranges expanded. */
export function citationsIn(text: string, files: readonly string[]): ReadonlySet<string> {
  const cited = new Set<string>();
  for (const match of text.matchAll(citationPattern(files))) {
    const [, file = '', list = ''] = match;
    const parts = list.split(new RegExp(`(${SEPARATOR})(?=[A-Z])`));
    for (let index = 0; index < parts.length; index += 2) {
      const label = parts[index] ?? '';
      cited.add(`${file} ${label}`);
      const separator = (parts[index - 1] ?? '').trim();
      if (index > 0 && ['–', '-', '…', 'to'].includes(separator)) {
        for (const between of labelsBetween(parts[index - 2] ?? '', label)) cited.add(`${file} ${between}`);
      }
    }
  }
  return cited;
}

/** Where labels are cited. */
interface Citations {
  /** Anywhere in a source file. */
  readonly inSources: Set<string>;
  /** In the title of a test. */
  readonly inTitles: Set<string>;
}

/**
 * Checks that cited labels exist, that every label of the specifications is cited in source code and in
 * the title of a test, and that the list of rules still to come only shrinks.
 */
export function checkLabels(
  repository: RepositoryModel,
  pending: readonly PendingRule[] = PENDING_RULES,
): readonly Violation[] {
  const files = [...repository.specifications.keys()];
  const known = new Set<string>();
  for (const [file, text] of repository.specifications) {
    for (const label of labelsOf(text)) known.add(`${file} ${label}`);
  }
  const found: Violation[] = [];
  const cited: Citations = { inSources: new Set(), inTitles: new Set() };
  for (const model of repository.packages) {
    // The checks speak of rules in general, and their tests of invented ones.
    if (model.name === 'repo-checks') continue;
    collectCitations(model, files, cited);
    for (const [path, text] of model.files) {
      for (const citation of citationsIn(text, files)) {
        if (known.has(citation) || isVector(citation)) continue;
        const message = `cites ${citation}, which no specification defines`;
        found.push({ rule: 10, where: `${model.name}/${path}`, message });
      }
    }
  }
  const listed = new Set(pending.flatMap((entry) => entry.rules));
  for (const rule of known) {
    if (isExempt(rule) || listed.has(rule)) continue;
    const where = `docs/spec/${rule.split(' ')[0]}.md`;
    if (!cited.inSources.has(rule) && !isTestOnly(rule))
      found.push({ rule: 10, where, message: `${rule} is cited by no source file` });
    if (!cited.inTitles.has(rule)) found.push({ rule: 10, where, message: `${rule} is in no title of a test` });
  }
  for (const rule of listed) {
    const isDone = (cited.inSources.has(rule) || isTestOnly(rule)) && cited.inTitles.has(rule);
    const message = isDone ? 'has code and a test: take it off the list' : 'is in no specification';
    if (isDone || !known.has(rule)) found.push({ rule: 10, where: 'pending-rules.ts', message: `${rule} ${message}` });
  }
  return found;
}

function collectCitations(model: PackageModel, files: readonly string[], { inSources, inTitles }: Citations): void {
  for (const [, text] of sourceFiles(model)) for (const citation of citationsIn(text, files)) inSources.add(citation);
  for (const [path, text] of testFiles(model)) {
    for (const title of testTitlesOf(path, text)) {
      for (const citation of citationsIn(title, files)) inTitles.add(citation);
    }
  }
}

/** Test vectors are numbered in tables of their own and compared by the tests that read them. */
function isVector(citation: string): boolean {
  return /^trust TV\d/.test(citation);
}

function isTestOnly(rule: string): boolean {
  return TEST_ONLY_RULES.some((pattern) => pattern.test(rule));
}

function isExempt(rule: string): boolean {
  return UNTESTED_SECTIONS.some((pattern) => pattern.test(rule));
}

function labelsBetween(first: string, last: string): readonly string[] {
  const [, prefix = '', from = ''] = /^([A-Z]+-?)(\d+)$/.exec(first) ?? [];
  const [, samePrefix = '', until = ''] = /^([A-Z]+-?)(\d+)$/.exec(last) ?? [];
  if (prefix !== samePrefix || from === '' || until === '') return [];
  const labels: string[] = [];
  for (let number = Number(from) + 1; number < Number(until); number++) {
    labels.push(`${prefix}${String(number).padStart(from.length, '0')}`);
  }
  return labels;
}

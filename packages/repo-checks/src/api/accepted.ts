/**
 * Which reports were accepted, with which changesets. A surface that differs from the accepted one is accepted only
 * together with a changeset that names the package and is new or edited since: so no change of a surface goes
 * without a note to users, in a clone without history, tags or a network.
 *
 * @module
 */
import { createHash } from 'node:crypto';

/** What was accepted for one package. */
export interface Accepted {
  /** Hash of the report. */
  readonly report: string;
  /** Hashes of the changesets that named the package. */
  readonly changesets: readonly string[];
}

/** Text of a changeset, by file name. */
export type Changesets = ReadonlyMap<string, string>;

/** First digits of SHA-256: enough to tell texts apart. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Hashes of the changesets that name a package, sorted. */
export function changesetsOf(name: string, changesets: Changesets): readonly string[] {
  const isNamed = (text: string): boolean => {
    const [, header = ''] = text.split(/^---$/m);
    return header
      .split('\n')
      .some((line) => /^['"]?([^'":]+)['"]?:\s*(major|minor|patch)/.exec(line.trim())?.[1] === name);
  };
  return [...changesets.values()].filter(isNamed).map(hashOf).sort();
}

/**
 * Accepts a report.
 *
 * @param before - What was accepted last; `undefined` for a package that is new.
 * @returns What is accepted now, or `undefined` if the surface changed and no changeset tells of it.
 */
export function accept(
  before: Accepted | undefined,
  report: string,
  changesets: readonly string[],
): Accepted | undefined {
  const hash = hashOf(report);
  if (before?.report === hash) return before;
  const isTold = changesets.some((changeset) => !before?.changesets.includes(changeset));
  return isTold ? { report: hash, changesets } : undefined;
}

/**
 * What a planted bug is, and who is expected to notice it (simulation, section 8).
 *
 * @module
 */

/** One change of the text of one source file. */
interface Edit {
  /** Path below `packages/`. */
  readonly file: string;
  /** Text that occurs in the file exactly once. */
  readonly find: string;
  /** What takes its place. */
  readonly replace: string;
}

/** A test of the repository that fails with the bug and passes without it. */
export interface ScenarioKiller {
  readonly kind: 'scenario';
  /** Test file, below `packages/`. */
  readonly file: string;
  /** Part of the full title of the test: what `-t` is given. */
  readonly title: string;
}

/** Where and how a bug is noticed. */
export type Killer = ScenarioKiller;

/** A planted bug in one place. A bug that several plugins can have is one patch for each of them. */
export interface Patch {
  /** Number of the bug, and behind a slash the place if there are several: `MUT-26/pos`. */
  readonly id: string;
  /** Parts of the project that the bug belongs to. */
  readonly appliesTo: string;
  /** What is wrong. */
  readonly title: string;
  /** Changes that make the bug; all of them are made. */
  readonly edits: readonly Edit[];
  /** Who must notice it, the expected one of the specification first. */
  readonly killers: readonly Killer[];
}

/** A bug by its number; it is planted once or in several places. */
export interface Mutant {
  /** Number: `MUT-26`. */
  readonly id: string;
  /** Parts of the project that can have it. */
  readonly appliesTo: string;
  /** What is wrong. */
  readonly title: string;
  /** Who the specification expects to notice it. */
  readonly expected: string;
  /** Whether it is none of the specification, but was added to show that a checker checks. */
  readonly isAdded: boolean;
}

/** A planted bug that waits for the part of the project that it belongs to. */
export interface WaitingMutant {
  /** Number. */
  readonly id: string;
  /** What has to be built first. */
  readonly reason: string;
}

/** Number of the bug that a patch belongs to: `MUT-26` of `MUT-26/pos`. */
export function mutantOf({ id }: Pick<Patch, 'id'>): string {
  return id.split('/', 1)[0] ?? id;
}

/** Makes a killer of a test. */
export function scenario(file: string, title: string): ScenarioKiller {
  return { kind: 'scenario', file, title };
}

/**
 * What a planted bug is, and who is expected to notice it (simulation, section 8).
 *
 * @module
 */
import type { FaultProfile, InvariantId } from '@fiducia/simulator';
import type { ItemId } from '@fiducia/testkit';

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

/** First and last of what is tried, in order. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Fault seeds with all invariants, or with one alone. */
export interface SimulateKiller {
  readonly kind: 'simulate';
  /** Protocol, with `+checkpoint` if the gadget runs beside it. */
  readonly subject: string;
  readonly invariants: 'all' | InvariantId;
  readonly profile: FaultProfile;
  readonly seeds: Range;
  /** Number of nodes, if it is not drawn. */
  readonly nodes?: number;
}

/** Scenarios of twins, in a drawn order. */
export interface TwinsKiller {
  readonly kind: 'twins';
  readonly subject: 'pbft' | 'checkpoint';
  readonly rounds: number;
  readonly positions: Range;
}

/** One item of the conformance kit, with one seed after the other. */
export interface KitKiller {
  readonly kind: 'kit';
  /** Protocol, with `+checkpoint` if the gadget is what the kit judges. */
  readonly subject: string;
  readonly item: ItemId;
  readonly seeds: Range;
}

/** A killer that runs in a program of its own. */
export type ProgramKiller = SimulateKiller | TwinsKiller | KitKiller;

/** Where and how a bug is noticed. */
export type Killer = ScenarioKiller | ProgramKiller;

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

/** Makes a killer of fault seeds, from seed 1 on. */
export function simulate(
  subject: string,
  invariants: SimulateKiller['invariants'] = 'all',
  options: Partial<Pick<SimulateKiller, 'profile' | 'seeds' | 'nodes'>> = {},
): SimulateKiller {
  return { kind: 'simulate', subject, invariants, profile: 'default', seeds: { from: 1, to: SEEDS_MAX }, ...options };
}

/** Makes a killer of scenarios of twins. */
export function twins(subject: TwinsKiller['subject'], positions: Range = { from: 0, to: TWINS_MAX }): TwinsKiller {
  return { kind: 'twins', subject, rounds: TWINS_ROUNDS, positions };
}

/** Makes a killer of an item of the kit. */
export function kit(subject: string, item: ItemId, seeds: Range = { from: 1, to: KIT_SEEDS_MAX }): KitKiller {
  return { kind: 'kit', subject, item, seeds };
}

/** As many as ten minutes have room for; the time is what ends a killer that finds nothing. */
const SEEDS_MAX = 10_000;
const KIT_SEEDS_MAX = 100;
const TWINS_MAX = 100_000;
const TWINS_ROUNDS = 7;

/**
 * Runs the kit.
 *
 * @module
 */
import { CATALOGUE } from './catalogue.ts';
import { KitContext } from './context.ts';
import { describeThrown } from './describe.ts';
import { TestkitError } from './errors.ts';
import { type ConformanceLevel, type Finding, type ItemId, type ItemOutcome, type KitItem, skipped } from './item.ts';
import type { ConformanceSubject } from './subject.ts';

/** What to run of the kit. */
export interface ConformanceOptions {
  /** Levels to run. @defaultValue all */
  readonly levels?: readonly ConformanceLevel[];
  /** Requirements to run, out of those of the levels. @defaultValue all */
  readonly items?: readonly ItemId[];
  /**
   * Seeds: the first decides everything but networks with faults, of which there is one per seed; safe integers of
   * at least 0.
   * @defaultValue [1, 2]
   */
  readonly seeds?: readonly number[];
}

/** What came of one requirement. */
export interface ItemResult {
  /** Which one. */
  readonly item: ItemId;
  /** What it demands. */
  readonly title: string;
  /** Its level. */
  readonly level: ConformanceLevel;
  /** What came of it. */
  readonly outcome: ItemOutcome;
  /** Time that it took, the making of a shared sample included; for people only. */
  readonly durationMs: number;
}

/** What came of all of them. */
export interface ConformanceReport {
  /** Name of the subject. */
  readonly subject: string;
  /** Whether no requirement failed. */
  readonly isConformant: boolean;
  /** One per requirement that was run, in order. */
  readonly results: readonly ItemResult[];
  /** Seeds it was run with. */
  readonly seeds: readonly number[];
}

const SEEDS_DEFAULT = [1, 2] as const;
const LEVELS: readonly ConformanceLevel[] = ['rules', 'engine', 'faults'];

/** The kit and one subject: requirements can be run one by one and share their samples. */
export interface ConformanceSession {
  /** Requirements that the options ask for. */
  readonly items: readonly KitItem[];
  /** Seeds in use. */
  readonly seeds: readonly number[];
  /** Runs one; whatever the plugin does, it resolves. */
  run(item: KitItem): Promise<ItemResult>;
}

/** @throws {@link TestkitError} with `INVALID_OPTION`. */
export function createSession(subject: ConformanceSubject, options: ConformanceOptions = {}): ConformanceSession {
  const { levels, items } = options;
  requireKnown('options.levels', levels, LEVELS);
  requireKnown(
    'options.items',
    items,
    CATALOGUE.map(({ id }) => id),
  );
  const seeds = requireSeeds(options.seeds ?? SEEDS_DEFAULT);
  const context = new KitContext(subject, seeds, items);
  const isWanted = ({ id, level }: KitItem): boolean =>
    (levels === undefined || levels.includes(level)) && (items === undefined || items.includes(id));
  const wanted = CATALOGUE.filter(isWanted);
  if (wanted.length === 0) {
    throw new TestkitError({ code: 'INVALID_OPTION', path: 'options', reason: 'must leave a requirement to try' });
  }
  let isRefused = false;
  /** Whatever else is tried fails for the same reason, so it is said once. */
  const runOrRefuse = async (item: KitItem): Promise<ItemOutcome> => {
    const refusal = isRefused ? undefined : await context.refusal();
    if (isRefused) return skipped('no host starts the plugin');
    isRefused = refusal !== undefined;
    return refusal === undefined ? runTotal(item, context) : { kind: 'failure', findings: [refusal] };
  };
  return {
    items: wanted,
    seeds,
    async run(item) {
      const startedAt = performance.now();
      const outcome = await runOrRefuse(item);
      const { id, title, level } = item;
      return { item: id, title, level, outcome, durationMs: performance.now() - startedAt };
    },
  };
}

/**
 * Holds a plugin against the requirements of contract section 12.
 *
 * Whatever the plugin does, this resolves to a report: a plugin that throws has not met a requirement.
 *
 * @throws {@link TestkitError} with `INVALID_OPTION` for options that make no sense.
 * @see docs/spec/contract.md, section 12.
 * @example
 * ```ts long
 * const report = await runConformance({
 *   name: 'round-robin',
 *   production: { plugin: roundRobin(), config: { slotMs: 1_000 } },
 *   slotMs: 1_000,
 * });
 * console.log(formatReport(report));
 * ```
 */
export async function runConformance(
  subject: ConformanceSubject,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const session = createSession(subject, options);
  const results: ItemResult[] = [];
  for (const item of session.items) results.push(await session.run(item));
  const isConformant = results.every(({ outcome }) => outcome.kind !== 'failure');
  return { subject: subject.name, isConformant, results, seeds: session.seeds };
}

async function runTotal(item: KitItem, context: KitContext): Promise<ItemOutcome> {
  try {
    return await item.run(context);
  } catch (thrown) {
    const refusal = await context.refusalIn(thrown);
    if (refusal !== undefined) return { kind: 'failure', findings: [refusal] };
    const trace =
      thrown instanceof Error && thrown.stack !== undefined ? thrown.stack.split('\n').slice(0, STACK_MAX) : [];
    const message = `the plugin threw where it must not: ${describeThrown(thrown)}`;
    const finding: Finding = { rule: 'contract H-17', message, trace, seed: context.seed };
    return { kind: 'failure', findings: [finding] };
  }
}

const STACK_MAX = 12;

/** A requirement that is misspelt would not be tried, and a report on nothing says that all is met. */
function requireKnown(path: string, given: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = given?.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new TestkitError({
    code: 'INVALID_OPTION',
    path,
    reason: `must not name ${unknown}, but some of ${known.join(', ')}`,
  });
}

function requireSeeds(seeds: readonly number[]): readonly [number, ...number[]] {
  const [first, ...others] = seeds;
  if (first === undefined || !seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)) {
    throw new TestkitError({ code: 'INVALID_OPTION', path: 'options.seeds', reason: 'must be seeds of at least 0' });
  }
  return [first, ...others];
}

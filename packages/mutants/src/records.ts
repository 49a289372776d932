/**
 * Stored kills: who noticed which bug with which seed or test, replayed by `npm test`.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PATCHES } from './catalogue.ts';
import { isKill, type PatchResult } from './gate.ts';
import type { KitFindings } from './kit.ts';
import type { Killer } from './mutant.ts';

/** One stored kill. */
export interface KillRecord {
  readonly killer: Killer;
  /** Seeds, scenarios or tests that it took. */
  readonly runs: number;
  /** Wall-clock time that it took when it was stored. */
  readonly seconds: number;
  /** The seed or position that did it, where there are several. */
  readonly found?: number;
  /** What the killer said. */
  readonly what: string;
}

/** Stored kills by patch, in the order of the killers. */
export type KillRecords = Readonly<Record<string, readonly KillRecord[]>>;

/** Where they are. */
export const RECORDS_PATH: string = fileURLToPath(new URL('../killing-seeds.json', import.meta.url));

const WHAT_LENGTH_MAX = 240;

/** Reads what is stored. */
export function readRecords(): KillRecords {
  return JSON.parse(readFileSync(RECORDS_PATH, 'utf8'));
}

/** The kills among the findings of a patch. */
export function recordsOf({ patch, findings }: PatchResult): readonly [id: string, kills: readonly KillRecord[]] {
  const kills = findings.flatMap((finding): KillRecord[] => {
    const { killer, trial, seconds } = finding;
    if (trial.kind !== 'killed' || !isKill(finding)) return [];
    const { runs, found, what } = trial;
    return [{ killer, runs, seconds, ...(found !== undefined && { found }), what: what.slice(0, WHAT_LENGTH_MAX) }];
  });
  return [patch.id, kills];
}

/** What was stored, with new kills in the place of old ones, in the order of the catalogue. */
export function withRecords(
  records: KillRecords,
  results: readonly (readonly [id: string, kills: readonly KillRecord[]])[],
): KillRecords {
  const fresh = new Map([...Object.entries(records), ...results]);
  return Object.fromEntries(PATCHES.map(({ id }) => [id, fresh.get(id) ?? []]));
}

/** Where it is stored what the kit alone notices. */
export const KIT_FINDINGS_PATH: string = fileURLToPath(new URL('../kit-findings.json', import.meta.url));

/** Reads what the kit alone noticed. */
export function readKitFindings(): KitFindings {
  return JSON.parse(readFileSync(KIT_FINDINGS_PATH, 'utf8'));
}

/** Text of the file, in the order of the catalogue. */
export function encodeKitFindings(findings: KitFindings): string {
  const known = PATCHES.filter(({ id }) => findings[id] !== undefined);
  return `${JSON.stringify(Object.fromEntries(known.map(({ id }) => [id, findings[id]])), null, 2)}\n`;
}

/** Text of the file. */
export function encodeRecords(records: KillRecords): string {
  return `${JSON.stringify(records, null, 2)}\n`;
}

/** A stored kill and the patch that it is of. */
export interface Replay {
  readonly id: string;
  /** `undefined` if none is stored. */
  readonly record: KillRecord | undefined;
}

/**
 * What is worth repeating: the cheapest kill of every patch, and one by every checker that runs alone, so that none of
 * them can fall asleep.
 */
export function replaysOf(records: KillRecords): readonly Replay[] {
  const replays: Replay[] = PATCHES.map(({ id }) => ({ id, record: cheapestOf(records[id] ?? []) }));
  const awake = new Set(replays.flatMap(({ record }) => checkerOf(record?.killer) ?? []));
  const all = PATCHES.flatMap(({ id }) => (records[id] ?? []).map((record) => ({ id, record })));
  // What took few runs takes few again when the draws have moved.
  for (const replay of all.toSorted((a, b) => a.record.runs - b.record.runs)) {
    const checker = checkerOf(replay.record.killer);
    if (checker === undefined || awake.has(checker)) continue;
    awake.add(checker);
    replays.push(replay);
  }
  return replays;
}

/** The invariant or item of the kit that a killer runs alone. */
export function checkerOf(killer: Killer | undefined): string | undefined {
  if (killer?.kind === 'kit') return killer.item;
  return killer?.kind === 'simulate' && killer.invariants !== 'all' ? killer.invariants : undefined;
}

/**
 * The kill that takes the least time to repeat: where it took many runs, only the last of them is repeated. A test that
 * was made for the bug comes first, since what a seed means moves with the simulator.
 */
export function cheapestOf(kills: readonly KillRecord[]): KillRecord | undefined {
  const costOf = ({ killer, runs, seconds }: KillRecord): number =>
    killer.kind === 'scenario' && seconds < DIRECTED_SECONDS_MAX ? 0 : seconds / runs;
  return kills.toSorted((a, b) => costOf(a) - costOf(b))[0];
}

const DIRECTED_SECONDS_MAX = 30;

/** The killer of a stored kill, with nothing to try but what killed, and a little more in case the draws have moved. */
export function replayOf({ killer, found }: KillRecord): Killer {
  if (found === undefined) return killer;
  const few = { from: found, to: found + SPARE_RUNS };
  switch (killer.kind) {
    case 'scenario':
      return killer;
    case 'simulate':
    case 'kit':
      return { ...killer, seeds: few };
    case 'twins':
      return { ...killer, positions: few };
  }
}

/** Whoever adds a fault to the simulator shifts what seeds mean; the kill is then stored anew, but nobody is alarmed. */
const SPARE_RUNS = 19;

/**
 * Market input: what every participant forecast and metered in every market slot (energy DM2).
 *
 * @module
 */
import { parse } from 'csv-parse/sync';
import { FiduciaCommandError } from '../failure.ts';

/** Role of a market participant, given by the prefix of its name (energy DM2). */
export type ParticipantRole = 'WIND' | 'PV' | 'HYDRO' | 'INTEGRATED' | 'USER';

/** A participant of the input. */
export interface InputParticipant {
  /** Column prefix, e.g. `wind1`; also its id on the chain. */
  readonly name: string;
  readonly role: ParticipantRole;
}

/** One market slot of the input. */
export interface MarketRow {
  readonly season: string;
  /** Day of the week, 0 to 6. */
  readonly day: number;
  /** Quarter of an hour of the day, 0 to 95. */
  readonly slot: number;
  /** Metered net energy in Wh, + = taken from the grid, in the order of the participants. */
  readonly actualWh: readonly number[];
  /** Forecast net energy in Wh, same sign and order. */
  readonly forecastWh: readonly number[];
}

/** A complete input, rows in time order. */
export interface MarketInput {
  /** Where it came from, for messages and reports. */
  readonly source: string;
  /** Path of the file it was read from; absent for the built-in community. */
  readonly file?: string;
  readonly participants: readonly InputParticipant[];
  readonly rows: readonly MarketRow[];
}

/** Orders carry the participant's index as two digits (energy DM1). */
export const INPUT_PARTICIPANTS_MAX = 100;

/** Largest absolute value of a cell: the largest order (energy UN1). */
export const INPUT_WH_MAX = 1_000_000_000;

const KEY_COLUMNS = ['season', 'day', 'slot'] as const;
const ACTUAL_SUFFIX = '_actual_net_wh';
const FORECAST_SUFFIX = '_forecast_net_wh';
const NAME_PATTERN = /^(wind|pv|hydro|integrated|user)[a-z0-9]{0,16}$/;
const INTEGER_PATTERN = /^-?(0|[1-9][0-9]{0,9})$/;
const DAYS_PER_SEASON = 7;
const SLOTS_PER_DAY = 96;

const ROLES: ReadonlyMap<string, ParticipantRole> = new Map([
  ['wind', 'WIND'],
  ['pv', 'PV'],
  ['hydro', 'HYDRO'],
  ['integrated', 'INTEGRATED'],
  ['user', 'USER'],
]);

/** A record with the physical line on which it ended. */
interface Line {
  readonly number: number;
  readonly cells: readonly string[];
}

/**
 * Parses market input in the format of energy DM2.
 *
 * @param bytes - The file, UTF-8.
 * @param source - Name of the file, for messages.
 * @throws {@link FiduciaCommandError} with `MALFORMED_INPUT`, naming file, line, column and reason.
 * @see docs/spec/energy.md, rule DM2.
 */
export function parseMarketInput(bytes: Uint8Array, source: string): MarketInput {
  const [header, ...lines] = readLines(bytes, source);
  if (header === undefined) throw malformed(source, 1, 'season', 'the file is empty');
  const participants = parseHeader(header, source);
  if (lines.length === 0) throw malformed(source, header.number + 1, 'season', 'there is no row below the header');

  const rows: MarketRow[] = [];
  const seasons = new Set<string>();
  for (const line of lines) {
    const row = parseRow(line, header.cells, source);
    requireNextSlot(row, rows.at(-1), seasons, line.number, source);
    seasons.add(row.season);
    rows.push(row);
  }
  return { source, participants, rows };
}

function readLines(bytes: Uint8Array, source: string): Line[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed(source, 1, 'season', 'the file is not UTF-8 text');
  }
  try {
    const records = parse(text, { info: true, relaxColumnCount: true, skipEmptyLines: false }) as unknown as {
      readonly record: readonly string[];
      readonly info: { readonly lines: number };
    }[];
    return records.map(({ record, info }) => ({ number: info.lines, cells: record }));
  } catch (error) {
    const { lines = 1, column = 0, message } = error as { lines?: number; column?: number; message: string };
    throw malformed(source, lines, `field ${Number(column) + 1}`, message);
  }
}

function parseHeader({ number, cells }: Line, source: string): InputParticipant[] {
  KEY_COLUMNS.forEach((name, index) => {
    if (cells[index] !== name) throw malformed(source, number, name, `column ${index + 1} must be "${name}"`);
  });

  const names = cells
    .filter((cell) => cell.endsWith(ACTUAL_SUFFIX))
    .map((cell) => cell.slice(0, -ACTUAL_SUFFIX.length));
  if (names.length === 0) throw malformed(source, number, `*${ACTUAL_SUFFIX}`, 'there is no participant');
  if (names.length > INPUT_PARTICIPANTS_MAX) {
    const surplus = `${names[INPUT_PARTICIPANTS_MAX]}${ACTUAL_SUFFIX}`;
    throw malformed(source, number, surplus, `there are more than ${INPUT_PARTICIPANTS_MAX} participants`);
  }

  const expected = [
    ...KEY_COLUMNS,
    ...names.map((name) => name + ACTUAL_SUFFIX),
    ...names.map((name) => name + FORECAST_SUFFIX),
  ];
  for (let index = 0; index < Math.max(expected.length, cells.length); index++) {
    const [want, have] = [expected[index], cells[index]];
    if (want === undefined) throw malformed(source, number, have ?? '', 'this column is not part of the format');
    if (have !== want) {
      const found = have === undefined ? 'is missing' : `must stand here, but "${have}" does`;
      throw malformed(source, number, want, `the column "${want}" ${found}`);
    }
  }
  return names.map((name, index) => {
    if (names.indexOf(name) !== index) throw malformed(source, number, name, `participant "${name}" appears twice`);
    return parseParticipant(name, number, source);
  });
}

function parseParticipant(name: string, line: number, source: string): InputParticipant {
  const role = ROLES.get(NAME_PATTERN.exec(name)?.[1] ?? '');
  if (role === undefined) {
    const reason =
      'a name starts with wind, pv, hydro, integrated or user and goes on in lower-case letters and digits';
    throw malformed(source, line, name + ACTUAL_SUFFIX, reason);
  }
  return { name, role };
}

function parseRow({ number, cells }: Line, columns: readonly string[], source: string): MarketRow {
  if (cells.length !== columns.length) {
    const column = columns[Math.min(cells.length, columns.length - 1)] ?? '';
    throw malformed(source, number, column, `the row has ${cells.length} fields, the header ${columns.length}`);
  }
  const integerAt = (index: number, min: number, max: number): number => {
    const cell = cells[index] ?? '';
    const value = Number(cell);
    if (!INTEGER_PATTERN.test(cell) || cell === '-0') {
      throw malformed(source, number, columns[index] ?? '', `"${cell}" is not an integer`);
    }
    if (value < min || value > max) {
      throw malformed(source, number, columns[index] ?? '', `${cell} is outside ${min} to ${max}`);
    }
    return value;
  };

  const season = cells[0] ?? '';
  if (season === '') throw malformed(source, number, 'season', 'the season is empty');
  const participants = (columns.length - KEY_COLUMNS.length) / 2;
  const energyAt = (offset: number) =>
    Array.from({ length: participants }, (_, index) =>
      integerAt(KEY_COLUMNS.length + offset + index, -INPUT_WH_MAX, INPUT_WH_MAX),
    );
  return {
    season,
    day: integerAt(1, 0, DAYS_PER_SEASON - 1),
    slot: integerAt(2, 0, SLOTS_PER_DAY - 1),
    actualWh: energyAt(0),
    forecastWh: energyAt(participants),
  };
}

/** A season starts with day 0, slot 0, has no gaps and ends with a whole day; it never returns. */
function requireNextSlot(
  row: MarketRow,
  previous: MarketRow | undefined,
  seasons: ReadonlySet<string>,
  line: number,
  source: string,
): void {
  const position = (season: string, day: number, slot: number) => `${season}, day ${day}, slot ${slot}`;
  const found = position(row.season, row.day, row.slot);
  if (previous === undefined || row.season !== previous.season) {
    if (seasons.has(row.season)) {
      throw malformed(source, line, 'season', `rows out of order: season "${row.season}" was finished before`);
    }
    if (previous !== undefined && previous.slot !== SLOTS_PER_DAY - 1) {
      const missing = position(previous.season, previous.day, previous.slot + 1);
      throw malformed(source, line, 'season', `rows out of order: expected ${missing}, found ${found}`);
    }
  }
  const sameSeason = previous !== undefined && row.season === previous.season;
  const ordinal = sameSeason ? previous.day * SLOTS_PER_DAY + previous.slot + 1 : 0;
  const [day, slot] = [Math.floor(ordinal / SLOTS_PER_DAY), ordinal % SLOTS_PER_DAY];
  if (row.day === day && row.slot === slot) return;

  const column = row.day === day ? 'slot' : 'day';
  const expected = position(row.season, day, slot);
  throw malformed(source, line, column, `rows out of order: expected ${expected}, found ${found}`);
}

function malformed(file: string, line: number, column: string, reason: string): FiduciaCommandError {
  return new FiduciaCommandError({ code: 'MALFORMED_INPUT', file, line, column, reason });
}

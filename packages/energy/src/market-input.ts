/**
 * Parser of market input (energy DM2): metered and forecast energy of a community, as text.
 *
 * The format is closed, without quoting or options, so a line is split at its commas and everything else is
 * refused with its place.
 *
 * @module
 */
import { EnergyError } from './errors.ts';
import type { MarketRole } from './params.ts';
import { isMarketId, type MarketId, ORDER_WH_MAX, type WattHours } from './units.ts';

/** A participant of the input; its role comes from the prefix of its name. */
export interface MarketInputParticipant {
  /** Name of its columns, and its id in the market. */
  readonly id: MarketId;
  /** Role by prefix: `wind`, `pv`, `hydro`, `integrated`, `user`. */
  readonly role: MarketRole;
}

/** One quarter of an hour of the input. */
export interface MarketInputRow {
  /** Label of the week. */
  readonly season: string;
  /** Day of the week, 0 to 6. */
  readonly day: number;
  /** Quarter of the day, 0 to 95. */
  readonly slot: number;
  /** Metered net Wh per participant, in the order of {@link MarketInput.participants}; + is import. */
  readonly actualWh: readonly WattHours[];
  /** Forecast net Wh per participant. */
  readonly forecastWh: readonly WattHours[];
}

/** Parsed market input. */
export interface MarketInput {
  /** In column order, which is the index k of energy DM1. */
  readonly participants: readonly MarketInputParticipant[];
  /** In time order. */
  readonly rows: readonly MarketInputRow[];
}

/** Longest input text in characters. */
export const MARKET_INPUT_CHARACTERS_MAX = 64 * 1024 * 1024;

/** Most participants of one input. */
export const MARKET_INPUT_PARTICIPANTS_MAX = 1_000;

/** Most rows of one input. */
export const MARKET_INPUT_ROWS_MAX = 400_000;

/**
 * Parses the text of a market input file.
 *
 * @throws {@link EnergyError} with `INPUT`, naming line, column and reason; the caller adds the file's name.
 * @see docs/spec/energy.md, rule DM2.
 * @example
 * ```ts
 * const input = parseMarketCsv(
 *   'season,day,slot,wind1_actual_net_wh,wind1_forecast_net_wh\nwinter,0,0,-1949,-2048\n',
 * );
 * input.rows[0]?.forecastWh; // [-2048]
 * ```
 */
export function parseMarketCsv(text: string): MarketInput {
  if (text.length > MARKET_INPUT_CHARACTERS_MAX) fail(1, 0, `longer than ${MARKET_INPUT_CHARACTERS_MAX} characters`);
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > MARKET_INPUT_ROWS_MAX + 1) fail(lines.length, 0, `more than ${MARKET_INPUT_ROWS_MAX} rows`);

  const participants = parseHeader(lines[0] ?? '');
  const rows: MarketInputRow[] = [];
  const seasons = new Set<string>();
  for (const [index, line] of lines.slice(1).entries()) {
    const lineNumber = index + 2;
    const row = parseRow(line, lineNumber, participants.length);
    requireOrder(row, rows.at(-1), seasons, lineNumber);
    seasons.add(row.season);
    rows.push(row);
  }
  if (rows.length === 0) fail(2, 0, 'no rows');
  return { participants, rows };
}

const KEY_COLUMNS = ['season', 'day', 'slot'] as const;
const ACTUAL = '_actual_net_wh';
const FORECAST = '_forecast_net_wh';
const ROLE_PREFIXES: readonly (readonly [prefix: string, role: MarketRole])[] = [
  ['wind', 'WIND'],
  ['pv', 'PV'],
  ['hydro', 'HYDRO'],
  ['integrated', 'INTEGRATED'],
  ['user', 'USER'],
];
const SEASON_CHARACTERS_MAX = 32;

function parseHeader(line: string): readonly MarketInputParticipant[] {
  const columns = line.split(',');
  for (const [index, name] of KEY_COLUMNS.entries()) {
    if (columns[index] !== name) fail(1, index + 1, `expected column ${name}`);
  }
  const participants: MarketInputParticipant[] = [];
  const names = new Set<string>();
  for (const [index, column] of columns.entries()) {
    if (index < KEY_COLUMNS.length || !column.endsWith(ACTUAL)) continue;
    if (index !== KEY_COLUMNS.length + participants.length) fail(1, index + 1, 'actual columns must come first');
    const id = column.slice(0, -ACTUAL.length);
    const role = ROLE_PREFIXES.find(([prefix]) => id.startsWith(prefix))?.[1];
    if (role === undefined || !isMarketId(id)) return fail(1, index + 1, `${JSON.stringify(id)} names no known role`);
    if (names.has(id)) fail(1, index + 1, `participant ${id} appears twice`);
    names.add(id);
    participants.push({ id, role });
  }
  if (participants.length === 0) fail(1, KEY_COLUMNS.length + 1, `expected a column <name>${ACTUAL}`);
  if (participants.length > MARKET_INPUT_PARTICIPANTS_MAX) {
    fail(1, 0, `more than ${MARKET_INPUT_PARTICIPANTS_MAX} participants`);
  }
  const first = KEY_COLUMNS.length + participants.length;
  for (const [index, { id }] of participants.entries()) {
    if (columns[first + index] !== id + FORECAST) fail(1, first + index + 1, `expected column ${id}${FORECAST}`);
  }
  if (columns.length > first + participants.length) fail(1, first + participants.length + 1, 'unexpected column');
  return participants;
}

function parseRow(line: string, lineNumber: number, participantCount: number): MarketInputRow {
  const fields = line.split(',');
  const wanted = KEY_COLUMNS.length + 2 * participantCount;
  if (fields.length < wanted) fail(lineNumber, fields.length + 1, `missing: ${wanted} fields expected`);
  if (fields.length > wanted) fail(lineNumber, wanted + 1, `unexpected: ${wanted} fields expected`);
  const season = fields[0] ?? '';
  if (season === '' || season.length > SEASON_CHARACTERS_MAX) {
    fail(lineNumber, 1, `season must have 1 to ${SEASON_CHARACTERS_MAX} characters`);
  }
  const integer = (index: number, min: number, max: number): number => {
    const field = fields[index] ?? '';
    // One spelling per number: no sign but minus, no leading zero, no minus zero.
    const value = /^(0|-?[1-9][0-9]{0,9})$/.test(field) ? Number(field) : Number.NaN;
    if (value >= min && value <= max) return value;
    return fail(lineNumber, index + 1, `${JSON.stringify(field.slice(0, 32))} is not an integer from ${min} to ${max}`);
  };
  const energies = (first: number): readonly WattHours[] =>
    Array.from({ length: participantCount }, (_, index) => integer(first + index, -ORDER_WH_MAX, ORDER_WH_MAX));
  return {
    season,
    day: integer(1, 0, 6),
    slot: integer(2, 0, 95),
    actualWh: energies(KEY_COLUMNS.length),
    forecastWh: energies(KEY_COLUMNS.length + participantCount),
  };
}

function requireOrder(
  row: MarketInputRow,
  previous: MarketInputRow | undefined,
  seasons: ReadonlySet<string>,
  lineNumber: number,
): void {
  if (previous === undefined) return;
  if (row.season !== previous.season) {
    if (seasons.has(row.season)) fail(lineNumber, 1, `season ${row.season} appeared before`);
    return;
  }
  if (row.day < previous.day) fail(lineNumber, 2, `day ${row.day} after day ${previous.day}`);
  if (row.day === previous.day && row.slot <= previous.slot) {
    fail(lineNumber, 3, `slot ${row.slot} after slot ${previous.slot}`);
  }
}

function fail(line: number, column: number, reason: string): never {
  throw new EnergyError({ code: 'INPUT', line, column, reason });
}

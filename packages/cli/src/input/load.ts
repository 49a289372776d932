/**
 * Where market input comes from: a file, or the built-in generator.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { isEnergyError, type MarketInput, parseMarketCsv } from '@fiducia/energy';
import { FiduciaCommandError } from '../failure.ts';
import { generateCommunityCsv } from './weather/community.ts';

/** Market input with its origin. */
export interface DemoInput {
  /** Participants and rows (energy DM2). */
  readonly market: MarketInput;
  /** Where it came from, for people. */
  readonly source: string;
  /** Path of the file it was read from; absent for the built-in community. */
  readonly file?: string;
}

const BUILT_IN_SOURCE =
  'built-in community, generated from the Seattle weather series of vega-datasets (NOAA NCDC, public domain)';

/** Largest input file: more than a hundred times the four weeks of the built-in community. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** The built-in community of energy 18.3, through the same parser as a file. */
export function builtInInput(): DemoInput {
  return { market: parseMarketCsv(generateCommunityCsv()), source: BUILT_IN_SOURCE };
}

/**
 * Reads market input from a file in the format of energy DM2.
 *
 * @throws {@link FiduciaCommandError} with `FILE_ACCESS`, or with `MALFORMED_INPUT` naming file, line, column and
 *   reason.
 */
export async function readInputFile(file: string): Promise<DemoInput> {
  return { market: parseInput(await readText(file), file), source: file, file };
}

async function readText(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readBounded(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FiduciaCommandError({ code: 'FILE_ACCESS', operation: 'read', file, reason });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FiduciaCommandError({
      code: 'MALFORMED_INPUT',
      file,
      line: 1,
      column: 1,
      reason: 'the file is not UTF-8',
    });
  }
}

/** Devices and pipes have no size to ask for, so it is counted on the way. */
async function readBounded(file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > FILE_BYTES_MAX) throw new Error(`it is larger than ${FILE_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseInput(text: string, file: string): MarketInput {
  try {
    return parseMarketCsv(text);
  } catch (error) {
    if (!isEnergyError(error, 'INPUT') || error.data.code !== 'INPUT') throw error;
    const { line, column, reason } = error.data;
    const columnName = text.slice(0, text.indexOf('\n')).split(',')[column - 1];
    const place = columnName === undefined || line === 1 ? { line, column } : { line, column, columnName };
    throw new FiduciaCommandError({ code: 'MALFORMED_INPUT', file, ...place, reason });
  }
}

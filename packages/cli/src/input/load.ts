/**
 * Where market input comes from: a file, or the built-in generator.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { FiduciaCommandError } from '../failure.ts';
import { type MarketInput, parseMarketInput } from './market-input.ts';
import { generateCommunityCsv } from './weather/community.ts';

const BUILT_IN_SOURCE =
  'built-in community, generated from the Seattle weather series of vega-datasets (NOAA NCDC, public domain)';

/** The built-in community of energy 18.3, through the same parser as a file. */
export function builtInInput(): MarketInput {
  return parseMarketInput(new TextEncoder().encode(generateCommunityCsv()), BUILT_IN_SOURCE);
}

/**
 * Reads market input from a file in the format of energy DM2.
 *
 * @throws {@link FiduciaCommandError} with `FILE_ACCESS` or `MALFORMED_INPUT`.
 */
export async function readInputFile(path: string): Promise<MarketInput> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FiduciaCommandError({ code: 'FILE_ACCESS', operation: 'read', file: path, reason });
  }
  return { ...parseMarketInput(bytes, path), file: path };
}

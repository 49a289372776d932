/**
 * The command `fiducia replay`.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createCrypto } from '@fiducia/crypto';
import { createRecordReplayer, isHostError, type RecordDifference, type RecordReplayer } from '@fiducia/host';
import { bold, dim, green, red } from 'yoctocolors';
import { FiduciaCommandError } from '../failure.ts';
import { formatCount } from '../format.ts';
import { tryParseJson } from '../json.ts';
import { allPlugins } from '../plugins.ts';
import { createLiveLine } from '../terminal/progress.ts';
import { type CommandStreams, isTerminal, writeText } from './io.ts';
import { linesOf } from './lines.ts';
import { isStoredSeed, replaySeed } from './replay-seed.ts';

/** Options as the command line gives them. */
export interface ReplayCommandOptions {
  readonly json?: boolean;
}

/** What a replay found. */
interface ReplayResult {
  readonly file: string;
  readonly engines: number;
  readonly calls: number;
  /** Whether the recording ended at its greatest size. */
  readonly cutOff: boolean;
  /** Whether it ends in the midst of a line, as after a power failure; that line was left out. */
  readonly torn: boolean;
  readonly difference: RecordDifference | null;
}

/** Lines between two redrawings of the progress. */
const LINES_PER_UPDATE = 256;

/** Repeats a recording through the same engines, or a stored seed, and shows the first difference. */
export async function runReplayCommand(
  file: string,
  { json = false }: ReplayCommandOptions,
  streams: CommandStreams,
): Promise<void> {
  const { stdout } = streams;
  await sizeOf(file);
  if (isStoredSeed(file)) return await replaySeed(file, json, streams);
  const result = await replayFile(file, !json && isTerminal(stdout) ? stdout : null);
  writeText(stdout, json ? `${JSON.stringify(result)}\n` : formatResult(result));
  if (result.difference !== null) {
    const reason = `line ${result.difference.line} of the recording gives other effects now`;
    throw new FiduciaCommandError({ code: 'REPLAY_DIFFERS', reason });
  }
}

async function replayFile(file: string, terminal: NodeJS.WriteStream | null): Promise<ReplayResult> {
  const { sha256 } = await createCrypto();
  const replayer = createRecordReplayer({ plugins: allPlugins(), sha256 });
  const view = terminal === null ? null : createLiveLine(terminal);
  try {
    const size = await sizeOf(file);
    const end = await replayLines(file, replayer, (bytes) =>
      view?.update(bytes / size, `${formatCount(replayer.calls())} calls replayed`),
    );
    return {
      file,
      engines: replayer.engines(),
      calls: replayer.calls(),
      cutOff: replayer.isCutOff(),
      ...end,
    };
  } finally {
    view?.close();
  }
}

async function replayLines(
  file: string,
  replayer: RecordReplayer,
  onProgress: (bytes: number) => void,
): Promise<Pick<ReplayResult, 'torn' | 'difference'>> {
  const stream = createReadStream(file, 'utf8');
  let number = 0;
  try {
    for await (const { text, hasEnd } of linesOf(piecesOf(file, stream))) {
      number += 1;
      if (number > 1 && !hasEnd && tryParseJson(text) === undefined) return { torn: true, difference: null };
      const difference = replayLine(file, replayer, text);
      if (difference !== null) return { torn: false, difference };
      if (number % LINES_PER_UPDATE === 0) onProgress(stream.bytesRead);
    }
  } finally {
    stream.destroy();
  }
  if (number === 0) throw malformed(file, 1, 'the file is empty');
  return { torn: false, difference: null };
}

/** A file can be opened and fail further on. */
async function* piecesOf(file: string, stream: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* stream;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function replayLine(file: string, replayer: RecordReplayer, line: string): RecordDifference | null {
  try {
    return replayer.line(line);
  } catch (error) {
    if (isHostError(error) && error.data.code === 'RECORD_INVALID') {
      throw malformed(file, error.data.line, error.data.reason);
    }
    if (isHostError(error) && error.data.code === 'PLUGIN_MISSING') {
      throw malformed(file, replayer.lines(), `no plugin ${error.data.plugin} here, or another major version of it`);
    }
    throw error;
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): FiduciaCommandError {
  const reason = error instanceof Error ? error.message : String(error);
  return new FiduciaCommandError({ code: 'FILE_ACCESS', operation: 'read', file, reason });
}

function malformed(file: string, line: number, reason: string): FiduciaCommandError {
  return new FiduciaCommandError({ code: 'MALFORMED_RECORDING', file, line, reason });
}

function formatResult({ file, engines, calls, cutOff, torn, difference }: ReplayResult): string {
  const verdict = difference === null ? green('equal effects') : red('DIFFERENT');
  const lines = [
    bold(`Fiducia replay of ${file}`),
    '',
    `  ${dim('Calls'.padEnd(17))}${formatCount(calls)} of ${engines} ${engines === 1 ? 'engine' : 'engines'}`,
    `  ${dim('Effects'.padEnd(17))}${verdict}`,
    ...(cutOff ? [`  ${dim('Recording'.padEnd(17))}ended at its greatest size`] : []),
    ...(torn ? [`  ${dim('Recording'.padEnd(17))}ends in the midst of a line, which was left out`] : []),
    ...(difference === null ? [] : ['', ...formatDifference(difference)]),
  ];
  return `${lines.join('\n')}\n`;
}

function formatDifference(difference: RecordDifference): readonly string[] {
  const { line, kind, era, protocol, now, input, index, recorded, replayed, failure } = difference;
  const call = kind === 'engineStarted' ? 'start' : 'on';
  return [
    `  Line ${line}: ${protocol}, era ${era}, ${call} at ${now}, effect ${index}`,
    `    input    ${JSON.stringify(input)}`,
    `    recorded ${JSON.stringify(recorded)}`,
    `    replayed ${failure === undefined ? JSON.stringify(replayed) : `threw: ${failure}`}`,
  ];
}

/**
 * Transcripts as text: commands, each with what it is expected to print.
 *
 * @module
 */
import { SimulationError } from '../errors.ts';

/** One command of a transcript. */
export interface TranscriptCommand {
  /** Comments above it, with the blank lines among them. */
  readonly above: string;
  /** Its line in the file, from 1. */
  readonly line: number;
  /** First word. */
  readonly name: string;
  /** Words without `=`, behind the first. */
  readonly words: readonly string[];
  /** Words `key=value`. */
  readonly settings: ReadonlyMap<string, string>;
}

/** A transcript without what its commands are expected to print. */
export interface Transcript {
  readonly commands: readonly TranscriptCommand[];
  /** Comments behind the last output, with the blank lines among them. */
  readonly below: string;
}

/** What stands between a command and its output. */
export const SEPARATOR = '----';
const LINES_MAX = 100_000;

/**
 * Reads the commands of a transcript; what they are expected to print is for the caller to compare.
 *
 * @throws {@link SimulationError} with `TRANSCRIPT_INVALID`.
 */
export function parseTranscript(text: string): Transcript {
  const lines = text.split('\n');
  if (lines.length > LINES_MAX) throw invalid(LINES_MAX, 'too many lines');
  const commands: TranscriptCommand[] = [];
  let above: string[] = [];
  let isOutput = false;
  for (const [index, line] of lines.entries()) {
    if (isOutput) {
      isOutput = line !== '';
      if (!isOutput) above = [];
    } else if (line === SEPARATOR) {
      if (commands.length === 0 || above.length > 0) throw invalid(index + 1, 'output without a command');
      isOutput = true;
    } else if (line === '' || line.startsWith('#')) {
      above.push(line);
    } else {
      commands.push({ above: commentsOf(above), line: index + 1, ...readCommand(line, index + 1) });
      above = [];
    }
  }
  if (isOutput) above = [];
  while (above.at(-1) === '') above.pop();
  return { commands, below: commentsOf(above) };
}

/** @throws {@link SimulationError} with `TRANSCRIPT_INVALID`. */
export function invalid(line: number, reason: string): SimulationError {
  return new SimulationError({ code: 'TRANSCRIPT_INVALID', line, reason });
}

function commentsOf(lines: readonly string[]): string {
  const first = lines.findIndex((line) => line !== '');
  return (first < 0 ? [] : lines.slice(first)).map((line) => `${line}\n`).join('');
}

function readCommand(line: string, number: number): Pick<TranscriptCommand, 'name' | 'words' | 'settings'> {
  const [name = '', ...rest] = line.trim().split(/\s+/);
  const settings = new Map<string, string>();
  const words: string[] = [];
  for (const word of rest) {
    const at = word.indexOf('=');
    const key = word.slice(0, Math.max(0, at));
    if (settings.has(key)) throw invalid(number, `${key} is set twice`);
    if (at < 0) words.push(word);
    else settings.set(key, word.slice(at + 1));
  }
  return { name, words, settings };
}

/**
 * What a command may touch outside itself.
 *
 * @module
 */

import { stripVTControlCharacters } from 'node:util';

/** Streams of a command; tests pass their own. */
export interface CommandStreams {
  /** Results, and nothing else. */
  readonly stdout: NodeJS.WritableStream;
  /** Notes and failures. */
  readonly stderr: NodeJS.WritableStream;
}

/** Whether a stream is a terminal, which can be redrawn. */
export function isTerminal(stream: NodeJS.WritableStream): stream is NodeJS.WriteStream {
  return 'isTTY' in stream && stream.isTTY === true;
}

/** Writes text, without its colours unless the stream is a terminal or `FORCE_COLOR` asks for them. */
export function writeText(stream: NodeJS.WritableStream, text: string): void {
  const keepsColours = isTerminal(stream) || process.env.FORCE_COLOR !== undefined;
  stream.write(keepsColours ? text : stripVTControlCharacters(text));
}

/**
 * Lets a command end in peace when nobody reads its output any more, as behind `| head`; reports are still
 * written. Any other failure of the stream stays fatal.
 */
export function ignoreClosedPipe(stream: NodeJS.WritableStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/**
 * What a command may touch outside itself.
 *
 * @module
 */

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

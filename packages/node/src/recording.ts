/**
 * A file with every engine call of a node, to be replayed elsewhere.
 *
 * @module
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { ConsensusPlugin, HashFunction } from '@fiducia/consensus';
import { createRecordWriter, type HostRecord } from '@fiducia/host';
import { NodeError } from './errors.ts';

/** Where and how much to record. */
export interface RecordingOptions {
  /** File to write. It must not exist: a recording begins with the start of a node. */
  readonly file: string;
  /**
   * Size at which recording ends, in bytes of at least 1; the node goes on, and what was written still replays.
   * @default 1 073 741 824 (1 GiB)
   */
  readonly bytesMax?: number;
}

/** An open recording. */
export interface Recording {
  /** The `recorder` of a host. */
  readonly recorder: (record: HostRecord) => void;
  /** Closes the file; what comes later is not recorded. */
  close(): void;
}

const BYTES_MAX = 1_073_741_824;
/** Readers learn that the rest is missing on purpose. */
const ENDED = JSON.stringify({ kind: 'recordingEnded' });

/**
 * Opens a recording. Every line is handed to the operating system before the effects of the call are carried out,
 * so that the last call before a crash of the process is in it.
 *
 * A disk that takes no more fails the host like any other port (contract H-43): a node that was asked to be
 * recorded does not go on unrecorded. The `cause` of its error is a {@link NodeError} with `RECORDING_FAILED`, too.
 *
 * @throws {@link NodeError} with `RECORDING_FAILED` if the file exists or cannot be made, or for a size below 1.
 */
export function openRecording(
  options: RecordingOptions & { readonly plugins: readonly ConsensusPlugin[]; readonly sha256: HashFunction },
): Recording {
  const { file, bytesMax = BYTES_MAX, plugins, sha256 } = options;
  if (!Number.isSafeInteger(bytesMax) || bytesMax < 1) throw failed(file, 'bytesMax must be an integer of at least 1');
  let descriptor: number | null = create(file);
  let bytesLeft = bytesMax;

  const write = (line: string): void => {
    const open = descriptor;
    if (open === null) return;
    const isLast = bytesLeft <= 0;
    const bytes = new TextEncoder().encode(`${isLast ? ENDED : line}\n`);
    bytesLeft -= bytes.length;
    attempt(file, () => writeAll(open, bytes));
    if (isLast) close();
  };
  const close = (): void => {
    if (descriptor !== null) closeSync(descriptor);
    descriptor = null;
  };
  return { recorder: createRecordWriter({ plugins, sha256, write }), close };
}

function create(file: string): number {
  return attempt(file, () => openSync(file, 'wx'));
}

function attempt<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw failed(file, error instanceof Error ? error.message : String(error));
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(descriptor, bytes, offset);
}

function failed(file: string, reason: string): NodeError {
  return new NodeError({ code: 'RECORDING_FAILED', file, reason });
}

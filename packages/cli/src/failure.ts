/**
 * Failures of the command: what happened, why, and what to do next.
 *
 * @module
 */

/** Exit codes of the command `fiducia`; part of its interface, see the README. */
export const EXIT_CODES = {
  /** The command did what was asked. */
  success: 0,
  /** Something failed while running. */
  failure: 1,
  /** The command line is wrong; nothing was started. */
  usage: 2,
  /** A market input, recording, stored seed or file of results is malformed; nothing was written. */
  input: 3,
} as const;

/** What a {@link FiduciaCommandError} tells. */
export type CommandFailure =
  | {
      /**
       * An option has a value that it cannot have.
       *
       * Cause: an option outside its range, or two options that exclude each other.
       * Remedy: run `fiducia --help` for the options and their ranges.
       */
      readonly code: 'INVALID_OPTION';
      /** Name of the option, e.g. `rounds`. */
      readonly option: string;
      /** What is wrong with the value. */
      readonly reason: string;
    }
  | {
      /**
       * A market input breaks the format of energy DM2.
       *
       * Cause: a file that was edited or written by another program.
       * Remedy: correct the line named; the format is rule DM2 of docs/spec/energy.md. Nothing was written.
       */
      readonly code: 'MALFORMED_INPUT';
      readonly file: string;
      /** Line in the file, the header is line 1. */
      readonly line: number;
      /** Number of the column, from 1; 0 if the whole line is meant. */
      readonly column: number;
      /** Name of the column, if the header gives one. */
      readonly columnName?: string;
      readonly reason: string;
    }
  | {
      /**
       * A recording, a stored seed or a file of results is not what Fiducia writes.
       *
       * Cause: a file that was cut off or edited, or written by another version.
       * Remedy: read it with the version that wrote it, or copy it again.
       */
      readonly code: 'MALFORMED_RECORDING';
      readonly file: string;
      /** Line in the file, from 1. */
      readonly line: number;
      readonly reason: string;
    }
  | {
      /**
       * Results of simulations do not add up.
       *
       * Cause: results of different campaigns or of different code, a seed that is in two of them, or files without any.
       * Remedy: merge the shards of one campaign, all run by one version, each of them once.
       */
      readonly code: 'MERGE_REFUSED';
      /** What does not fit, with the names of the files. */
      readonly reason: string;
    }
  | {
      /**
       * A recording or a stored seed comes to something else than when it was written.
       *
       * Cause: code that was changed since, or an engine that depends on something that is no input (contract H-1).
       * Remedy: none is needed after a change that was to do this; otherwise look for what the engine reads besides its inputs.
       */
      readonly code: 'REPLAY_DIFFERS';
      /** What differs. */
      readonly reason: string;
    }
  | {
      /**
       * A file or folder cannot be read or written.
       *
       * Cause: a path that does not exist, a missing permission, or a disk without room.
       * Remedy: check the path and its permissions, or choose another one.
       */
      readonly code: 'FILE_ACCESS';
      readonly operation: 'read' | 'write';
      readonly file: string;
      /** What the operating system said. */
      readonly reason: string;
    }
  | {
      /**
       * The signature library that was demanded is unknown or does not load.
       *
       * Cause: `FIDUCIA_CRYPTO` misspelt, or set to `native` where the native library does not load.
       * Remedy: set it to `auto`, `native` or `noble`, or leave it unset.
       */
      readonly code: 'CRYPTO_UNAVAILABLE';
      readonly reason: string;
    }
  | {
      /**
       * A node of the network stopped by itself: a defect, not an attack.
       *
       * Cause: a defect of a plugin, the host or the ledger.
       * Remedy: report it together with the command line, which repeats it.
       */
      readonly code: 'NODE_FAULTED';
      /** Number of the node, 1 to 6. */
      readonly node: number;
      readonly reason: string;
    }
  | {
      /**
       * The run ended, but the nodes disagree or something was not conserved.
       *
       * Cause: a defect, or a violated invariant (`simulate`).
       * Remedy: repeat it with the printed command; if the code is Fiducia's own, report it.
       */
      readonly code: 'CHECK_FAILED';
      /** Which check does not hold. */
      readonly subject: string;
    };

/** The one error class of this package. Compare `data.code`, or use {@link isFiduciaCommandError}. */
export class FiduciaCommandError extends Error {
  /** Always `FiduciaCommandError`; survives two installed copies, unlike `instanceof`. */
  override readonly name = 'FiduciaCommandError';
  /** What happened. */
  readonly data: CommandFailure;

  /** @param data - What happened; the message is derived from it. */
  constructor(data: CommandFailure) {
    super(describe(data));
    this.data = data;
  }
}

/** Whether a thrown value is a {@link FiduciaCommandError} of any installed copy. */
export function isFiduciaCommandError(value: unknown): value is FiduciaCommandError {
  return value instanceof Error && value.name === 'FiduciaCommandError' && 'data' in value;
}

/** What the user can do about a failure, one sentence. */
export function adviceFor({ code }: CommandFailure): string {
  switch (code) {
    case 'INVALID_OPTION':
      return 'Run "fiducia --help" for the options and their ranges.';
    case 'MALFORMED_INPUT':
      return 'Correct the file; the format is rule DM2 of docs/spec/energy.md. Nothing was written.';
    case 'MALFORMED_RECORDING':
      return 'Read it with the version that wrote it, or check that the file was copied whole.';
    case 'MERGE_REFUSED':
      return 'Merge the shards of one campaign, all run by one version, each of them once.';
    case 'REPLAY_DIFFERS':
      return 'Expected if the code was changed since; otherwise something that is no input decides what it does.';
    case 'FILE_ACCESS':
      return 'Check the path and its permissions, or choose another one.';
    case 'CRYPTO_UNAVAILABLE':
      return 'Set FIDUCIA_CRYPTO to auto, native or noble, or leave it unset.';
    case 'NODE_FAULTED':
    case 'CHECK_FAILED':
      return 'This is a defect of Fiducia: please report it together with the command line.';
  }
}

/** Exit code for a failure. */
export function exitCodeFor({ code }: CommandFailure): number {
  if (code === 'INVALID_OPTION' || code === 'MERGE_REFUSED') return EXIT_CODES.usage;
  return code === 'MALFORMED_INPUT' || code === 'MALFORMED_RECORDING' ? EXIT_CODES.input : EXIT_CODES.failure;
}

function describe(data: CommandFailure): string {
  switch (data.code) {
    case 'INVALID_OPTION':
      return `--${data.option}: ${data.reason}`;
    case 'MALFORMED_INPUT':
      return `${data.file}, line ${data.line}${describeColumn(data.column, data.columnName)}${data.reason}`;
    case 'MALFORMED_RECORDING':
      return `${data.file}, line ${data.line}: ${data.reason}`;
    case 'FILE_ACCESS':
      return `cannot ${data.operation} ${data.file}: ${data.reason}`;
    case 'MERGE_REFUSED':
      return `results do not add up: ${data.reason}`;
    case 'REPLAY_DIFFERS':
      return `the replay differs: ${data.reason}`;
    case 'CRYPTO_UNAVAILABLE':
      return `no signature library: ${data.reason}`;
    case 'NODE_FAULTED':
      return `node ${data.node} stopped: ${data.reason}`;
    case 'CHECK_FAILED':
      return `a check of the run does not hold: ${data.subject}`;
  }
}

function describeColumn(column: number, name: string | undefined): string {
  if (column === 0) return ': ';
  return name === undefined ? `, column ${column}: ` : `, column ${column} (${name}): `;
}

/**
 * Failures: what happened, and how the command ends because of it.
 *
 * @module
 */

/** Exit codes of the command `create-fiducia-plugin`; part of its interface, see the README. */
export const EXIT_CODES = {
  /** The project is there, or help was printed. */
  success: 0,
  /** A folder or file cannot be read or written. */
  failure: 1,
  /** The command line is wrong; nothing was written. */
  usage: 2,
  /** The folder has files, and nothing is ever overwritten; nothing was written. */
  occupied: 3,
} as const;

/** What a {@link CreateError} tells. */
export type CreateErrorData =
  | {
      /**
       * The command line has an argument or option that it cannot have, or lacks one.
       *
       * Cause: an unknown option, a missing folder, or two of them.
       * Remedy: run the command with `--help`.
       */
      readonly code: 'INVALID_ARGUMENTS';
      readonly reason: string;
    }
  | {
      /**
       * npm would not take the name for a package, or no protocol can be named after it.
       *
       * Cause: a folder whose last part has capitals, blanks or signs, or does not begin with a letter.
       * Remedy: choose another name with `--name`: small letters, digits and hyphens.
       */
      readonly code: 'INVALID_NAME';
      readonly name: string;
      readonly reason: string;
    }
  | {
      /**
       * There is no such template.
       *
       * Cause: a misspelt name after `--template`.
       * Remedy: choose one of the templates that `--help` lists.
       */
      readonly code: 'UNKNOWN_TEMPLATE';
      readonly template: string;
    }
  | {
      /**
       * There is something where the project should go.
       *
       * Cause: a second run, or a folder with other work in it.
       * Remedy: choose another folder, or empty this one yourself.
       */
      readonly code: 'FOLDER_NOT_EMPTY';
      readonly folder: string;
      /** The first thing that lies there. */
      readonly entry: string;
    }
  | {
      /**
       * The operating system refused. What was written before stays.
       *
       * Cause: a path that may not be written, or a disk without room.
       * Remedy: check the path and its permissions, remove what was begun, and run the command again.
       */
      readonly code: 'FILE_ACCESS';
      readonly path: string;
      readonly reason: string;
    };

/** The one error class of this package. Compare `data.code`, or use {@link isCreateError}. */
export class CreateError extends Error {
  /** Always `CreateError`; survives two installed copies, unlike `instanceof`. */
  override readonly name = 'CreateError';
  /** What happened. */
  readonly data: CreateErrorData;

  /** @param data - What happened; the message is derived from it. */
  constructor(data: CreateErrorData) {
    super(describe(data));
    this.data = data;
  }
}

/** Whether a thrown value is a {@link CreateError} of any installed copy. */
export function isCreateError(value: unknown): value is CreateError {
  return value instanceof Error && value.name === 'CreateError' && 'data' in value;
}

/** Exit code for a failure. */
export function exitCodeFor({ code }: CreateErrorData): number {
  if (code === 'FILE_ACCESS') return EXIT_CODES.failure;
  return code === 'FOLDER_NOT_EMPTY' ? EXIT_CODES.occupied : EXIT_CODES.usage;
}

function describe(data: CreateErrorData): string {
  switch (data.code) {
    case 'INVALID_ARGUMENTS':
      return data.reason;
    case 'INVALID_NAME':
      return `"${data.name}" is no name for a package: ${data.reason}`;
    case 'UNKNOWN_TEMPLATE':
      return `there is no template "${data.template}"`;
    case 'FOLDER_NOT_EMPTY':
      return `${data.folder} is not empty: it has ${data.entry}, and nothing is ever overwritten`;
    case 'FILE_ACCESS':
      return `cannot write ${data.path}: ${data.reason}`;
  }
}

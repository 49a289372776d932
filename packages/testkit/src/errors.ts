/**
 * Typed errors of this package.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. */
export type TestkitErrorData =
  /**
   * An option is missing or out of range. `path` is dotted, e.g. `options.seeds`.
   *
   * Cause: a subject or option that the kit cannot work with.
   * Remedy: correct the value at `path`.
   */
  | { readonly code: 'INVALID_OPTION'; readonly path: string; readonly reason: string }
  /**
   * A plugin does not meet a requirement; the message is the report.
   *
   * Cause: a plugin or store that breaks a requirement.
   * Remedy: read the report: it names the rule, the steps and the command that repeats it.
   */
  | { readonly code: 'NOT_CONFORMANT'; readonly item: string; readonly report: string };

/**
 * Thrown on misuse of the kit, and by test runner adapters for a requirement that is not met.
 *
 * Recognise it with {@link isTestkitError}: two installed copies of this package have two classes, so
 * `instanceof` is not reliable.
 */
export class TestkitError extends Error {
  /** Always `TestkitError`. */
  override readonly name = 'TestkitError';
  /** Machine-readable reason. */
  readonly data: TestkitErrorData;

  /** @param data - What went wrong; the message is derived from it. */
  constructor(data: TestkitErrorData) {
    super(data.code === 'NOT_CONFORMANT' ? data.report : `${data.code}: ${data.path} ${data.reason}`);
    this.data = data;
  }
}

/** Recognises a {@link TestkitError} of any installed copy, optionally of one code. */
export function isTestkitError(value: unknown, code?: TestkitErrorData['code']): value is TestkitError {
  if (!(value instanceof Error) || value.name !== 'TestkitError') return false;
  const actual = (value as Partial<TestkitError>).data?.code;
  return code === undefined ? actual !== undefined : actual === code;
}

/**
 * Typed errors of this package.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. */
export type ConsensusErrorData =
  /**
   * A configuration value is missing or out of range. `path` is dotted, e.g. `slot.durationMs`.
   *
   * Cause: a key of a plugin's configuration that is unknown, missing, or outside the range in the table of the
   * plugin.
   * Remedy: correct the value at `path` in the era that names the plugin; every node of the chain needs the same.
   */
  | { readonly code: 'INVALID_CONFIG'; readonly path: string; readonly reason: string }
  /**
   * Bytes are not the canonical encoding of `what`.
   *
   * Cause: bytes that are too short, too long, or a second spelling of a value: data of another version or type, or a
   * damaged store.
   * Remedy: check what the bytes are and where they come from. For bytes of a peer use a decoder that returns
   * `undefined`, such as `tryDecode`.
   */
  | { readonly code: 'INVALID_ENCODING'; readonly what: string; readonly offset: number }
  /**
   * A value has no canonical encoding: it is negative, does not fit, or is malformed text.
   *
   * Cause: a number that is negative, fractional or too large for its field, or text that is not well-formed.
   * Remedy: check the value before it is encoded; widen the field only together with the version of the format.
   */
  | { readonly code: 'NOT_ENCODABLE'; readonly reason: string }
  /**
   * An argument of arithmetic is outside its range.
   *
   * Cause: an argument such as a weight, slot or time that is not an integer within `expected`.
   * Remedy: check the argument where it enters the program; `name` says which one it is.
   */
  | {
      readonly code: 'VALUE_OUT_OF_RANGE';
      readonly name: string;
      readonly value: number | bigint;
      readonly expected: string;
    }
  /**
   * An era cannot start from the given handover or census.
   *
   * Cause: a handover, census or seed that does not fit the plugin, such as a set of validators that is empty or too
   * large.
   * Remedy: give genesis or the ending era what the plugin's page asks for, or name another plugin for this era.
   */
  | { readonly code: 'INVALID_HANDOVER'; readonly plugin: string; readonly reason: string }
  /**
   * A plugin object breaks the static part of this contract.
   *
   * Cause: traits, requirements or rules that contradict each other, found by `definePlugin`.
   * Remedy: correct what `reason` names; it is the plugin's own mistake and shows at its first use.
   */
  | { readonly code: 'INVALID_PLUGIN'; readonly plugin: string; readonly reason: string };

/**
 * Thrown on misuse by the caller, never because of what a peer sent.
 *
 * Recognise it with {@link isConsensusError}: two installed copies of this package have two
 * classes, so `instanceof` is not reliable.
 */
export class ConsensusError extends Error {
  /** Always `ConsensusError`. */
  override readonly name = 'ConsensusError';
  /** Machine-readable reason. */
  readonly data: ConsensusErrorData;

  /** @param data - What went wrong; the message is derived from it. */
  constructor(data: ConsensusErrorData) {
    const { code, ...rest } = data;
    super(
      `${code}: ${Object.entries(rest)
        .map(([field, value]) => `${field}=${value}`)
        .join(', ')}`,
    );
    this.data = data;
  }
}

/**
 * Recognises a {@link ConsensusError} of any installed copy, optionally of one code.
 *
 * @example
 * ```ts
 * try {
 *   slotAt(0, 0);
 * } catch (error) {
 *   if (!isConsensusError(error, 'VALUE_OUT_OF_RANGE')) throw error;
 *   console.log(error.message);
 * }
 * ```
 */
export function isConsensusError(value: unknown, code?: ConsensusErrorData['code']): value is ConsensusError {
  if (!(value instanceof Error) || value.name !== 'ConsensusError') return false;
  const actual = (value as Partial<ConsensusError>).data?.code;
  return code === undefined ? actual !== undefined : actual === code;
}

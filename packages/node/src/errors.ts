/**
 * Typed errors of this package.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. */
export type NodeErrorData =
  /**
   * An era names a plugin that no module registers.
   *
   * Cause: a name in `eras` without a `pluginModule` that brings the plugin.
   * Remedy: add the plugin to the modules, or correct the name.
   */
  | { readonly code: 'PLUGIN_MISSING'; readonly plugin: string }
  /**
   * A parsed configuration holds something that has no canonical encoding: a fraction, a function, an instance of a
   * class. `path` is dotted.
   *
   * Cause: a plugin whose `parseConfig` returns something else than plain data.
   * Remedy: let the plugin return integers, bigints, text, bytes, lists and plain objects only.
   */
  | { readonly code: 'CONFIG_NOT_DATA'; readonly path: string }
  /**
   * The file of a recording cannot be made, or takes no more; then it is the `cause` of the error with which the host stops.
   *
   * Cause: a folder that does not exist or may not be written, or a disk without room.
   * Remedy: choose another file for the recording.
   */
  | { readonly code: 'RECORDING_FAILED'; readonly file: string; readonly reason: string };

/**
 * Thrown on misuse by the caller, never because of what a peer sent.
 *
 * Recognise it with {@link isNodeError}: two installed copies of this package have two classes, so
 * `instanceof` is not reliable.
 */
export class NodeError extends Error {
  /** Always `NodeError`. */
  override readonly name = 'NodeError';
  /** Machine-readable reason. */
  readonly data: NodeErrorData;

  /** @param data - What went wrong; the message is derived from it. */
  constructor(data: NodeErrorData) {
    const { code, ...details } = data;
    super(`${code}: ${Object.values(details).join(': ')}`);
    this.data = data;
  }
}

/** Recognises a {@link NodeError} of any installed copy, optionally of one code. */
export function isNodeError(value: unknown, code?: NodeErrorData['code']): value is NodeError {
  if (!(value instanceof Error) || value.name !== 'NodeError') return false;
  return code === undefined || (value as NodeError).data.code === code;
}

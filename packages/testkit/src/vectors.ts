/**
 * Golden vectors: what a protocol decided once, as JSON (contract CK-22).
 *
 * @module
 */

/** Recorded decisions of one major version of a plugin. */
export interface GoldenVectors {
  /** `name@major` of the plugin. */
  readonly protocol: string;
}

/**
 * What came of letting one killer look at one bug.
 *
 * @module
 */

/** Outcome of a killer. */
export type Trial =
  /** It noticed. */
  | {
      readonly kind: 'killed';
      /** Seeds, scenarios or tests until it did. */
      readonly runs: number;
      /** The seed or position that did, where there are several. */
      readonly found?: number;
      /** What it said. */
      readonly what: string;
    }
  /** It noticed nothing in all of its runs. */
  | { readonly kind: 'survived'; readonly runs: number }
  /** It noticed nothing until the time was up. */
  | { readonly kind: 'timeout'; readonly runs: number }
  /** It could not be run. */
  | { readonly kind: 'broken'; readonly reason: string };

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
      /** What it said. */
      readonly what: string;
    }
  /** It noticed nothing in all of its runs. */
  | { readonly kind: 'survived'; readonly runs: number }
  /** It did not end in time. */
  | { readonly kind: 'timeout' }
  /** It could not be run. */
  | { readonly kind: 'broken'; readonly reason: string };

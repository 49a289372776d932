/**
 * Rules of the specifications in `docs/spec/` that no test covers yet, each with its reason. The list
 * can only shrink: a rule with a test must leave it.
 *
 * @module
 */

/** Rules that wait for the same thing. */
export interface PendingRule {
  readonly reason: string;
  /** `file label`, e.g. `trust X9`. */
  readonly rules: readonly string[];
}

/** Labels that are no rules: requirements and gaps of the paper, experiments, goals, planted bugs. */
export const UNTESTED_SECTIONS: readonly RegExp[] = [
  /^trust (P-|G-|E-)/,
  /^simulation (G\d|MUT-)/,
  /^energy (CX|PV)\d/,
];

/** What is still to come. */
export const PENDING_RULES: readonly PendingRule[] = [];

/**
 * Rules of the specifications in `docs/spec/` that code and tests do not cover yet, each with its reason. The
 * list can only shrink: a rule that source code and the title of a test cite must leave it.
 *
 * @module
 */

/** Rules that wait for the same thing. */
export interface PendingRule {
  readonly reason: string;
  /** `file label`, e.g. `trust X9`. */
  readonly rules: readonly string[];
}

/** Labels that are no rules: requirements and gaps of the paper, experiments, goals, planted bugs, vector names. */
export const UNTESTED_SECTIONS: readonly RegExp[] = [
  /^trust (P-|G-|E-)/,
  /^simulation (G\d|MUT-)/,
  /^energy (CX|PV|U|C|S)\d/,
];

/**
 * Labels of what a test shows about everything together and no place in the code does: laws, attacks,
 * measured figures. They need a test, but no citation in source code.
 */
export const TEST_ONLY_RULES: readonly RegExp[] = [
  /^trust (Q\d|L5$)/,
  /^energy (AD-|I-)/,
  /^energy (PB3|WG16)$/,
  /^simulation I\d/,
  /^pbft PT-/,
];

/** What is still to come. */
export const PENDING_RULES: readonly PendingRule[] = [
  {
    reason: 'the disk stores: LMDB, locks and file systems, space that runs out, and the signing log in a file',
    rules: [
      ...[1, 6, 7, 8].map((number) => `storage S${number}`),
      ...[4, 5, 6, 7].map((number) => `storage L${number}`),
    ],
  },
  {
    reason:
      'the complete market: bilateral trades, disputes, governance, feeders, certificates in trade, continuous and sealed bids',
    rules: [
      ...[8, 9, 11, 12, 13, 14, 15, 16, 17, 22].map((number) => `energy TX${number}`),
      'energy CL7',
      'energy CD1',
      'energy CD2',
      'energy CD3',
      'energy BI1',
      'energy SE7',
      'energy SE8',
      'energy AD-10',
      'energy AD-23',
    ],
  },
  {
    reason: 'an extension that every profile leaves off',
    rules: ['trust X6', 'trust X8', 'trust X10'],
  },
];

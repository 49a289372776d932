/**
 * Tokens of this package, beside those of `@fiducia/di`.
 *
 * @module
 */
import { token } from '@fiducia/di';
import type { Ledger } from '@fiducia/ledger';
import type { Recording } from './recording.ts';
import type { RoundVoter } from './round-voter.ts';

/** Tokens of what a node has beside its ports. */
export const NODE_TOKENS = {
  /** The ledger; the chain port is this ledger unless a module replaces it. */
  ledger: token<Ledger>('ledger'),
  /** The agent of trust F8; `null` for a node that takes part in no round. */
  roundVoter: token<RoundVoter | null>('round-voter'),
  /** The file that engine calls go to; `null` for a node that is not recorded. */
  recording: token<Recording | null>('recording'),
} as const;

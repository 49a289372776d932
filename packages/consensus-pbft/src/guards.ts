/**
 * Places in the guard of the signer (pbft S3, S4).
 *
 * @module
 */
import type { Guard } from '@fiducia/consensus';
import type { HeightState } from './height.ts';
import type { BindingMessage } from './journal.ts';

const ROUND_UNITS = 2 ** 20;

/**
 * COMMIT and ROUND-CHANGE share a lane with a floor: even a node that lost its log, or a second machine with
 * the same key, cannot leave a round with a lower lock than it committed to (pbft S3, S4).
 */
export function guardOf({ height, prepared }: HeightState, { kind, round }: BindingMessage): Guard {
  if (kind === 'proposal' || kind === 'prepare') return { lane: kind, sequence: [height, round] };
  const lock = height * ROUND_UNITS + (prepared === null ? 0 : prepared.certificate.round + 1);
  return { lane: 'lock', sequence: [height, round, kind === 'commit' ? 1 : 0], floors: { lock } };
}

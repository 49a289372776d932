/**
 * Cost of the trust model per node.
 *
 * @module
 */
import {
  applyActivity,
  countRound,
  createRoundWindow,
  createTrustRecord,
  FULL_TRUST_MICRO,
  type RoundWindow,
  scoreTrust,
  type TrustRecord,
  trustPreset,
} from '@fiducia/trust';
import { compare, type Measurement } from './measure.ts';

const ROUNDS = 200;
const params = trustPreset('paper');
const shares = { votes: FULL_TRUST_MICRO, deposit: FULL_TRUST_MICRO };

/** Measures booking and scoring one node with a full window, against each other. */
export async function measureTrust(): Promise<readonly Measurement[]> {
  let record: TrustRecord = createTrustRecord(params, 0);
  let window: RoundWindow = createRoundWindow();
  const activity = { correct: 1, missed: 0, malicious: 0, participated: true };
  for (let round = 1; round <= ROUNDS; round++) {
    record = applyActivity(record, round, activity, params);
    window = countRound(window, round, params);
  }
  const score = { name: 'score one node', run: () => scoreTrust(record, window, ROUNDS, shares, params) };
  const book = { name: 'book one round of one node', run: () => applyActivity(record, ROUNDS + 1, activity, params) };
  return [await compare(score, book, null)];
}

/**
 * What the trust chart draws: the composite trust of one node over the rounds, as `@fiducia/trust` computes it.
 *
 * @module
 */
import {
  applyActivity,
  countRound,
  createRoundWindow,
  createTrustRecord,
  scoreTrust,
  type Tier,
  type TrustParams,
  trustPreset,
} from '@fiducia/trust';

/** How a node behaves, all in whole numbers, as the model wants them. */
export interface Behaviour {
  /** Rounds in a hundred in which the node takes part. */
  readonly participation: number;
  /** A correct block every so many rounds; 0 for never. */
  readonly correctEvery: number;
  /** First round from which the node is silent; beyond the last one for never. */
  readonly silentFrom: number;
  /** A proven offence every so many rounds; 0 for never. */
  readonly offenceEvery: number;
  /** Share of votes, in hundredths of full. */
  readonly votes: number;
  /** Share of the expected deposit, in hundredths of full. */
  readonly deposit: number;
}

/** Weights of the four parts in hundredths; they sum to 100. */
interface Weights {
  readonly history: number;
  readonly votes: number;
  readonly deposit: number;
  readonly dynamic: number;
}

/** One round of the chart, in millionths of full trust. */
interface CurvePoint {
  readonly round: number;
  readonly composite: number;
  readonly historical: number;
  readonly dynamic: number;
  readonly tier: Tier;
}

/** Weights of the profile, in hundredths. */
export function weightsOf(preset: 'paper' | 'default'): Weights {
  const { alphaBp, betaBp, deltaBp, gammaBp } = trustPreset(preset);
  return { history: alphaBp / 100, votes: betaBp / 100, deposit: deltaBp / 100, dynamic: gammaBp / 100 };
}

/** Parameters of a profile with other weights. */
export function paramsOf(preset: 'paper' | 'default', { history, votes, deposit, dynamic }: Weights): TrustParams {
  const weights = { alphaBp: history * 100, betaBp: votes * 100, deltaBp: deposit * 100, gammaBp: dynamic * 100 };
  return { ...trustPreset(preset), ...weights };
}

function isTurn(round: number, every: number): boolean {
  return every > 0 && round % every === 0;
}

/** Plays `rounds` rounds of one node. */
export function trustCurve(params: TrustParams, behaviour: Behaviour, rounds: number): readonly CurvePoint[] {
  const shares = { votes: behaviour.votes * 10_000, deposit: behaviour.deposit * 10_000 };
  let record = createTrustRecord(params, 0);
  let window = createRoundWindow();
  return Array.from({ length: rounds }, (_, index) => {
    const round = index + 1;
    const isAwake = round < behaviour.silentFrom;
    // Spread like the enthusiasm of the experiments: in every hundred rounds exactly so many.
    const participated = isAwake && behaviour.participation > (round * behaviour.participation) % 100;
    const correct = isAwake && isTurn(round, behaviour.correctEvery) ? 1 : 0;
    const malicious = isAwake && isTurn(round, behaviour.offenceEvery) ? 1 : 0;
    if (participated || correct > 0 || malicious > 0) {
      record = applyActivity(record, round, { participated, correct, malicious, missed: 0 }, params);
    }
    window = countRound(window, round, params);
    const { composite, historical, dynamic, tier } = scoreTrust(record, window, round, shares, params);
    return { round, composite, historical, dynamic, tier };
  });
}

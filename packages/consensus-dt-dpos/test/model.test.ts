import {
  applyActivity,
  countRound,
  createRoundWindow,
  createTrustRecord,
  FULL_TRUST_MICRO,
  scoreTrust,
  trustPreset,
} from '@fiducia/trust';
import { describe, expect, it } from 'vitest';
import { advanceWrr, lotteryLeader } from '../src/index.ts';
import { casesOf, hex, sha256, votes } from './support.ts';

const PARAMS = trustPreset('paper');

/** Trust and election rules alone: no blocks, no slots, no register. */
function runModel(schedule: 'wrr' | 'lottery', percent: readonly number[], malicious: number | null, rounds: number) {
  let records = percent.map(() => createTrustRecord(PARAMS, 0));
  let window = createRoundWindow();
  let priorities: readonly number[] = percent.map(() => 0);
  const proposers: number[] = [];
  const scoresAfter = (round: number) =>
    records.map(
      (record) =>
        scoreTrust(record, window, round, { votes: FULL_TRUST_MICRO, deposit: FULL_TRUST_MICRO }, PARAMS).composite,
    );
  for (let round = 1; round <= rounds; round++) {
    const weights = scoresAfter(round - 1);
    const step = advanceWrr(priorities, weights);
    priorities = step.priorities;
    const proposer = schedule === 'wrr' ? step.chosen : lotteryLeader(new Uint8Array(32), round, weights, sha256);
    proposers.push(proposer);
    records = records.map((record, index) => {
      const isProposer = index === proposer;
      const activity = {
        correct: isProposer && index !== malicious ? 1 : 0,
        missed: 0,
        malicious: isProposer && index === malicious ? 1 : 0,
        participated: votes(percent[index] ?? 0, round),
      };
      const isTouched = activity.participated || isProposer;
      return isTouched ? applyActivity(record, round, activity, PARAMS) : record;
    });
    window = countRound(window, round, PARAMS);
  }
  return { proposers, composite: scoresAfter(rounds), dynamicBase: records.map((record) => record.dynamicBase) };
}

describe('golden experiments at model level', () => {
  it.each(casesOf('TV15'))('TV15 figure $figure, $in.schedule (trust S1, S2, F2, R1)', ({ in: input, out }) => {
    const run = runModel(input.schedule, input.participationPercent, input.maliciousNode, input.rounds);
    const counts = input.participationPercent.map(
      (_: number, index: number) => run.proposers.filter((proposer) => proposer === index).length,
    );
    expect(counts).toEqual(out.counts);
    expect(run.proposers.join('')).toBe(out.proposers);
    expect(hex(sha256(Uint8Array.from(run.proposers)))).toBe(out.sha256);
    expect(run.composite).toEqual(out.finalCompositeTrust);
    expect(run.dynamicBase).toEqual(out.finalDBase);
  });
});

/**
 * The experiments of Fig. 4 with the trust and election rules alone: no blocks, no signatures.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { advanceWrr, lotteryLeader } from '@fiducia/consensus-dt-dpos';
import {
  applyActivity,
  countRound,
  createRoundWindow,
  createTrustRecord,
  FULL_TRUST_MICRO,
  scoreTrust,
  type TrustParams,
  trustPreset,
} from '@fiducia/trust';
import { participatesIn } from '../scenario/participation.ts';
import type { LeaderSchedule } from '../scenario/result.ts';
import {
  EXPERIMENT_NODES,
  EXPERIMENT_ROUNDS,
  type ExperimentName,
  type ExperimentResult,
  MALICIOUS_NODE,
  summariseLeaders,
} from './result.ts';

/** Every vote endorses all others equally and all deposits are equal (trust G-17). */
const EQUAL_SHARES = { votes: FULL_TRUST_MICRO, deposit: FULL_TRUST_MICRO };

/** Seed of the lottery, constant as in trust TV15c. */
const LOTTERY_SEED = new Uint8Array(32);

/**
 * Plays one experiment at model level.
 *
 * @param params - Trust parameters; the published counts belong to the profile `paper`.
 * @see docs/spec/trust.md, TV15 and its golden set-up.
 */
export function runModelExperiment(
  name: ExperimentName,
  schedule: LeaderSchedule,
  params: TrustParams = trustPreset('paper'),
): ExperimentResult {
  const leaders = playRounds(schedule, params, name === 'fig4b' ? MALICIOUS_NODE - 1 : undefined);
  return {
    ...summariseLeaders(leaders),
    rounds: EXPERIMENT_ROUNDS,
    blocks: EXPERIMENT_ROUNDS,
    level: 'model',
    schedule,
  };
}

/** Index of the leader of every round, round 1 first. */
function playRounds(schedule: LeaderSchedule, params: TrustParams, malicious: number | undefined): readonly number[] {
  const nodes = Array.from({ length: EXPERIMENT_NODES }, (_, index) => index);
  let records = nodes.map(() => createTrustRecord(params, 0));
  let window = createRoundWindow();
  let priorities: readonly number[] = nodes.map(() => 0);
  const leaders: number[] = [];

  for (let round = 1; round <= EXPERIMENT_ROUNDS; round++) {
    const weights = records.map((record) => scoreTrust(record, window, round - 1, EQUAL_SHARES, params).composite);
    const step = advanceWrr(priorities, weights);
    priorities = step.priorities;
    const leader = schedule === 'wrr' ? step.chosen : lotteryLeader(LOTTERY_SEED, round, weights, sha256);
    leaders.push(leader);

    records = records.map((record, index) => {
      const offends = index === leader && index === malicious;
      const activity = {
        correct: index === leader && !offends ? 1 : 0,
        missed: 0,
        malicious: offends ? 1 : 0,
        participated: participatesIn(index, round),
      };
      return applyActivity(record, round, activity, params);
    });
    window = countRound(window, round, params);
  }
  return leaders;
}

function sha256(data: Uint8Array): Uint8Array {
  return createHash('sha256').update(data).digest();
}

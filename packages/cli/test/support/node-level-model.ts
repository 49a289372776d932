import { advanceWrr } from '@fiducia/consensus-dt-dpos';
import {
  applyActivity,
  countRound,
  createRoundWindow,
  createTrustRecord,
  FULL_TRUST_MICRO,
  scoreTrust,
  trustPreset,
} from '@fiducia/trust';
import { participatesIn } from '../../src/scenario/participation.ts';

const NODES = [0, 1, 2, 3, 4, 5];
const SHARES = { votes: FULL_TRUST_MICRO, deposit: FULL_TRUST_MICRO };

/**
 * What six complete nodes must do, worked out without any: slots and heights differ once the malicious
 * leader leaves its slots empty, and its offence is booked by the next block (trust S7, F9).
 */
export function modelNodeLevel(slots: number, malicious: number | undefined) {
  const params = trustPreset('paper');
  let records = NODES.map(() => createTrustRecord(params, 0));
  let window = createRoundWindow();
  let priorities: readonly number[] = NODES.map(() => 0);
  let height = 0;
  let pendingOffence = false;
  const leaders: number[] = [];
  for (let slot = 1; slot <= slots; slot++) {
    const weights = records.map((record) => scoreTrust(record, window, height, SHARES, params).composite);
    const step = advanceWrr(priorities, weights);
    priorities = step.priorities;
    leaders.push(step.chosen);
    if (step.chosen === malicious) {
      pendingOffence = true;
      continue;
    }
    height++;
    records = records.map((record, index) => {
      const offences = index === malicious && pendingOffence ? 1 : 0;
      const correct = index === step.chosen ? 1 : 0;
      const activity = { correct, missed: 0, malicious: offences, participated: participatesIn(index, height) };
      return applyActivity(record, height, activity, params);
    });
    window = countRound(window, height, params);
    pendingOffence = false;
  }
  return { leaders, blocks: height };
}

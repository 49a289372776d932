import { describe, expect, it } from 'vitest';
import { createTwinsSpace, runTwins } from '../src/index.ts';
import { sha256 } from './support/hash.ts';
import { twinsSubjectOf } from './support/twins-subjects.ts';

/** Two of four nodes run twice, more than PBFT bears. */
const SPACE = createTwinsSpace({ nodes: 4, twins: 2, rounds: 7 });
const FORKS = [
  // Within one round: two COMMITs for one place.
  ...[30_797_278_450, 31_333_123_410, 8_307_805_820],
  // Across rounds: a COMMIT, and a ROUND-CHANGE that gives up its lock (pbft M4).
  ...[4_874_594_683, 19_414_096_777, 5_605_573_447],
  // Across rounds, where those who know the ROUND-CHANGEs hear of the other side from it alone.
  20_786_319_860,
];

describe('more twins than a protocol bears', () => {
  it.each(FORKS)(
    'fork it, and the proofs of both sides name a third of the weight (simulation I6, contract H-29, scenario %i)',
    async (index) => {
      const subject = { ...twinsSubjectOf('pbft'), livenessMs: 6_000 };
      const { violations, offenders } = await runTwins({ subject, scenario: SPACE.at(index), sha256 });
      expect(violations.filter(({ invariant }) => invariant === 'I1').length).toBeGreaterThan(0);
      expect(violations.filter(({ invariant }) => invariant === 'I6')).toEqual([]);
      expect(offenders).toEqual([0, 1]);
    },
  );
});

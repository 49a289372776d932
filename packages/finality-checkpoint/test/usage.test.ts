import { describe, expect, test } from 'vitest';
import type { Link } from '../src/vote.ts';
import { VotePool } from '../src/vote-pool.ts';

describe('usage of the engine (simulation I11)', () => {
  test('finality-checkpoint V1: a voter has two votes for each target in the pool, and no more', () => {
    const pool = new VotePool();
    const link = (target: number, id: string): Link => ({
      term: 0,
      source: { number: 0, id: 'g' },
      target: { number: target, id },
      handover: new Uint8Array(),
    });
    expect(pool.usage(10)).toEqual({ name: 'votesPerVoter', count: 0, max: 20 });
    for (let target = 1; target <= 10; target++) {
      for (const id of ['a', 'b', 'c', 'd']) {
        const vote = { link: link(target, id), payload: new Uint8Array(), signature: new Uint8Array(), voter: 'tide' };
        pool.add(vote, () => false);
      }
    }
    expect(pool.usage(10)).toEqual({ name: 'votesPerVoter', count: 20, max: 20 });
    pool.prune(0, 9);
    expect(pool.usage(10).count).toBe(2);
  });
});

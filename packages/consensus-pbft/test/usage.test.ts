import { describe, expect, test } from 'vitest';
import { FutureBuffer } from '../src/future.ts';
import { RoundChangeBook, VoteBook } from '../src/votes.ts';

const signature = new Uint8Array(1);
const digest = new Uint8Array(32);

describe('usage of the engine (simulation I11)', () => {
  test('pbft N2: nobody fills the buffer of future heights beyond its share', () => {
    const buffer = new FutureBuffer();
    for (let count = 0; count < 2_000; count++) {
      const payload = Uint8Array.of(count >>> 8, count);
      const arrival = { from: 'p', message: { author: 'a', payload, signature }, header: undefined };
      buffer.add(5, arrival, 'a', 4);
      buffer.add(6, arrival, null, 4);
    }
    expect(buffer.usage()).toEqual([
      { name: 'futureMessagesPerSeat', count: 250, max: 250 },
      { name: 'futureMessagesOfStrangers', count: 8, max: 8 },
    ]);
    buffer.take(6);
    expect(buffer.usage().map(({ count }) => count)).toEqual([0, 0]);
  });

  test('pbft N4: books of votes hold one vote of each seat for each round of the window', () => {
    const votes = new VoteBook();
    const changes = new RoundChangeBook();
    for (let round = 0; round < 500; round++) {
      for (const author of ['a', 'b']) {
        votes.add(round, { author, signature }, digest, 200);
        changes.add(round, { author, signature, prepared: null } as never, 200);
      }
    }
    expect(votes.usage('prepares', 2)).toEqual({ name: 'prepares', count: 258, max: 258 });
    expect(changes.usage(2)).toEqual({ name: 'roundChanges', count: 132, max: 132 });
  });
});

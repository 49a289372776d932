import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventQueue, NOT_QUEUED, type QueuedEvent } from '../src/event-queue.ts';

type Step = 'pop' | { readonly push: number } | { readonly remove: number };

it('simulation E2: events leave in the order of (time, seq), however pushes, pops and removals interleave', () => {
  const steps = fc.array(
    fc.oneof<fc.Arbitrary<Step>[]>(
      fc.constant('pop' as const),
      fc.record({ push: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ remove: fc.nat(30) }),
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, (operations) => {
      const queue = new EventQueue<QueuedEvent>();
      const all: QueuedEvent[] = [];
      const model: QueuedEvent[] = [];
      for (const operation of operations) {
        if (operation === 'pop') {
          expect(queue.pop()).toBe(model.shift());
        } else if ('push' in operation) {
          const event = { time: operation.push, seq: all.length, place: NOT_QUEUED };
          all.push(event);
          queue.push(event);
          model.push(event);
          model.sort((a, b) => a.time - b.time || a.seq - b.seq);
        } else {
          // One that is pending, or was.
          const event = all.at(-1 - operation.remove);
          if (event === undefined) continue;
          queue.remove(event);
          if (model.includes(event)) model.splice(model.indexOf(event), 1);
        }
        expect(queue.peek()).toBe(model[0]);
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});

it('simulation E2: thousands of events leave in order, as the queue grows with them', () => {
  const queue = new EventQueue<QueuedEvent>();
  const events = Array.from({ length: 5_000 }, (_, seq) => ({ time: (seq * 7_919) % 1_009, seq, place: NOT_QUEUED }));
  for (const event of events) queue.push(event);
  const kept = events.filter(({ seq }) => seq % 3 !== 0);
  for (const event of events) if (event.seq % 3 === 0) queue.remove(event);
  const left = Array.from({ length: queue.size }, () => queue.pop());
  expect(left).toEqual(kept.toSorted((a, b) => a.time - b.time || a.seq - b.seq));
  expect(queue.pop()).toBeUndefined();
});

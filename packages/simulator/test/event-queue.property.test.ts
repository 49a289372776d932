import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventQueue } from '../src/event-queue.ts';

it('simulation E2: events leave in the order of (time, seq), however pushes and pops interleave', () => {
  const steps = fc.array(fc.oneof(fc.constant('pop' as const), fc.integer({ min: 0, max: 20 })), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (operations) => {
      const queue = new EventQueue<{ time: number; seq: number }>();
      const model: { time: number; seq: number }[] = [];
      for (const [seq, operation] of operations.entries()) {
        if (operation === 'pop') {
          expect(queue.pop()).toEqual(model.shift());
        } else {
          queue.push({ time: operation, seq });
          model.push({ time: operation, seq });
          model.sort((a, b) => a.time - b.time || a.seq - b.seq);
        }
        expect(queue.peek()).toEqual(model[0]);
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});

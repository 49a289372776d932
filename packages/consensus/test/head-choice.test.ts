import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareHeads, type Tip } from '../src/index.ts';

const tipOf = (id: string, totalWeight: bigint, state = 0): Tip<number> => {
  const nothing = new Uint8Array();
  const place = { parentId: '', height: 1, timestamp: 0, author: '', protocol: 'turns@1' } as const;
  return { header: { id, ...place, digest: nothing, sealHash: nothing, seal: nothing }, state, totalWeight };
};

/** Prefers the higher state. */
const rules = { compareTips: (a: Tip<number>, b: Tip<number>) => a.state - b.state };

test('contract H-20: the plugin decides, then the weight, then the lower id', () => {
  expect(compareHeads(rules, tipOf('b', 1n, 2), tipOf('a', 9n, 1))).toBeGreaterThan(0);
  expect(compareHeads(rules, tipOf('b', 2n), tipOf('a', 1n))).toBeGreaterThan(0);
  expect(compareHeads(rules, tipOf('a', 1n), tipOf('b', 1n))).toBeGreaterThan(0);
  expect(compareHeads({}, tipOf('b', 1n, 2), tipOf('a', 1n, 1))).toBeLessThan(0);
  expect(compareHeads(rules, tipOf('a', 1n), tipOf('a', 1n))).toBe(0);
});

test('contract H-20: the best of several does not depend on their order', () => {
  const tips = fc.uniqueArray(
    fc.record({ id: fc.string(), weight: fc.bigInt({ min: 0n, max: 3n }), state: fc.integer({ min: 0, max: 3 }) }),
    { selector: ({ id }) => id, minLength: 1 },
  );
  const bestOf = (items: readonly Tip<number>[]) => items.reduce((a, b) => (compareHeads(rules, b, a) > 0 ? b : a));
  fc.assert(
    fc.property(tips, (items) => {
      const all = items.map(({ id, weight, state }) => tipOf(id, weight, state));
      expect(bestOf(all)).toBe(bestOf(all.toReversed()));
    }),
  );
});

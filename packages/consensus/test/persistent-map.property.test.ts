import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPersistentMap, type PersistentMap, persistentMapOf, sortedEntries } from '../src/index.ts';

/** Compares with the built-in map after every change, and checks that older versions stay as they were. */
function follows<K extends string | number>(key: fc.Arbitrary<K>): void {
  const change = fc.record({ key, value: fc.option(fc.nat(), { nil: null }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80 }), (changes) => {
      const model = new Map<K, number>();
      const versions: [PersistentMap<K, number>, ReadonlyMap<K, number>][] = [];
      let map = createPersistentMap<K, number>();
      for (const { key: changed, value } of changes) {
        versions.push([map, new Map(model)]);
        if (value === null) {
          const without = map.without(changed);
          if (!model.has(changed)) expect(without).toBe(map);
          map = without;
          model.delete(changed);
        } else {
          const next = map.with(changed, value);
          expect(next === map).toBe(model.get(changed) === value);
          map = next;
          model.set(changed, value);
        }
      }
      for (const [version, expected] of [...versions, [map, model] as const]) {
        expect(version.size).toBe(expected.size);
        expect(new Map(version.entries())).toEqual(expected);
        for (const { key: asked } of changes) expect(version.get(asked)).toBe(expected.get(asked));
      }
    }),
  );
}

describe('persistent map', () => {
  it('behaves like a map, text keys', () => follows(fc.string({ maxLength: 3 })));
  it('behaves like a map, index keys', () => follows(fc.oneof(fc.nat(40), fc.nat(2 ** 32 - 1))));

  it('built in one go it equals the one built step by step', () => {
    const key = fc.oneof(
      fc.nat(40),
      fc.nat(2 ** 32 - 1),
      fc.string({ maxLength: 3 }),
      fc.constantFrom('liquid', 'costarring'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.nat())), (entries) => {
        const whole = persistentMapOf(entries);
        let steps = createPersistentMap<string | number, number>();
        for (const [added, value] of entries) steps = steps.with(added, value);
        expect(whole.size).toBe(steps.size);
        expect(new Map(whole.entries())).toEqual(new Map(entries));
        for (const [added] of entries) expect(whole.without(added).get(added)).toBeUndefined();
      }),
    );
  });

  it('iterates integer keys in ascending order, as elections need (trust E1)', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(2 ** 32 - 1)), (keys) => {
        let map = createPersistentMap<number, true>();
        for (const key of keys) map = map.with(key, true);
        expect([...map.entries()].map(([key]) => key)).toEqual([...keys].sort((a, b) => a - b));
      }),
    );
  });

  it.each([
    ['costarring', 'liquid'],
    ['declinate', 'macallums'],
    ['altarage', 'zinke'],
  ])('keeps %s and %s apart, whose hashes collide', (...keys) => {
    // Known to share one FNV-1a hash; the final mix is a bijection, so they share one here too.
    let map = createPersistentMap<string, number>();
    for (const [value, key] of keys.entries()) map = map.with(key, value);
    expect(keys.map((key) => map.get(key))).toEqual([0, 1]);
    expect(sortedEntries(map).map(([key]) => key)).toEqual([...keys].sort());
    const [first = '', second = ''] = keys;
    expect(map.without(first).get(second)).toBe(1);
    expect(map.without(first).get(first)).toBeUndefined();
    expect(map.with(first, 9).size).toBe(2);
  });
});

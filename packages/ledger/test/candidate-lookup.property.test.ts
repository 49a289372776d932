import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CandidateLookup } from '../src/modules/candidate-lookup.ts';
import { CANDIDATES, type CandidateRecord } from '../src/modules/registry.ts';
import { TreeReader, TreeWriter } from '../src/state/state.ts';
import { defineTable } from '../src/state/table.ts';
import type { Tree } from '../src/state/tree.ts';

const NOTES = defineTable<string>({
  module: 'notes',
  name: 'notes',
  subtree: 'chain',
  codec: { encode: (text) => new TextEncoder().encode(text), decode: (bytes) => new TextDecoder().decode(bytes) },
});

const NAMES = ['biomass', 'hydro', 'solar', 'wind'] as const;

function recordOf(name: string, index: number): CandidateRecord {
  const amounts = { deposit: BigInt(index), ballotWeight: 0n, ballots: 0 };
  const terms = { jailedUntil: 0, approvalExpiry: 0, unbonding: [] };
  return { owner: name, category: 'plant', index, status: 'ACTIVE', ...amounts, ...terms };
}

const change = fc.record({
  /** Which earlier state it builds on, counted from the last: branches come and go. */
  back: fc.nat(5),
  kind: fc.constantFrom('set', 'delete', 'elsewhere'),
  name: fc.constantFrom(...NAMES),
});

test('candidates looked up for votes are those of the state that is asked about (trust F8)', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const lookup = new CandidateLookup();
      const trees: Tree[] = [undefined];
      for (const [index, { back, kind, name }] of changes.entries()) {
        const writer = new TreeWriter(trees[Math.max(0, trees.length - 1 - back)]);
        if (kind === 'set') writer.set(CANDIDATES, name, recordOf(name, index));
        else if (kind === 'delete') writer.delete(CANDIDATES, name);
        else writer.set(NOTES, name, `${index}`);
        trees.push(writer.tree);
        const state = new TreeReader(writer.tree);
        for (const asked of NAMES) expect(lookup.of(writer.tree, asked)).toBe(state.get(CANDIDATES, asked));
      }
    }),
  );
});

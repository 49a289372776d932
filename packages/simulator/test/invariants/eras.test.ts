import { describe, expect, it } from 'vitest';
import { drawFaultPlan, runFaultPlan } from '../../src/index.ts';
import { createSubject } from '../support/fault-subjects.ts';
import { sha256 } from '../support/hash.ts';

const BORDER = 9;

describe('invariants across a change of protocol', () => {
  for (const [first, second] of [
    ['dpos', 'pbft'],
    ['pbft', 'dpos+checkpoint'],
  ] as const) {
    it(`simulation I1 to I14: they hold from ${first} to ${second}, and blocks of both eras are judged`, async () => {
      const { production, finality } = createSubject(second);
      const later = { fromHeight: BORDER, production, ...(finality && { finality }) };
      const judged: number[] = [];
      const subject = {
        ...createSubject(first),
        laterEras: [later],
        oracle: {
          whyIneligible({ header }: { readonly header: { readonly height: number } }) {
            judged.push(header.height);
            return null;
          },
        },
      };
      const plan = drawFaultPlan({ subject, seed: 5, profile: 'default', sha256, nodes: 4 });
      const { violations, blocks } = await runFaultPlan({ subject, seed: 5, plan, sha256 });
      expect(violations).toEqual([]);
      expect(blocks).toBeGreaterThan(BORDER);
      expect(Math.min(...judged)).toBe(1);
      expect(Math.max(...judged)).toBeGreaterThanOrEqual(blocks);
    });
  }
});

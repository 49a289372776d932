import type { ConsensusHeader } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { createSlotOracle, drawFaultPlan, runFaultPlan } from '../../src/index.ts';
import { createSubject } from '../support/fault-subjects.ts';
import { sha256 } from '../support/hash.ts';
import { withRules } from '../support/tampered.ts';

const at = (timestamp: number) => ({ timestamp }) as ConsensusHeader;

describe('simulation I7: what holds of every slot', () => {
  it('simulation I7: a block stands at the beginning of a slot that is later than that of its parent', () => {
    const { whyIneligible } = createSlotOracle({ slotMs: 1_000, aheadMaxMs: 500 });
    const judge = (timestamp: number, parent: number) =>
      whyIneligible?.({
        header: at(timestamp),
        parent: { header: at(parent), state: null, totalWeight: 0n },
        ancestorAt: (height) => (height === 0 ? at(7_000) : undefined),
      });
    expect(judge(9_000, 8_000)).toBeNull();
    expect(judge(9_001, 8_000)).toMatch(/no slot begins at 9001/);
    expect(judge(8_000, 8_000)).toMatch(/not later than that of its parent/);
  });

  it('simulation I7: blocks of the future are noticed although the rules take them on every node', async () => {
    const honest = createSubject('dpos');
    const eager = withRules(honest.production.plugin, (rules) => ({
      verifyHeader: (header, parent) => rules.verifyHeader(header, parent, Number.MAX_SAFE_INTEGER),
    }));
    const oracle = createSlotOracle({ slotMs: 1_000, aheadMaxMs: 1_000 });
    const run = async (plugin: typeof eager, seeds: number): Promise<ReadonlySet<string>> => {
      const subject = { ...honest, oracle, production: { ...honest.production, plugin } };
      const found = new Set<string>();
      for (let seed = 1; seed <= seeds && found.size === 0; seed++) {
        const plan = drawFaultPlan({ subject, seed, profile: 'default', sha256, nodes: 4 });
        const { violations } = await runFaultPlan({ subject, seed, plan, sha256, invariants: ['I7'] });
        for (const { reason } of violations) found.add(reason.replace(/.* was/, 'was').replace(/\d+/, 'N'));
      }
      return found;
    };
    expect([...(await run(honest.production.plugin, 3))]).toEqual([]);
    expect([...(await run(eager, 12))]).toEqual(['was taken N ms before its time']);
  });
});

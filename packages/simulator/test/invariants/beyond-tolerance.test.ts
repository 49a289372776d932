import { expect, it } from 'vitest';
import { drawFaultPlan, type FaultPlan, runFaultPlan } from '../../src/index.ts';
import { createSubject } from '../support/fault-subjects.ts';
import { sha256 } from '../support/hash.ts';

/** Two of four members run twice, with one instance on each side of a partition that heals. */
function planFor(seed: number): FaultPlan {
  const subject = createSubject('dpos+checkpoint');
  const calm = drawFaultPlan({ subject, seed, profile: 'none', sha256, nodes: 4 });
  return {
    ...calm,
    adversaries: [2, 3].map((node) => ({ node, strategy: 'equivocate' as const })),
    faults: [{ kind: 'partition', at: 3_000, until: 12_000, groups: [[0, 2, 3]] }],
  };
}

it('simulation I6: once half of the members lie, two chains become final, and evidence names the liars and nobody else', async () => {
  const subject = createSubject('dpos+checkpoint');
  let conflicts = 0;
  for (let seed = 1; seed <= 4; seed++) {
    const { violations } = await runFaultPlan({
      subject,
      seed,
      plan: planFor(seed),
      sha256,
      invariants: ['I1', 'I6'],
      onWorld(world) {
        expect(world.isWithinTolerance).toBe(false);
      },
      onLife({ isHonest, host }) {
        host.events.on('finalityConflict', () => {
          if (isHonest) conflicts += 1;
        });
      },
    });
    expect(violations).toEqual([]);
  }
  expect(conflicts).toBeGreaterThan(0);
});

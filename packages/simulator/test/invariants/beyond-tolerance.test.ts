import type { ConsensusHeader } from '@fiducia/consensus';
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
    const finals = new Map<string, Map<number, ConsensusHeader>>();
    const { violations } = await runFaultPlan({
      subject,
      seed,
      plan: planFor(seed),
      sha256,
      invariants: ['I1', 'I6'],
      onWorld(world) {
        expect(world.isWithinTolerance).toBe(false);
        world.simulation.onSend(() => {
          for (const node of world.nodes) {
            if (!node.isHonest || !node.isUp) continue;
            const { height } = node.host.finalized();
            const own = finals.get(node.name) ?? new Map<number, ConsensusHeader>();
            finals.set(node.name, own.set(height, node.host.finalized()));
          }
        });
      },
    });
    expect(violations).toEqual([]);
    const [first, second] = [...finals.values()];
    for (const [height, { id }] of first ?? []) if ((second?.get(height)?.id ?? id) !== id) conflicts += 1;
  }
  expect(conflicts).toBeGreaterThan(0);
});

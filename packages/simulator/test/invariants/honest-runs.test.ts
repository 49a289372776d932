import { checkpointFinality } from '@fiducia/finality-checkpoint';
import { describe, expect, it } from 'vitest';
import type { SubjectName } from '../support/subjects.ts';
import { createWatchedNetwork, type WatchedNetwork } from '../support/watched-network.ts';

const CONDITIONS = { delayMs: { min: 20, max: 300 }, lossPermille: 80, duplicatePermille: 50 };
const SUBJECTS: readonly SubjectName[] = ['round-robin', 'dt-dpos', 'dpos', 'dpos-vrf', 'pos', 'pow', 'pbft'];

async function live(network: WatchedNetwork): Promise<void> {
  await network.runSlots(8);
  await network.pay(0);
  network.simulation.partition([['node-0', 'node-1']]);
  await network.runSlots(8);
  await network.pay(1);
  network.simulation.heal();
  await network.restart(2);
  await network.runSlots(8);
  await network.restart(3, 'lost');
  const { simulation, nodes, world, subject } = network;
  world.liveness = {
    core: nodes.map(({ name }) => name),
    healedAt: simulation.now(),
    agreeWithinMs: 30 * subject.slotMs,
    growWithinMs: 30 * subject.slotMs,
    finalWithinMs: null,
  };
  await network.runSlots(32);
}

describe('invariants of honest runs', () => {
  for (const subject of SUBJECTS) {
    it(`simulation I1 to I14: none is broken by ${subject} through a partition and restarts`, async () => {
      const network = await createWatchedNetwork({ subject, conditions: CONDITIONS });
      await live(network);
      expect(await network.finish()).toEqual([]);
      expect(Math.min(...network.nodes.map(({ host }) => host.head().header.height))).toBeGreaterThan(10);
    });
  }

  it('simulation I1 to I14: none is broken with checkpoints', async () => {
    const gadget = { plugin: checkpointFinality(), config: { every: 2 } };
    const network = await createWatchedNetwork({ subject: 'dpos', gadget, conditions: CONDITIONS });
    await live(network);
    expect(await network.finish()).toEqual([]);
    expect(Math.min(...network.nodes.map(({ host }) => host.finalized().height))).toBeGreaterThan(5);
  });
});

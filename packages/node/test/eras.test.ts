import type { Era } from '@fiducia/consensus';
import { pbft } from '@fiducia/consensus-pbft';
import { pluginModule } from '@fiducia/di';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import { createLoopbackNetwork, isHostError } from '@fiducia/host';
import { describe, expect, it } from 'vitest';
import {
  createTestNode,
  even,
  GENESIS_TIME,
  odd,
  slotTime,
  type TestNode,
  eras as turnsOnly,
} from './support/chain.ts';
import { createStoppedClock } from './support/clock.ts';

const production = turnsOnly[0]?.production ?? { name: '', config: {} };
const seats = [even, odd].map(({ address }) => address);
const BORDER = 9;
const eras: readonly Era[] = [
  { fromHeight: 1, production, finality: { name: 'checkpoint', config: { every: 2, committee: seats } } },
  { fromHeight: BORDER, production: { name: 'pbft', config: { blockTimeMs: 1_000, maxSkewMs: 0, validators: seats } } },
];

async function start(modules = [pluginModule(checkpointFinality(), pbft())]) {
  const network = createLoopbackNetwork();
  const clock = createStoppedClock(GENESIS_TIME);
  const nodes: TestNode[] = [];
  for (const keyPair of [even, odd]) nodes.push(await createTestNode({ keyPair, network, clock, modules, eras }));
  for (const node of nodes) await node.start();
  return { clock, nodes, stop: () => Promise.all(nodes.map((node) => node.stop())) };
}

describe('a node put together with several protocols', () => {
  it('finalises by a gadget beside production, then by the protocol that follows, with real signatures', async () => {
    const { clock, nodes, stop } = await start();
    await clock.advanceTo(slotTime(BORDER - 1));
    for (const { host } of nodes) {
      expect(host.head().header).toMatchObject({ height: BORDER - 1, protocol: 'turns@1' });
      expect(host.finalized().height).toBeGreaterThanOrEqual(4);
    }
    await clock.advanceTo(slotTime(BORDER + 6));
    for (const { host } of nodes) {
      expect(host.head().header.protocol).toBe('pbft@1');
      expect(host.head().header.height).toBeGreaterThan(BORDER + 2);
      expect(host.finalized()).toEqual(host.head().header);
    }
    await stop();
  });

  it('contract H-37: refuses voters that neither the era before nor the configuration names', async () => {
    const unnamed = createTestNode({
      keyPair: even,
      network: createLoopbackNetwork(),
      modules: [pluginModule(pbft())],
      eras: [
        { fromHeight: 1, production },
        { fromHeight: BORDER, production: { name: 'pbft', config: {} } },
      ],
    });
    await expect(unnamed).rejects.toSatisfy((thrown) => isHostError(thrown, 'VALIDATORS_MISSING'));
  });

  it('contract H-37: refuses an era whose plugin no module registers', async () => {
    const created = start([pluginModule(checkpointFinality())]);
    await expect(created).rejects.toThrow('pbft');
  });

  it('contract H-37: refuses a gadget where a production plugin belongs', async () => {
    const misplaced = createTestNode({
      keyPair: even,
      network: createLoopbackNetwork(),
      modules: [pluginModule(checkpointFinality())],
      eras: [{ fromHeight: 1, production: { name: 'checkpoint', config: {} } }],
    });
    await expect(misplaced).rejects.toSatisfy((thrown) => isHostError(thrown, 'ROLE_MISMATCH'));
  });
});

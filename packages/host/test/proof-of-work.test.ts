import { expect, test } from 'vitest';
import { createLoopbackNetwork } from '../src/index.ts';
import { createNode } from './fixtures/nodes.ts';
import { proofOfWork } from './fixtures/proof-of-work.ts';
import { createVirtualClock } from './fixtures/virtual-clock.ts';

test('contract H-4 and H-20: two miners race, cancel and agree; work needs no guard and no validators', async () => {
  const clock = createVirtualClock(1_000_000);
  const network = createLoopbackNetwork();
  const nodes = ['alice', 'bob'].map((name) =>
    createNode({
      name,
      clock,
      net: network.join(name),
      plugin: proofOfWork(),
      config: { initialTarget: 1n << 254n, driftMs: 3_600_000, blockMs: 3_600_000 },
      options: { genesisValidators: [] },
    }),
  );
  for (const node of nodes) await node.host.start();
  while (Math.min(...nodes.map((node) => node.host.head().header.height)) < 20) await clock.runUntil(clock.now() + 1);
  for (const node of nodes) await node.host.stop();
  const [alice, bob] = nodes;
  const height = Math.min(...nodes.map((node) => node.host.head().header.height)) - 6;
  const at = async (node: typeof alice) => (await node?.chain.read({ kind: 'height', height }))?.block.header.id;
  expect(await at(alice)).toBe(await at(bob));
  for (const node of nodes) {
    expect(node.seen.filter(({ name }) => name === 'blockRejected' || name === 'faulted')).toEqual([]);
    expect(node.host.head().totalWeight).toBeGreaterThan(20n);
  }
});

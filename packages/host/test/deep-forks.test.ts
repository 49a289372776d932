/** Branches that parted long ago are found again, however far apart the blocks are that a node names to its peers. */
import type { ConsensusPlugin } from '@fiducia/consensus';
import type { NetPort } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { encodeBlockList } from '../src/import/block-requests.ts';
import { createLoopbackNetwork } from '../src/index.ts';
import { branchOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const LENGTH = 20;

describe('contract H-20: two branches that parted long ago become one', () => {
  test.each(Array.from({ length: LENGTH }, (_, shared) => shared))('after %d common blocks', async (shared) => {
    const plugin = scripted() as ConsensusPlugin;
    const network = createLoopbackNetwork();
    const clock = createVirtualClock();
    const [mine, theirs] = [createFakeChain(), createFakeChain()];
    const common = branchOf(mine.genesis, shared);
    const parent = common.at(-1) ?? mine.genesis;
    const light = branchOf(parent, LENGTH - shared, () => ({ digest: weigh(1, 1) }));
    const heavy = branchOf(parent, LENGTH - shared, () => ({ digest: weigh(2, 2) }));
    const alone = createNode({ plugin, chain: mine });
    await alone.host.start();
    for (const block of [...common, ...light]) await alone.host.importBlock(block.bytes);
    await alone.host.stop();
    const bob = createNode({ name: 'bob', plugin, clock, net: network.join('bob'), chain: theirs });
    await bob.host.start();
    for (const block of [...common, ...heavy]) await bob.host.importBlock(block.bytes);

    const options = { limits: { syncBatchBlocks: 2 } };
    const alice = createNode({ plugin, clock, net: network.join('alice'), chain: mine, options });
    await alice.host.start();
    for (let turn = 0; turn < 50; turn++) await settle();
    expect(alice.host.head().header.id).toBe(heavy.at(-1)?.header.id);
  });

  test('contract H-23 and H-24: also if the winning branch is longer than the tree has room for', async () => {
    const plugin = scripted() as ConsensusPlugin;
    const network = createLoopbackNetwork();
    const [mine, theirs] = [createFakeChain(), createFakeChain()];
    const light = branchOf(mine.genesis, 2 * LENGTH, () => ({ digest: weigh(3, 1) }));
    const heavy = branchOf(mine.genesis, 3 * LENGTH, () => ({ digest: weigh(4, 2) }));
    const options = { limits: { retentionBlocks: 10, unfinalizedBlocksMax: LENGTH, syncBatchBlocks: 7 } };
    const clock = createVirtualClock();
    const alice = createNode({ plugin, clock, net: network.join('alice'), chain: mine, options });
    const bob = createNode({ name: 'bob', plugin, clock, net: network.join('bob'), chain: theirs });
    for (const [node, blocks] of [[alice, light] as const, [bob, heavy] as const]) {
      await node.host.start();
      for (const block of blocks) await node.host.importBlock(block.bytes);
    }
    // Her head stands still, so she asks what follows on it (contract H-47).
    await clock.runUntil(60_000);
    expect(alice.host.head().header.id).toBe(heavy.at(-1)?.header.id);
  });

  test('contract H-45: the next block is enough, although the heads are as high as each other', async () => {
    const plugin = scripted() as ConsensusPlugin;
    const network = createLoopbackNetwork();
    const clock = createVirtualClock();
    const port = network.join('alice');
    let asked = 0;
    let peers: readonly string[] = [];
    const net: NetPort = {
      ...port,
      peers: () => peers,
      request(...question) {
        asked++;
        return port.request(...question);
      },
    };
    const alice = createNode({ plugin, clock, net });
    const bob = createNode({ name: 'bob', plugin, clock, net: network.join('bob') });
    const light = branchOf(alice.chain.genesis, 10 * LENGTH, () => ({ digest: weigh(1, 1) }));
    const heavy = branchOf(alice.chain.genesis, 10 * LENGTH + 1, () => ({ digest: weigh(1, 2) }));
    for (const [node, blocks] of [[alice, light] as const, [bob, heavy] as const]) {
      await node.host.start();
      for (const block of blocks) await node.host.importBlock(block.bytes);
    }
    asked = 0;
    peers = ['bob'];
    const newest = heavy.at(-1);
    await alice.host.importBlock(newest?.bytes ?? new Uint8Array(), 'bob');
    for (let turn = 0; turn < 100; turn++) await settle();
    expect(alice.host.head().header.id).toBe(newest?.header.id);
    expect(asked).toBeLessThan(heavy.length);
  });

  test('contract H-39: a peer that tells of known blocks again and again is not asked for ever', async () => {
    const network = createLoopbackNetwork();
    const port = network.join('alice');
    const chain = createFakeChain();
    const blocks = branchOf(chain.genesis, LENGTH, () => ({ digest: weigh(1) }));
    let asked = 0;
    const net: NetPort = {
      ...port,
      peers: () => ['mallory'],
      request: async () => {
        const block = blocks[asked++ % 4];
        return block === undefined ? null : encodeBlockList([{ block: block.bytes, proof: new Uint8Array() }]);
      },
    };
    const plugin = scripted() as ConsensusPlugin;
    const alone = createNode({ plugin, chain });
    await alone.host.start();
    for (const block of blocks) await alone.host.importBlock(block.bytes);
    const alice = createNode({ plugin, net, chain });
    await alice.host.start();
    for (let turn = 0; turn < 50; turn++) await settle();
    expect(asked).toBe(5);
  });
});

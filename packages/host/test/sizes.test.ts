/** Sizes are part of what makes a block valid, whichever way it comes (contract section 4, step 1). */
import { accept, type ConsensusPlugin, type Effect } from '@fiducia/consensus';
import { expect, test } from 'vitest';
import { createLoopbackNetwork } from '../src/index.ts';
import { answerOf, childOf } from './fixtures/blocks.ts';
import { composeBlock, createFakeChain, partsOf } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { settle } from './fixtures/virtual-clock.ts';

const rules = { verifyHeader: () => accept() };

const { genesis } = createFakeChain();
const good = childOf(genesis);
const blocks = {
  'a long digest': childOf(genesis, { digest: new Uint8Array(4_097) }),
  'a long seal': composeBlock({ ...partsOf(good), seal: new Uint8Array(4_097) }),
  'the longest of both': composeBlock({
    ...partsOf(childOf(genesis, { digest: new Uint8Array(4_096) })),
    seal: new Uint8Array(4_096),
  }),
};

test.each(Object.entries(blocks))(
  'contract section 4: what voters are told of %s is what an import says',
  async (_name, block) => {
    const network = createLoopbackNetwork();
    network.join('bob').serve('blocks', async () => answerOf(block));
    const told: string[] = [];
    const { id } = block.header;
    const plugin = scripted({
      rules,
      start: () => [{ kind: 'fetchBlock', requestId: 'f', blockId: id }],
      on(input): readonly Effect[] {
        if (input.kind === 'blockFetched') return [{ kind: 'validateBlock', blockId: id }];
        if (input.kind === 'blockValidated') told.push(input.result);
        return [];
      },
    }) as ConsensusPlugin;
    const node = createNode({ plugin, net: network.join('alice') });
    await node.host.start();
    await settle();
    const { kind } = await node.host.importBlock(block.bytes);
    expect(told).toEqual([kind === 'adopted' ? 'valid' : 'invalid']);
  },
);

const DIGEST = weigh(1);

/** A node that builds one block and publishes it with a seal of some length. */
async function publishing(sealBytes: number, setup: NodeSetup = {}) {
  const network = createLoopbackNetwork();
  let sent = 0;
  network.join('bob').subscribe('blocks', async () => {
    sent += 1;
    return 'accept';
  });
  const seal = new Uint8Array(sealBytes);
  const plugin = scripted({
    rules,
    start: ({ head }): readonly Effect[] => [
      { kind: 'buildBlock', requestId: 'b', parentId: head.header.id, timestamp: 1, digest: DIGEST, deadline: 9 },
    ],
    on: (input): readonly Effect[] =>
      input.kind === 'blockBuilt' && input.header !== null
        ? [{ kind: 'publish', blockId: input.header.id, sealing: { kind: 'attach', seal } }]
        : [],
  }) as ConsensusPlugin;
  const node = createNode({ plugin, net: network.join('alice'), ...setup });
  await node.host.start();
  await settle();
  await settle();
  return { node, sent };
}

test('contract H-28: a host does not take a block of its own that it would not take from a peer', async () => {
  const { node: control, sent } = await publishing(100);
  expect(control.host.head().header.height).toBe(1);
  expect(sent).toBe(1);
  const { length } = (await control.chain.read({ kind: 'head' }))?.block.bytes ?? weigh(1);

  const tight = await publishing(100, { options: { limits: { blockBytesMax: length - 1 } } });
  expect(tight.node.host.head().header.height).toBe(0);
  expect(tight.sent).toBe(0);
  expect(tight.node.seen).toContainEqual({
    name: 'trace',
    event: expect.objectContaining({
      event: 'OWN_BLOCK_REJECTED',
      data: expect.objectContaining({ code: 'BLOCK_TOO_LARGE' }),
    }),
  });
});

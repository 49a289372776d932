/** Large blocks take the room of several: a peer without a key chooses how long its junk is (contract H-39). */
import { type ConsensusPlugin, MESSAGE_DOMAIN } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { encodeBlockRequest } from '../src/import/block-requests.ts';
import { PeerBuffer } from '../src/import/peer-buffer.ts';
import { BLOCKS_CHANNEL, createLoopbackNetwork } from '../src/index.ts';
import { encodeEnvelope } from '../src/messages/message-codec.ts';
import { childOf, SCRIPTED, scopeOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, type TestNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { stubSign } from './fixtures/stub-crypto.ts';
import { settle } from './fixtures/virtual-clock.ts';

const { genesis } = createFakeChain();
const limits = { blockBytesMax: 8_192 };

/** A block whose parent nobody has, nearly as long as a block may be. */
const strayOf = (salt: number, isLong: boolean): Block => {
  const lost = childOf(genesis, { digest: weigh(1, salt) });
  return childOf(lost, { digest: new Uint8Array(isLong ? 4_000 : 8).fill(1) });
};

const usage = (node: TestNode, wanted: string) => node.host.usage().find(({ name }) => name === wanted);

async function listening() {
  const network = createLoopbackNetwork();
  const options = { limits };
  const node = createNode({ plugin: scripted() as ConsensusPlugin, net: network.join('alice'), options });
  await node.host.start();
  return { node, network };
}

describe('contract H-39: a long block takes the room of several short ones', () => {
  test('among those that wait for their parent', async () => {
    const { node } = await listening();
    await node.host.importBlock(strayOf(1_000, false).bytes, 'bob');
    for (let salt = 0; salt < 40; salt++) await node.host.importBlock(strayOf(salt, true).bytes, 'mallory');
    // A block of half the length that is allowed takes nine of 32 places, so there is room for three of them.
    expect(usage(node, 'orphanBlocksPerPeer')?.count).toBe(27);
    expect(usage(node, 'orphanBlocks')?.count).toBe(28);
  });

  test('among those that come with messages', async () => {
    const { node, network } = await listening();
    const mallory = network.join('mallory');
    const blocks = Array.from({ length: 20 }, (_, salt) => strayOf(salt, true));
    for (const [salt, { bytes: block }] of blocks.entries()) {
      const payload = weigh(1, salt);
      const signature = stubSign(scopeOf(SCRIPTED), MESSAGE_DOMAIN, payload, 'mallory');
      const message = { author: 'mallory', payload, signature };
      mallory.send('alice', 'messages', encodeEnvelope({ era: 0, protocol: SCRIPTED, height: 1, message, block }));
      await settle();
    }
    expect(usage(node, 'attachedBlocksPerPeer')).toMatchObject({ count: 8, max: 8 });
    const questions = blocks.map(({ header }) => encodeBlockRequest({ kind: 'byId', id: header.id }));
    const answers = await Promise.all(questions.map((bytes) => mallory.request('alice', BLOCKS_CHANNEL, bytes, 1)));
    expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
  });

  test('among those that wait for their import', async () => {
    const { node, network } = await listening();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let decoded = 0;
    const { read, decode } = node.chain;
    node.chain.read = async (locator) => {
      await held;
      return read(locator);
    };
    node.chain.decode = (bytes, part) => {
      decoded += 1;
      return decode(bytes, part);
    };
    const mallory = network.join('mallory');
    for (let salt = 0; salt < 100; salt++) mallory.send('alice', BLOCKS_CHANNEL, strayOf(salt, true).bytes);
    await settle();
    // Nine of 64 places each.
    expect(decoded).toBe(7);
    release();
    await settle();
    expect(usage(node, 'importsPerPeer')?.count).toBe(0);
  });

  test('one that is as long as all the room of a peer stays alone', () => {
    const buffer = new PeerBuffer<number>(20, 8, (value) => value);
    buffer.add('a', 1, 'mallory');
    buffer.add('b', 16, 'mallory');
    expect([...buffer.values()]).toEqual([16]);
    buffer.add('c', 3, 'mallory');
    expect([...buffer.values()]).toEqual([3]);
    for (const [key, peer] of ['d', 'e', 'f'].map((name) => [name, `peer ${name}`] as const)) buffer.add(key, 7, peer);
    expect([...buffer.values()]).toEqual([3, 7, 7]);
    expect(buffer.usage('test')).toEqual([
      { name: 'test', count: 17, max: 20 },
      { name: 'testPerPeer', count: 7, max: 8 },
    ]);
  });
});

/** Anybody may send a proposal of others with another body: no signature covers what is attached (contract H-11). */
import { type ConsensusPlugin, type Effect, type Evidence, MESSAGE_DOMAIN } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { expect, test } from 'vitest';
import { BLOCKS_CHANNEL, createLoopbackNetwork } from '../src/index.ts';
import { encodeEnvelope } from '../src/messages/message-codec.ts';
import { childOf, SCRIPTED, scopeOf } from './fixtures/blocks.ts';
import { composeBlock, createFakeChain, partsOf } from './fixtures/fake-chain.ts';
import { createNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { stubSign } from './fixtures/stub-crypto.ts';
import { settle } from './fixtures/virtual-clock.ts';

const junk = (salt: number): Evidence => {
  const place = { era: 0, protocol: SCRIPTED, offender: 'x', height: salt } as const;
  return { kind: 'custom', ...place, id: 'x', data: weigh(salt) };
};

/** The same header, and so the same identity, before another body. */
function copyOf(block: Block, salt: number): Block {
  const other = composeBlock({ ...partsOf(block), evidence: [junk(salt)] });
  const bytes = new Uint8Array([...block.bytes.subarray(0, 4 + block.headerBytes.length), ...bodyOf(other)]);
  return { ...block, bytes };
}

const bodyOf = ({ bytes, headerBytes }: Block) => bytes.subarray(4 + headerBytes.length);

test.each([0, 1, 3])(
  'contract H-39: voters find the block of a proposal among %d copies that came before it',
  async (count) => {
    const network = createLoopbackNetwork();
    const chain = createFakeChain();
    const block = childOf(chain.genesis);
    const told: string[] = [];
    const sent: Uint8Array[] = [];
    const plugin = scripted({
      on(input): readonly Effect[] {
        if (input.kind === 'messageReceived' && input.header !== undefined) {
          return [{ kind: 'validateBlock', blockId: input.header.id }];
        }
        if (input.kind !== 'blockValidated') return [];
        told.push(input.result);
        return input.result === 'valid' ? [{ kind: 'publish', blockId: input.blockId }] : [];
      },
    }) as ConsensusPlugin;
    const node = createNode({ plugin, chain, net: network.join('alice') });
    await node.host.start();
    const signature = stubSign(scopeOf(SCRIPTED), MESSAGE_DOMAIN, weigh(1), 'bob');
    const message = { author: 'bob', payload: weigh(1), signature };
    const say = async (peer: string, attached: Block): Promise<void> => {
      const bytes = encodeEnvelope({ era: 0, protocol: SCRIPTED, height: 1, message, block: attached.bytes });
      network.join(peer).send('alice', 'messages', bytes);
      await settle();
    };
    for (let salt = 1; salt <= count; salt++) {
      const copy = copyOf(block, salt);
      expect(chain.decode(copy.bytes, 'block')?.header.id).toBe(block.header.id);
      await say(`mallory ${salt}`, copy);
    }
    network.join('carol').subscribe(BLOCKS_CHANNEL, async (_from, bytes) => {
      sent.push(bytes);
      return 'accept';
    });
    await say('bob', block);
    await settle();
    expect(told).toEqual([...Array.from({ length: count }, () => 'invalid'), 'valid']);
    expect(node.host.head().header.id).toBe(block.header.id);
    expect(sent).toEqual([block.bytes]);
  },
);

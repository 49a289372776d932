/** Who sends the proof that everybody has, and when (contract, section 8). */
import type { Effect } from '@fiducia/consensus';
import type { MessageOutcome, NetPort } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { encodeProofNotice, encodeProvenBlock } from '../src/finality/proof-codec.ts';
import { createLoopbackNetwork } from '../src/index.ts';
import { childOf, SCRIPTED } from './fixtures/blocks.ts';
import { createNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { scripted } from './fixtures/scripted.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

type Block = ReturnType<typeof childOf>;
type Handler = (from: string, bytes: Uint8Array) => Promise<MessageOutcome>;

const prove = (block: Block, signers = ['bob', 'carol']) => proofOf(block, signers, SCRIPTED);

/** Alice, who proves a block by `author` herself; nothing leaves her without being noted. */
async function setUp(options: { readonly author: string; readonly attached: boolean; readonly signers?: string[] }) {
  const { author, attached, signers } = options;
  const handlers = new Map<string, Handler>();
  const sent: { readonly channel: string; readonly bytes: Uint8Array }[] = [];
  const join = createLoopbackNetwork().join('alice');
  const net: NetPort = {
    ...join,
    subscribe(channel, handler) {
      handlers.set(channel, handler);
      return join.subscribe(channel, handler);
    },
    send: (_to, channel, bytes) => void sent.push({ channel, bytes }),
  };
  const clock = createVirtualClock();
  let publish: readonly Effect[] = [];
  const plugin = scripted({ rules: { finality: quorumFinality(attached) }, on: () => publish });
  const node = createNode({ plugin, net, clock });
  await node.host.start();
  const block = childOf(node.chain.genesis, { author });
  const proof = prove(block, signers);
  return {
    node,
    clock,
    sent,
    block,
    proof,
    hear: (channel: string, bytes: Uint8Array) => handlers.get(channel)?.('bob', bytes),
    /** The engine publishes what it proved as soon as it sees the block. */
    async provesOnceImported() {
      publish = [{ kind: 'publish', blockId: block.header.id, proof }];
      await node.host.importBlock(block.bytes);
      await settle();
    },
  };
}

const LATER_MS = 1_000;

describe('a proof that travels without its block', () => {
  const notice = ({ header }: Block, proof: Uint8Array) =>
    encodeProofNotice({ era: 0, protocol: SCRIPTED, blockId: header.id, proof });

  test('the author sends it at once, another voter half a second later', async () => {
    const own = await setUp({ author: 'alice', attached: false });
    await own.provesOnceImported();
    expect(own.sent).toEqual([{ channel: 'proofs', bytes: notice(own.block, own.proof) }]);

    const other = await setUp({ author: 'carol', attached: false });
    await other.provesOnceImported();
    expect(other.node.host.finalized().height).toBe(1);
    expect(other.sent).toEqual([]);
    await other.clock.runUntil(LATER_MS);
    expect(other.sent).toEqual([{ channel: 'proofs', bytes: notice(other.block, other.proof) }]);
  });

  test('nobody sends what another sent meanwhile, with whatever signatures', async () => {
    const { node, block, clock, sent, hear, provesOnceImported } = await setUp({ author: 'carol', attached: false });
    await provesOnceImported();
    expect(await hear('proofs', notice(block, prove(block, ['alice', 'bob'])))).toBe('ignore');
    await clock.runUntil(LATER_MS);
    expect(sent).toEqual([]);
    expect(node.host.finalized().height).toBe(1);
  });

  test('contract H-28: one that does not hold is never sent, by the author neither', async () => {
    for (const author of ['alice', 'carol']) {
      const { node, clock, sent, provesOnceImported } = await setUp({ author, attached: false, signers: ['bob'] });
      await provesOnceImported();
      await clock.runUntil(LATER_MS);
      expect(sent).toEqual([]);
      expect(node.host.finalized().height).toBe(0);
    }
  });

  test('nothing is sent after the end', async () => {
    const { node, clock, sent, provesOnceImported } = await setUp({ author: 'carol', attached: false });
    await provesOnceImported();
    await node.host.stop();
    expect(clock.pending).toBe(0);
    await clock.runUntil(LATER_MS);
    expect(sent).toEqual([]);
  });
});

describe('a block that comes with its proof', () => {
  test('nobody sends what he heard meanwhile', async () => {
    for (const isHeard of [false, true]) {
      const network = createLoopbackNetwork();
      const join = network.join('alice');
      const sent: string[] = [];
      const handlers = new Map<string, Handler>();
      const clock = createVirtualClock();
      let block: Block | undefined;
      const plugin = scripted({
        rules: { finality: quorumFinality(true) },
        start: () => [{ kind: 'fetchBlock', requestId: 'f', blockId: block?.header.id ?? '' }],
        on: ({ kind }) => (kind === 'blockFetched' ? [publishOf(block as Block)] : []),
      });
      const node = createNode({
        plugin,
        clock,
        net: {
          ...join,
          subscribe(channel, handler) {
            handlers.set(channel, handler);
            return join.subscribe(channel, handler);
          },
          send: (_to, channel) => void sent.push(channel),
        },
      });
      block = childOf(node.chain.genesis, { author: 'carol' });
      const { bytes } = block;
      network.join('bob').serve('blocks', async () => encodeProvenBlock({ block: bytes, proof: new Uint8Array() }));
      await node.host.start();
      await settle();
      expect(node.host.head().header.id).toBe(block.header.id);
      const heard = encodeProvenBlock({ block: bytes, proof: prove(block, ['alice', 'bob']) });
      if (isHeard) expect(await handlers.get('provenBlocks')?.('bob', heard)).toBe('ignore');
      await clock.runUntil(LATER_MS);
      expect(sent).toEqual(isHeard ? [] : ['provenBlocks']);
    }
  });

  function publishOf(block: Block): Effect {
    return { kind: 'publish', blockId: block.header.id, proof: prove(block) };
  }
});

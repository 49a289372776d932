import type { Effect, Input } from '@fiducia/consensus';
import type { MessageOutcome, NetPort } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { encodeProofNotice, encodeProvenBlock } from '../src/finality/proof-codec.ts';
import { encodeBlockList } from '../src/import/block-requests.ts';
import { createLoopbackNetwork, createMemoryLog, PROVEN_BLOCKS_CHANNEL } from '../src/index.ts';
import { branchOf, childOf, SCRIPTED } from './fixtures/blocks.ts';
import { createFakeChain, type FakeChain } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup, type TestNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { type Script, scripted, weigh } from './fixtures/scripted.ts';
import { settle } from './fixtures/virtual-clock.ts';

type Block = ReturnType<typeof childOf>;

const QUORUM = ['bob', 'carol'];
const prove = (block: Block, signers = QUORUM) => proofOf(block, signers, SCRIPTED);
const notice = (block: Block, proof = prove(block)) =>
  encodeProofNotice({ era: 0, protocol: SCRIPTED, blockId: block.header.id, proof });

/** A protocol that forks, and finalises some blocks later. */
function provable(script: Script = {}) {
  return scripted({ ...script, rules: { finality: quorumFinality(false), ...script.rules } });
}

async function started(setup: NodeSetup = {}): Promise<TestNode> {
  const node = createNode({ plugin: provable(), ...setup });
  await node.host.start();
  return node;
}

/** A node with the handler of the channel on which proofs travel. */
async function listening(setup: NodeSetup = {}) {
  const net = setup.net ?? createLoopbackNetwork().join('alice');
  let receive = async (_from: string, _bytes: Uint8Array): Promise<MessageOutcome> => 'ignore';
  const node = await started({
    ...setup,
    net: {
      ...net,
      subscribe(channel, handler) {
        if (channel === 'proofs') receive = handler;
        return net.subscribe(channel, handler);
      },
    },
  });
  return { node, receive: (from: string, bytes: Uint8Array) => receive(from, bytes) };
}

async function importAll(node: TestNode, blocks: readonly Block[]): Promise<void> {
  for (const block of blocks) await node.host.importBlock(block.bytes);
}

const named = (node: TestNode, name: string) =>
  node.seen.filter((item) => item.name === name).map(({ event }) => event);

describe('contract H-20: what is final is never left', () => {
  test('a proof makes its block final everywhere, once, and the engines hear of it', async () => {
    const network = createLoopbackNetwork();
    const chains = [createFakeChain(), createFakeChain()] as const;
    const [first, second, third] = branchOf(chains[0].genesis, 3);
    const blocks = [first, second, third].filter((block) => block !== undefined);
    const inputs: Input<unknown>[] = [];
    const publish: Effect = { kind: 'publish', blockId: second?.header.id ?? '', proof: prove(blocks[1] as Block) };
    const plugin = provable({
      on(input) {
        inputs.push(input);
        return input.kind === 'headChanged' && input.head.header.height === 3 ? [publish, publish] : [];
      },
    });
    const follower = await started({ name: 'bob', chain: chains[1], net: network.join('bob') });
    await importAll(follower, blocks);
    const node = await started({ chain: chains[0], net: network.join('alice'), plugin });
    await importAll(node, blocks);
    await settle();
    for (const { host, chain } of [node, follower]) {
      expect(host.finalized().id).toBe(second?.header.id);
      expect(host.head().header.id).toBe(third?.header.id);
      expect(chain.stored.get(second?.header.id ?? '')?.proof).toEqual(publish.proof);
      expect(host.tipOf(first?.header.id ?? '')).toBeUndefined();
    }
    expect(named(node, 'finalized')).toEqual([{ header: second?.header, proof: publish.proof }]);
    expect(named(follower, 'finalized')).toHaveLength(1);
    expect(inputs.filter(({ kind }) => kind === 'finalized')).toEqual([{ kind: 'finalized', header: second?.header }]);
  });

  test('a branch that leaves the final block is refused however heavy it is, and its sender is not punished', async () => {
    const { node, receive } = await listening();
    const main = branchOf(node.chain.genesis, 4);
    const rival = branchOf(main[0] ?? node.chain.genesis, 5, () => ({ digest: weigh(100) }));
    await importAll(node, main.slice(0, 3));
    await importAll(node, rival.slice(0, 2));
    expect(node.host.head().header.id).toBe(rival[1]?.header.id);
    expect(await receive('bob', notice(main[2] as Block))).toBe('accept');
    expect(node.host.head().header.id).toBe(main[2]?.header.id);
    for (const block of rival) {
      const result = await node.host.importBlock(block.bytes, 'bob');
      expect(result).not.toMatchObject({ kind: 'adopted' });
      expect(result).not.toMatchObject({ kind: 'stored' });
    }
    expect(await node.host.importBlock((main[3] as Block).bytes, 'bob')).toMatchObject({ kind: 'adopted' });
  });

  test('a final block beside the head moves the head to the best branch above it', async () => {
    const { node, receive } = await listening();
    const main = branchOf(node.chain.genesis, 3, () => ({ digest: weigh(9) }));
    const side = branchOf(node.chain.genesis, 2, () => ({ digest: weigh(1, 1) }));
    const tops = [1, 2].map((weight) => childOf(side[1] as Block, { digest: weigh(weight, 2) }));
    await importAll(node, [...main, ...side, ...tops]);
    node.seen.length = 0;
    expect(await receive('bob', notice(side[0] as Block))).toBe('accept');
    expect(node.host.head().header.id).toBe(tops[1]?.header.id);
    expect(node.chain.updates.at(-1)).toMatchObject({
      store: [],
      headId: tops[1]?.header.id,
      reverted: main.map(({ header }) => header.id).reverse(),
      applied: [...side, tops[1]].map((block) => block?.header.id),
      finalized: { id: side[0]?.header.id },
    });
    expect(node.seen.map(({ name }) => name)).toEqual(['finalized', 'headChanged']);
  });

  test('a restart keeps what is final, and derives no state below it', async () => {
    const log = createMemoryLog();
    const chain = createFakeChain();
    const writing = provable({
      start: () => [1, 2, 3].map((height) => ({ kind: 'persist', height, entry: weigh(height) })),
    });
    const { node, receive } = await listening({ chain, plugin: writing, options: { log } });
    const main = branchOf(chain.genesis, 3);
    await importAll(node, main);
    await receive('bob', notice(main[1] as Block));
    await settle();
    await node.host.stop();
    const logs: unknown[] = [];
    const again = await started({
      chain,
      plugin: provable({
        start(start) {
          logs.push(start.log, start.finalized.id);
          return [];
        },
      }),
      options: { log },
    });
    await settle();
    expect(logs).toEqual([[weigh(3)], main[1]?.header.id]);
    expect(again.host.finalized().id).toBe(main[1]?.header.id);
    expect(again.host.head()).toEqual(node.host.head());
    expect(again.host.tipOf(main[0]?.header.id ?? '')).toBeUndefined();
  });
});

describe('proofs of peers', () => {
  test('one that comes before its block waits for it, and the block is asked for', async () => {
    const network = createLoopbackNetwork();
    const server = await started({ name: 'bob', net: network.join('bob') });
    const [first, second] = branchOf(server.chain.genesis, 2);
    await importAll(
      server,
      [first, second].filter((block) => block !== undefined),
    );
    const { node, receive } = await listening({ net: network.join('alice') });
    expect(await receive('bob', notice(second as Block))).toBe('ignore');
    await settle();
    expect(node.host.finalized().id).toBe(second?.header.id);
  });

  test('a late joiner gets proofs with the blocks', async () => {
    const network = createLoopbackNetwork();
    const server = await listening({ name: 'bob', net: network.join('bob') });
    const blocks = branchOf(server.node.chain.genesis, 60);
    await importAll(server.node, blocks);
    await server.receive('carol', notice(blocks[49] as Block));
    const late = await started({ name: 'alice', net: network.join('alice') });
    await late.host.importBlock((blocks[59] as Block).bytes, 'bob');
    await settle();
    expect(late.host.head().header.height).toBe(60);
    expect(late.host.finalized().height).toBe(50);
  });

  test('garbage, forgeries and too little weight are refused and finalise nothing', async () => {
    const { node, receive } = await listening();
    const [block, other] = branchOf(node.chain.genesis, 2);
    await importAll(
      node,
      [block, other].filter((item) => item !== undefined),
    );
    const outcomes = [];
    for (const bytes of [
      weigh(1),
      notice(block as Block, weigh(1)),
      notice(block as Block, prove(block as Block, ['bob'])),
      notice(block as Block, prove(other as Block)),
      encodeProofNotice({ era: 0, protocol: 'other@1', blockId: '', proof: weigh(1) }),
      encodeProofNotice({ era: 9, protocol: SCRIPTED, blockId: '', proof: weigh(1) }),
    ]) {
      outcomes.push(await receive('mallory', bytes));
    }
    expect(outcomes).toEqual(['reject', 'reject', 'reject', 'reject', 'ignore', 'ignore']);
    expect(node.host.finalized().height).toBe(0);
  });

  test('a forged one that comes with a new block is not passed on, and the block goes on without it', async () => {
    const port = createLoopbackNetwork().join('alice');
    const handlers = new Map<string, (from: string, bytes: Uint8Array) => Promise<MessageOutcome>>();
    const sent: [string, Uint8Array][] = [];
    const net: NetPort = {
      ...port,
      send: (_to, channel, bytes) => void sent.push([channel, bytes]),
      subscribe(channel, handler) {
        handlers.set(channel, handler);
        return port.subscribe(channel, handler);
      },
    };
    const node = await started({ net });
    const [block, next] = branchOf(node.chain.genesis, 2) as [Block, Block];
    const forged = prove(block, ['bob', 'mallory']);
    const receive = handlers.get(PROVEN_BLOCKS_CHANNEL);
    // Whoever has the block refuses this message, and would blame an honest neighbour for it.
    expect(await receive?.('mallory', encodeProvenBlock({ block: block.bytes, proof: forged }))).toBe('reject');
    expect(node.host.head().header.id).toBe(block.header.id);
    expect(sent).toEqual([['blocks', block.bytes]]);
    expect(await receive?.('mallory', encodeProvenBlock({ block: block.bytes, proof: forged }))).toBe('reject');
    expect(sent).toHaveLength(1);

    const alone = prove(next, ['bob']);
    expect(await node.host.importBlock(next.bytes, 'mallory', alone)).toMatchObject({
      kind: 'adopted',
      proofCode: 'NO_QUORUM',
    });
    expect(node.host.finalized().height).toBe(0);
  });

  test('contract H-39: who answers with a forged one is blamed for it, and its blocks count', async () => {
    const port = createLoopbackNetwork().join('alice');
    const chain = createFakeChain();
    const blocks = branchOf(chain.genesis, 2);
    const forged = prove(blocks[0] as Block, ['bob', 'mallory']);
    const answers = [
      encodeBlockList(
        blocks.map(({ bytes }, index) => ({ block: bytes, proof: index === 0 ? forged : new Uint8Array() })),
      ),
    ];
    const blamed: string[] = [];
    const node = await started({
      chain,
      net: {
        ...port,
        peers: () => ['mallory'],
        request: async () => answers.pop() ?? null,
        penalise: (peer, code) => void blamed.push(`${peer} ${code}`),
      },
    });
    await settle();
    expect(node.host.head().header.height).toBe(2);
    expect(blamed).toEqual(['mallory NO_QUORUM']);
  });

  test('contract H-43: one that is looked up while the host stops is not stored after it', async () => {
    const chain = createFakeChain();
    const { read } = chain;
    const { node, receive } = await listening({ chain });
    const [block] = branchOf(chain.genesis, 1) as [Block];
    let answer: () => void = () => undefined;
    chain.read = async (locator) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return read(locator);
    };
    const received = receive('bob', notice(block));
    await importAll(node, [block]);
    expect(node.host.head().header.id).toBe(block.header.id);
    await node.host.stop();
    const before = chain.updates.length;
    answer();
    expect(await received).toBe('ignore');
    expect(chain.updates).toHaveLength(before);
  });

  test('contract H-39: proofs of unknown blocks are bounded for each peer, and push out no other', async () => {
    const { node, receive } = await listening({
      options: { limits: { pendingProofsMax: 4, pendingProofsPerPeerMax: 2 } },
    });
    const [block] = branchOf(node.chain.genesis, 1);
    await receive('bob', notice(block as Block));
    for (let salt = 0; salt < 20; salt++) {
      const junk = encodeProofNotice({ era: 0, protocol: SCRIPTED, blockId: `${salt}`, proof: weigh(salt) });
      expect(await receive('mallory', junk)).toBe('ignore');
    }
    await node.host.importBlock((block as Block).bytes);
    expect(node.host.finalized().height).toBe(1);
  });

  test('a chain that settles by depth ignores proofs', async () => {
    const { node, receive } = await listening({ plugin: scripted() });
    const [block] = branchOf(node.chain.genesis, 1);
    await importAll(node, [block as Block]);
    expect(await receive('bob', notice(block as Block))).toBe('reject');
    expect(node.host.finalized().height).toBe(0);
  });
});

describe('finality-checkpoint X: two final blocks that exclude each other', () => {
  async function split(chain: FakeChain, publishId: string, proof: Uint8Array) {
    const main = branchOf(chain.genesis, 2);
    const publish: Effect = { kind: 'publish', blockId: publishId, proof };
    const plugin = provable({ on: ({ kind }) => (kind === 'finalized' ? [publish] : []) });
    const network = createLoopbackNetwork();
    const { node, receive } = await listening({ chain, plugin, net: network.join('alice') });
    await importAll(node, main);
    return { node, receive, main, network };
  }

  test('the own engine proves a block beside the final chain that nobody here has seen: it is fetched and convicts', async () => {
    const chain = createFakeChain();
    const rival = branchOf(chain.genesis, 3, () => ({ digest: weigh(7) }));
    const proven = rival[2] as Block;
    const { node, receive, main, network } = await split(chain, proven.header.id, prove(proven));
    const other = await started({ name: 'bob', net: network.join('bob') });
    await importAll(other, rival);
    await receive('carol', notice(main[1] as Block));
    await settle();
    expect(named(node, 'finalityConflict')).toMatchObject([
      { finalizedId: main[1]?.header.id, conflictingId: proven.header.id, conflictingProof: prove(proven) },
    ]);
    expect(node.host.finalized().id).toBe(main[1]?.header.id);
    expect(node.seen.filter(({ name }) => name === 'faulted')).toEqual([]);
  });

  test('a block that was stored before it was ruled out convicts as well', async () => {
    const chain = createFakeChain();
    const rival = branchOf(chain.genesis, 2, () => ({ digest: weigh(1, 7) }));
    const proven = rival[1] as Block;
    const { node, receive, main } = await split(chain, proven.header.id, prove(proven));
    await importAll(node, rival);
    await receive('carol', notice(main[1] as Block));
    await settle();
    expect(named(node, 'finalityConflict')).toMatchObject([{ conflictingId: proven.header.id }]);
  });

  test('a proof that does not hold convicts nobody, whoever says it', async () => {
    const chain = createFakeChain();
    const rival = branchOf(chain.genesis, 2, () => ({ digest: weigh(1, 7) }));
    const proven = rival[1] as Block;
    const { node, receive, main } = await split(chain, proven.header.id, prove(proven, ['bob', 'mallory']));
    await importAll(node, rival);
    await receive('carol', notice(main[1] as Block));
    await settle();
    expect(named(node, 'finalityConflict')).toEqual([]);
  });
});

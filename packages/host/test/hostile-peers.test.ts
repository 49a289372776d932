/** What one peer can do to others: contract H-39. */
import { accept, defer, type Effect, MESSAGE_DOMAIN, type SignedMessage } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { ClaimBudget } from '../src/claim-budget.ts';
import { decodeBlockRequest, encodeBlockList, encodeBlockRequest } from '../src/import/block-requests.ts';
import { PeerBuffer } from '../src/import/peer-buffer.ts';
import { BLOCKS_CHANNEL, createLoopbackNetwork, DEFAULT_HOST_LIMITS, encodeProvenBlock } from '../src/index.ts';
import { encodeEnvelope } from '../src/messages/message-codec.ts';
import { branchOf, childOf, SCRIPTED, scopeOf } from './fixtures/blocks.ts';
import { composeBlock, createFakeChain, partsOf } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { createStubCrypto, stubSign } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

type Handler = (from: string, bytes: Uint8Array) => Promise<string>;

/** A node whose channel handlers a test can call as a peer would. */
async function listening(setup: NodeSetup = {}) {
  const handlers = new Map<string, Handler>();
  const net = {
    ...(setup.net ?? createLoopbackNetwork().join('alice')),
    subscribe(channel: string, handler: Handler) {
      handlers.set(channel, handler);
      return () => undefined;
    },
  };
  const node = createNode({ plugin: scripted(), ...setup, net: net as never });
  await node.host.start();
  const receive = (channel: string, from: string, bytes: Uint8Array) =>
    handlers.get(channel)?.(from, bytes) ?? Promise.resolve('no handler');
  return { node, receive };
}

function envelope(author: string, payload: Uint8Array, block: Uint8Array = new Uint8Array()): Uint8Array {
  const signature = stubSign(scopeOf(SCRIPTED), MESSAGE_DOMAIN, payload, author);
  const message: SignedMessage = { author, payload, signature };
  return encodeEnvelope({ era: 0, protocol: SCRIPTED, height: 1, message, block });
}

test('contract H-39: peers that have nothing are not the only ones to be asked, search after search', async () => {
  const chain = createFakeChain();
  const [parent, child] = branchOf(chain.genesis, 2);
  if (parent === undefined || child === undefined) throw new Error('two blocks');
  const answer = encodeProvenBlock({ block: parent.bytes, proof: new Uint8Array() });
  const net: NodeSetup['net'] = {
    ...createLoopbackNetwork().join('alice'),
    peers: () => ['idle 1', 'idle 2', 'idle 3', 'idle 4', 'bob'],
    request: async (peer, _channel, bytes) =>
      peer === 'bob' && decodeBlockRequest(bytes).kind === 'byId' ? answer : null,
  };
  const node = createNode({ plugin: scripted(), chain, net });
  await node.host.start();
  for (let search = 0; search < 2; search++) {
    await node.host.importBlock(child.bytes);
    await settle();
  }
  expect(node.host.head().header.id).toBe(child.header.id);
});

test('contract H-39: a peer that is asked first and says nothing keeps nobody who has the block from being asked', async () => {
  const clock = createVirtualClock();
  const chain = createFakeChain();
  const [parent, child] = branchOf(chain.genesis, 2);
  if (parent === undefined || child === undefined) throw new Error('two blocks');
  const answer = encodeProvenBlock({ block: parent.bytes, proof: new Uint8Array() });
  const asked: string[] = [];
  const net: NodeSetup['net'] = {
    ...createLoopbackNetwork().join('alice'),
    peers: () => ['silent 1', 'silent 2', 'silent 3', 'silent 4', 'bob', 'mallory'],
    request: (peer, _channel, bytes, timeoutMs) => {
      if (decodeBlockRequest(bytes).kind === 'byId') asked.push(peer);
      if (peer === 'bob') return Promise.resolve(answer);
      return new Promise((resolve) => clock.schedule(clock.now() + timeoutMs, () => resolve(null)));
    },
  };
  const node = createNode({ plugin: scripted(), chain, clock, net });
  await node.host.start();
  await clock.runUntil(10_000);
  const lost = childOf(parent, { digest: weigh(2) });
  await node.host.importBlock(lost.bytes, 'mallory');
  await node.host.importBlock(child.bytes, 'bob');
  await clock.runUntil(16_000);
  expect(asked).toEqual(['mallory', 'bob']);
  expect(node.host.head().header.height).toBe(2);
});

test.each([
  ['without its proof', new Uint8Array()],
  ['with another proof', weigh(1)],
])('contract H-39: a peer that answers %s first keeps nobody who has both from being asked', async (_how, wrong) => {
  const chain = createFakeChain();
  const [parent, child] = branchOf(chain.genesis, 2);
  if (parent === undefined || child === undefined) throw new Error('two blocks');
  const proof = (block: typeof parent) => proofOf(block, ['alice', 'bob'], SCRIPTED);
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const net: NodeSetup['net'] = {
    ...createLoopbackNetwork().join('alice'),
    peers: () => ['mallory', 'bob'],
    async request(peer, _channel, bytes) {
      if (decodeBlockRequest(bytes).kind !== 'byId') return null;
      if (peer === 'mallory') await answered;
      return encodeProvenBlock({ block: parent.bytes, proof: peer === 'bob' ? proof(parent) : wrong });
    },
  };
  const plugin = scripted({ rules: { finality: quorumFinality(true), verifyHeader: () => accept() } });
  const node = createNode({ plugin, chain, net });
  await node.host.start();
  const lost = childOf(parent, { digest: weigh(2) });
  await node.host.importBlock(lost.bytes, 'mallory');
  await node.host.importBlock(child.bytes, 'bob', proof(child));
  answer();
  await settle();
  expect(node.host.head().header.id).toBe(child.header.id);
});

test.each([
  ['nobody who is one block short of a peer that is faster than others', 99_500, []],
  ['a node that lies far behind', 50_000, [true]],
])('contract H-39: a peer that answers once and no more holds up %s', async (_who, timestamp, expected) => {
  const clock = createVirtualClock(100_000);
  const chain = createFakeChain({ genesisTime: 40_000 });
  const first = childOf(chain.genesis, { timestamp });
  const list = encodeBlockList([{ block: first.bytes, proof: new Uint8Array() }]);
  let asked = 0;
  const net: NodeSetup['net'] = {
    ...createLoopbackNetwork().join('alice'),
    peers: () => [],
    request: (_peer, _channel, bytes) =>
      decodeBlockRequest(bytes).kind === 'after' && ++asked === 1
        ? Promise.resolve(list)
        : new Promise(() => undefined),
  };
  const heard: boolean[] = [];
  const plugin = scripted({
    on(input) {
      if (input.kind === 'syncChanged') heard.push(input.behind);
      return [];
    },
  });
  const node = createNode({ plugin, chain, clock, net });
  await node.host.start();
  // One that claims to be far ahead is asked what follows.
  const far = composeBlock({ ...partsOf(childOf(childOf(first))), height: 1_000 });
  await node.host.importBlock(far.bytes, 'mallory');
  await settle();
  expect(node.host.head().header.height).toBe(1);
  expect(heard).toEqual(expected);
  expect(asked).toBe(2);
});

describe('contract H-39: questions of peers', () => {
  test('one that asks without end keeps this node from answering nobody else', async () => {
    const network = createLoopbackNetwork();
    const chain = createFakeChain();
    let reading = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    let isSlow = false;
    const slow: typeof chain.read = async (locator) => {
      if (!isSlow) return chain.read(locator);
      most = Math.max(most, ++reading);
      await new Promise<void>((resolve) => waiting.push(resolve));
      reading -= 1;
      return chain.read(locator);
    };
    const node = createNode({ plugin: scripted(), chain: { ...chain, read: slow }, net: network.join('alice') });
    await node.host.start();
    const [block] = branchOf(chain.genesis, 1);
    await node.host.importBlock(block?.bytes ?? weigh(1));
    isSlow = true;

    const question = encodeBlockRequest({ kind: 'after', known: [chain.genesis.header.id], count: 128 });
    const mallory = network.join('mallory');
    const answers = Array.from({ length: 1_000 }, () => mallory.request('alice', BLOCKS_CHANNEL, question, 1));
    const honest = network.join('bob').request('alice', BLOCKS_CHANNEL, question, 1);
    await settle();
    expect(most).toBeLessThan(100);
    isSlow = false;
    for (const resolve of waiting) resolve();
    expect(await honest).not.toBeNull();
    const answered = (await Promise.all(answers)).filter((answer) => answer !== null);
    expect(answered.length).toBeGreaterThan(0);
    expect(answered.length).toBeLessThan(100);
    expect(await mallory.request('alice', BLOCKS_CHANNEL, question, 1)).not.toBeNull();
    expect(node.host.usage().find(({ name }) => name === 'questionsPerPeer')).toMatchObject({ count: 0 });
  });
});

describe('contract H-39: room that peers share', () => {
  test('a peer that sends too much loses its own oldest value, nobody else does', () => {
    const buffer = new PeerBuffer<number>(10, 2);
    buffer.add('b1', 1, 'bob');
    for (const salt of [1, 2, 3, 4]) buffer.add(`m${salt}`, salt, 'mallory');
    expect([...buffer.values()]).toEqual([1, 3, 4]);
    expect([buffer.get('b1'), buffer.get('m1'), buffer.size]).toEqual([1, undefined, 3]);
  });

  test('a value that two peers sent stays while one of them has room for it', () => {
    const buffer = new PeerBuffer<string>(10, 2);
    buffer.add('shared', 'first', 'mallory');
    buffer.add('shared', 'again', 'bob');
    buffer.add('shared', 'again', 'bob');
    for (const key of ['x', 'y', 'z']) buffer.add(key, key, 'mallory');
    expect(buffer.get('shared')).toBe('first');
    for (const key of ['u', 'v']) buffer.add(key, key, 'bob');
    expect(buffer.get('shared')).toBeUndefined();
  });

  test('when the total is used up, the peer with the most loses its oldest', () => {
    const buffer = new PeerBuffer<string>(4, 3);
    buffer.add('b', 'b', 'bob');
    for (const key of ['x', 'y', 'z']) buffer.add(key, key, 'mallory');
    buffer.add('c', 'c', 'carol');
    expect([...buffer.values()]).toEqual(['b', 'y', 'z', 'c']);
    buffer.delete('y');
    expect([...buffer.values()]).toEqual(['b', 'z', 'c']);
    buffer.add('n', 'n', null);
    expect(buffer.size).toBe(4);
    buffer.clear();
    expect([buffer.size, [...buffer.values()]]).toEqual([0, []]);
  });

  test('orphans: what another peer sent too survives the flood of one that sent it first', async () => {
    const { node } = await listening({ options: { limits: { orphansPerPeerMax: 2 } } });
    const [parent, child] = branchOf(node.chain.genesis, 2);
    const junk = [1, 2, 3, 4].map((salt) => branchOf(node.chain.genesis, 2, () => ({ digest: weigh(1, salt) }))[1]);
    const none = new Uint8Array();
    await node.host.importBlock(child?.bytes ?? none, 'mallory');
    await node.host.importBlock(child?.bytes ?? none, 'bob');
    for (const block of junk) await node.host.importBlock(block?.bytes ?? none, 'mallory');
    await node.host.importBlock(parent?.bytes ?? none, 'carol');
    await settle();
    expect(node.host.head().header.id).toBe(child?.header.id);
  });

  test('parked blocks: one peer fills its own part only', async () => {
    const clock = createVirtualClock();
    const plugin = scripted({ rules: { verifyHeader: () => defer(5_000) } });
    const { node } = await listening({ clock, plugin, options: { limits: { parkedPerPeerMax: 2 } } });
    const blocks = [1, 2, 3, 4, 5].map((salt) => childOf(node.chain.genesis, { digest: weigh(1, salt) }).bytes);
    const park = async (index: number, from?: string) =>
      (await node.host.importBlock(blocks[index] ?? new Uint8Array(), from)).kind;
    expect([await park(0, 'mallory'), await park(1, 'mallory')]).toEqual(['deferred', 'deferred']);
    expect(await park(2, 'mallory')).toBe('rejected');
    expect([await park(3, 'bob'), await park(4)]).toEqual(['deferred', 'deferred']);
    // Beside them a running host waits for its head to grow old (contract H-47).
    expect(clock.pending).toBe(5);
  });

  test('held blocks: attached blocks never push out what this node has built', async () => {
    const built: string[] = [];
    const plugin = scripted({
      start: ({ head }) => [
        {
          kind: 'buildBlock',
          requestId: 'b',
          parentId: head.header.id,
          timestamp: 1,
          digest: weigh(1),
          deadline: 9,
        },
      ],
      on(input): readonly Effect[] {
        if (input.kind === 'blockBuilt' && input.header !== null) built.push(input.header.id);
        if (input.kind !== 'messageReceived' || input.message.author !== 'last') return [];
        const guard = { lane: 'seal', sequence: [1] };
        return [{ kind: 'publish', blockId: built[0] ?? '', sealing: { kind: 'sign', guard } }];
      },
    });
    const { node, receive } = await listening({ plugin, options: { limits: { heldBlocksMax: 2 } } });
    await settle();
    for (const author of ['a', 'b', 'c', 'd', 'last']) {
      const attached = childOf(node.chain.genesis, { author });
      expect(await receive('messages', 'mallory', envelope(author, weigh(1), attached.bytes))).toBe('accept');
    }
    await settle();
    expect(built).toHaveLength(1);
    expect(node.host.head().header).toMatchObject({ height: 1, author: 'alice' });
  });

  test('held blocks: the attachment of one peer survives the flood of another', async () => {
    const results: string[] = [];
    let wanted = '';
    const plugin = scripted({
      on(input): readonly Effect[] {
        if (input.kind === 'blockValidated') results.push(input.result);
        if (input.kind !== 'messageReceived' || input.message.author !== 'last') return [];
        return [{ kind: 'validateBlock', blockId: wanted }];
      },
    });
    const { node, receive } = await listening({ plugin, options: { limits: { heldPerPeerMax: 2 } } });
    const proposal = childOf(node.chain.genesis, { author: 'bob' });
    wanted = proposal.header.id;
    await receive('messages', 'bob', envelope('bob', weigh(1), proposal.bytes));
    for (const author of ['a', 'b', 'c', 'last']) {
      const attached = childOf(node.chain.genesis, { author });
      await receive('messages', 'mallory', envelope(author, weigh(1), attached.bytes));
    }
    await settle();
    expect(results).toEqual(['valid']);
  });

  test('claims: one peer cannot use up what others need', async () => {
    const budget = new ClaimBudget({ ...DEFAULT_HOST_LIMITS, claimsWaitingMax: 4, claimsPerPeerMax: 2 });
    const ends: (() => void)[] = [];
    const wait = () => new Promise<string>((resolve) => ends.push(() => resolve('checked')));
    const first = budget.run('mallory', 2, wait);
    expect(await budget.run('mallory', 1, wait)).toBeNull();
    const second = budget.run('bob', 1, wait);
    const third = budget.run(null, 1, wait);
    expect(await budget.run(null, 1, wait)).toBeNull();
    for (const end of ends.splice(0)) end();
    expect(await Promise.all([first, second, third])).toEqual(['checked', 'checked', 'checked']);
    const fourth = budget.run('mallory', 2, wait);
    expect(await budget.run('mallory', 3, wait)).toBeNull();
    for (const end of ends.splice(0)) end();
    expect(await fourth).toBe('checked');
    await expect(budget.run('mallory', 2, () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(await budget.run('mallory', 2, async () => 'room again')).toBe('room again');
  });

  test('messages and evidence of one peer wait in its own part of the room', async () => {
    const crypto = createStubCrypto();
    const ends: (() => void)[] = [];
    const verify: typeof crypto.verify = async (scope, claims) => {
      await new Promise<void>((resolve) => ends.push(resolve));
      return crypto.verify(scope, claims);
    };
    const options = { crypto: { ...crypto, verify }, limits: { claimsPerPeerMax: 1 } };
    const { receive } = await listening({ options });
    const first = receive('messages', 'mallory', envelope('a', weigh(1)));
    await settle();
    const late = envelope('b', weigh(2));
    expect(await receive('messages', 'mallory', late)).toBe('ignore');
    const others = receive('messages', 'bob', envelope('bob', weigh(3)));
    await settle();
    for (const end of ends.splice(0)) end();
    expect(await Promise.all([first, others])).toEqual(['accept', 'accept']);
    // What found no room was not judged, so it is not taken for a repetition later.
    const again = receive('messages', 'mallory', late);
    await settle();
    for (const end of ends.splice(0)) end();
    expect(await again).toBe('accept');
  });

  test('engine queue: the flood of one peer with many authors does not push out what another sent', async () => {
    const heard: string[] = [];
    let release: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const plugin = scripted({
      start: () => [{ kind: 'send', to: { kind: 'all' }, payload: weigh(9) }],
      on(input) {
        if (input.kind === 'messageReceived') heard.push(input.message.author);
        return [];
      },
    });
    const signer = {
      self: 'alice',
      publicKey: weigh(1),
      vrfPublicKey: weigh(1),
      async sign() {
        await blocked;
        return { kind: 'refused', code: 'DISABLED' } as const;
      },
      proveVrf: () => Promise.reject(new Error('no VRF')),
    };
    const { receive } = await listening({ plugin, options: { signer, limits: { inputsMax: 3 } } });
    await receive('messages', 'bob', envelope('bob', weigh(1)));
    for (const author of ['m1', 'm2', 'm3', 'm4']) await receive('messages', 'mallory', envelope(author, weigh(1)));
    release();
    await settle();
    expect(heard).toEqual(['bob', 'm3', 'm4']);
  });

  test('states derived for junk are let go at once', async () => {
    const { node } = await listening({ options: { limits: { retentionBlocks: 3 } } });
    const main = branchOf(node.chain.genesis, 9);
    for (const block of main) await node.host.importBlock(block.bytes);
    const old = main[2] ?? node.chain.genesis;
    const forged = childOf(old, { digest: weigh(1, 9), signer: 'mallory' });
    expect(await node.host.importBlock(forged.bytes, 'mallory')).toMatchObject({ code: 'SIGNATURE_INVALID' });
    expect(node.host.tipOf(old.header.id)).toBeUndefined();
    const valid = childOf(old, { digest: weigh(1, 10) });
    expect(await node.host.importBlock(valid.bytes, 'mallory')).toMatchObject({ kind: 'stored' });
    expect(node.host.tipOf(old.header.id)).toBeDefined();
    expect(await node.host.importBlock(forged.bytes, 'mallory')).toMatchObject({ kind: 'rejected' });
    const again = childOf(old, { digest: weigh(1, 11), signer: 'mallory' });
    expect(await node.host.importBlock(again.bytes, 'mallory')).toMatchObject({ kind: 'rejected' });
    expect(node.host.tipOf(old.header.id)).toBeDefined();
  });

  test('valid blocks of a weak branch do not stop production', async () => {
    const chain = createFakeChain();
    const network = createLoopbackNetwork();
    const side = branchOf(chain.genesis, 70, () => ({ digest: weigh(1, 5) }));
    let served = 0;
    let isOpen = false;
    network
      .join('mallory')
      .serve('blocks', async () =>
        isOpen ? encodeBlockList([{ block: side[served++]?.bytes ?? weigh(1), proof: new Uint8Array() }]) : null,
      );
    const behind: boolean[] = [];
    const { node } = await listening({
      chain,
      net: network.join('alice'),
      options: {
        recorder(record) {
          if (record.kind === 'inputHandled' && record.input.kind === 'syncChanged') behind.push(record.input.behind);
        },
      },
    });
    const main = branchOf(chain.genesis, 2, () => ({ digest: weigh(100) }));
    for (const block of main) await node.host.importBlock(block.bytes);
    await settle();
    behind.length = 0;
    isOpen = true;
    await node.host.importBlock(side.at(-1)?.bytes ?? weigh(1), 'mallory');
    await settle();
    expect(served).toBeGreaterThan(60);
    expect(behind).toEqual([]);
    expect(node.host.head().header.id).toBe(main[1]?.header.id);
  });
});

describe('contract H-39: whoever shows a block and answers nothing', () => {
  test('is asked once: what a fetched block builds on is asked from whoever sent it', async () => {
    const asked: string[] = [];
    const branch = branchOf(createFakeChain().genesis, 5);
    const answers = new Map(branch.map((block) => [block.header.id, block]));
    const net = {
      ...createLoopbackNetwork().join('alice'),
      peers: () => ['mallory', 'bob'],
      async request(peer: string, channel: string, question: Uint8Array) {
        if (channel !== BLOCKS_CHANNEL) return null;
        const request = decodeBlockRequest(question);
        if (request.kind !== 'byId') return null;
        asked.push(peer);
        const block = answers.get(request.id);
        if (peer === 'mallory' || block === undefined) return null;
        return encodeProvenBlock({ block: block.bytes, proof: new Uint8Array() });
      },
    };
    const { node, receive } = await listening({ net: net as never });
    expect(await receive(BLOCKS_CHANNEL, 'mallory', branch.at(-1)?.bytes ?? new Uint8Array())).toBe('ignore');
    for (let step = 0; step < 20; step++) await settle();
    expect(node.host.head().header.height).toBe(5);
    expect(asked).toEqual(['mallory', 'bob', 'bob', 'bob', 'bob']);
  });
});

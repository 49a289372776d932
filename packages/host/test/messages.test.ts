import {
  type Artefact,
  accept,
  type Claim,
  type Effect,
  type Input,
  MESSAGE_DOMAIN,
  type SignedMessage,
} from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { createLoopbackNetwork } from '../src/index.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../src/messages/message-codec.ts';
import { branchOf, childOf, SCRIPTED, scopeOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { stubSign } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

function messageOf(author: string, payload: Uint8Array, signer = author): SignedMessage {
  return { author, payload, signature: stubSign(scopeOf(SCRIPTED), MESSAGE_DOMAIN, payload, signer) };
}

function envelopeOf(message: SignedMessage, change: Partial<Envelope> = {}): Uint8Array {
  return encodeEnvelope({ era: 0, protocol: SCRIPTED, height: 1, message, block: new Uint8Array(), ...change });
}

/** A node whose message handler a test can call as a peer would. */
async function listener(
  setup: NodeSetup = {},
  conflictKey?: (artefact: Artefact) => string | undefined,
  messageClaims?: (message: SignedMessage) => readonly Claim[],
) {
  const inputs: Input<unknown>[] = [];
  const net = createLoopbackNetwork().join('alice');
  let receive: (from: string, bytes: Uint8Array) => Promise<string> = async () => 'none';
  const node = createNode({
    plugin: scripted({
      ...(conflictKey && { rules: { conflictKey, verifyEvidence: () => accept() } }),
      ...(messageClaims && { rules: { messageClaims } }),
      on(input) {
        inputs.push(input);
        return [];
      },
    }),
    net: {
      ...net,
      subscribe(channel, handler) {
        if (channel === 'messages') receive = handler;
        return () => undefined;
      },
    },
    ...setup,
  });
  await node.host.start();
  return { node, inputs, receive: (from: string, bytes: Uint8Array) => receive(from, bytes) };
}

describe('contract H-10: the host signs, envelopes and delivers to the own engine too', () => {
  test('a message reaches every engine once, the sender\u2019s included, with a valid signature', async () => {
    const network = createLoopbackNetwork();
    const heard: string[] = [];
    const nodes = ['alice', 'bob'].map((name) =>
      createNode({
        name,
        net: network.join(name),
        plugin: scripted({
          on(input, now) {
            if (input.kind === 'messageReceived')
              heard.push(`${name} hears ${input.message.author} from ${input.from}`);
            return now === 0 && input.kind === 'headChanged' && name === 'alice'
              ? [{ kind: 'send', to: { kind: 'all' }, payload: weigh(1) }]
              : [];
          },
        }),
      }),
    );
    for (const node of nodes) await node.host.start();
    await nodes[0]?.host.importBlock(childOf(createFakeChain().genesis).bytes);
    await settle();
    expect(heard.sort()).toEqual(['alice hears alice from alice', 'bob hears alice from alice']);
  });

  test('an envelope has one encoding', () => {
    const envelope: Envelope = {
      era: 0,
      protocol: SCRIPTED,
      height: 7,
      message: messageOf('bob', weigh(1)),
      block: weigh(2),
    };
    expect(decodeEnvelope(encodeEnvelope(envelope), 100)).toEqual(envelope);
  });
});

describe('contract H-11: nothing unauthenticated reaches the engine', () => {
  const valid = messageOf('bob', weigh(1));
  const cases: Record<string, readonly [Uint8Array, string]> = {
    'not canonical': [weigh(1), 'reject'],
    'trailing bytes': [new Uint8Array([...envelopeOf(valid), 0]), 'reject'],
    'a forged signature': [envelopeOf(messageOf('bob', weigh(1), 'mallory')), 'reject'],
    'an attached block that cannot be decoded': [envelopeOf(valid, { block: weigh(1) }), 'reject'],
    'another era': [envelopeOf(valid, { era: 1 }), 'ignore'],
    'another protocol': [envelopeOf(valid, { protocol: 'other@1' }), 'ignore'],
    'too far ahead': [envelopeOf(valid, { height: 11 }), 'ignore'],
  };

  test.each(Object.entries(cases))('%s', async (_name, [bytes, outcome]) => {
    const { inputs, receive } = await listener();
    expect(await receive('mallory', bytes)).toBe(outcome);
    await settle();
    expect(inputs).toEqual([]);
  });

  test('a message is as good as the signatures that it quotes', async () => {
    const quoted = (signer: string): Claim => ({
      kind: 'signature',
      signer: 'carol',
      domain: MESSAGE_DOMAIN,
      data: weigh(7),
      signature: stubSign(scopeOf(SCRIPTED), MESSAGE_DOMAIN, weigh(7), signer),
    });
    const asked: SignedMessage[] = [];
    const { inputs, receive } = await listener({}, undefined, (message) => {
      asked.push(message);
      return [quoted('carol'), quoted(message.author === 'mallory' ? 'mallory' : 'carol')];
    });
    expect(await receive('bob', envelopeOf(messageOf('mallory', weigh(1))))).toBe('reject');
    expect(await receive('bob', envelopeOf(valid))).toBe('accept');
    await settle();
    expect(inputs).toMatchObject([{ kind: 'messageReceived', message: valid }]);
    expect(asked.map(({ author }) => author)).toEqual(['mallory', 'bob']);
  });

  test('an authentic message is accepted once, then ignored until the memory of it ends', async () => {
    const clock = createVirtualClock();
    const { inputs, receive } = await listener({ clock });
    expect(await receive('carol', envelopeOf(valid))).toBe('accept');
    expect(await receive('dave', envelopeOf(valid))).toBe('ignore');
    await clock.runUntil(600_000);
    expect(await receive('dave', envelopeOf(valid))).toBe('accept');
    await settle();
    expect(inputs).toMatchObject([
      { kind: 'messageReceived', from: 'carol', message: valid },
      { kind: 'messageReceived', from: 'dave' },
    ]);
  });

  test('contract H-39: a forger uses up its own quota, not the author\u2019s', async () => {
    const { receive } = await listener({ options: { limits: { messagesPerAuthorMax: 2 } } });
    for (let salt = 0; salt < 2; salt++) {
      expect(await receive('mallory', envelopeOf(messageOf('bob', weigh(2, salt), 'mallory')))).toBe('reject');
    }
    expect(await receive('mallory', envelopeOf(messageOf('bob', weigh(3))))).toBe('ignore');
    expect(await receive('bob', envelopeOf(messageOf('bob', weigh(4))))).toBe('accept');
  });

  test('contract H-39: while the chain stands still its voters are heard again in every round, however many there were', async () => {
    const clock = createVirtualClock();
    const { receive } = await listener({ clock });
    for (let round = 0; round < 200; round++) {
      expect(await receive('bob', envelopeOf(messageOf('bob', weigh(1, round))))).toBe('accept');
      await clock.runUntil(clock.now() + 50_000);
    }
  });

  test('contract H-39: a peer that invents authors is ignored, others are heard', async () => {
    const { receive } = await listener({ options: { limits: { authorsPerPeerMax: 2 } } });
    for (const author of ['x', 'y']) await receive('mallory', envelopeOf(messageOf(author, weigh(1), 'mallory')));
    expect(await receive('mallory', envelopeOf(messageOf('z', weigh(1))))).toBe('ignore');
    expect(await receive('mallory', envelopeOf(messageOf('x', weigh(1))))).toBe('accept');
    expect(await receive('bob', envelopeOf(messageOf('z', weigh(1))))).toBe('accept');
  });

  test('the memory of repetitions is bounded, the oldest hash goes first', async () => {
    const { receive } = await listener({ options: { limits: { duplicatesMax: 2 } } });
    const envelopes = [1, 2, 3].map((salt) => envelopeOf(messageOf('bob', weigh(1, salt))));
    const [first, , third] = envelopes;
    for (const envelope of envelopes) expect(await receive('bob', envelope)).toBe('accept');
    expect(await receive('bob', third ?? weigh(1))).toBe('ignore');
    expect(await receive('bob', first ?? weigh(1))).toBe('accept');
  });

  test('an attached block is held for the engine', async () => {
    const { node, inputs, receive } = await listener();
    const block = childOf(node.chain.genesis);
    expect(await receive('bob', envelopeOf(valid, { block: block.bytes }))).toBe('accept');
    await settle();
    expect(inputs).toMatchObject([{ kind: 'messageReceived', header: { id: block.header.id } }]);
  });

  test('contract H-29: two messages with one key become evidence before the engine sees the second', async () => {
    const key = (artefact: Artefact) => (artefact.kind === 'message' ? artefact.message.author : undefined);
    const { node, receive } = await listener({}, key);
    await receive('bob', envelopeOf(messageOf('alice', weigh(1))));
    await receive('bob', envelopeOf(messageOf('alice', weigh(2))));
    expect(node.seen).toMatchObject([
      { name: 'evidenceFound', event: { evidence: { subject: 'message', offender: 'alice', height: 1 } } },
    ]);
  });
});

describe('contract H-12: sticky messages are repeated until the chain moves on', () => {
  async function sticky(effects: readonly Effect[]) {
    const clock = createVirtualClock();
    const times: number[] = [];
    const net = createLoopbackNetwork().join('alice');
    const node = createNode({
      clock,
      plugin: scripted({ start: () => effects }),
      net: { ...net, send: (_to, channel) => void (channel === 'messages' && times.push(clock.now())) },
    });
    await node.host.start();
    return { clock, times, node };
  }
  const vote = (payload: Uint8Array, lane: string, round: number): Effect => ({
    kind: 'send',
    to: { kind: 'validators' },
    payload,
    guard: { lane, sequence: [round] },
    sticky: 'untilHeadChanges',
  });

  test('contract H-43: nor after a network that failed has ended the host', async () => {
    const clock = createVirtualClock();
    const net = createLoopbackNetwork().join('alice');
    let sent = 0;
    const send = () => {
      if (++sent === 2) throw new Error('no route');
    };
    const effects = [vote(weigh(1), 'vote', 1)];
    const node = createNode({ clock, plugin: scripted({ start: () => effects }), net: { ...net, send } });
    await node.host.start();
    await clock.runUntil(60_000);
    expect(node.seen.filter(({ name }) => name === 'faulted')).toHaveLength(1);
    expect(sent).toBe(2);
    expect(clock.pending).toBe(0);
  });

  test('after 1, 2, 4, 8, 8 … seconds, until the head changes', async () => {
    const { clock, times, node } = await sticky([vote(weigh(1), 'vote', 1)]);
    await clock.runUntil(40_000);
    expect(times).toEqual([0, 1_000, 3_000, 7_000, 15_000, 23_000, 31_000, 39_000]);
    await node.host.importBlock(childOf(node.chain.genesis).bytes);
    await clock.runUntil(80_000);
    expect(times).toHaveLength(8);
    // What is left is for a head that grows old (contract H-47).
    expect(clock.pending).toBe(1);
  });

  test('a newer one of the same lane replaces it, another lane does not', async () => {
    const { clock, times } = await sticky([
      vote(weigh(1), 'vote', 1),
      vote(weigh(2), 'vote', 2),
      vote(weigh(3), 'other', 1),
    ]);
    await clock.runUntil(1_000);
    expect(times).toEqual([0, 0, 0, 1_000, 1_000]);
  });
});

test('contract H-12: what is repeated is placed at the head of the moment, so that nodes that moved on still hear it', async () => {
  const clock = createVirtualClock();
  const sent: Uint8Array[] = [];
  const net = createLoopbackNetwork().join('alice');
  const alice = createNode({
    clock,
    plugin: scripted({
      start: () => [{ kind: 'send', to: { kind: 'all' }, payload: weigh(1), sticky: 'untilFinalized' }],
    }),
    net: { ...net, send: (_to, channel, bytes) => void (channel === 'messages' && sent.push(bytes)) },
  });
  await alice.host.start();
  await settle();
  const bob = await listener();
  for (const { host, chain } of [alice, bob.node]) {
    for (const block of branchOf(chain.genesis, 3)) await host.importBlock(block.bytes);
  }
  await clock.runUntil(1_000);
  const [first, repeated] = sent;
  if (first === undefined || repeated === undefined) throw new Error('it was not repeated');
  expect(sent.map((bytes) => decodeEnvelope(bytes, 100)?.height)).toEqual([1, 4]);
  expect(await bob.receive('alice', first)).toBe('ignore');
  expect(await bob.receive('alice', repeated)).toBe('accept');
  await settle();
  const heard = bob.inputs.filter(({ kind }) => kind === 'messageReceived');
  expect(heard).toMatchObject([{ message: { author: 'alice', payload: weigh(1) } }]);
});

test('contract H-13: a message for an actor goes to all, one for a peer to that peer', async () => {
  const to: (string | null)[] = [];
  const net = createLoopbackNetwork().join('alice');
  const send = (recipient: Extract<Effect, { kind: 'send' }>['to'], salt: number): Effect => ({
    kind: 'send',
    to: recipient,
    payload: weigh(1, salt),
  });
  const node = createNode({
    plugin: scripted({
      start: () => [send({ kind: 'actor', actorId: 'bob' }, 1), send({ kind: 'peer', peerId: 'peer-7' }, 2)],
    }),
    net: { ...net, send: (peer) => void to.push(peer) },
  });
  await node.host.start();
  await settle();
  expect(to).toEqual([null, 'peer-7']);
});

test('contract H-40: beyond the input queue the oldest message of the same author goes, timers stay', async () => {
  const inputs: string[] = [];
  let release: () => void = () => undefined;
  let receive: (from: string, bytes: Uint8Array) => Promise<string> = async () => 'none';
  const net = createLoopbackNetwork().join('alice');
  const clock = createVirtualClock();
  const node = createNode({
    clock,
    plugin: scripted({
      start: () => [
        { kind: 'setTimer', timerId: 't', at: 5 },
        { kind: 'send', to: { kind: 'all' }, payload: weigh(1) },
      ],
      on(input) {
        inputs.push(
          input.kind === 'messageReceived' ? `${input.message.author}${input.message.payload[7]}` : input.kind,
        );
        return [];
      },
    }),
    net: {
      ...net,
      subscribe(channel, handler) {
        if (channel === 'messages') receive = handler;
        return () => undefined;
      },
    },
    options: {
      limits: { inputsMax: 3 },
      signer: {
        self: 'alice',
        publicKey: weigh(1),
        vrfPublicKey: weigh(1),
        sign: () =>
          new Promise((resolve) => {
            release = () => resolve({ kind: 'refused', code: 'DISABLED' });
          }),
        proveVrf: () => Promise.reject(new Error('unused')),
      },
    },
  });
  await node.host.start();
  await clock.runUntil(5);
  for (const [author, salt] of [
    ['bob', 1],
    ['carol', 1],
    ['bob', 2],
    ['dave', 1],
  ] as const) {
    await receive(author, envelopeOf(messageOf(author, weigh(1, salt))));
  }
  release();
  await settle();
  expect(inputs).toEqual(['timerElapsed', 'bob2', 'dave1']);
});

test('contract H-11: the missing parent of an attached block is asked for, so that voters who lost it go on', async () => {
  const network = createLoopbackNetwork();
  const bob = createNode({ plugin: scripted(), name: 'bob', net: network.join('bob') });
  await bob.host.start();
  const [parent, child] = branchOf(bob.chain.genesis, 2);
  await bob.host.importBlock(parent?.bytes ?? weigh(0));
  const alice = createNode({ plugin: scripted(), net: network.join('alice') });
  await alice.host.start();

  const signature = stubSign(scopeOf(SCRIPTED), MESSAGE_DOMAIN, weigh(1), 'carol');
  const message = { author: 'carol', payload: weigh(1), signature };
  const block = child?.bytes ?? weigh(0);
  network
    .join('carol')
    .send('alice', 'messages', encodeEnvelope({ era: 0, protocol: SCRIPTED, height: 1, message, block }));
  await settle();
  expect(alice.host.head().header.id).toBe(parent?.header.id);
});

describe('contract H-45: a message from far above makes the host ask its sender what it missed', () => {
  test('once in startSyncMs and peer, and never for a height that it may hear of a little sooner', async () => {
    const clock = createVirtualClock();
    const asked: { peer: string; at: number }[] = [];
    const base = createLoopbackNetwork().join('alice');
    let receive: (from: string, bytes: Uint8Array) => Promise<string> = async () => 'none';
    const node = createNode({
      clock,
      plugin: scripted({}),
      net: {
        ...base,
        subscribe(channel, handler) {
          if (channel === 'messages') receive = handler;
          return () => undefined;
        },
        async request(peer) {
          asked.push({ peer, at: clock.now() });
          return null;
        },
      },
      options: { limits: { startSyncMs: 1_500 } },
    });
    await node.host.start();
    const tell = (from: string, height: number, payload: number) =>
      receive(from, envelopeOf(messageOf('carol', weigh(payload)), { height }));

    expect(await tell('bob', 11, 1)).toBe('ignore');
    expect(await tell('bob', 900, 2)).toBe('ignore');
    await tell('carol', 3, 3);
    await tell('dan', 2, 4);
    await tell('dan', 0, 5);
    await clock.runUntil(1_499);
    await tell('bob', 11, 6);
    await clock.runUntil(1_500);
    await tell('bob', 11, 7);
    expect(asked).toEqual([
      { peer: 'bob', at: 0 },
      { peer: 'carol', at: 0 },
      { peer: 'bob', at: 1_500 },
    ]);
    expect(node.host.usage().find(({ name }) => name === 'peersAhead')?.count).toBe(2);
  });
});

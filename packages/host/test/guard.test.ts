import { accept, type ConsensusRules, type Effect, type Guard, type SignedMessage } from '@fiducia/consensus';
import type { NetPort, SignerPort } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { createLoopbackNetwork } from '../src/index.ts';
import { childOf } from './fixtures/blocks.ts';
import { createFakeChain, type FakeChain } from './fixtures/fake-chain.ts';
import { createNode } from './fixtures/nodes.ts';
import { type ScriptedState, scripted, weigh } from './fixtures/scripted.ts';
import { createStubSigner } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

type Conflict = NonNullable<ConsensusRules<ScriptedState>['conflictKey']>;
const onePerHeight: Conflict = (artefact) =>
  artefact.kind === 'header' ? `${artefact.header.author}/${artefact.header.height}` : undefined;
const everyMessage: Conflict = (artefact) => (artefact.kind === 'message' ? artefact.message.author : undefined);

interface Sent {
  readonly channel: string;
  readonly bytes: Uint8Array;
}

function listening(): { readonly net: NetPort; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const net = createLoopbackNetwork().join('alice');
  return { net: { ...net, send: (_to, channel, bytes) => void sent.push({ channel, bytes }) }, sent };
}

/** Builds on genesis, also after a restart, as soon as the engine starts, publishes with `guard`. */
function producer(options: {
  readonly guard: Guard | undefined;
  readonly digest?: Uint8Array;
  readonly conflictKey?: Conflict;
  readonly rules?: Partial<ConsensusRules<ScriptedState>>;
  readonly signer?: SignerPort | null;
  readonly chain?: FakeChain;
}) {
  const { net, sent } = listening();
  const plugin = scripted({
    rules: { ...options.rules, ...(options.conflictKey && { conflictKey: options.conflictKey }) },
    start: ({ head }) => [
      {
        kind: 'buildBlock',
        requestId: 'b',
        parentId: head.header.height === 0 ? head.header.id : head.header.parentId,
        timestamp: 1_000,
        digest: options.digest ?? weigh(1),
        deadline: 9_000,
      },
    ],
    on(input) {
      if (input.kind !== 'blockBuilt' || input.header === null) return [];
      const sealing = { kind: 'sign', guard: options.guard as Guard } as const;
      return [{ kind: 'publish', blockId: input.header.id, sealing }];
    },
  });
  const signer = options.signer === undefined ? createStubSigner('alice') : options.signer;
  const node = createNode({ plugin, net, options: { signer }, ...(options.chain && { chain: options.chain }) });
  const traces = () =>
    node.seen.flatMap(({ name, event }) => (name === 'trace' ? [(event as { event: string }).event] : []));
  return { node, sent, traces, blocksSent: () => sent.filter(({ channel }) => channel === 'blocks') };
}

const guard: Guard = { lane: 'seal', sequence: [1] };

describe('contract H-27: the guard decides what leaves the node', () => {
  test('a new sequence is signed, imported, and only then sent', async () => {
    const { node, blocksSent } = producer({ guard, conflictKey: onePerHeight });
    await node.host.start();
    await settle();
    expect(node.host.head().header.height).toBe(1);
    expect(blocksSent()).toHaveLength(1);
    expect(node.chain.updates).toHaveLength(1);
  });

  test('after a conflict the recorded block is published again, the new one never', async () => {
    const records = new Map();
    const first = producer({ guard, signer: createStubSigner('alice', records) });
    await first.node.host.start();
    await settle();
    const recorded = first.node.host.head().header.id;
    await first.node.host.stop();

    const { chain } = first.node;
    const again = producer({ guard, digest: weigh(1, 99), signer: createStubSigner('alice', records), chain });
    await again.node.host.start();
    await settle();
    expect(again.traces()).toContain('SIGNATURE_CONFLICT');
    expect(again.node.host.head().header.id).toBe(recorded);
    expect(again.blocksSent().map(({ bytes }) => bytes)).toEqual(first.blocksSent().map(({ bytes }) => bytes));
  });

  test('after a conflict without the recorded block nothing is sent', async () => {
    const records = new Map();
    const first = producer({ guard, signer: createStubSigner('alice', records) });
    await first.node.host.start();
    await settle();
    const again = producer({ guard, digest: weigh(1, 99), signer: createStubSigner('alice', records) });
    await again.node.host.start();
    await settle();
    expect(again.traces()).toContain('SIGNATURE_CONFLICT');
    expect(again.blocksSent()).toEqual([]);
    expect(again.node.host.head().header.height).toBe(0);
  });

  test('a lower sequence is refused: a trace, nothing sent', async () => {
    const records = new Map();
    const later = createStubSigner('alice', records);
    const scope = { chainId: new Uint8Array(32).fill(1), era: 0, protocol: 'scripted@1' } as const;
    await later.sign({ scope, domain: 'seal', data: weigh(1), guard: { lane: 'seal', sequence: [2] } });
    const { node, traces, blocksSent } = producer({ guard, signer: createStubSigner('alice', records) });
    await node.host.start();
    await settle();
    expect(traces()).toEqual(['SIGNATURE_REFUSED']);
    expect(blocksSent()).toEqual([]);
  });

  test('a message in conflict is replaced by the recorded one, with its signature', async () => {
    const records = new Map();
    const received: SignedMessage[] = [];
    const sender = (payload: Uint8Array) =>
      createNode({
        plugin: scripted({
          start: () => [{ kind: 'send', to: { kind: 'all' }, payload, guard }],
          on(input) {
            if (input.kind === 'messageReceived') received.push(input.message);
            return [];
          },
        }),
        options: { signer: createStubSigner('alice', records) },
      });
    await sender(weigh(1)).host.start();
    await settle();
    await sender(weigh(2)).host.start();
    await settle();
    expect(received).toHaveLength(2);
    expect(received[1]).toEqual(received[0]);
  });
});

describe('contract H-28: what can conflict is signed with a guard, and nothing invalid is published', () => {
  test('the host refuses to seal a header with a conflict key and no guard', async () => {
    const { node, traces, blocksSent } = producer({ guard: undefined, conflictKey: onePerHeight });
    await node.host.start();
    await settle();
    expect(traces()).toEqual(['GUARD_MISSING']);
    expect(blocksSent()).toEqual([]);
    expect(node.host.head().header.height).toBe(0);
  });

  test('the host refuses to sign a message with a conflict key and no guard', async () => {
    const { net, sent } = listening();
    const signer = createStubSigner('alice');
    const send: Effect = { kind: 'send', to: { kind: 'all' }, payload: weigh(1) };
    const plugin = scripted({ rules: { conflictKey: everyMessage }, start: () => [send] });
    const node = createNode({ plugin, net, options: { signer } });
    await node.host.start();
    await settle();
    expect(signer.requests).toEqual([]);
    expect(sent).toEqual([]);
  });

  test('an own block with a conflict key cannot avoid the guard by attaching its seal', async () => {
    const { net, sent } = listening();
    const plugin = scripted({
      rules: { conflictKey: onePerHeight },
      start: ({ head }) => [
        { kind: 'buildBlock', requestId: 'b', parentId: head.header.id, timestamp: 1, digest: weigh(1), deadline: 9 },
      ],
      on: (input) =>
        input.kind === 'blockBuilt' && input.header !== null
          ? [{ kind: 'publish', blockId: input.header.id, sealing: { kind: 'attach', seal: weigh(1) } }]
          : [],
    });
    const node = createNode({ plugin, net });
    await node.host.start();
    await settle();
    expect(node.seen).toMatchObject([{ name: 'trace', event: { event: 'GUARD_MISSING' } }]);
    expect(sent).toEqual([]);
  });

  test('a block that the own import rejects is not sent, and its author does not accuse itself', async () => {
    const rules = { verifyEvidence: () => accept() };
    const { node, traces, blocksSent } = producer({ guard, digest: weigh(0), rules });
    await node.host.start();
    await settle();
    expect(traces()).toEqual(['OWN_BLOCK_REJECTED']);
    expect(blocksSent()).toEqual([]);
    expect(node.seen.filter(({ name }) => name === 'evidenceFound')).toEqual([]);
  });

  test('a node without a signer follows and never produces', async () => {
    const { node, traces, blocksSent } = producer({ guard, signer: null });
    await node.host.start();
    await settle();
    expect(traces()).toEqual(['BUILD_IMPOSSIBLE']);
    expect(blocksSent()).toEqual([]);
    expect(await node.host.importBlock(childOf(node.chain.genesis).bytes)).toMatchObject({ kind: 'adopted' });
  });
});

test('a block that is adopted already can be published again, so that a gadget may add to it', async () => {
  const { net, sent } = listening();
  const { genesis } = createFakeChain();
  const block = childOf(genesis);
  const plugin = scripted({
    on: (input) => (input.kind === 'headChanged' ? [{ kind: 'publish', blockId: input.head.header.id }] : []),
  });
  const node = createNode({ plugin, net });
  await node.host.start();
  await node.host.importBlock(block.bytes);
  await settle();
  expect(sent).toEqual([{ channel: 'blocks', bytes: block.bytes }]);
});

test('contract H-9: a signature that arrives after stop is not used', async () => {
  const { net, sent } = listening();
  const signer = createStubSigner('alice');
  let release: () => void = () => undefined;
  const plugin = scripted({ start: () => [{ kind: 'send', to: { kind: 'all' }, payload: weigh(1) }] });
  const node = createNode({
    plugin,
    net,
    options: {
      signer: {
        ...signer,
        sign: (request) =>
          new Promise((resolve) => {
            release = () => resolve(signer.sign(request));
          }),
      },
    },
  });
  await node.host.start();
  await settle();
  await node.host.stop();
  release();
  await settle();
  expect(sent).toEqual([]);
});

test('contract H-41: the guard is asked before anything leaves, the block is durable before the engine hears of it', async () => {
  const order: string[] = [];
  const clock = createVirtualClock();
  const { net } = listening();
  const signer = createStubSigner('alice');
  const plugin = scripted({
    start: ({ head }) => [
      { kind: 'buildBlock', requestId: 'b', parentId: head.header.id, timestamp: 1, digest: weigh(1), deadline: 9 },
    ],
    on(input) {
      if (input.kind === 'headChanged') order.push('headChanged');
      if (input.kind !== 'blockBuilt' || input.header === null) return [];
      return [{ kind: 'publish', blockId: input.header.id, sealing: { kind: 'sign', guard } }];
    },
  });
  const node = createNode({
    clock,
    plugin,
    net: { ...net, send: (_to, channel) => void order.push(`send ${channel}`) },
    options: {
      signer: {
        ...signer,
        async sign(request) {
          order.push('sign');
          return signer.sign(request);
        },
      },
    },
  });
  const { commit } = node.chain;
  node.chain.commit = async (update) => {
    await commit(update);
    order.push('commit');
  };
  await node.host.start();
  await settle();
  expect(order).toEqual(['sign', 'commit', 'headChanged', 'send blocks']);
});

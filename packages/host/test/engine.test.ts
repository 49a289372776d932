import type { Effect, Input } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { createLoopbackNetwork, type HostRecord, replayRecords } from '../src/index.ts';
import { answerOf, branchOf, childOf } from './fixtures/blocks.ts';
import { createNode } from './fixtures/nodes.ts';
import { roundRobin } from './fixtures/round-robin.ts';
import { type Script, scripted, weigh } from './fixtures/scripted.ts';
import { createStubCrypto, createStubSigner } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const trace = (event: string): Effect => ({ kind: 'trace', event });
const timer = (timerId: string, at: number | null): Effect => ({ kind: 'setTimer', timerId, at });

/** An engine that remembers its inputs and asks for nothing. */
function collectInto(list: Input<unknown>[]): (input: Input<unknown>) => readonly Effect[] {
  return (input) => {
    list.push(input);
    return [];
  };
}

function run(script: Script, options: Parameters<typeof createNode>[0] = {}) {
  const clock = createVirtualClock();
  const records: HostRecord[] = [];
  const node = createNode({
    clock,
    plugin: scripted(script),
    ...options,
    options: { recorder: (record) => records.push(record), ...options.options },
  });
  const traces = () =>
    node.seen.flatMap(({ name, event }) => (name === 'trace' ? [(event as { event: string }).event] : []));
  return { clock, node, records, traces };
}

describe('order of inputs and effects', () => {
  test('contract H-1 and H-2: calls never overlap, effects run in list order before the next input', async () => {
    let depth = 0;
    const { clock, node, traces } = run({
      start: () => [timer('a', 5), timer('b', 5), trace('started')],
      on(input) {
        depth++;
        if (depth !== 1) throw new Error('overlap');
        const name = input.kind === 'timerElapsed' ? input.timerId : input.kind;
        depth--;
        return [trace(`${name}1`), timer('now', 0), trace(`${name}2`)].filter(
          (effect) => effect.kind !== 'setTimer' || name === 'a',
        );
      },
    });
    await node.host.start();
    await clock.runUntil(10);
    expect(traces()).toEqual(['started', 'a1', 'a2', 'b1', 'b2', 'now1', 'now2']);
  });

  test('contract H-3: persist holds back later effects of the same and of later calls, while inputs go on', async () => {
    let durable: () => void = () => undefined;
    const inputs: string[] = [];
    const { clock, node, traces } = run(
      {
        start: () => [timer('a', 1), trace('before'), { kind: 'persist', height: 1, entry: weigh(1) }, trace('after')],
        on(input) {
          inputs.push(input.kind);
          return [trace('later')];
        },
      },
      {
        options: {
          log: {
            append: () =>
              new Promise<void>((resolve) => {
                durable = resolve;
              }),
            async *read() {},
            truncate: async () => undefined,
          },
        },
      },
    );
    await node.host.start();
    await clock.runUntil(1);
    expect(inputs).toEqual(['timerElapsed']);
    expect(traces()).toEqual(['before']);
    durable();
    await settle();
    expect(traces()).toEqual(['before', 'after', 'later']);
  });

  test('contract H-5: time never runs backwards for an engine', async () => {
    const times: number[] = [];
    let now = 100;
    const callbacks: (() => void)[] = [];
    const node = createNode({
      plugin: scripted({
        start(_start, at) {
          times.push(at);
          return [timer('a', 0)];
        },
        on(_input, at) {
          times.push(at);
          return [];
        },
      }),
      options: {
        clock: {
          now: () => now,
          schedule(_at, callback) {
            callbacks.push(callback);
            return () => undefined;
          },
          entropy: () => new Uint8Array(32),
        },
      },
    });
    await node.host.start();
    await settle();
    now = 50;
    for (const callback of callbacks.splice(0)) callback();
    await settle();
    expect(times).toEqual([100, 100]);
  });

  test('contract H-6: a head that was overtaken while it waited is skipped', async () => {
    const heads: string[] = [];
    let release: () => void = () => undefined;
    const { node } = run(
      {
        start: () => [{ kind: 'send', to: { kind: 'all' }, payload: weigh(1) }],
        on(input) {
          if (input.kind === 'headChanged') heads.push(input.head.header.id);
          return [];
        },
      },
      {
        options: {
          signer: {
            ...createStubSigner('alice'),
            sign: () =>
              new Promise((resolve) => {
                release = () => resolve({ kind: 'refused', code: 'DISABLED' });
              }),
          },
        },
      },
    );
    await node.host.start();
    await settle();
    const blocks = branchOf(node.chain.genesis, 3);
    for (const block of blocks) await node.host.importBlock(block.bytes);
    release();
    await settle();
    expect(heads).toEqual([blocks[2]?.header.id]);
  });
});

describe('timers', () => {
  test('contract H-9: a timer fires once and is replaced by its id', async () => {
    const fired: number[] = [];
    const { clock, node } = run({
      start: () => [timer('a', 10), timer('a', 20), timer('gone', 5), timer('gone', null), timer('b', 20)],
      on(input, now) {
        if (input.kind !== 'timerElapsed') return [];
        fired.push(now);
        return input.timerId === 'a' ? [timer('b', 30)] : [];
      },
    });
    await node.host.start();
    await clock.runUntil(100);
    expect(fired).toEqual([20, 30]);
  });

  test('contract H-9: a timer replaced while its elapse waits in the queue is not delivered for its old time', async () => {
    const fired: string[] = [];
    const callbacks: (() => void)[] = [];
    const node = createNode({
      plugin: scripted({
        start: () => [timer('a', 1), timer('b', 1), timer('c', 1)],
        on(input) {
          if (input.kind !== 'timerElapsed') return [];
          fired.push(input.timerId);
          return input.timerId === 'a' ? [timer('b', 9), timer('c', null)] : [];
        },
      }),
      options: {
        clock: {
          now: () => 1,
          schedule(at, callback) {
            if (at < 10) callbacks.push(callback);
            return () => undefined;
          },
          entropy: () => new Uint8Array(32),
        },
      },
    });
    await node.host.start();
    await settle();
    for (const callback of callbacks.slice(0, 3)) callback();
    await settle();
    expect(fired).toEqual(['a']);
    callbacks[3]?.();
    await settle();
    expect(fired).toEqual(['a', 'b']);
  });

  test('contract H-9: nothing of an engine survives stop', async () => {
    let calls = 0;
    const { clock, node, records } = run({
      start: () => [
        timer('a', 10),
        { kind: 'send', to: { kind: 'all' }, payload: weigh(1), sticky: 'untilHeadChanges' },
        { kind: 'buildBlock', requestId: 'r', parentId: '', timestamp: 0, digest: weigh(1), deadline: 500 },
      ],
      on() {
        calls++;
        return [];
      },
    });
    await node.host.start();
    await node.host.stop();
    await clock.runUntil(60_000);
    expect(calls).toBe(0);
    expect(clock.pending).toBe(0);
    expect(records.at(-1)?.kind).toBe('engineStopped');
  });
});

test('contract H-9: a host stopped while it starts neither runs its engine nor joins the network', async () => {
  let release: () => void = () => undefined;
  const readable = new Promise<void>((resolve) => {
    release = resolve;
  });
  const subscriptions: string[] = [];
  const net = createLoopbackNetwork().join('alice');
  const { node, records } = run(
    {},
    {
      net: {
        ...net,
        subscribe(channel, handler) {
          subscriptions.push(channel);
          return net.subscribe(channel, handler);
        },
      },
      options: {
        log: {
          append: async () => undefined,
          async *read() {
            await readable;
            yield* [];
          },
          truncate: async () => undefined,
        },
      },
    },
  );
  const starting = node.host.start();
  await settle();
  await node.host.stop();
  release();
  await starting;
  await settle();
  expect(records).toEqual([]);
  expect(subscriptions).toEqual([]);
});

describe('requests', () => {
  const build = (requestId: string, parentId: string, deadline = 1_000): Effect => ({
    kind: 'buildBlock',
    requestId,
    parentId,
    timestamp: 1_000,
    digest: weigh(1),
    deadline,
  });

  test('contract H-4: one answer for each request, none after cancel', async () => {
    const answers: Input<unknown>[] = [];
    const { clock, node } = run({
      start: ({ head }) => [
        build('kept', head.header.id),
        build('dropped', head.header.id),
        { kind: 'cancel', requestId: 'dropped' },
        build('unknown', 'nowhere'),
      ],
      on: collectInto(answers),
    });
    let builds = 0;
    const { build: buildBlock } = node.chain;
    node.chain.build = (request) => {
      builds++;
      return buildBlock(request);
    };
    await node.host.start();
    await clock.runUntil(5_000);
    expect(builds).toBe(1);
    expect(answers).toMatchObject([
      { kind: 'blockBuilt', requestId: 'kept', header: { height: 1, author: 'alice' } },
      { kind: 'blockBuilt', requestId: 'unknown', header: null },
    ]);
  });

  test('a ledger that misses the deadline is answered for with null', async () => {
    const answers: Input<unknown>[] = [];
    const { clock, node } = run({
      start: ({ head }) => [build('late', head.header.id)],
      on: collectInto(answers),
    });
    node.chain.build = () => new Promise(() => undefined);
    await node.host.start();
    await clock.runUntil(5_000);
    expect(answers).toMatchObject([{ kind: 'blockBuilt', requestId: 'late', header: null }]);
  });

  test('validateBlock judges a fetched block without adopting it', async () => {
    const answers: Input<unknown>[] = [];
    const { node } = run({ on: collectInto(answers) });
    const good = childOf(node.chain.genesis);
    const bad = childOf(node.chain.genesis, { stateRoot: new Uint8Array(32) });
    const orphan = childOf(childOf(good));
    const served = new Map([good, bad, orphan].map((block) => [block.header.id, answerOf(block)]));
    const asking = run(
      {
        start: () => [...served.keys()].map((id): Effect => ({ kind: 'fetchBlock', requestId: id, blockId: id })),
        on: (input) => {
          answers.push(input);
          if (input.kind !== 'blockFetched') return [];
          return [{ kind: 'validateBlock', blockId: input.requestId }];
        },
      },
      {
        net: {
          ...node.net,
          peers: () => ['bob'],
          request: async (_peer, _channel, bytes) =>
            served.get([...served.keys()].find((id) => Buffer.from(bytes).includes(id)) ?? '') ?? null,
        },
      },
    );
    await asking.node.host.start();
    await settle();
    const results = answers.flatMap((input) =>
      input.kind === 'blockValidated' ? [[input.blockId, input.result]] : [],
    );
    expect(new Map(results as [string, string][])).toEqual(
      new Map([
        [good.header.id, 'valid'],
        [bad.header.id, 'invalid'],
        [orphan.header.id, 'unavailable'],
      ]),
    );
    expect(asking.node.chain.updates).toEqual([]);
  });

  test('proveVrf answers in the scope of the chain', async () => {
    const answers: Input<unknown>[] = [];
    const { node } = run({
      start: () => [{ kind: 'proveVrf', requestId: 'v', alpha: weigh(1) }],
      on: collectInto(answers),
    });
    await node.host.start();
    await settle();
    expect(answers).toMatchObject([{ kind: 'vrfProved', requestId: 'v', proof: weigh(1) }]);
  });
});

describe('records', () => {
  test('contract H-8: a record replayed into a fresh engine gives the same effects', async () => {
    const records: HostRecord[] = [];
    const clock = createVirtualClock();
    const alice = createNode({ clock, options: { recorder: (record) => records.push(record) } });
    await alice.host.start();
    await clock.runUntil(12_000);
    await alice.host.stop();

    const plugin = roundRobin();
    const context = {
      chainId: new Uint8Array(32),
      era: 0,
      protocol: 'round-robin@1',
      sha256: createStubCrypto().sha256,
      self: 'alice',
    } as const;
    const config = plugin.parseConfig({});
    const engine = plugin.createEngine?.(config, plugin.createRules(config, context), context);
    if (engine === undefined) throw new Error('round-robin has an engine');
    const calls = replayRecords(engine as never, records);
    expect(calls.length).toBeGreaterThan(12);
    expect(calls.some((call) => call.effects.some((effect) => effect.kind === 'publish'))).toBe(true);
    for (const { record, effects } of calls) {
      expect(effects).toEqual(record.kind === 'engineStopped' ? undefined : record.effects);
    }
  });

  test('contract H-7: an engine starts from head, log and entropy alone', async () => {
    const { node, records } = run({});
    await node.host.start();
    await settle();
    expect(records[0]).toMatchObject({
      kind: 'engineStarted',
      start: { log: [], behind: false, head: { header: { height: 0 } }, finalized: { height: 0 } },
    });
  });
});

import { accept, defer, type Effect, type Evidence, reject, type SignedMessage } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import type { ActivePlugin } from '../src/era/schedule.ts';
import { ConflictIndex } from '../src/evidence/conflict-index.ts';
import { EvidencePool } from '../src/evidence/pool.ts';
import { decodeBlockList, decodeBlockRequest, encodeBlockRequest } from '../src/import/block-requests.ts';
import { Lane } from '../src/import/lane.ts';
import { createLoopbackNetwork, DEFAULT_HOST_LIMITS } from '../src/index.ts';
import { answerOf, branchOf, childOf, SCRIPTED } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const none = new Uint8Array();

async function started(setup: NodeSetup = {}) {
  const node = createNode({ plugin: scripted(), ...setup });
  await node.host.start();
  return node;
}

describe('contract H-39 and section 9: every buffer has an end', () => {
  test('orphans: the oldest goes', async () => {
    const node = await started({ options: { limits: { orphanBlocksMax: 2 } } });
    const [root, ...rest] = branchOf(node.chain.genesis, 4);
    for (const [index, block] of rest.entries()) await node.host.importBlock(block.bytes, `peer-${index}`);
    await node.host.importBlock(root?.bytes ?? none);
    await settle();
    expect(node.host.head().header.height).toBe(1);
  });

  test('parked blocks: a further one is refused for now', async () => {
    const clock = createVirtualClock();
    const plugin = scripted({ rules: { verifyHeader: () => defer(5_000) } });
    const node = await started({ clock, plugin, options: { limits: { parkedBlocksMax: 1 } } });
    const [first, second] = [1, 2].map((salt) => childOf(node.chain.genesis, { digest: weigh(1, salt) }));
    expect(await node.host.importBlock(first?.bytes ?? none)).toMatchObject({ kind: 'deferred' });
    expect(await node.host.importBlock(first?.bytes ?? none)).toMatchObject({ kind: 'deferred' });
    expect(await node.host.importBlock(second?.bytes ?? none)).toMatchObject({ code: 'BLOCK_TOO_EARLY' });
    // Beside it a running host waits for its head to grow old (contract H-47).
    expect(clock.pending).toBe(2);
  });

  test('blocks of one peer on their way: a further one is ignored, without harm to its sender', async () => {
    const net = createLoopbackNetwork().join('alice');
    let receive: (from: string, bytes: Uint8Array) => Promise<string> = async () => '';
    const node = await started({
      net: {
        ...net,
        subscribe(channel, handler) {
          if (channel === 'blocks') receive = handler;
          return () => undefined;
        },
      },
      options: { limits: { importsPerPeerMax: 2 } },
    });
    const blocks = [1, 2, 3].map((salt) => childOf(node.chain.genesis, { digest: weigh(1, salt) }).bytes);
    const outcomes = await Promise.all(blocks.map((bytes) => receive('bob', bytes)));
    expect(outcomes).toEqual(['accept', 'accept', 'ignore']);
    expect(await receive('bob', blocks[2] ?? none)).toBe('accept');
    expect(await receive('bob', weigh(1))).toBe('reject');
  });

  test('evidence pool: the lowest height goes', () => {
    const pool = new EvidencePool(2);
    const at = (height: number): Evidence => ({
      kind: 'custom',
      era: 0,
      protocol: 'a@1',
      offender: 'x',
      height,
      id: 'i',
      data: none,
    });
    expect([5, 7, 6, 4].map((height) => pool.add(at(height), 0))).toEqual([true, true, true, false]);
    expect(pool.items().map(({ evidence }) => evidence.height)).toEqual([7, 6]);
  });

  test('contract H-32: evidence pool: what costs its reporter nothing but keys goes first, whatever height it tells', () => {
    const pool = new EvidencePool(2);
    const at = (era: number, offender: string, height: number): Evidence => {
      const subject = { subject: 'header', first: none, second: none } as const;
      return { kind: 'equivocation', era, protocol: 'a@1', offender, height, ...subject };
    };
    expect(pool.add(at(1, 'x', 5), 0)).toBe(true);
    for (const offender of ['m', 'n', 'o']) pool.add(at(0, offender, 10), 0);
    expect(pool.add(at(1, 'y', 6), 0)).toBe(true);
    expect(pool.items().map(({ evidence }) => evidence.offender)).toEqual(['x', 'y']);
  });

  test('contract H-31: evidence pool: two messages fill one place, whatever height their reporter tells', () => {
    const pool = new EvidencePool(3);
    const at = (height: number, offender: string, subject: 'message' | 'header'): Evidence => {
      return { kind: 'equivocation', era: 0, protocol: 'a@1', offender, height, subject, first: none, second: none };
    };
    expect([1, 2, 3].map((height) => pool.add(at(height, 'x', 'message'), 0))).toEqual([true, false, false]);
    expect(pool.add(at(1, 'y', 'message'), 0)).toBe(true);
    expect([1, 2].map((height) => pool.add(at(height, 'z', 'header'), 0))).toEqual([true, true]);
    expect(pool.items().map(({ evidence }) => evidence.offender)).toEqual(['y', 'z', 'z']);
  });

  test('conflict index: strangers go first, then the oldest of whoever has most', () => {
    const members = new Set(['a', 'b']);
    const index = new ConflictIndex({ ...DEFAULT_HOST_LIMITS, conflictKeysMax: 3 }, () => members);
    const conflictKey = ({ message }: { readonly message: SignedMessage }) => `${message.payload[0]}`;
    const active = { era: 0, protocol: SCRIPTED, rules: { conflictKey } } as unknown as ActivePlugin;
    const observe = (author: string, place: number, signature = none) => {
      const message = { author, payload: Uint8Array.of(place), signature };
      const artefact = { kind: 'message', message } as const;
      return index.observe({ artefact, author, height: 1, signed: signature, encode: () => signature }, active, 0);
    };
    for (const [author, place] of [
      ['x', 0],
      ['a', 0],
      ['a', 1],
      ['b', 0],
      ['a', 2],
    ] as const) {
      expect(observe(author, place)).toBeUndefined();
    }
    expect(index.size).toBe(3);
    const isKnown = (author: string, place: number) => observe(author, place, Uint8Array.of(1)) !== undefined;
    expect([isKnown('b', 0), isKnown('a', 1), isKnown('a', 2)]).toEqual([true, true, true]);
    expect([isKnown('x', 0), isKnown('a', 0)]).toEqual([false, false]);
  });

  test('held blocks: the oldest built block can no longer be published', async () => {
    const build = (salt: number, parentId: string): Effect => ({
      kind: 'buildBlock',
      requestId: `${salt}`,
      parentId,
      timestamp: 1,
      digest: weigh(1, salt),
      deadline: 9,
    });
    const built: string[] = [];
    const plugin = scripted({
      start: ({ head }) => [build(1, head.header.id), build(2, head.header.id)],
      on(input) {
        if (input.kind !== 'blockBuilt' || input.header === null) return [];
        built.push(input.header.id);
        return built.length < 2 ? [] : [{ kind: 'publish', blockId: built[0] ?? '' }];
      },
    });
    const node = await started({ plugin, options: { limits: { heldBlocksMax: 1 } } });
    await settle();
    expect(node.seen).toMatchObject([{ event: { event: 'PUBLISH_UNKNOWN_BLOCK', data: { blockId: built[0] } } }]);
  });

  test('answers to block questions stop at about a mebibyte and at the adopted branch', async () => {
    const network = createLoopbackNetwork();
    const chain = createFakeChain();
    const node = await started({ chain, net: network.join('alice') });
    const blocks = branchOf(chain.genesis, 6);
    const side = childOf(blocks[1] ?? chain.genesis, { digest: weigh(1, 9) });
    for (const block of [...blocks, side]) await node.host.importBlock(block.bytes);
    const bob = network.join('bob');
    const ask = async (known: readonly string[]) => {
      const question = encodeBlockRequest({ kind: 'after', known, count: 100 });
      const answer = await bob.request('alice', 'blocks', question, 1);
      return answer && decodeBlockList(answer, 100, 1_000_000);
    };
    const after = (count: number) => blocks.slice(count).map(({ bytes }) => ({ block: bytes, proof: none }));
    expect(await ask(['nowhere', blocks[3]?.header.id ?? ''])).toEqual(after(4));
    expect(await ask([side.header.id, blocks[0]?.header.id ?? ''])).toEqual(after(1));
    expect(await ask(['nowhere'])).toBeNull();
    expect(await bob.request('alice', 'blocks', weigh(9), 1)).toBeNull();

    const { read } = chain;
    chain.read = async (locator) => {
      const stored = await read(locator);
      if (stored === null || locator.kind !== 'height' || locator.height < 2) return stored;
      return { ...stored, block: { ...stored.block, bytes: new Uint8Array(600_000) } };
    };
    expect(await ask([blocks[1]?.header.id ?? ''])).toHaveLength(1);
  });

  test('a peer that answers with another block loses score, the next is asked', async () => {
    const chain = createFakeChain();
    const [parent, child] = branchOf(chain.genesis, 2);
    const penalties: string[] = [];
    const asked: string[] = [];
    const node = await started({
      chain,
      net: {
        ...createLoopbackNetwork().join('alice'),
        peers: () => ['mallory', 'bob'],
        penalise: (peer, code) => void penalties.push(`${peer} ${code}`),
        request: async (peer, _channel, question) => {
          if (decodeBlockRequest(question).kind === 'after') return null;
          asked.push(peer);
          const block = peer === 'mallory' ? child : parent;
          return block === undefined ? null : answerOf(block);
        },
      },
    });
    await node.host.importBlock(child?.bytes ?? none, 'mallory');
    await settle();
    expect(asked).toEqual(['mallory', 'bob']);
    expect(penalties).toEqual(['mallory WRONG_BLOCK']);
    expect(node.host.head().header.height).toBe(2);
  });
});

test('contract H-40: own work overtakes the work of peers that waits, one piece at a time', async () => {
  const lane = new Lane();
  const order: string[] = [];
  let running = 0;
  const job = (name: string) => async () => {
    running++;
    expect(running).toBe(1);
    await settle();
    order.push(name);
    running--;
  };
  const all = [lane.run('peer', job('a')), lane.run('peer', job('b')), lane.run('own', job('c'))];
  await Promise.all(all);
  await lane.idle();
  expect(order).toEqual(['a', 'c', 'b']);
  await expect(lane.run('own', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  await lane.run('peer', job('d'));
});

test('contract H-40: work that is done at once is over when the call returns, and what it asks for comes after it', async () => {
  const lane = new Lane();
  const order: string[] = [];
  let asked: unknown;
  const outcome = lane.run('peer', () => {
    asked = lane.run('own', () => order.push('asked for'));
    order.push('asking');
    return 'done';
  });
  expect(outcome).toBe('done');
  expect(order).toEqual(['asking']);
  await asked;
  expect(order).toEqual(['asking', 'asked for']);
  await lane.idle();
  expect(() =>
    lane.run('peer', () => {
      throw new Error('x');
    }),
  ).toThrow('x');
  await lane.idle();
  expect(lane.run('peer', () => 1)).toBe(1);
});

test('contract H-31: evidence leaves the pool once it is refused and old', async () => {
  let judged = 0;
  const plugin = scripted({
    rules: {
      conflictKey: (artefact) =>
        artefact.kind === 'header' ? `${artefact.header.author}/${artefact.header.timestamp}` : undefined,
      verifyEvidence(_evidence, state) {
        judged++;
        return state.height < 2 ? accept() : reject('EVIDENCE_TOO_OLD');
      },
    },
    on: (input) =>
      input.kind !== 'headChanged'
        ? []
        : [
            {
              kind: 'buildBlock',
              requestId: 'b',
              parentId: input.head.header.id,
              timestamp: 1,
              digest: weigh(1),
              deadline: 9,
            },
          ],
  });
  const chain = createFakeChain();
  const node = await started({ chain, plugin, options: { limits: { conflictBlocks: 3 } } });
  const twins = [1, 2].map((salt) => childOf(chain.genesis, { timestamp: 1, digest: weigh(1, salt) }));
  for (const block of twins) await node.host.importBlock(block.bytes);
  const head = twins.find((block) => block.header.id === node.host.head().header.id) ?? chain.genesis;
  const counts: number[] = [];
  for (const block of branchOf(head, 8)) {
    await node.host.importBlock(block.bytes);
    await settle();
    counts.push(judged);
  }
  // Judged for each build while young, a last time when it has become old, then never again.
  expect(counts.at(-1)).toBe(counts.at(-4));
  expect(counts.at(1)).toBeGreaterThan(counts.at(0) ?? 0);
});

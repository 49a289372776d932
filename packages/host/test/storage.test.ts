import { accept, type Effect } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { createLoopbackNetwork, createMemoryLog, decodeBlockRecord } from '../src/index.ts';
import { answerOf, branchOf, childOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, NAMES, startTrio, type TestNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

async function started(setup: Parameters<typeof createNode>[0]): Promise<TestNode> {
  const node = createNode({ plugin: scripted(), ...setup });
  await node.host.start();
  return node;
}

describe('contract H-42: a restart ends where the crash began', () => {
  test('head and state are derived again from stored facts, without executing anything', async () => {
    const chain = createFakeChain({
      provides: ['deposit'],
      factsAt: (height) => [{ kind: 'deposit', actor: `a${height}`, total: BigInt(height) }],
    });
    const plugin = scripted({ requires: { facts: ['deposit'] } });
    const before = await started({ chain, plugin });
    for (const block of branchOf(chain.genesis, 20, (index) => ({ digest: weigh(index + 1) }))) {
      await before.host.importBlock(block.bytes);
    }
    await before.host.stop();
    chain.execute = async () => ({ kind: 'executed', facts: [] });
    const after = await started({ chain, plugin });
    expect(after.host.head()).toEqual(before.host.head());
    expect(after.host.consensusRoot()).toEqual(before.host.consensusRoot());
    expect(after.host.head().totalWeight).toBe(210n);
  });

  test('whatever a ledger told is read again: more members than validators, and amounts of any length', async () => {
    const members = Array.from({ length: 5_000 }, (_, index) => ({ id: `member${index}`, weight: 1n }));
    const chain = createFakeChain({
      provides: ['validators', 'stake'],
      factsAt: () => [
        { kind: 'validators', validators: members },
        { kind: 'stake', actor: 'alice', total: 1n << 600n },
      ],
    });
    const plugin = scripted({ requires: { facts: ['validators', 'stake'] } });
    const before = await started({ chain, plugin });
    for (const block of branchOf(chain.genesis, 2)) await before.host.importBlock(block.bytes);
    await before.host.stop();
    const after = await started({ chain, plugin });
    expect(after.host.head()).toEqual(before.host.head());
    expect(after.host.head().header.height).toBe(2);
  });

  test('round-robin goes on producing after a restart, and nobody is accused', async () => {
    const clock = createVirtualClock();
    const chain = createFakeChain();
    const network = createLoopbackNetwork();
    const others = ['bob', 'carol'].map((name) => createNode({ name, clock, net: network.join(name) }));
    const first = createNode({ clock, chain, net: network.join('alice') });
    for (const node of [first, ...others]) await node.host.start();
    await clock.runUntil(6_500);
    await first.host.stop();
    const again = createNode({ clock, chain, net: network.join('alice') });
    await again.host.start();
    await clock.runUntil(12_500);
    const heads = [again, ...others].map((node) => node.host.head().header);
    expect(heads.map((head) => head.height)).toEqual([12, 12, 12]);
    expect(new Set(heads.map((head) => head.id)).size).toBe(1);
  });

  test('the engine gets its log back, only its own era and protocol', async () => {
    const log = createMemoryLog();
    const writing = scripted({ start: () => [{ kind: 'persist', height: 3, entry: weigh(3) }] });
    const writer = await started({ plugin: writing, options: { log } });
    await settle();
    await writer.host.stop();
    await log.append({ era: 0, protocol: 'other@1', height: 3, bytes: weigh(4) });
    const logs: unknown[] = [];
    const reading = scripted({
      start(start) {
        logs.push(start.log);
        return [];
      },
    });
    await started({ plugin: reading, options: { log } });
    await settle();
    expect(logs).toEqual([[weigh(3)]]);
  });

  test('contract H-3: the block that an entry names is held again after a restart', async () => {
    const log = createMemoryLog();
    const clock = createVirtualClock();
    let blockId = '';
    const build: Effect = {
      kind: 'buildBlock',
      requestId: 'build',
      parentId: createFakeChain().genesis.header.id,
      timestamp: 5,
      digest: weigh(1),
      deadline: 100,
    };
    const writing = scripted({
      start: () => [build],
      on(input) {
        if (input.kind !== 'blockBuilt') return [];
        blockId = input.header?.id ?? '';
        return [
          { kind: 'persist', height: 1, entry: weigh(1), blockId },
          { kind: 'persist', height: 1, entry: weigh(2), blockId: 'nobody knows it' },
        ];
      },
    });
    const writer = await started({ plugin: writing, clock, options: { log } });
    await clock.runUntil(10);
    await writer.host.stop();
    expect(writer.seen).toContainEqual(
      expect.objectContaining({ event: expect.objectContaining({ event: 'PERSIST_UNKNOWN_BLOCK' }) }),
    );
    const results: unknown[] = [];
    const reading = scripted({
      rules: { verifyHeader: () => accept() },
      start: ({ log: entries }) => (entries.length === 2 ? [{ kind: 'validateBlock', blockId }] : []),
      on(input) {
        if (input.kind === 'blockValidated') results.push(input.result);
        return [];
      },
    });
    await started({ plugin: reading, options: { log } });
    await settle();
    expect(blockId).not.toBe('');
    expect(results).toEqual(['valid']);
  });

  test('a store with a hole is refused', async () => {
    const chain = createFakeChain();
    const node = await started({ chain });
    const blocks = branchOf(chain.genesis, 3);
    for (const block of blocks) await node.host.importBlock(block.bytes);
    (chain.stored as Map<string, unknown>).delete(blocks[1]?.header.id ?? '');
    await expect(started({ chain })).rejects.toMatchObject({ data: { code: 'STORE_CORRUPT' } });
  });
});

describe('contract H-22 and H-23: states below the retention point leave memory', () => {
  const limits = { retentionBlocks: 5 };

  test('tips stay live above the retention point only', async () => {
    const chain = createFakeChain();
    const node = await started({ chain, options: { limits } });
    const main = branchOf(chain.genesis, 12);
    const side = branchOf(main[3] ?? chain.genesis, 2, () => ({ digest: weigh(1, 7) }));
    for (const block of main.slice(0, 6)) await node.host.importBlock(block.bytes);
    for (const block of side) await node.host.importBlock(block.bytes);
    expect(node.host.tipOf(side[1]?.header.id ?? '')).toBeDefined();
    for (const block of main.slice(6)) await node.host.importBlock(block.bytes);
    const live = main.filter((block) => node.host.tipOf(block.header.id) !== undefined);
    expect(live.map((block) => block.header.height)).toEqual([7, 8, 9, 10, 11, 12]);
    expect(side.filter((block) => node.host.tipOf(block.header.id) !== undefined)).toEqual([]);
  });

  test('a heavier branch from far below is adopted all the same, its states derived from storage', async () => {
    const chain = createFakeChain();
    const node = await started({ chain, options: { limits } });
    const main = branchOf(chain.genesis, 12);
    for (const block of main) await node.host.importBlock(block.bytes);
    const heavy = branchOf(main[1] ?? chain.genesis, 8, () => ({ digest: weigh(2) }));
    const kinds: string[] = [];
    for (const block of heavy) kinds.push((await node.host.importBlock(block.bytes, 'bob')).kind);
    expect(new Set(kinds)).toEqual(new Set(['stored', 'adopted']));
    expect(node.host.head().header.id).toBe(heavy[7]?.header.id);
    expect(node.host.head()).toMatchObject({ totalWeight: 18n, state: { height: 10 } });
    const changed = node.chain.updates.find((update) => update.reverted.length > 0);
    expect(main.slice(2).filter((block) => node.host.tipOf(block.header.id) !== undefined)).toEqual([]);
    expect(changed?.reverted).toHaveLength(10);
    expect(changed?.applied[0]).toBe(heavy[0]?.header.id);
    const further = branchOf(heavy[7] ?? chain.genesis, 8, () => ({ digest: weigh(1) }));
    for (const block of further) expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'adopted' });
  });

  test('contract H-39: a peer can make the host derive few states for each head', async () => {
    const chain = createFakeChain();
    const node = await started({ chain, options: { limits: { ...limits, derivationsPerPeerMax: 1 } } });
    const main = branchOf(chain.genesis, 12);
    for (const block of main) await node.host.importBlock(block.bytes);
    const old = [1, 2].map((foot) => branchOf(main[foot] ?? chain.genesis, 1, () => ({ digest: weigh(1, 9) }))[0]);
    expect(await node.host.importBlock(old[0]?.bytes ?? new Uint8Array(), 'bob')).toMatchObject({ kind: 'stored' });
    const refused = { kind: 'rejected', code: 'PARENT_TOO_OLD' };
    expect(await node.host.importBlock(old[1]?.bytes ?? new Uint8Array(), 'bob')).toMatchObject(refused);
    expect(await node.host.importBlock(old[1]?.bytes ?? new Uint8Array(), 'carol')).toMatchObject({ kind: 'stored' });
  });

  test('contract H-39: whoever comes under many names makes it derive no more than a crowd may, nor remember more', async () => {
    const chain = createFakeChain();
    const node = await started({ chain, options: { limits } });
    const main = branchOf(chain.genesis, 12);
    for (const block of main) await node.host.importBlock(block.bytes);
    const derived: number[] = [];
    for (let name = 0; name < 300; name++) {
      const forged = { timestamp: 5_000 + name, signer: 'mallory' };
      const junk = childOf(main[1] ?? chain.genesis, forged);
      const result = await node.host.importBlock(junk.bytes, `mallory ${name}`);
      if (result.kind === 'rejected' && result.code !== 'PARENT_TOO_OLD') derived.push(name);
    }
    expect(node.host.usage()).toContainEqual({ name: 'derivingPeers', count: 256, max: 256 });
    expect(derived.length).toBe(256);
    // As soon as the chain goes on, all may ask again.
    await node.host.importBlock(childOf(main[11] ?? chain.genesis).bytes);
    expect(node.host.usage()).toContainEqual({ name: 'derivingPeers', count: 0, max: 256 });
  });

  test('a block on a state that the chain no longer keeps is refused for now, not for ever', async () => {
    const chain = createFakeChain();
    let isKept = false;
    const execute: typeof chain.execute = (block, request) =>
      isKept || block.header.height < 2 ? chain.execute(block, request) : Promise.resolve({ kind: 'unavailable' });
    const node = await started({ chain: { ...chain, execute } });
    const [first, second] = branchOf(chain.genesis, 2);
    expect(await node.host.importBlock(first?.bytes ?? new Uint8Array())).toMatchObject({ kind: 'adopted' });
    const refused = { kind: 'rejected', code: 'PARENT_TOO_OLD' };
    expect(await node.host.importBlock(second?.bytes ?? new Uint8Array())).toMatchObject(refused);
    isKept = true;
    expect(await node.host.importBlock(second?.bytes ?? new Uint8Array())).toMatchObject({ kind: 'adopted' });
  });

  test('a stored block that left memory is known, not an orphan', async () => {
    const chain = createFakeChain();
    const node = await started({ chain, options: { limits } });
    const main = branchOf(chain.genesis, 12);
    for (const block of main) await node.host.importBlock(block.bytes);
    expect(await node.host.importBlock(main[2]?.bytes ?? new Uint8Array())).toMatchObject({ kind: 'known' });
  });
});

test('contract H-24: beyond the cap the lightest branch goes first, never the adopted one', async () => {
  const chain = createFakeChain();
  const node = await started({ chain, options: { limits: { unfinalizedBlocksMax: 5 } } });
  const main = branchOf(chain.genesis, 3, () => ({ digest: weigh(3) }));
  const light = branchOf(chain.genesis, 1, () => ({ digest: weigh(1, 1) }));
  const middle = branchOf(chain.genesis, 1, () => ({ digest: weigh(2, 1) }));
  for (const block of [...main, ...light, ...middle]) await node.host.importBlock(block.bytes);
  const isLive = (block: (typeof main)[number] | undefined) => node.host.tipOf(block?.header.id ?? '') !== undefined;
  expect(main.every(isLive)).toBe(true);
  expect([isLive(light[0]), isLive(middle[0])]).toEqual([false, true]);
  for (const block of branchOf(main[2] ?? chain.genesis, 6)) await node.host.importBlock(block.bytes);
  expect(node.host.head().header.height).toBe(9);
});

describe('contract H-26: checkpoints', () => {
  test('are written at the retention point and shorten the next start', async () => {
    const chain = createFakeChain();
    const limits = { retentionBlocks: 3, checkpointBlocks: 4 };
    const node = await started({ chain, options: { limits } });
    for (const block of branchOf(chain.genesis, 12)) await node.host.importBlock(block.bytes);
    const heights = chain.updates.flatMap(({ checkpoint }) =>
      checkpoint === undefined ? [] : [chain.stored.get(checkpoint.id)?.block.header.height],
    );
    expect(heights).toEqual([4, 8]);

    const applied: number[] = [];
    const counting = scripted({
      rules: {
        applyHeader(_state, header) {
          applied.push(header.height);
          return { height: header.height, facts: [] };
        },
      },
    });
    const again = await started({ chain, plugin: counting });
    expect(applied).toEqual([9, 10, 11, 12]);
    expect(again.host.head()).toEqual(node.host.head());
  });

  test('contract H-25: each block is applied once in normal operation, parents first', async () => {
    const applied: number[] = [];
    const counting = scripted({
      rules: {
        applyHeader(_state, header) {
          applied.push(header.height);
          return { height: header.height, facts: [] };
        },
      },
    });
    const chain = createFakeChain();
    const node = await started({ chain, plugin: counting });
    for (const block of branchOf(chain.genesis, 5)) await node.host.importBlock(block.bytes);
    expect(applied).toEqual([1, 2, 3, 4, 5]);
  });

  test('the record beside a block holds era, weight and filtered facts', async () => {
    const chain = createFakeChain({ factsAt: () => [{ kind: 'exit', actor: 'bob' }], provides: ['exit', 'deposit'] });
    const node = await started({ chain, plugin: scripted({ requires: { facts: ['exit'] } }) });
    for (const block of branchOf(chain.genesis, 2)) await node.host.importBlock(block.bytes);
    const record = chain.updates.at(-1)?.store[0]?.record ?? new Uint8Array();
    expect(decodeBlockRecord(record)).toEqual({
      era: 0,
      totalWeight: 2n,
      gadgetWeight: 0n,
      announced: [],
      facts: [{ kind: 'exit', actor: 'bob' }],
    });
  });
});

describe('catching up', () => {
  test('a late joiner reaches the head of its peers in batches and does not produce meanwhile', async () => {
    const clock = createVirtualClock();
    const network = createLoopbackNetwork();
    const early = NAMES.slice(0, 2).map((name) => createNode({ name, clock, net: network.join(name) }));
    for (const node of early) await node.host.start();
    await clock.runUntil(600_000);
    const behind: boolean[] = [];
    const late = createNode({
      name: 'carol',
      clock,
      net: network.join('carol'),
      options: {
        limits: { syncBatchBlocks: 32 },
        recorder(record) {
          if (record.kind === 'inputHandled' && record.input.kind === 'syncChanged') behind.push(record.input.behind);
        },
      },
    });
    await late.host.start();
    await clock.runUntil(605_500);
    const heads = [...early, late].map((node) => node.host.head().header.id);
    expect(new Set(heads).size).toBe(1);
    expect(late.host.head().header.height).toBeGreaterThan(400);
    // It was behind from the start (contract H-44).
    expect(behind).toEqual([false]);
    expect(late.seen.filter(({ name }) => name === 'evidenceFound')).toEqual([]);
  });

  test('contract H-39: a claim of greater height alone does not stop production', async () => {
    const network = createLoopbackNetwork();
    network.join('mallory').serve('blocks', async () => null);
    const behind: boolean[] = [];
    const node = await started({
      net: network.join('alice'),
      options: {
        recorder(record) {
          if (record.kind === 'inputHandled' && record.input.kind === 'syncChanged') behind.push(record.input.behind);
        },
      },
    });
    await settle();
    behind.length = 0;
    const far = branchOf(node.chain.genesis, 60).at(-1);
    expect(await node.host.importBlock(far?.bytes ?? new Uint8Array(), 'mallory')).toMatchObject({ kind: 'orphan' });
    await settle();
    expect(behind).toEqual([]);
  });

  test('branches that parted long ago join again', async () => {
    const clock = createVirtualClock();
    const networks = [createLoopbackNetwork(), createLoopbackNetwork()] as const;
    const shared = createLoopbackNetwork();
    let healed = false;
    // Each node has a port into its half and one into the whole; the test switches between them.
    const nodes = NAMES.map((name, index) => {
      const half = networks[index === 0 ? 0 : 1].join(name);
      const whole = shared.join(name);
      return createNode({
        name,
        clock,
        options: { limits: { syncBatchBlocks: 16 } },
        net: {
          self: name,
          send: (...args) => (healed ? whole : half).send(...args),
          request: (...args) => (healed ? whole : half).request(...args),
          peers: () => (healed ? whole : half).peers(),
          penalise: () => undefined,
          subscribe(...args) {
            const leave = [half.subscribe(...args), whole.subscribe(...args)];
            return () => {
              for (const end of leave) end();
            };
          },
          serve(...args) {
            const leave = [half.serve(...args), whole.serve(...args)];
            return () => {
              for (const end of leave) end();
            };
          },
        },
      });
    });
    for (const node of nodes) await node.host.start();
    await clock.runUntil(300_000);
    expect(new Set(nodes.map((node) => node.host.head().header.id)).size).toBe(2);
    healed = true;
    await clock.runUntil(306_500);
    expect(new Set(nodes.map((node) => node.host.head().header.id)).size).toBe(1);
    expect(nodes[0]?.host.head().header.height).toBeGreaterThan(200);
    expect(nodes[0]?.seen.filter(({ name }) => name === 'evidenceFound')).toEqual([]);
  });

  test('a gap of a few blocks is closed by asking for parents', async () => {
    const { clock, nodes } = await startTrio();
    await clock.runUntil(3_500);
    const [alice] = nodes;
    const network = createLoopbackNetwork();
    const served = network.join('server');
    const blocks = [...(alice?.chain.stored.values() ?? [])].map((stored) => stored.block);
    served.serve('blocks', async (_from, bytes) => {
      const wanted = blocks.find((block) => Buffer.from(bytes).includes(block.header.id));
      return wanted === undefined ? null : answerOf(wanted);
    });
    const node = createNode({ name: 'dave', net: network.join('dave'), clock });
    await node.host.start();
    const tip = blocks.at(-1);
    expect(await node.host.importBlock(tip?.bytes ?? new Uint8Array(), 'server')).toMatchObject({ kind: 'orphan' });
    await settle();
    expect(node.host.head().header.id).toBe(tip?.header.id);
  });
});

import { defer } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { branchOf, childOf } from './fixtures/blocks.ts';
import { composeBlock, createFakeChain, partsOf } from './fixtures/fake-chain.ts';
import { createNode, type TestNode } from './fixtures/nodes.ts';
import { scripted, scriptedRules, weigh } from './fixtures/scripted.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

async function started(setup: Parameters<typeof createNode>[0] = {}): Promise<TestNode> {
  const node = createNode({ plugin: scripted(), ...setup });
  await node.host.start();
  return node;
}

describe('contract section 4: every step rejects with its own code', () => {
  const chain = createFakeChain();
  const { genesis } = chain;
  const good = childOf(genesis);
  const cases = {
    BLOCK_ENCODING: { ...good, bytes: good.bytes.slice(1) },
    WRONG_HEIGHT: composeBlock({ ...partsOf(good), height: 2 }),
    WRONG_PROTOCOL: childOf(genesis, { protocol: 'other@1' }),
    BAD_WEIGHT: childOf(genesis, { digest: weigh(0) }),
    SIGNATURE_INVALID: childOf(genesis, { signer: 'mallory' }),
    STATE_ROOT_MISMATCH: childOf(genesis, { stateRoot: new Uint8Array(32) }),
    DIGEST_TOO_LARGE: childOf(genesis, { digest: new Uint8Array(4_097) }),
    SEAL_TOO_LARGE: composeBlock({ ...partsOf(good), seal: new Uint8Array(4_097) }),
  };

  test.each(Object.entries(cases))('%s', async (code, block) => {
    const node = await started();
    const result = await node.host.importBlock(block.bytes);
    expect(result).toEqual({ kind: 'rejected', code, id: code === 'BLOCK_ENCODING' ? null : block.header.id });
    expect(node.host.head().header.id).toBe(genesis.header.id);
    expect(node.chain.updates).toEqual([]);
  });

  test('an oversized block is refused before it is decoded', async () => {
    const node = await started({ options: { limits: { blockBytesMax: good.bytes.length - 1 } } });
    const result = await node.host.importBlock(good.bytes);
    expect(result).toEqual({ kind: 'rejected', id: null, code: 'BLOCK_TOO_LARGE' });
  });

  test('a rejected block is judged and reported once, its intact twin is accepted', async () => {
    const node = await started();
    const bad = composeBlock({ ...partsOf(good), seal: new Uint8Array(32) });
    const turns = [1, 2, 3].map(() => node.host.importBlock(bad.bytes));
    for (const result of [...(await Promise.all(turns)), await node.host.importBlock(bad.bytes)]) {
      expect(result).toMatchObject({ kind: 'rejected', code: 'SIGNATURE_INVALID' });
    }
    expect(node.seen.filter(({ name }) => name === 'blockRejected')).toHaveLength(1);
    expect(node.crypto.batches).toHaveLength(1);
    expect(await node.host.importBlock(good.bytes)).toEqual({ kind: 'adopted', id: good.header.id });
  });
});

test('contract section 4, step 5: header and evidence claims are checked in one batch', async () => {
  const node = await started({ plugin: scripted({ rules: { conflictKey: keyByTime } }) });
  const [first, second] = [1, 2].map((salt) => childOf(node.chain.genesis, { digest: weigh(1, salt) }));
  if (first === undefined || second === undefined) throw new Error('two blocks');
  const sorted = [first, second].sort((a, b) => Buffer.compare(a.headerBytes, b.headerBytes));
  const evidence = {
    kind: 'equivocation',
    era: 0,
    protocol: 'scripted@1',
    offender: 'alice',
    height: 1,
    subject: 'header',
    first: sorted[0]?.headerBytes ?? new Uint8Array(),
    second: sorted[1]?.headerBytes ?? new Uint8Array(),
  } as const;
  const block = childOf(node.chain.genesis, { timestamp: 5_000, evidence: [evidence] });
  expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'adopted' });
  expect(node.crypto.batches.map((batch) => batch.length)).toEqual([3]);
});

function keyByTime(artefact: { kind: string; header?: { author: string; timestamp: number } }): string | undefined {
  return artefact.header && `${artefact.header.author}/${artefact.header.timestamp}`;
}

test('contract section 4, step 8: the plugin gets only the facts it asked for, evidence after those of the ledger', async () => {
  const chain = createFakeChain({
    provides: ['deposit', 'ballot'],
    factsAt: () => [
      { kind: 'deposit', actor: 'bob', total: 5n },
      { kind: 'ballot', from: 'bob', to: 'alice', weight: 1n },
    ],
  });
  const node = await started({ chain, plugin: scripted({ requires: { facts: ['deposit'] } }) });
  const block = childOf(chain.genesis);
  await node.host.importBlock(block.bytes);
  expect(node.host.head().state).toEqual({ height: 1, facts: [{ kind: 'deposit', actor: 'bob', total: 5n }] });
  const imported = node.seen.find(({ name }) => name === 'blockImported');
  expect(imported?.event).toMatchObject({ adopted: true, facts: [{ kind: 'deposit' }, { kind: 'ballot' }] });
});

describe('blocks that cannot be judged yet', () => {
  test('an orphan waits for its parent and follows it', async () => {
    const node = await started();
    const [a, b, c] = branchOf(node.chain.genesis, 3);
    expect(await node.host.importBlock(c?.bytes ?? new Uint8Array())).toMatchObject({ kind: 'orphan' });
    expect(await node.host.importBlock(b?.bytes ?? new Uint8Array())).toMatchObject({ kind: 'orphan' });
    expect(await node.host.importBlock(a?.bytes ?? new Uint8Array())).toMatchObject({ kind: 'adopted' });
    await settle();
    expect(node.host.head().header.id).toBe(c?.header.id);
  });

  test('contract H-39: a peer can park no more than its share of orphans, the oldest go', async () => {
    const node = await started({ options: { limits: { orphansPerPeerMax: 2 } } });
    const [root, ...rest] = branchOf(node.chain.genesis, 4);
    for (const block of rest) await node.host.importBlock(block.bytes, 'mallory');
    await node.host.importBlock(root?.bytes ?? new Uint8Array());
    await settle();
    expect(node.host.head().header.height).toBe(1);
  });

  test('contract H-18: a deferred block comes back when its time has come, and is then judged without time', async () => {
    const clock = createVirtualClock();
    const rules = {
      verifyHeader: (...args: Parameters<ReturnType<typeof scriptedRules>['verifyHeader']>) =>
        args[0].timestamp > args[2] ? defer(args[0].timestamp) : scriptedRules().verifyHeader(...args),
    };
    const node = await started({ clock, plugin: scripted({ rules }) });
    const block = childOf(node.chain.genesis, { timestamp: 4_000 });
    expect(await node.host.importBlock(block.bytes)).toEqual({ kind: 'deferred', id: block.header.id });
    await clock.runUntil(3_999);
    expect(node.host.head().header.height).toBe(0);
    await clock.runUntil(4_000);
    expect(node.host.head().header.id).toBe(block.header.id);

    const far = childOf(block, { timestamp: 4_000 + 15_001 });
    expect(await node.host.importBlock(far.bytes)).toMatchObject({ kind: 'rejected', code: 'BLOCK_TOO_EARLY' });
    await clock.runUntil(20_000);
    expect(await node.host.importBlock(far.bytes)).toMatchObject({ kind: 'adopted' });
  });

  test('contract H-9: parked blocks and timers die with the host', async () => {
    const clock = createVirtualClock();
    const node = await started({ clock, plugin: scripted({ rules: { verifyHeader: () => defer(5_000) } }) });
    await node.host.importBlock(childOf(node.chain.genesis).bytes);
    // Beside it a running host waits for its head to grow old (contract H-47).
    expect(clock.pending).toBe(2);
    await node.host.stop();
    expect(clock.pending).toBe(0);
    expect(await node.host.importBlock(childOf(node.chain.genesis).bytes)).toMatchObject({ kind: 'halted' });
  });
});

describe('reorganisation', () => {
  test('commits reverted blocks newest first and applied blocks oldest first, then reports', async () => {
    const node = await started();
    const short = branchOf(node.chain.genesis, 2);
    const long = branchOf(node.chain.genesis, 3, (index) => ({ digest: weigh(1, 9 + index) }));
    for (const block of [...short, ...long]) await node.host.importBlock(block.bytes);
    const ids = (blocks: typeof short) => blocks.map((block) => block.header.id);
    const update = node.chain.updates.at(-1);
    // Two equally heavy branches are ordered by id, so the switch may come one block earlier.
    const switched = node.chain.updates.find((item) => item.reverted.length > 0);
    expect(switched?.reverted).toEqual(ids(short).reverse());
    expect([...(switched?.applied ?? []), ...(switched === update ? [] : (update?.applied ?? []))]).toEqual(ids(long));
    expect(node.host.head().header.id).toBe(long[2]?.header.id);
  });

  test('contract H-21: depth is reported, and a longer branch below it is adopted all the same', async () => {
    const node = await started();
    const settled: number[] = [];
    node.host.events.on('settled', ({ header }) => settled.push(header.height));
    const first = branchOf(node.chain.genesis, 5);
    for (const block of first) await node.host.importBlock(block.bytes);
    expect(settled).toEqual([0, 1, 2, 3]);
    const heavier = branchOf(node.chain.genesis, 3, () => ({ digest: weigh(3) }));
    for (const block of heavier) await node.host.importBlock(block.bytes);
    expect(node.host.head().header.id).toBe(heavier[2]?.header.id);
    expect(node.host.finalized().height).toBe(0);
  });
});

import { type Artefact, accept, type Effect, type Evidence, encodeEvidence, reject } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { createLoopbackNetwork } from '../src/index.ts';
import { branchOf, type ChildOptions, childOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup, startTrio, type TestNode } from './fixtures/nodes.ts';
import { type Script, scripted, weigh } from './fixtures/scripted.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const conflictKey = (artefact: Artefact) =>
  artefact.kind === 'header' ? `${artefact.header.author}/${artefact.header.timestamp}` : undefined;

async function started(rules: Script['rules'] = {}, setup: NodeSetup = {}): Promise<TestNode> {
  const node = createNode({ plugin: scripted({ rules: { conflictKey, ...rules } }), ...setup });
  await node.host.start();
  return node;
}

function found(node: TestNode): Evidence[] {
  return node.seen.flatMap(({ name, event }) =>
    name === 'evidenceFound' ? [(event as { evidence: Evidence }).evidence] : [],
  );
}

const { genesis } = createFakeChain();

/** Two blocks of one author for one time. */
function pair(options: ChildOptions = {}): readonly [Block, Block] {
  return [childOf(genesis, { ...options, digest: weigh(1, 1) }), childOf(genesis, { ...options, digest: weigh(1, 2) })];
}

function equivocationOf([a, b]: readonly [Block, Block], change: Partial<Evidence> = {}): Evidence {
  const [first, second] = [a.headerBytes, b.headerBytes].sort(Buffer.compare);
  if (first === undefined || second === undefined) throw new Error('two headers');
  const base = { era: 0, protocol: a.header.protocol, offender: a.header.author, height: 1 } as const;
  return { kind: 'equivocation', ...base, subject: 'header', first, second, ...change } as Evidence;
}

describe('contract H-29: two artefacts with one conflict key become evidence', () => {
  test('planted equivocation is found, whichever block came first', async () => {
    for (const blocks of [pair(), [...pair()].reverse()]) {
      const node = await started();
      for (const block of blocks) await node.host.importBlock(block.bytes);
      expect(found(node)).toEqual([equivocationOf(pair())]);
    }
  });

  test('the same block twice, and two seals on one seal hash, are no offence', async () => {
    const [block] = pair();
    const node = await started({ verifyHeader: () => accept() });
    const reseal = node.chain.seal(block, weigh(9));
    for (const item of [block, block, reseal]) await node.host.importBlock(item.bytes);
    expect(node.chain.stored.size).toBe(3);
    expect(node.seen.filter(({ name }) => name === 'evidenceFound' || name === 'trace')).toEqual([]);
  });

  test('an equivocating block that fails in execution still counts', async () => {
    const node = await started();
    const [good] = pair();
    const broken = childOf(genesis, { digest: weigh(1, 2), stateRoot: new Uint8Array(32) });
    await node.host.importBlock(good.bytes);
    expect(await node.host.importBlock(broken.bytes)).toMatchObject({ code: 'STATE_ROOT_MISMATCH' });
    expect(found(node)).toHaveLength(1);
  });

  test('a block with a forged seal accuses nobody', async () => {
    const node = await started();
    const [good] = pair();
    const forged = childOf(genesis, { digest: weigh(1, 2), signer: 'mallory' });
    await node.host.importBlock(good.bytes);
    await node.host.importBlock(forged.bytes);
    expect(found(node)).toEqual([]);
  });

  test('no accusation in an honest run', async () => {
    const { clock, nodes } = await startTrio();
    await clock.runUntil(60_000);
    for (const node of nodes) {
      expect(node.host.head().header.height).toBeGreaterThan(50);
      expect(found(node)).toEqual([]);
      expect(node.seen.filter(({ name }) => name === 'blockRejected')).toEqual([]);
      await node.host.stop();
    }
  });

  test('the index forgets the oldest key of an author beyond its share', async () => {
    const node = await started({}, { options: { limits: { conflictKeysPerAuthorMax: 2 } } });
    const [first, twin] = pair({ timestamp: 1 });
    await node.host.importBlock(first.bytes);
    for (const timestamp of [2, 3]) await node.host.importBlock(childOf(genesis, { timestamp }).bytes);
    await node.host.importBlock(twin.bytes);
    expect(found(node)).toEqual([]);
  });

  test('the index forgets heights too far below the head', async () => {
    const node = await started({}, { options: { limits: { conflictBlocks: 3 } } });
    const [first, twin] = pair({ timestamp: 1 });
    await node.host.importBlock(first.bytes);
    for (const block of branchOf(first, 5)) await node.host.importBlock(block.bytes);
    await node.host.importBlock(twin.bytes);
    expect(found(node)).toEqual([]);
  });
});

describe('contract H-30: evidence is verified before it is believed', () => {
  const good = equivocationOf(pair());
  const forged = pair({ signer: 'mallory' });
  const strangers = pair({ author: 'mallory' });
  const [one] = pair();
  const cases: Record<string, readonly [Evidence, string]> = {
    'a forged signature': [equivocationOf(forged), 'EVIDENCE_FORGED'],
    'another offender': [{ ...good, offender: 'bob' }, 'EVIDENCE_MALFORMED'],
    'another height': [{ ...good, height: 2 }, 'EVIDENCE_MALFORMED'],
    'wrong order': [{ ...good, ...swap(good) } as Evidence, 'EVIDENCE_MALFORMED'],
    'no header': [{ ...good, first: weigh(0) } as Evidence, 'EVIDENCE_MALFORMED'],
    'another era': [{ ...good, era: 1 }, 'EVIDENCE_WRONG_ERA'],
    'another protocol': [{ ...good, protocol: 'other@1' }, 'EVIDENCE_WRONG_ERA'],
    'two keys': [equivocationOf([one, childOf(genesis, { timestamp: 7 })]), 'EVIDENCE_NO_CONFLICT'],
    'two seals on one seal hash': [
      equivocationOf([one, createFakeChain().seal(one, weigh(9))]),
      'EVIDENCE_NO_CONFLICT',
    ],
    'an offender nobody knows': [equivocationOf(strangers), 'UNKNOWN_OFFENDER'],
    'a kind the rules do not know': [
      { kind: 'custom', era: 0, protocol: 'scripted@1', offender: 'alice', height: 1, id: 'x', data: weigh(1) },
      'EVIDENCE_UNSUPPORTED',
    ],
  };

  test.each(Object.entries(cases))('%s', async (_name, [evidence, code]) => {
    const node = await started();
    expect(await node.host.submitEvidence(evidence)).toEqual({ kind: 'rejected', code });
    expect(found(node)).toEqual([]);
    const block = childOf(genesis, { timestamp: 5_000, evidence: [evidence] });
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'rejected' });
  });

  test('a block with forged evidence is rejected as such', async () => {
    const node = await started();
    const block = childOf(genesis, { timestamp: 5_000, evidence: [equivocationOf(forged)] });
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'rejected', code: 'EVIDENCE_FORGED' });
  });

  test('valid evidence is added once', async () => {
    const node = await started();
    expect(await node.host.submitEvidence(good)).toEqual({ kind: 'added' });
    expect(await node.host.submitEvidence(good)).toEqual({ kind: 'known' });
    expect(found(node)).toEqual([good]);
  });

  test('a header rejected as provable becomes evidence only under its author\u2019s seal', async () => {
    const subjects: (readonly Artefact[])[] = [];
    const verifyEvidence = (_evidence: Evidence, _state: unknown, given: readonly Artefact[]) => {
      subjects.push(given);
      return accept();
    };
    const node = await started({ verifyEvidence });
    const signed = childOf(genesis, { digest: weigh(0) });
    const unsigned = childOf(genesis, { digest: weigh(0, 1), signer: 'mallory' });
    expect(await node.host.importBlock(unsigned.bytes)).toMatchObject({ code: 'BAD_WEIGHT' });
    expect(found(node)).toEqual([]);
    expect(await node.host.importBlock(signed.bytes)).toMatchObject({ code: 'BAD_WEIGHT' });
    expect(found(node)).toMatchObject([{ kind: 'invalidHeader', offender: 'alice', height: 1, code: 'BAD_WEIGHT' }]);
    expect(subjects).toMatchObject([[{ kind: 'header', header: { id: signed.header.id } }]]);
  });

  test('rules without verifyEvidence cannot judge headers, so none are accused', async () => {
    const node = await started();
    await node.host.importBlock(childOf(genesis, { digest: weigh(0) }).bytes);
    expect(found(node)).toEqual([]);
  });

  test('the code of the plugin reaches the caller', async () => {
    const node = await started({ verifyEvidence: () => reject('EVIDENCE_TOO_OLD') });
    expect(await node.host.submitEvidence(good)).toEqual({ kind: 'rejected', code: 'EVIDENCE_TOO_OLD' });
  });
});

function swap(evidence: Evidence): object {
  return evidence.kind === 'equivocation' ? { first: evidence.second, second: evidence.first } : {};
}

describe('contract H-31: from detection to the chain', () => {
  test('one node detects, all pool, the next producer includes it once, every node gets the fact', async () => {
    const { clock, nodes } = await startTrio();
    const [alice, bob] = nodes;
    if (alice === undefined || bob === undefined) throw new Error('three nodes');
    await clock.runUntil(1_900);
    const head = alice.host.head().header;
    const parent = (await alice.chain.read({ kind: 'id', id: head.id }))?.block;
    if (parent === undefined) throw new Error('the head is stored');
    // Slot 2 belongs to Carol, who signs two blocks for it behind the back of her own host.
    const slot = new Uint8Array([0, 0, 0, 0, 0, 2]);
    const directives = [{ kind: 'reward', actor: 'carol', units: 1n }] as const;
    const options = { author: 'carol', protocol: 'round-robin@1', digest: slot, directives } as const;
    await clock.runUntil(2_000);
    const twins = [2_100, 2_200].map((timestamp) => childOf(parent, { ...options, timestamp }));
    for (const twin of twins) await alice.host.importBlock(twin.bytes);
    await settle();
    for (const node of nodes) expect(found(node)).toHaveLength(1);

    await clock.runUntil(10_000);
    for (const node of nodes) {
      const blocks = [...node.chain.stored.values()].map((stored) => stored.block);
      const adopted = blocks.filter((block) => block.evidence.length > 0);
      expect(adopted.length).toBe(1);
      expect(node.host.head().header.height).toBeGreaterThan(6);
      await node.host.stop();
    }
    expect(new Set(nodes.map((node) => node.host.head().header.id)).size).toBe(1);
  });

  test('two pieces of one offence make a block invalid', async () => {
    const node = await started();
    const third = childOf(genesis, { digest: weigh(1, 3) });
    const [a, b] = pair();
    const evidence = [equivocationOf([a, b]), equivocationOf([a, third])];
    const block = childOf(genesis, { timestamp: 5_000, evidence });
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'rejected', code: 'EVIDENCE_DUPLICATE' });
  });

  test('without a verdict of the plugin an offence is included once per branch', async () => {
    const node = await started();
    const evidence = [equivocationOf(pair())];
    const first = childOf(genesis, { timestamp: 5_000, evidence });
    const again = childOf(first, { evidence });
    const sibling = childOf(genesis, { timestamp: 6_000, evidence });
    expect(await node.host.importBlock(first.bytes)).toMatchObject({ kind: 'adopted' });
    expect(await node.host.importBlock(again.bytes)).toMatchObject({ kind: 'rejected', code: 'EVIDENCE_DUPLICATE' });
    expect(await node.host.importBlock(sibling.bytes)).toMatchObject({ kind: expect.stringMatching(/adopted|stored/) });
    expect(await node.host.submitEvidence(equivocationOf(pair()))).toEqual({ kind: 'known' });
  });

  test.each([
    ['from genesis', {}],
    ['from a checkpoint', { retentionBlocks: 1, checkpointBlocks: 2 }],
  ])('a restart %s remembers every offence of the branch', async (_name, limits) => {
    const chain = createFakeChain();
    const before = await started({}, { chain, options: { limits } });
    const alice = equivocationOf(pair());
    const blocks = [childOf(genesis, { timestamp: 5_000, evidence: [alice] })];
    blocks.push(...branchOf(blocks[0] ?? genesis, 4));
    for (const block of blocks) await before.host.importBlock(block.bytes);
    await before.host.stop();
    const after = await started({}, { chain });
    const again = childOf(blocks.at(-1) ?? genesis, { evidence: [alice] });
    expect(await after.host.importBlock(again.bytes)).toMatchObject({ code: 'EVIDENCE_DUPLICATE' });
  });

  test('a branch remembers older offences when it includes newer ones', async () => {
    const validators = () => ['alice', 'bob'].map((id) => ({ id, weight: 1n }));
    const node = await started({ validators });
    const [alice, bob] = [equivocationOf(pair()), equivocationOf(pair({ author: 'bob' }))];
    const first = childOf(genesis, { timestamp: 5_000, evidence: [alice] });
    const second = childOf(first, { evidence: [bob] });
    for (const block of [first, second]) {
      expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'adopted' });
    }
    for (const evidence of [alice, bob]) {
      const again = childOf(second, { evidence: [evidence] });
      expect(await node.host.importBlock(again.bytes)).toMatchObject({ code: 'EVIDENCE_DUPLICATE' });
    }
  });

  test('a producer includes evidence once per branch, whatever the plugin would accept', async () => {
    const build = (parentId: string, at: number): Effect => ({
      kind: 'buildBlock',
      requestId: parentId,
      parentId,
      timestamp: at,
      digest: weigh(1),
      deadline: 1_000_000,
    });
    const plugin = scripted({
      rules: { conflictKey, verifyEvidence: () => accept() },
      on(input) {
        if (input.kind === 'headChanged' && input.head.header.height < 4) {
          return [build(input.head.header.id, 50_000 + input.head.header.height)];
        }
        if (input.kind !== 'blockBuilt' || input.header === null) return [];
        const guard = { lane: 'seal', sequence: [input.header.height] };
        return [{ kind: 'publish', blockId: input.header.id, sealing: { kind: 'sign', guard } }];
      },
    });
    const node = createNode({ plugin });
    await node.host.start();
    await node.host.submitEvidence(equivocationOf(pair()));
    await node.host.importBlock(pair()[0].bytes);
    await settle();
    expect(node.host.head().header.height).toBe(4);
    const counts = [...node.chain.stored.values()].map(({ block }) => block.evidence.length);
    expect(counts).toEqual([0, 0, 1, 0, 0]);
  });

  test('too much evidence in one block', async () => {
    const node = await started();
    const evidence = Array.from(
      { length: 17 },
      (_, index) => ({ ...equivocationOf(pair()), height: index }) as Evidence,
    );
    const block = childOf(genesis, { timestamp: 5_000, evidence });
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'rejected', code: 'EVIDENCE_TOO_MANY' });
  });

  test('an engine may accuse; what it says is verified all the same', async () => {
    const good = equivocationOf(pair());
    const bad = { ...good, offender: 'bob' } as Evidence;
    const plugin = scripted({
      rules: { conflictKey },
      start: () => [
        { kind: 'accuse', evidence: bad },
        { kind: 'accuse', evidence: good },
      ],
    });
    const node = createNode({ plugin });
    await node.host.start();
    await settle();
    expect(found(node)).toEqual([good]);
    expect(node.seen).toContainEqual({
      name: 'trace',
      event: { source: 'host', event: 'ACCUSATION_REJECTED', data: { code: 'EVIDENCE_MALFORMED' } },
    });
  });

  test('an observer passes evidence on and never includes it', async () => {
    const network = createLoopbackNetwork();
    const heard: Uint8Array[] = [];
    network.join('bob').subscribe('evidence', async (_from, bytes) => {
      heard.push(bytes);
      return 'accept';
    });
    const node = await started({}, { net: network.join('alice'), options: { signer: null } });
    for (const block of pair()) await node.host.importBlock(block.bytes);
    await settle();
    expect(heard).toEqual([encodeEvidence(equivocationOf(pair()))]);
  });

  test('garbage and forgeries on the channel cost their sender', async () => {
    const network = createLoopbackNetwork();
    const net = network.join('alice');
    let handler: ((from: string, bytes: Uint8Array) => Promise<string>) | undefined;
    const subscribe: typeof net.subscribe = (channel, given) => {
      if (channel === 'evidence') handler = given;
      return net.subscribe(channel, given);
    };
    await started({}, { net: { ...net, subscribe } });
    expect(await handler?.('mallory', weigh(1))).toBe('reject');
    expect(await handler?.('mallory', encodeEvidence(equivocationOf(pair({ signer: 'mallory' }))))).toBe('reject');
    expect(await handler?.('bob', encodeEvidence(equivocationOf(pair())))).toBe('accept');
    expect(await handler?.('bob', encodeEvidence(equivocationOf(pair())))).toBe('ignore');
  });
});

describe('contract H-32: evidence has an end', () => {
  test('without a verdict of the plugin, offences older than 1000 blocks or ahead of the block are refused', async () => {
    const clock = createVirtualClock();
    const node = await started({}, { clock });
    const twins = pair();
    const evidence = equivocationOf(twins);
    const early = equivocationOf([childOf(twins[0], { timestamp: 1 }), childOf(twins[1], { timestamp: 1 })], {
      height: 2,
    });
    expect(await node.host.submitEvidence(early)).toEqual({ kind: 'rejected', code: 'EVIDENCE_TOO_EARLY' });
    const chain = branchOf(genesis, 1_001, (index) => ({ timestamp: 10_000 + index }));
    for (const block of chain.slice(0, 1_000)) await node.host.importBlock(block.bytes);
    expect(await node.host.submitEvidence(evidence)).toEqual({ kind: 'added' });
    await node.host.importBlock(chain[1_000]?.bytes ?? new Uint8Array());
    const other = equivocationOf([twins[0], childOf(genesis, { digest: weigh(1, 3) })]);
    expect(await node.host.submitEvidence(other)).toEqual({ kind: 'rejected', code: 'EVIDENCE_TOO_OLD' });
    const fresh = createNode({ plugin: scripted({ rules: { conflictKey } }), chain: node.chain });
    await fresh.host.start();
    expect(await fresh.host.submitEvidence(evidence)).toEqual({ kind: 'rejected', code: 'EVIDENCE_TOO_OLD' });
  });
});

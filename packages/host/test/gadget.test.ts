import {
  accept,
  type ConsensusPlugin,
  defer,
  type Effect,
  type Era,
  type Fact,
  type Input,
  reject,
  type Validator,
} from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import {
  createLoopbackNetwork,
  createMemoryLog,
  decodeBlockRecord,
  type HostRecord,
  replayRecords,
} from '../src/index.ts';
import { branchOf, childOf, SCRIPTED, scopeOf } from './fixtures/blocks.ts';
import { createFakeChain, type FakeChainOptions } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup, type TestNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { gadget, type Script, type ScriptedState, scripted, weigh } from './fixtures/scripted.ts';
import { createStubSigner, stubSign } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const GADGET = 'gadget@1';
const eras: readonly Era[] = [
  { fromHeight: 1, production: { name: 'scripted', config: {} }, finality: { name: 'gadget', config: {} } },
];

function create(production: Script = {}, finality: Script = {}, setup: NodeSetup = {}): TestNode {
  const rules = { finality: quorumFinality(false), ...finality.rules };
  const plugins = [scripted(production) as ConsensusPlugin, gadget({ ...finality, rules }) as ConsensusPlugin];
  return createNode({ ...setup, plugins, options: { eras, ...setup.options } });
}

async function started(...args: Parameters<typeof create>): Promise<TestNode> {
  const node = create(...args);
  await node.host.start();
  return node;
}

/** Remembers what it is told under its name. */
function listener(name: string, calls: string[]): Script {
  return {
    start() {
      calls.push(`${name} start`);
      return [];
    },
    on(input) {
      calls.push(`${name} ${input.kind}`);
      return [];
    },
  };
}

const provesFirst = (chain: ReturnType<typeof createFakeChain>, first = childOf(chain.genesis)): Script => ({
  on: ({ kind }) => {
    const proof = proofOf(first, ['alice', 'bob'], GADGET);
    return kind === 'headChanged' ? [{ kind: 'publish', blockId: first.header.id, proof }] : [];
  },
});

describe('contract H-1, H-2 and H-6: two engines, one queue', () => {
  test('production comes first, then the gadget; what is final is told before the head', async () => {
    const calls: string[] = [];
    const chain = createFakeChain();
    const [first, second] = branchOf(chain.genesis, 2);
    const gadgetScript = listener('gadget', calls);
    const node = await started(
      listener('production', calls),
      {
        ...gadgetScript,
        on(input, now) {
          gadgetScript.on?.(input, now);
          return provesFirst(chain, first).on?.(input, now) ?? [];
        },
      },
      { chain },
    );
    await settle();
    await node.host.importBlock(first?.bytes ?? weigh(0));
    await settle();
    await node.host.importBlock(second?.bytes ?? weigh(0));
    await settle();
    expect(calls).toEqual([
      'production start',
      'gadget start',
      'production headChanged',
      'gadget headChanged',
      'production finalized',
      'gadget finalized',
      'production headChanged',
      'gadget headChanged',
    ]);
    expect(node.host.finalized().id).toBe(first?.header.id);
  });

  test('contract H-1: calls of the two never overlap, and effects of one end before the other is asked', async () => {
    const log: string[] = [];
    const run = (name: string): Script => ({
      start: () => [
        { kind: 'send', to: { kind: 'all' }, payload: weigh(1) },
        { kind: 'trace', event: `${name} sent` },
      ],
      on(input) {
        log.push(`${name} ${input.kind}`);
        return [];
      },
    });
    const signer = createStubSigner('alice');
    const slow = {
      ...signer,
      async sign(...args: Parameters<typeof signer.sign>) {
        await settle();
        return signer.sign(...args);
      },
    };
    const node = create(run('production'), run('gadget'), { options: { signer: slow } });
    node.host.events.on('trace', ({ event }) => log.push(event));
    await node.host.start();
    for (let turn = 0; turn < 6; turn++) await settle();
    expect(log).toEqual(['production sent', 'gadget sent', 'production messageReceived', 'gadget messageReceived']);
  });

  test('contract H-3: what one persists does not hold up the other', async () => {
    const events: string[] = [];
    const plain = createMemoryLog();
    const log = { ...plain, append: () => new Promise<void>(() => undefined) };
    const run = (name: string, first: Effect): Script => ({ start: () => [first, { kind: 'trace', event: name }] });
    const node = create(
      run('production', { kind: 'persist', height: 1, entry: weigh(1) }),
      run('gadget', { kind: 'trace', event: 'no barrier' }),
      { options: { log } },
    );
    node.host.events.on('trace', ({ event }) => events.push(event));
    await node.host.start();
    await settle();
    expect(events).toEqual(['no barrier', 'gadget']);
  });

  test('contract H-8: the records of each replay alone', async () => {
    const records: HostRecord[] = [];
    const script = (name: string): Script => ({
      start: ({ entropy }) => [{ kind: 'trace', event: name, data: { entropy } }],
      on: (input, now) => [{ kind: 'trace', event: `${name} ${input.kind} ${now}` }],
    });
    const node = await started(script('p'), script('g'), { options: { recorder: (record) => records.push(record) } });
    for (const block of branchOf(node.chain.genesis, 3)) await node.host.importBlock(block.bytes);
    await settle();
    for (const [protocol, name] of [
      [SCRIPTED, 'p'],
      [GADGET, 'g'],
    ] as const) {
      const own = records.filter((record) => record.protocol === protocol);
      expect(own).toHaveLength(4);
      const engine = scripted(script(name)).createEngine?.({}, {} as never, {} as never);
      for (const { record, effects } of replayRecords(engine as never, own)) {
        expect('effects' in record && record.effects).toEqual(effects);
      }
    }
  });
});

describe('contract section 4: both plugins judge, direct and apply', () => {
  test('step 3: a header that the gadget refuses or defers is not imported', async () => {
    const refusing = await started({}, { rules: { verifyHeader: () => reject('BAD_FOR_GADGET') } });
    const block = childOf(refusing.chain.genesis);
    expect(await refusing.host.importBlock(block.bytes)).toMatchObject({ code: 'BAD_FOR_GADGET' });
    const deferring = await started({}, { rules: { verifyHeader: () => defer(5_000) } });
    expect(await deferring.host.importBlock(block.bytes)).toMatchObject({ kind: 'deferred' });
  });

  test('step 6: directives of production, then of the gadget', async () => {
    const reward = (actor: string) => ({ kind: 'reward', actor, units: 1n }) as const;
    const node = await started(
      { rules: { directives: () => [reward('producer')] } },
      { rules: { directives: () => [reward('voter')] } },
    );
    const options = { directives: [reward('producer'), reward('voter')] };
    const block = childOf(node.chain.genesis, options);
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'adopted' });
    const other = childOf(block, { directives: [...options.directives].reverse() });
    expect(await node.host.importBlock(other.bytes)).toMatchObject({ code: 'STATE_ROOT_MISMATCH' });
  });

  test('step 6: each is asked for directives about the evidence that it charges for, so that nobody pays twice', async () => {
    const asked: string[] = [];
    const script = (name: string): Script => ({
      requires: { facts: ['evidence'] },
      rules: {
        verifyEvidence: () => accept(),
        directives(_state, _context, evidence) {
          asked.push(...evidence.map(({ protocol }) => `${name} ${protocol}`));
          return [];
        },
        applyHeader: (state, header, facts) => ({ height: header.height, facts: [...state.facts, ...facts] }),
      },
    });
    const node = await started(script('production'), script('gadget'));
    const base = { kind: 'custom', era: 0, offender: 'bob', id: 'any', data: weigh(1) } as const;
    const evidence = ([SCRIPTED, GADGET] as const).map((protocol, height) => ({ ...base, protocol, height }) as const);
    const block = childOf(node.chain.genesis, { evidence });
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'adopted' });
    expect(new Set(asked)).toEqual(new Set([`production ${SCRIPTED}`, `gadget ${GADGET}`]));
    const { facts } = node.host.head().state as ScriptedState;
    expect(facts.flatMap((fact) => (fact.kind === 'evidence' ? [fact.evidence.protocol] : []))).toEqual([
      SCRIPTED,
      GADGET,
    ]);
  });

  const set = (...ids: string[]): readonly Validator[] => ids.map((id) => ({ id, weight: 1n }));

  function watchingGadget(seen: (readonly Fact[])[]): Script {
    return {
      requires: { facts: ['validators', 'certificate'] },
      rules: {
        applyHeader(state, header, facts) {
          seen.push(facts);
          return { height: header.height, facts: [...state.facts, ...facts] };
        },
      },
    };
  }

  test('step 9: the gadget hears of the validators of production when they change, and of nobody else', async () => {
    const options: FakeChainOptions = {
      provides: ['validators'],
      factsAt: () => [{ kind: 'validators', validators: set('ledger') }],
    };
    const validatorsOf = ({ height }: ScriptedState) => (height < 2 ? set('alice') : set('alice', 'bob'));
    const seen: (readonly Fact[])[] = [];
    const node = await started({ rules: { validators: validatorsOf } }, watchingGadget(seen), {
      chain: createFakeChain(options),
    });
    for (const block of branchOf(node.chain.genesis, 3)) await node.host.importBlock(block.bytes);
    expect(seen).toEqual([[], [{ kind: 'validators', validators: set('alice', 'bob') }], []]);
  });

  test('contract H-33: the gadget starts with the validators that production starts with', async () => {
    const handed: unknown[] = [];
    await started(
      { rules: { validators: () => set('elected') } },
      {
        requires: { validators: true },
        rules: {
          initialState(start) {
            handed.push(start.handover.validators, start.era, start.parent.height);
            return { height: 0, facts: [] };
          },
        },
      },
      { options: { genesisValidators: [] } },
    );
    expect(handed).toEqual([set('elected'), 0, 0]);
  });

  test('contract H-37: a gadget that needs validators and gets none is refused', async () => {
    const node = create(
      { rules: { validators: () => [] } },
      { requires: { validators: true } },
      { options: { genesisValidators: [] } },
    );
    await expect(node.host.start()).rejects.toMatchObject({ data: { code: 'VALIDATORS_MISSING', plugin: 'gadget' } });
  });

  test('steps 4 and 8: a certificate of the gadget is judged in its scope and reaches it as a fact', async () => {
    const seen: (readonly Fact[])[] = [];
    const verifyCertificate = (data: Uint8Array) => {
      const signature = stubSign(scopeOf(GADGET), 'vote', data.subarray(0, 8), 'bob');
      const isGood = data.length === 8;
      return accept([
        {
          kind: 'signature',
          signer: 'bob',
          domain: 'vote',
          data: data.subarray(0, 8),
          signature: isGood ? signature : data,
        },
      ]);
    };
    const watching = watchingGadget(seen);
    const node = await started({}, { ...watching, rules: { ...watching.rules, verifyCertificate } });
    const certificate = { protocol: GADGET, data: weigh(1) } as const;
    const block = childOf(node.chain.genesis, { certificates: [certificate] });
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'adopted' });
    expect(seen).toEqual([[{ kind: 'certificate', certificate }]]);
    const forged = { protocol: GADGET, data: new Uint8Array(9) } as const;
    const second = childOf(block, { certificates: [forged] });
    expect(await node.host.importBlock(second.bytes)).toMatchObject({ code: 'CERTIFICATE_FORGED' });
    const foreign = childOf(block, { certificates: [{ protocol: SCRIPTED, data: weigh(1) }] });
    expect(await node.host.importBlock(foreign.bytes)).toMatchObject({ code: 'CERTIFICATE_UNSUPPORTED' });
  });
});

test('contract H-20: the gadget compares tips first, then production', async () => {
  const byDigest = (state: ScriptedState, at: number) => state.facts.length * 0 + at;
  const node = await started(
    { rules: { compareTips: (a, b) => (a.header.digest[7] ?? 0) - (b.header.digest[7] ?? 0) } },
    {
      rules: {
        compareTips: (a, b) => byDigest(a.state, a.header.digest[6] ?? 0) - byDigest(b.state, b.header.digest[6] ?? 0),
      },
    },
  );
  const salted = (salt: number) => childOf(node.chain.genesis, { digest: weigh(1, salt) });
  const blocks = [salted(0x0005), salted(0x0009), salted(0x0101), salted(0x00ff)];
  const kinds: string[] = [];
  for (const block of blocks) kinds.push((await node.host.importBlock(block.bytes)).kind);
  expect(kinds).toEqual(['adopted', 'adopted', 'adopted', 'stored']);
});

test('a builder includes what the gadget offered, under its protocol', async () => {
  const clock = createVirtualClock();
  const node = await started(
    {
      start: () => [{ kind: 'setTimer', timerId: 'build', at: 1 }],
      on(input): readonly Effect[] {
        if (input.kind === 'timerElapsed') {
          const parentId = node.chain.genesis.header.id;
          return [{ kind: 'buildBlock', requestId: 'b', parentId, timestamp: 1, digest: weigh(1), deadline: 9 }];
        }
        if (input.kind !== 'blockBuilt' || input.header === null) return [];
        const guard = { lane: 'seal', sequence: [1] };
        return [{ kind: 'publish', blockId: input.header.id, sealing: { kind: 'sign', guard } }];
      },
    },
    {
      start: () => [1, 2].map((salt) => ({ kind: 'offerCertificate', certificate: weigh(1, salt) })),
      rules: { verifyCertificate: (data) => (data[7] === 1 ? reject('STALE') : accept()) },
    },
    { clock },
  );
  await clock.runUntil(5);
  const head = node.chain.stored.get(node.host.head().header.id)?.block;
  expect(head?.certificates).toEqual([{ protocol: GADGET, data: weigh(1, 2) }]);
});

test('what both offered together finds no more room than a block has', async () => {
  const offering = (salt: number, more: Script = {}): Script => ({
    rules: { verifyCertificate: () => accept() },
    ...more,
    start: (start, now) => [
      ...[0, 1, 2].map((index): Effect => ({ kind: 'offerCertificate', certificate: weigh(1, salt + index) })),
      ...(more.start?.(start, now) ?? []),
    ],
  });
  const building: Script = {
    start: () => [{ kind: 'setTimer', timerId: 'build', at: 1 }],
    on(input): readonly Effect[] {
      if (input.kind === 'timerElapsed') {
        const parentId = node.chain.genesis.header.id;
        return [{ kind: 'buildBlock', requestId: 'b', parentId, timestamp: 1, digest: weigh(1), deadline: 9 }];
      }
      if (input.kind !== 'blockBuilt' || input.header === null) return [];
      const guard = { lane: 'seal', sequence: [1] };
      return [{ kind: 'publish', blockId: input.header.id, sealing: { kind: 'sign', guard } }];
    },
  };
  const clock = createVirtualClock();
  const node = await started(offering(10, building), offering(20), { clock });
  await clock.runUntil(5);
  const head = node.chain.stored.get(node.host.head().header.id)?.block;
  expect(head?.certificates.map(({ protocol, data }) => [protocol, data[7]])).toEqual([
    [SCRIPTED, 12],
    [GADGET, 20],
    [GADGET, 21],
    [GADGET, 22],
  ]);
});

test('contract H-10 and H-11: messages of the gadget carry its protocol and reach only its engine', async () => {
  const network = createLoopbackNetwork();
  const heard: Record<string, Input<unknown>[]> = { production: [], gadget: [] };
  const hear = (name: string): Script => ({
    on(input) {
      if (input.kind === 'messageReceived') heard[name]?.push(input);
      return [];
    },
  });
  await started(hear('production'), hear('gadget'), { name: 'bob', net: network.join('bob') });
  const guard = { lane: 'vote', sequence: [1], floors: { source: 0 } };
  const signer = createStubSigner('alice');
  await started(
    {},
    { start: () => [{ kind: 'send', to: { kind: 'validators' }, payload: weigh(7), guard }] },
    { net: network.join('alice'), options: { signer } },
  );
  await settle();
  expect(heard.production).toEqual([]);
  expect(heard.gadget).toMatchObject([{ from: 'alice', message: { author: 'alice', payload: weigh(7) } }]);
  expect(signer.requests).toMatchObject([{ scope: { era: 0, protocol: GADGET }, domain: 'message', guard }]);
});

test('contract H-12: sticky votes last until something is final', async () => {
  const clock = createVirtualClock();
  const chain = createFakeChain();
  const [first] = branchOf(chain.genesis, 1);
  const network = createLoopbackNetwork();
  let repeats = 0;
  network.join('bob').subscribe('messages', async () => {
    repeats++;
    return 'accept';
  });
  const node = await started(
    {},
    {
      start: () => [
        {
          kind: 'send',
          to: { kind: 'all' },
          payload: weigh(1),
          sticky: 'untilFinalized',
          guard: { lane: 'v', sequence: [1] },
        },
      ],
      ...provesFirst(chain, first),
    },
    { clock, chain, net: network.join('alice') },
  );
  await clock.runUntil(7_500);
  expect(repeats).toBe(4);
  await node.host.importBlock(first?.bytes ?? weigh(0));
  await clock.runUntil(60_000);
  expect(node.host.finalized().height).toBe(1);
  expect(repeats).toBe(4);
});

test('contract H-27: sixteen lanes for each of the two, not for both together', async () => {
  const lanes = (prefix: string): Script => ({
    start: () =>
      Array.from({ length: 16 }, (_, index) => ({
        kind: 'send',
        to: { kind: 'all' },
        payload: weigh(1, index),
        guard: { lane: `${prefix}${index}`, sequence: [1] },
      })),
  });
  const node = await started(lanes('a'), lanes('b'));
  await settle();
  expect(node.seen.filter(({ name }) => name === 'faulted')).toEqual([]);
});

describe('contract H-26 and H-42: the states of both survive', () => {
  const facts = ['deposit', 'certificate', 'validators'] as const;
  const options: FakeChainOptions = {
    provides: ['deposit'],
    factsAt: (height) => [{ kind: 'deposit', actor: 'a', total: BigInt(height) }],
  };
  const production: Script = { requires: { facts: ['deposit'] } };
  const finality: Script = {
    requires: { facts },
    rules: { branchWeight: () => 5n, verifyCertificate: () => accept() },
  };

  test('a restart derives them from records and from checkpoints alike', async () => {
    for (const limits of [{}, { retentionBlocks: 3, checkpointBlocks: 4 }]) {
      const chain = createFakeChain(options);
      const before = await started(production, finality, { chain, options: { limits } });
      for (const block of branchOf(chain.genesis, 12)) await before.host.importBlock(block.bytes);
      await before.host.stop();
      const starts: unknown[] = [];
      const script: Script = {
        ...finality,
        start({ head }) {
          starts.push(head.totalWeight, head.header.height, head.state.height);
          return [];
        },
      };
      const after = await started(production, script, { chain, options: { limits } });
      await settle();
      expect(after.host.head().totalWeight).toBe(before.host.head().totalWeight);
      expect(after.host.consensusRoot()).toHaveLength(32);
      expect(before.host.gadgetRoot()).toHaveLength(32);
      expect(before.host.gadgetRoot()).not.toEqual(before.host.gadgetRoot(before.host.head().header.parentId));
      expect(starts).toEqual([60n, 12, 12]);
      const record = decodeBlockRecord(chain.updates.at(-1)?.store[0]?.record ?? weigh(0));
      expect(record).toMatchObject({ totalWeight: 12n, gadgetWeight: 60n });
    }
  });
});

test('contract H-29: a key of the gadget contradicts no key of production', async () => {
  const conflictKey: NonNullable<Script['rules']>['conflictKey'] = (artefact) =>
    artefact.kind === 'message' ? `${artefact.message.author}/1` : undefined;
  const send = (salt: number): Script => ({
    rules: { conflictKey },
    start: () => [
      { kind: 'send', to: { kind: 'all' }, payload: weigh(1, salt), guard: { lane: 'vote', sequence: [1] } },
    ],
  });
  const network = createLoopbackNetwork();
  const watcher = await started(
    { rules: { conflictKey } },
    { rules: { conflictKey } },
    { name: 'bob', net: network.join('bob') },
  );
  await started(send(1), send(2), { net: network.join('alice') });
  await settle();
  expect(watcher.seen).toEqual([]);
  // The same two under one protocol are two machines with one key.
  await started(send(3), {}, { net: network.join('alice-too') });
  await settle();
  expect(watcher.seen).toMatchObject([
    { name: 'trace', event: { event: 'EVIDENCE_DROPPED', data: { offender: 'alice' } } },
  ]);
});

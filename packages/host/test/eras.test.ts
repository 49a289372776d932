import {
  type ConsensusPlugin,
  compareBytes,
  type EngineStart,
  type Era,
  type EraStart,
  type Evidence,
  encodeSignedMessage,
  type Fact,
  type Input,
  MESSAGE_DOMAIN,
} from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { createLoopbackNetwork, createMemoryLog, type HostRecord } from '../src/index.ts';
import { encodeEnvelope } from '../src/messages/message-codec.ts';
import { branchOf, type ChildOptions, childOf, scopeOf } from './fixtures/blocks.ts';
import { createFakeChain, type FakeChain } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup, type TestNode } from './fixtures/nodes.ts';
import { type Script, scripted, weigh } from './fixtures/scripted.ts';
import { stubSign } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

type Block = ReturnType<typeof childOf>;

/** The second era starts here. */
const BORDER = 4;
const eras: readonly Era[] = [
  { fromHeight: 1, production: { name: 'old', config: {} } },
  { fromHeight: BORDER, production: { name: 'new', config: {} } },
];
const OLD: ChildOptions = { protocol: 'old@1' };
const NEW: ChildOptions = { protocol: 'new@1', era: 1 };

interface Scripts {
  readonly old?: Script;
  readonly new?: Script;
}

function create(scripts: Scripts = {}, setup: NodeSetup = {}): TestNode {
  const plugins = (['old', 'new'] as const).map((name) => scripted({ name, ...scripts[name] }) as ConsensusPlugin);
  return createNode({ ...setup, plugins, options: { eras, ...setup.options } });
}

async function startedNode(...args: Parameters<typeof create>): Promise<TestNode> {
  const node = create(...args);
  await node.host.start();
  return node;
}

/** Blocks on `parent`, each under the plugin of its height. */
function chainOf(parent: Block, length: number, options: (height: number) => ChildOptions = () => ({})): Block[] {
  const blocks: Block[] = [];
  for (let index = 0; index < length; index++) {
    const foot = blocks.at(-1) ?? parent;
    const height = foot.header.height + 1;
    blocks.push(childOf(foot, { ...(height < BORDER ? OLD : NEW), ...options(height) }));
  }
  return blocks;
}

async function importAll(node: TestNode, blocks: readonly Block[]): Promise<string[]> {
  const kinds: string[] = [];
  for (const block of blocks) kinds.push((await node.host.importBlock(block.bytes)).kind);
  return kinds;
}

describe('contract H-33: the block at fromHeight is the first under the new plugins', () => {
  test('it starts from the export before, the census at the border, and weight 0', async () => {
    const census: readonly Fact[] = [
      { kind: 'deposit', actor: 'a', total: 5n },
      { kind: 'exit', actor: 'b' },
    ];
    const starts: (Omit<EraStart, 'census'> & { readonly census: readonly Fact[] })[] = [];
    const randomness = new Uint8Array(32).fill(5);
    const handover = { validators: [{ id: 'alice', weight: 2n }], randomness, extra: new Map() };
    const exported: unknown[] = [];
    const scripts: Scripts = {
      old: {
        rules: {
          exportHandover(state, header) {
            exported.push([state.height, header.height]);
            return handover;
          },
        },
      },
      new: {
        requires: { facts: ['deposit'] },
        rules: {
          initialState(start) {
            starts.push({ ...start, census: [...start.census] });
            return { height: start.parent.height, facts: [] };
          },
        },
      },
    };
    const chain = createFakeChain({ provides: ['deposit'], census });
    const node = await startedNode(scripts, { chain });
    const blocks = chainOf(chain.genesis, 5);
    expect(new Set(await importAll(node, blocks))).toEqual(new Set(['adopted']));

    // Once as a rehearsal at genesis (contract H-37), once at the border.
    expect(starts.map(({ era, parent }) => [era, parent.height])).toEqual([
      [1, 3],
      [1, 3],
    ]);
    expect(starts[1]).toMatchObject({ parent: blocks[2]?.header, handover, census: [census[0]] });
    expect(exported.slice(-2)).toEqual([
      [0, 3],
      [3, 3],
    ]);
    expect(node.host.head().totalWeight).toBe(2n);
  });

  test('on both sides of the border only the protocol of the height is accepted', async () => {
    const node = await startedNode();
    const blocks = chainOf(node.chain.genesis, 2);
    await importAll(node, blocks);
    const early = childOf(blocks[1] as Block, NEW);
    expect(await node.host.importBlock(early.bytes)).toMatchObject({ code: 'WRONG_PROTOCOL' });
    const [third] = chainOf(blocks[1] as Block, 1);
    await importAll(node, [third as Block]);
    const late = childOf(third as Block, OLD);
    expect(await node.host.importBlock(late.bytes)).toMatchObject({ code: 'WRONG_PROTOCOL' });
    const otherScope = childOf(third as Block, { ...NEW, era: 0 });
    expect(await node.host.importBlock(otherScope.bytes)).toMatchObject({ code: 'SIGNATURE_INVALID' });
  });
});

describe('contract H-34: the head alone decides which engines run', () => {
  function recording() {
    const clock = createVirtualClock();
    const calls: string[] = [];
    const starts: EngineStart<unknown>[] = [];
    const script = (name: string): Script => ({
      start(start) {
        calls.push(`${name} start ${start.head.header.height}`);
        starts.push(start);
        return [
          { kind: 'setTimer', timerId: 't', at: 50_000 },
          { kind: 'send', to: { kind: 'all' }, payload: weigh(1), sticky: 'untilFinalized' },
        ];
      },
      on(input) {
        if (input.kind !== 'messageReceived') calls.push(`${name} ${input.kind}`);
        return [];
      },
    });
    return { clock, calls, starts, scripts: { old: script('old'), new: script('new') } };
  }

  test('at the border the old engine ends with all it owns, and the new one starts on that head', async () => {
    const { clock, calls, starts, scripts } = recording();
    const records: HostRecord[] = [];
    const node = await startedNode(scripts, { clock, options: { recorder: (record) => records.push(record) } });
    for (const block of chainOf(node.chain.genesis, 4)) {
      await node.host.importBlock(block.bytes);
      await settle();
    }
    expect(calls).toEqual(['old start 0', 'old headChanged', 'old headChanged', 'new start 3', 'new headChanged']);
    expect(starts[1]).toMatchObject({ head: { totalWeight: 0n }, log: [], finalized: { height: 0 } });
    const eraOf = (kind: HostRecord['kind']) => records.filter((record) => record.kind === kind).map(({ era }) => era);
    expect(eraOf('engineStopped')).toEqual([0]);
    expect(eraOf('engineStarted')).toEqual([0, 1]);
    calls.length = 0;
    await clock.runUntil(60_000);
    expect(calls).toEqual(['new timerElapsed']);
  });

  test('a reorganisation back over the border brings back the engine of that height, and no other', async () => {
    const { calls, scripts } = recording();
    const node = await startedNode(scripts);
    const main = chainOf(node.chain.genesis, 3);
    await importAll(node, main);
    await settle();
    // Heavier and shorter: its next block belongs to the first era.
    const heavy = chainOf(node.chain.genesis, 2, () => ({ digest: weigh(50) }));
    await importAll(node, heavy);
    await settle();
    expect(node.host.head().header.id).toBe(heavy[1]?.header.id);
    const started = () => calls.filter((call) => call.includes('start'));
    expect(started()).toEqual(['old start 0', 'new start 3', 'old start 1']);
    await importAll(node, chainOf(heavy[1] as Block, 3));
    await settle();
    expect(started().slice(3)).toEqual([expect.stringMatching(/^new start [345]$/)]);
    expect(node.host.head()).toMatchObject({ header: { height: 5 }, totalWeight: 2n });
  });

  test('crossing a border to and fro while a log is being read starts one engine, not two', async () => {
    const { calls, scripts } = recording();
    const plain = createMemoryLog();
    let release: () => void = () => undefined;
    const readable = new Promise<void>((resolve) => {
      release = resolve;
    });
    let reads = 0;
    const log = {
      ...plain,
      async *read() {
        reads++;
        // The conflict log and the first engine start at once.
        if (reads > 2) await readable;
        yield* [];
      },
    };
    const node = await startedNode(scripts, { options: { log } });
    await settle();
    await importAll(node, chainOf(node.chain.genesis, 3));
    await importAll(
      node,
      chainOf(node.chain.genesis, 2, () => ({ digest: weigh(50) })),
    );
    await importAll(
      node,
      chainOf(node.chain.genesis, 3, () => ({ digest: weigh(90) })),
    );
    release();
    await settle();
    expect(calls.filter((call) => call.includes('start'))).toEqual(['old start 0', 'new start 3']);
  });

  test('contract H-9 and H-42: after a restart the old engine cannot come back, wherever the head stands', async () => {
    for (const length of [2, 3, 4, 9]) {
      for (const limits of [{}, { retentionBlocks: 2, checkpointBlocks: 2 }]) {
        const { calls, scripts } = recording();
        const chain = createFakeChain({ census: [], provides: [] });
        const log = createMemoryLog();
        const before = await startedNode(scripts, { chain, options: { log, limits } });
        await importAll(before, chainOf(chain.genesis, length));
        await settle();
        await before.host.stop();
        calls.length = 0;
        const genesisOnly: FakeChain['execute'] = (block, request) =>
          block.header.height === 0 ? chain.execute(block, request) : Promise.resolve({ kind: 'unavailable' });
        const again = await startedNode(scripts, {
          chain: { ...chain, execute: genesisOnly },
          options: { log, limits },
        });
        await settle();
        expect(calls).toEqual([`${length + 1 < BORDER ? 'old' : 'new'} start ${length}`]);
        expect(again.host.head()).toEqual(before.host.head());
        expect(again.host.consensusRoot()).toEqual(before.host.consensusRoot());
        const [next] = chainOf(chain.stored.get(again.host.head().header.id)?.block as Block, 1);
        await again.host.stop();
        const third = await startedNode(scripts, { chain, options: { log, limits } });
        expect(await third.host.importBlock((next as Block).bytes)).toMatchObject({ kind: 'adopted' });
      }
    }
  });

  test('without its checkpoint a border is crossed again with the census of the ledger', async () => {
    const chain = createFakeChain();
    const before = await startedNode({}, { chain });
    await importAll(before, chainOf(chain.genesis, 6));
    for (const [id, { checkpoint: _dropped, ...stored }] of chain.stored) {
      (chain.stored as Map<string, typeof stored>).set(id, stored);
    }
    const after = await startedNode({}, { chain });
    expect(after.host.head()).toEqual(before.host.head());
    const execute = async () => ({ kind: 'unavailable' }) as const;
    const lost = create(
      {},
      {
        chain: {
          ...chain,
          execute: (block, request) => (block.header.height === 0 ? chain.execute(block, request) : execute()),
        },
      },
    );
    await expect(lost.host.start()).rejects.toMatchObject({ data: { code: 'STORE_CORRUPT' } });
  });

  test('contract H-39: nor does a peer stop the host by a block on a border whose state the chain let go of', async () => {
    const chain = createFakeChain();
    const options = { limits: { retentionBlocks: 2, checkpointBlocks: 2 } };
    const before = await startedNode({}, { chain, options });
    const side = chainOf(chain.genesis, BORDER, () => ({ digest: weigh(1, 9) }));
    await importAll(
      before,
      chainOf(chain.genesis, 9, () => ({ digest: weigh(5) })),
    );
    await importAll(before, side.slice(0, -1));
    await before.host.stop();
    // Older checkpoints may go, and so may states below every reorganisation to come.
    const border = side.at(-2)?.header.id ?? '';
    const { checkpoint: _dropped, ...stored } = chain.stored.get(border) ?? { block: chain.genesis, record: weigh(0) };
    (chain.stored as Map<string, typeof stored>).set(border, stored);
    const { execute } = chain;
    chain.execute = async (block, request) =>
      block.header.height === 0 ? execute(block, request) : { kind: 'unavailable' };

    const again = await startedNode({}, { chain, options });
    const late = await again.host.importBlock((side.at(-1) as Block).bytes, 'mallory');
    expect(late).toMatchObject({ kind: 'rejected', code: 'PARENT_TOO_OLD' });
    expect(again.seen.filter(({ name }) => name === 'faulted')).toEqual([]);
  });
});

test('contract H-35: a branch of a later era beats a heavier one of an earlier era', async () => {
  const node = await startedNode();
  const heavy = chainOf(node.chain.genesis, 3, () => ({ digest: weigh(100) }));
  const light = chainOf(node.chain.genesis, 4);
  await importAll(node, [...heavy, ...light]);
  expect(node.host.head().header.id).toBe(light[3]?.header.id);
  const back = chainOf(heavy[2] as Block, 2);
  expect((await importAll(node, back)).at(-1)).toBe('adopted');
  expect(node.host.head().header.id).toBe(back[1]?.header.id);
});

describe('contract H-38: messages of the era before convict, and nothing more', () => {
  const nothing: Uint8Array = new Uint8Array();
  const envelope = (era: number, protocol: 'old@1' | 'new@1', payload: Uint8Array, height: number, block = nothing) => {
    const signature = stubSign(scopeOf(protocol, era), MESSAGE_DOMAIN, payload, 'bob');
    const message = { author: 'bob', payload, signature };
    return encodeEnvelope({ era, protocol, height, message, block });
  };

  test('only messages of the running era reach an engine', async () => {
    const network = createLoopbackNetwork();
    const heard: string[] = [];
    const hear = (name: string): Script => ({
      on(input: Input<unknown>) {
        if (input.kind === 'messageReceived') heard.push(`${name} ${input.message.payload[7]}`);
        return [];
      },
    });
    const node = await startedNode({ old: hear('old'), new: hear('new') }, { net: network.join('alice') });
    const bob = network.join('bob');
    const say = async (bytes: Uint8Array) => {
      bob.send('alice', 'messages', bytes);
      await settle();
    };
    await say(envelope(0, 'old@1', weigh(1, 1), 1));
    await say(envelope(1, 'new@1', weigh(1, 2), 1));
    await importAll(node, chainOf(node.chain.genesis, 3));
    await settle();
    await say(envelope(0, 'old@1', weigh(1, 3), BORDER));
    await say(envelope(1, 'new@1', weigh(1, 4), BORDER));
    await say(envelope(1, 'old@1', weigh(1, 5), BORDER));
    expect(heard).toEqual(['old 1', 'new 4']);

    let asked = 0;
    bob.serve('blocks', async () => {
      asked++;
      return null;
    });
    const stray = childOf(childOf(node.chain.genesis, { ...OLD, digest: weigh(1, 9) }), OLD).bytes;
    await say(envelope(0, 'old@1', weigh(1, 6), BORDER, stray));
    expect(asked).toBe(0);
    await say(envelope(1, 'new@1', weigh(1, 7), BORDER, stray));
    expect(asked).toBe(1);
  });

  test('two contradicting messages of the era before become evidence, which a block of the new era carries once', async () => {
    const network = createLoopbackNetwork();
    const conflictKey: NonNullable<Script['rules']>['conflictKey'] = (artefact) =>
      artefact.kind === 'message' ? `${artefact.message.author}/vote` : undefined;
    const node = await startedNode({ old: { rules: { conflictKey } } }, { net: network.join('alice') });
    const blocks = chainOf(node.chain.genesis, 4);
    await importAll(node, blocks);
    await settle();
    const bob = network.join('bob');
    bob.send('alice', 'messages', envelope(0, 'old@1', weigh(1, 1), BORDER - 1));
    bob.send('alice', 'messages', envelope(0, 'old@1', weigh(1, 2), BORDER + 1));
    bob.send('alice', 'messages', envelope(0, 'old@1', weigh(1, 3), BORDER + 99));
    await settle();
    const found = node.seen.filter(({ name }) => name === 'evidenceFound');
    expect(found).toMatchObject([{ event: { evidence: { era: 0, protocol: 'old@1', offender: 'bob' } } }]);
    const [{ event } = { event: undefined }] = found;
    const { evidence } = event as { readonly evidence: Evidence };
    const block = childOf(blocks[3] as Block, { ...NEW, evidence: [evidence] });
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'adopted' });
  });
});

describe('contract H-32: evidence across eras', () => {
  const conflictKey: NonNullable<Script['rules']>['conflictKey'] = (artefact) =>
    artefact.kind === 'header' ? `${artefact.header.author}/${artefact.header.height}` : undefined;
  const withKeys: Scripts = { old: { rules: { conflictKey } }, new: { rules: { conflictKey } } };

  async function convicted(
    scripts: Scripts = {},
  ): Promise<{ node: TestNode; evidence: Evidence; other: Evidence; main: Block[] }> {
    const node = await startedNode({ ...withKeys, ...scripts });
    const main = chainOf(node.chain.genesis, 4);
    const rivals = [main[0], main[1]].map((block, index) =>
      childOf(index === 0 ? node.chain.genesis : (main[0] as Block), {
        ...OLD,
        digest: weigh(1, (block?.header.height ?? 0) + 9),
      }),
    );
    await importAll(node, [...main, ...rivals]);
    const found = node.seen.flatMap(({ name, event }) =>
      name === 'evidenceFound' ? [(event as { evidence: Evidence }).evidence] : [],
    );
    return { node, main, evidence: found[0] as Evidence, other: found[1] as Evidence };
  }

  test('an offence of the era before is punished by the directives of the new one, each offender once', async () => {
    const { node, main, evidence, other } = await convicted();
    expect(evidence).toMatchObject({ era: 0, protocol: 'old@1', height: 1 });
    const block = childOf(main[3] as Block, { ...NEW, evidence: [evidence] });
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'adopted' });
    const both = childOf(main[3] as Block, { ...NEW, evidence: [evidence, other] });
    expect(await node.host.importBlock(both.bytes)).toMatchObject({ code: 'EVIDENCE_DUPLICATE' });
    const again = childOf(block, { ...NEW, evidence: [other] });
    expect(await node.host.importBlock(again.bytes)).toMatchObject({ code: 'EVIDENCE_DUPLICATE' });
  });

  test('a forged pair, an unknown protocol and an era that is not there are refused', async () => {
    const { node, main, evidence } = await convicted();
    const codes = [];
    for (const item of [
      { ...evidence, protocol: 'new@1' as const },
      { ...evidence, era: 1, protocol: 'new@1' as const },
      { ...evidence, era: 7 },
    ]) {
      const block = childOf(main[3] as Block, { ...NEW, evidence: [item] });
      codes.push(await node.host.importBlock(block.bytes));
    }
    expect(codes).toMatchObject([
      { code: 'EVIDENCE_WRONG_ERA' },
      { code: 'EVIDENCE_MALFORMED' },
      { code: 'EVIDENCE_WRONG_ERA' },
    ]);
  });

  test('an offence that its own era has punished is not punished again by the next', async () => {
    const verifyEvidence = () => ({ kind: 'accept', claims: [] }) as const;
    const { node, main, evidence, other } = await convicted({ old: { rules: { conflictKey, verifyEvidence } } });
    const last = childOf(main[1] as Block, { ...OLD, digest: weigh(9), evidence: [evidence] });
    expect(await node.host.importBlock(last.bytes)).toMatchObject({ kind: 'stored' });
    const again = childOf(last, { ...NEW, evidence: [evidence] });
    expect(await node.host.importBlock(again.bytes)).toMatchObject({ code: 'EVIDENCE_DUPLICATE' });
    const next = childOf(last, { ...NEW, evidence: [other] });
    expect(await node.host.importBlock(next.bytes)).toMatchObject({ kind: 'stored' });
  });

  test('it is too old a thousand blocks after it, as long as a branch remembers what it has punished', async () => {
    const { node, main, evidence } = await convicted();
    expect(evidence.height).toBe(1);
    const long = branchOf(main[3] as Block, 1_000, () => NEW);
    await importAll(node, long.slice(0, 996));
    const last = childOf(long[995] as Block, { ...NEW, evidence: [evidence] });
    expect(last.header.height).toBe(evidence.height + 1_000);
    expect(await node.host.importBlock(last.bytes)).toMatchObject({ kind: 'adopted' });
    await importAll(node, [long[996] as Block]);
    const late = childOf(long[996] as Block, { ...NEW, evidence: [evidence] });
    expect(await node.host.importBlock(late.bytes)).toMatchObject({ code: 'EVIDENCE_TOO_OLD' });
  });

  test('it is too old a thousand blocks after the border, whatever height two messages claim', async () => {
    const vote: NonNullable<Script['rules']>['conflictKey'] = ({ kind }) => (kind === 'message' ? 'vote' : undefined);
    const node = await startedNode({ old: { rules: { conflictKey: vote } } });
    const [first, second] = [1, 2]
      .map((salt) => {
        const payload = weigh(1, salt);
        return encodeSignedMessage({
          author: 'bob',
          payload,
          signature: stubSign(scopeOf('old@1'), MESSAGE_DOMAIN, payload, 'bob'),
        });
      })
      .sort(compareBytes) as [Uint8Array, Uint8Array];
    const place = { era: 0, protocol: 'old@1', offender: 'bob', height: BORDER + 5, subject: 'message' } as const;
    const evidence: Evidence = { kind: 'equivocation', ...place, first, second };
    const long = chainOf(node.chain.genesis, BORDER + 999);
    await importAll(node, long.slice(0, -1));
    const last = childOf(long.at(-2) as Block, { ...NEW, evidence: [evidence] });
    expect(last.header.height).toBe(BORDER + 999);
    expect(await node.host.importBlock(last.bytes)).toMatchObject({ kind: 'adopted' });
    await importAll(node, [long.at(-1) as Block]);
    const late = childOf(long.at(-1) as Block, { ...NEW, evidence: [evidence] });
    expect(await node.host.importBlock(late.bytes)).toMatchObject({ code: 'EVIDENCE_TOO_OLD' });
  });
});

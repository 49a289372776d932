import { runInNewContext } from 'node:vm';
import type { Effect } from '@fiducia/consensus';
import type { Block, ChainPort, CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { createBlockFormat, createLoopbackNetwork, createMemoryBlocks, createMemoryLog } from '../src/index.ts';
import { CHAIN_ID, createNode, NAMES, type TestNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { createStubCrypto, createStubSigner, sha256 } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const EMPTY = new Uint8Array();

/** A chain without state that answers everything at once. */
function createInstantChain(): ChainPort {
  const format = createBlockFormat({ chainId: CHAIN_ID, sha256 });
  const blocks = createMemoryBlocks(format.composeGenesis({ root: EMPTY, payload: EMPTY }));
  return {
    ...blocks,
    provides: new Set(['validators']),
    decode: format.decode,
    seal: format.seal,
    build(request) {
      const parent = blocks.read({ kind: 'id', id: request.parentId });
      const height = (parent?.block.header.height ?? 0) + 1;
      return format.compose({ ...request, height }, { root: EMPTY, payload: EMPTY }, request);
    },
    execute: () => ({ kind: 'executed', facts: [] }),
  };
}

type Method = 'read' | 'build' | 'execute' | 'commit';
const METHODS: readonly Method[] = ['read', 'build', 'execute', 'commit'];
type Answer = (value: unknown) => unknown;

/** The same chain with other answers from some methods. */
function answering(answer: Answer, methods: readonly Method[] = METHODS): ChainPort {
  const chain = createInstantChain();
  const calls = methods.map((name) => {
    const call = chain[name].bind(chain) as (...inputs: unknown[]) => unknown;
    return [name, (...inputs: unknown[]) => answer(call(...inputs))];
  });
  return { ...chain, ...Object.fromEntries(calls) };
}

const later: Answer = async (value) => value;
/** Promises of another realm are not instances of the class of this one. */
const ForeignPromise = runInNewContext('Promise') as PromiseConstructor;
const foreign: Answer = (value) => ForeignPromise.resolve(value);

const STYLES: Record<string, () => ChainPort> = {
  'all at once': () => createInstantChain(),
  'all later': () => answering(later),
  'executing later': () => answering(later, ['execute']),
  'storing later': () => answering(later, ['commit']),
  'all as promises of another realm': () => answering(foreign),
};

const crypto = (): CryptoPort => ({ ...createStubCrypto(), verify: () => ({ kind: 'valid' }) });

async function runTrio(createChain: () => ChainPort): Promise<readonly TestNode[]> {
  const clock = createVirtualClock();
  const network = createLoopbackNetwork();
  const nodes = NAMES.map((name) =>
    createNode({ name, clock, net: network.join(name), options: { chain: createChain(), crypto: crypto() } }),
  );
  for (const node of nodes) await node.host.start();
  await clock.runUntil(20_000);
  for (const { host } of nodes) await host.stop();
  return nodes;
}

const idsOf = ({ seen }: TestNode): unknown[] =>
  seen.flatMap(({ name, event }) =>
    name === 'headChanged' ? [(event as { tip: { header: { id: string } } }).tip.header.id] : [],
  );

describe('contract section 11: a port answers at once or later, as it likes', () => {
  test.each(Object.entries(STYLES))('%s: three nodes adopt the same blocks in the same order', async (_name, style) => {
    const expected = (await runTrio(() => createInstantChain())).map(idsOf);
    const nodes = await runTrio(style);
    expect(nodes.map(idsOf)).toEqual(expected);
    expect(expected[0]?.length).toBeGreaterThan(5);
    expect(nodes.flatMap(({ seen }) => seen.filter(({ name }) => name === 'faulted'))).toEqual([]);
  });

  test.each(Object.entries(STYLES))(
    '%s: contract H-41: a head is stored before anybody hears of it',
    async (_name, style) => {
      const chain = style();
      const node = createNode({ plugin: scripted({ on: () => [] }), options: { chain } });
      const stored: string[] = [];
      const commit = chain.commit.bind(chain);
      Object.assign(chain, {
        commit: async (update: Parameters<typeof commit>[0]) => {
          await commit(update);
          stored.push(update.headId);
        },
      });
      await node.host.start();
      node.host.events.on('headChanged', ({ tip }) => expect(stored).toContain(tip.header.id));
      const block = await sealedBlock();
      expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'adopted' });
      expect(idsOf(node)).toEqual([block.header.id]);
    },
  );
});

/** First block of the chain of these tests under the scripted plugin. */
async function sealedBlock(): Promise<Block> {
  const chain = createInstantChain();
  const genesis = await chain.read({ kind: 'genesis' });
  const built = await chain.build({
    parentId: genesis?.block.header.id ?? '',
    timestamp: 1,
    author: 'alice',
    protocol: 'scripted@1',
    digest: weigh(1),
    directives: [],
    evidence: [],
    certificates: [],
    deadline: 1,
  });
  if (built === null) throw new Error('nothing was built');
  const signer: SignerPort = createStubSigner('alice');
  const scope = { chainId: CHAIN_ID, era: 0, protocol: 'scripted@1' } as const;
  const signed = await signer.sign({ scope, domain: 'seal', data: built.header.sealHash });
  if (signed.kind !== 'signed') throw new Error('nothing was signed');
  return chain.seal(built, signed.signature);
}

const broken = {
  'throws at once': (): never => {
    throw new Error('broken');
  },
  rejects: () => Promise.reject(new Error('broken')),
};

describe('contract H-43: a port that fails is named, whether it throws or rejects', () => {
  const failures = Object.entries(broken);
  const faultsOf = ({ seen }: TestNode): unknown[] =>
    seen.flatMap(({ name, event }) => (name === 'faulted' ? [(event as { error: { data: unknown } }).error.data] : []));

  describe.each(failures)('%s', (_how, fail) => {
    test.each(['execute', 'commit'] as const)(
      'chain.%s: the import ends without a word about the block',
      async (call) => {
        const chain = createInstantChain();
        const node = createNode({ plugin: scripted(), options: { chain } });
        await node.host.start();
        Object.assign(chain, { [call]: fail });
        const result = await node.host.importBlock((await sealedBlock()).bytes);
        expect(result).toMatchObject({ kind: 'halted' });
        expect(faultsOf(node)).toMatchObject([{ code: 'PORT_FAILED', port: 'chain', call, reason: 'broken' }]);
      },
    );

    test('crypto.verify', async () => {
      const options = { chain: createInstantChain(), crypto: { ...createStubCrypto(), verify: fail } };
      const node = createNode({ plugin: scripted(), options });
      await node.host.start();
      expect(await node.host.importBlock((await sealedBlock()).bytes)).toMatchObject({ kind: 'halted' });
      expect(faultsOf(node)).toMatchObject([{ code: 'PORT_FAILED', port: 'crypto', call: 'verify' }]);
    });

    const effects: readonly (readonly [string, Effect, object])[] = [
      ['signer.sign', { kind: 'send', to: { kind: 'all' }, payload: weigh(1) }, {}],
      ['signer.proveVrf', { kind: 'proveVrf', requestId: 'vrf', alpha: weigh(1) }, {}],
      ['log.append', { kind: 'persist', height: 1, entry: weigh(1) }, {}],
      [
        'chain.build',
        { kind: 'buildBlock', requestId: 'b', parentId: '', timestamp: 1, digest: weigh(1), deadline: 9 },
        {},
      ],
    ];
    test.each(effects)('%s', async (name, effect) => {
      const chain = { ...createInstantChain(), build: fail };
      const genesis = await chain.read({ kind: 'genesis' });
      const parentId = genesis?.block.header.id ?? '';
      const node = createNode({
        plugin: scripted({ start: () => [effect.kind === 'buildBlock' ? { ...effect, parentId } : effect] }),
        options: {
          chain,
          signer: { ...createStubSigner('alice'), sign: fail, proveVrf: fail },
          log: { ...createMemoryLog(), append: fail },
        },
      });
      await node.host.start();
      await settle();
      const [port, call] = name.split('.');
      expect(faultsOf(node)).toMatchObject([{ code: 'PORT_FAILED', port, call, reason: 'broken' }]);
    });
  });
});

test('contract H-1 and H-2: answers that are there at once wait until the call that asked and its effects are over', async () => {
  const log: string[] = [];
  let depth = 0;
  const within = (name: string, effects: readonly Effect[]): readonly Effect[] => {
    expect(depth++).toBe(0);
    log.push(name);
    depth--;
    return effects;
  };
  const chain = createInstantChain();
  const parentId = (await chain.read({ kind: 'genesis' }))?.block.header.id ?? '';
  const build = { kind: 'buildBlock', parentId, timestamp: 1, digest: weigh(1), deadline: 9 } as const;
  const node = createNode({
    plugin: scripted({
      start: () =>
        within('start', [
          { ...build, requestId: 'one' },
          { kind: 'persist', height: 1, entry: weigh(1) },
          { ...build, requestId: 'two' },
        ]),
      on: (input) => within(input.kind === 'blockBuilt' ? `built ${input.requestId}` : input.kind, []),
    }),
    options: {
      chain: {
        ...chain,
        build(request) {
          log.push('build');
          return chain.build(request);
        },
      },
      log: { ...createMemoryLog(), append: () => void log.push('append') },
    },
  });
  await node.host.start();
  await settle();
  expect(log).toEqual(['start', 'build', 'append', 'build', 'built one', 'built two']);
});

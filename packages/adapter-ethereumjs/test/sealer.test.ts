import type { ConsensusEngine, ConsensusPlugin, Effect, Fact } from '@fiducia/consensus';
import type { SignerPort } from '@fiducia/consensus/ports';
import { decodeDigest } from '@fiducia/consensus-dt-dpos';
import { type PowState, pow } from '@fiducia/consensus-pow';
import { createCrypto, createMemorySigner, generateKeyPair } from '@fiducia/crypto';
import { describe, expect, it } from 'vitest';
import {
  createAddressCrypto,
  createRegistryFacts,
  createSealer,
  isAdapterError,
  type SealerOptions,
} from '../src/index.ts';
import {
  createDtDposChain,
  createSigners,
  createTestChain,
  DT_DPOS,
  DT_DPOS_CONFIG,
  MEMBERS,
  NO_BYTES,
  REGISTRY_FACTS,
  type TestChain,
} from './support.ts';

type Options = SealerOptions<unknown, unknown>;

interface Watched {
  readonly blocks: Uint8Array[];
  readonly traces: string[];
  readonly faults: unknown[];
}

function watch<Config, State>(
  { chain, clock }: TestChain<State>,
  plugin: ConsensusPlugin<Config, State>,
  options: Partial<Options> = {},
) {
  const watched: Watched = { blocks: [], traces: [], faults: [] };
  const sealer = createSealer({
    ...{ chain, plugin, clock, config: DT_DPOS_CONFIG, crypto: createAddressCrypto() },
    signer: createSigners()[0] as SignerPort,
    ...(options as Partial<SealerOptions<Config, State>>),
    onSealed: (block) => watched.blocks.push(block),
    onTrace: (event, data) => watched.traces.push(`${event} ${Object.values(data).join(' ')}`),
    onFault: (error) => watched.faults.push(error),
  });
  return { sealer, ...watched };
}

/** DT-DPoS with another engine. */
function withEngine(effects: readonly Effect[]): typeof DT_DPOS {
  const engine: ConsensusEngine<never> = { start: () => effects, on: () => [] };
  return { ...DT_DPOS, createEngine: () => engine };
}

describe('a sealer', () => {
  it('leads its slots and nobody else’s, and every block is the next head', async () => {
    const test = await createDtDposChain();
    const all = createSigners().map((signer) => watch(test, DT_DPOS, { signer }));
    for (const { sealer } of all) sealer.start();
    for (let slot = 1; slot <= 12; slot++) {
      for (const { sealer } of all) await sealer.idle();
      test.clock.moveTo(slot);
      for (const { sealer } of all) await sealer.idle();
      expect(test.chain.head().header.height).toBe(slot);
      expect(decodeDigest(test.chain.head().header.digest)?.slot).toBe(slot);
    }
    expect(all.map(({ blocks }) => blocks.length)).toEqual([3, 3, 3, 3]);
    expect(all.flatMap(({ faults }) => faults)).toEqual([]);
    const peer = await createDtDposChain({ clock: test.clock });
    const blocks = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => (await test.blockchain.getBlock(index + 1)).serialize()),
    );
    for (const block of blocks) expect(await peer.chain.importBlock(block)).toMatchObject({ kind: 'imported' });
    expect(peer.chain.head().header.id).toBe(test.chain.head().header.id);
  });

  it('does nothing after it was stopped', async () => {
    const test = await createDtDposChain();
    const all = createSigners().map((signer) => watch(test, DT_DPOS, { signer }));
    for (const { sealer } of all) sealer.start();
    for (const { sealer } of all) await sealer.idle();
    for (const { sealer } of all) sealer.stop();
    test.clock.moveTo(1);
    for (const { sealer } of all) await sealer.idle();
    expect(test.chain.head().header.height).toBe(0);
  });

  it.each(['conflict', 'refused'] as const)(
    'keeps a block to itself when the guard says %s (contract H-27)',
    async (kind) => {
      const test = await createDtDposChain();
      const all = createSigners().map((signer) =>
        watch(test, DT_DPOS, {
          signer: {
            ...signer,
            sign: async () =>
              kind === 'refused' ? { kind, code: 'STALE' } : { kind, data: NO_BYTES, signature: new Uint8Array(65) },
          },
        }),
      );
      for (const { sealer } of all) sealer.start();
      for (const { sealer } of all) await sealer.idle();
      test.clock.moveTo(1);
      for (const { sealer } of all) await sealer.idle();
      expect(all.flatMap(({ blocks }) => blocks)).toEqual([]);
      expect(all.flatMap(({ traces }) => traces)).toEqual([`sealRefused 1 ${kind}`]);
      expect(test.chain.head().header.height).toBe(0);
    },
  );

  it('never sends what its own import refuses (contract H-28)', async () => {
    const test = await createDtDposChain();
    const all = createSigners().map((signer) =>
      watch(test, DT_DPOS, {
        signer: { ...signer, sign: async () => ({ kind: 'signed', signature: new Uint8Array(65) }) },
      }),
    );
    for (const { sealer } of all) sealer.start();
    for (const { sealer } of all) await sealer.idle();
    test.clock.moveTo(1);
    for (const { sealer } of all) await sealer.idle();
    expect(all.flatMap(({ blocks }) => blocks)).toEqual([]);
    expect(all.flatMap(({ traces }) => traces)).toEqual(['blockRefused 1 SIGNATURE_INVALID']);
  });

  it('stops and says so when a port fails', async () => {
    const test = await createDtDposChain();
    const sign = () => Promise.reject(new Error('signer gone'));
    const all = createSigners().map((signer) => watch(test, DT_DPOS, { signer: { ...signer, sign } }));
    for (const { sealer } of all) sealer.start();
    for (const { sealer } of all) await sealer.idle();
    test.clock.moveTo(1);
    for (const { sealer } of all) await sealer.idle();
    expect(all.flatMap(({ faults }) => faults).map(String)).toEqual(['Error: signer gone']);
  });

  it.each<[string, Effect]>([
    ['send', { kind: 'send', to: { kind: 'all' }, payload: NO_BYTES }],
    ['persist', { kind: 'persist', height: 1, entry: NO_BYTES }],
    ['validateBlock', { kind: 'validateBlock', blockId: 'x' }],
    ['fetchBlock', { kind: 'fetchBlock', requestId: 'x', blockId: 'x' }],
    ['offerCertificate', { kind: 'offerCertificate', certificate: NO_BYTES }],
  ])('stops when the engine asks for %s, which only a full host does', async (kind, effect) => {
    const test = await createDtDposChain();
    const { sealer, faults, traces } = watch(test, withEngine([effect, { kind: 'trace', event: 'later' }]));
    sealer.start();
    await sealer.idle();
    expect(isAdapterError(faults[0], 'EFFECT_UNSUPPORTED') && faults[0].data).toMatchObject({ effect: kind });
    expect(faults).toHaveLength(1);
    expect(traces).toEqual([]);
  });

  it('stops when slots do not begin at whole seconds', async () => {
    const test = await createDtDposChain();
    const config = { ...DT_DPOS_CONFIG, slotMs: 1_500 };
    const all = createSigners().map((signer) => watch(test, DT_DPOS, { signer, config }));
    for (const { sealer } of all) sealer.start();
    for (const { sealer } of all) await sealer.idle();
    test.clock.moveTo(2);
    for (const { sealer } of all) await sealer.idle();
    expect(all.flatMap(({ faults }) => faults).map((fault) => isAdapterError(fault, 'TIMESTAMP_FRACTION'))).toEqual([
      true,
    ]);
  });

  it('passes on what the engine observes', async () => {
    const test = await createDtDposChain();
    const { sealer, traces } = watch(
      test,
      withEngine([
        { kind: 'trace', event: 'seen', data: { slot: 7 } },
        { kind: 'trace', event: 'bare' },
        { kind: 'penalisePeer', peerId: 'x', code: 'Y' },
      ]),
    );
    sealer.start();
    await sealer.idle();
    expect(traces).toEqual(['seen 7', 'bare ', 'penalisePeer ']);
  });

  it('needs a plugin with an engine', async () => {
    const test = await createDtDposChain();
    const { createEngine: _, ...followed } = DT_DPOS;
    expect(() => watch(test, followed)).toThrow('PLUGIN_UNSUPPORTED');
  });
});

it('proves randomness with the keys of another port', async () => {
  const crypto = await createCrypto();
  const signers = createSigners().map((signer, index) => {
    const keyPair = generateKeyPair();
    const vrfSecretKey = new Uint8Array(32).fill(40 + index);
    const other = createMemorySigner({ keyPair, crypto, vrfSecretKey });
    return { ...signer, vrfPublicKey: other.vrfPublicKey, proveVrf: other.proveVrf.bind(other) };
  });
  const keys: readonly Fact[] = signers.map(({ self, vrfPublicKey }) => ({
    ...{ kind: 'key', actor: self, role: 'vrf', publicKey: vrfPublicKey },
  }));
  const facts = createRegistryFacts({
    provides: ['admission', 'exit', 'deposit', 'ballot', 'participation', 'key'],
    census: [...((await REGISTRY_FACTS.census(NO_BYTES)) ?? []), ...keys],
  });
  const config = { ...DT_DPOS_CONFIG, seedMode: 'vrf', electionLagEpochs: 2 };
  const both = createAddressCrypto({ others: crypto });
  const test = await createDtDposChain({ config, facts, crypto: both });
  const all = signers.map((signer) => watch(test, DT_DPOS, { signer, config, crypto: both }));
  for (const { sealer } of all) sealer.start();
  for (let slot = 1; slot <= 14; slot++) {
    for (const { sealer } of all) await sealer.idle();
    test.clock.moveTo(slot);
    for (const { sealer } of all) await sealer.idle();
  }
  expect(all.flatMap(({ faults }) => faults)).toEqual([]);
  expect(test.chain.head().header.height).toBe(14);
  expect(decodeDigest(test.chain.head().header.digest)?.vrf?.proof).toHaveLength(81);
});

it('mines under proof of work, where total difficulty is the work of the branch', async () => {
  const plugin = pow() as ConsensusPlugin<unknown, PowState>;
  const config = { powLimit: 2n ** 252n, blockReward: 5 };
  const crypto = createAddressCrypto({ others: await createCrypto() });
  const facts = createRegistryFacts({ provides: [], census: [] });
  const test = await createTestChain({ plugin, config, crypto, facts });
  const { sealer, blocks, faults } = watch(test, plugin, { config, crypto });
  sealer.start();
  for (let second = 1; blocks.length < 5 && second < 2_000; second++) {
    test.clock.moveTo(second);
    await sealer.idle();
    // The search for a nonce gives way to other work between slices.
    await new Promise((resolve) => setImmediate(resolve));
  }
  sealer.stop();
  expect(faults).toEqual([]);
  const { header, totalWeight } = test.chain.head();
  expect(header.height).toBeGreaterThanOrEqual(5);
  expect(header.author).toBe(MEMBERS[0]);
  const head = await test.blockchain.getCanonicalHeadBlock();
  const genesis = test.blockchain.genesisBlock.header.difficulty;
  expect(head.header.difficulty).toBeGreaterThan(1n);
  expect((await test.blockchain.getTotalDifficulty(head.hash())) - genesis).toBe(totalWeight);
});

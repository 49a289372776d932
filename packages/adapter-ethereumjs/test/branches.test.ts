import { MapDB } from '@ethereumjs/util';
import type { ConsensusPlugin } from '@fiducia/consensus';
import { type DposState, dpos } from '@fiducia/consensus-dpos';
import { describe, expect, it } from 'vitest';
import {
  type CheckpointStore,
  createAddressCrypto,
  createEthereumConsensus,
  createSealer,
  type HeadChange,
} from '../src/index.ts';
import {
  createDtDposChain,
  createSigners,
  createTestBlockchain,
  createTestChain,
  DT_DPOS,
  DT_DPOS_CONFIG,
  extend,
  ManualClock,
  REGISTRY_FACTS,
  sealAt,
  type TestChain,
} from './support.ts';

const hexOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

/** Lets all sealers run from `slot` on until one of them has made a block. */
async function sealOnce<State>(
  { chain, clock }: TestChain<State>,
  plugin: ConsensusPlugin<unknown, State>,
  config: unknown,
  slot: number,
): Promise<void> {
  const crypto = createAddressCrypto();
  const sealers = createSigners().map((signer) => createSealer({ chain, plugin, config, signer, crypto, clock }));
  for (const sealer of sealers) sealer.start();
  const { height } = chain.head().header;
  for (let next = slot; chain.head().header.height === height && next < slot + 4; next++) {
    for (const sealer of sealers) await sealer.idle();
    clock.moveTo(next);
    for (const sealer of sealers) await sealer.idle();
  }
  for (const sealer of sealers) sealer.stop();
  expect(chain.head().header.height).toBe(height + 1);
}

describe('reorganisation', () => {
  it('ends on the heavier branch, with the state of a node that knows no other', async () => {
    const north = await createDtDposChain();
    const south = await createDtDposChain();
    for (const test of [north, south]) await extend(test, 1, 4);
    const lost = await extend(south, 5, 8);
    const kept = await extend(north, 9, 14);
    south.clock.moveTo(14);

    const changes: HeadChange<unknown>[] = [];
    south.chain.onHeadChanged((change) => changes.push(change));
    for (const block of kept) await south.chain.importBlock(block.serialize());

    const { id, height } = south.chain.head().header;
    expect(id).toBe(north.chain.head().header.id);
    expect(await south.consensus.rootAfter(id)).toEqual(await north.consensus.rootAfter(id));
    expect(south.chain.head().totalWeight).toBe(10n);
    const blocks = lost.map((block) => south.consensus.project(block.header)?.id);
    const reverting = changes.filter(({ reverted }) => reverted.length > 0);
    expect(reverting.map(({ reverted }) => reverted)).toEqual([blocks.toReversed()]);
    // EthereumJS agrees, block by block.
    for (let number = 0; number <= height; number++) {
      const [one, two] = await Promise.all([north, south].map(({ blockchain }) => blockchain.getBlock(number)));
      expect(hexOf(two?.hash())).toBe(hexOf(one?.hash()));
    }
    await expect(south.blockchain.getBlock(height + 1)).rejects.toThrow('not found');
    // States of the branch that was left are still there for who asks.
    expect((await south.consensus.tipAfter(blocks[3] ?? '')).header.height).toBe(8);
  });

  it('of equal weight goes by the lower id, whatever came first (contract H-20)', async () => {
    const one = await createDtDposChain();
    const two = await createDtDposChain();
    const [a] = await extend(one, 1, 1);
    const [b] = await extend(two, 2, 2);
    if (a === undefined || b === undefined) throw new Error('no blocks');
    for (const test of [one, two]) test.clock.moveTo(2);
    const outcomes = [await one.chain.importBlock(b.serialize()), await two.chain.importBlock(a.serialize())];
    const lower = [a, b].map((block) => `0x${hexOf(block.hash())}`).sort()[0];
    for (const test of [one, two]) {
      expect(test.chain.head().header.id).toBe(lower);
      expect(`0x${hexOf((await test.blockchain.getCanonicalHeadBlock()).hash())}`).toBe(lower);
    }
    expect(outcomes.filter((outcome) => outcome.kind === 'imported' && outcome.isHead)).toHaveLength(1);
    // The branch that lost may still grow and win.
    const loser = one.chain.head().header.id === `0x${hexOf(a.hash())}` ? b : a;
    const child = await sealAt(one, 3, { parentId: `0x${hexOf(loser.hash())}` });
    for (const test of [one, two]) {
      test.clock.moveTo(3);
      expect(await test.chain.importBlock(child.serialize())).toMatchObject({ kind: 'imported', isHead: true });
      expect((await test.blockchain.getCanonicalHeadBlock()).hash()).toEqual(child.hash());
    }
  });

  it('goes by what the plugin prefers, where EthereumJS knows weights alone (contract H-20)', async () => {
    const config = { delegates: 4, slotMs: 1_000, maxSkewMs: 0, standby: 0 };
    const plugin = dpos() as ConsensusPlugin<unknown, DposState>;
    const facts = { ...REGISTRY_FACTS, provides: new Set([...REGISTRY_FACTS.provides, 'stake' as const]) };
    const one = await createTestChain({ plugin, config, facts });
    const two = await createTestChain({ plugin, config, facts });
    // Each node has one block, of different slots and equal weight.
    for (const [test, slot] of [
      [one, 1],
      [two, 5],
    ] as const) {
      await sealOnce(test, plugin, config, slot);
    }
    const [first, second] = [one, two].map(({ chain }) => chain.head());
    expect(first?.totalWeight).toBe(second?.totalWeight);
    expect(first?.state.slot).toBeLessThan(second?.state.slot ?? 0);
    for (const test of [one, two]) test.clock.moveTo(9);
    for (const [to, from] of [
      [one, second],
      [two, first],
    ] as const) {
      const block = await (to === one ? two : one).chain.blockOf(from?.header.id ?? '');
      await to.chain.importBlock(block?.serialize() ?? new Uint8Array());
      expect(to.chain.head().header.id).toBe(first?.header.id);
      expect(`0x${hexOf((await to.blockchain.getCanonicalHeadBlock()).hash())}`).toBe(first?.header.id);
    }
  });
});

describe('states of consensus', () => {
  const consensusWith = (store?: CheckpointStore) =>
    createEthereumConsensus({
      plugin: DT_DPOS,
      config: DT_DPOS_CONFIG,
      crypto: createAddressCrypto(),
      facts: REGISTRY_FACTS,
      now: () => 0,
      ...(store && { store }),
    });

  it('are the same after a restart: from a checkpoint, from genesis, and with a memory for two', async () => {
    const store = new MapDB<string, Uint8Array>();
    const db = new MapDB<Uint8Array | string | number, Uint8Array | string>();
    const test = await createDtDposChain({ store, checkpointBlocks: 4, db });
    await extend(test, 1, 30);
    const { id } = test.chain.head().header;
    const root = await test.consensus.rootAfter(id);
    const weight = test.chain.head().totalWeight;

    for (const consensus of [consensusWith(store), consensusWith()]) {
      await createTestBlockchain(consensus, db);
      expect(await consensus.rootAfter(id)).toEqual(root);
      expect((await consensus.tipAfter(id)).totalWeight).toBe(weight);
    }
    const copy = new MapDB(new Map(db._database));
    const small = await createDtDposChain({ statesMax: 2, checkpointBlocks: 8, store: new MapDB(), db: copy });
    expect(small.chain.head().header.id).toBe(id);
    await extend(small, 31, 40);
    await extend(test, 31, 40);
    expect(small.chain.head().header.id).toBe(test.chain.head().header.id);
    expect(await small.consensus.rootAfter(id)).toEqual(root);
  });

  it('are read from the newest checkpoint, not derived again', async () => {
    const store = new MapDB<string, Uint8Array>();
    const db = new MapDB<Uint8Array | string | number, Uint8Array | string>();
    const test = await createDtDposChain({ store, checkpointBlocks: 4, db });
    await extend(test, 1, 30);
    const asked: number[] = [];
    const facts = {
      ...REGISTRY_FACTS,
      factsOf: async (block: Parameters<typeof REGISTRY_FACTS.factsOf>[0]) => {
        asked.push(block.height);
        return REGISTRY_FACTS.factsOf(block);
      },
    };
    await createDtDposChain({ store, checkpointBlocks: 4, db, facts });
    expect(asked).toEqual([29, 30]);
  });

  it('survive a damaged checkpoint, which is as if there were none', async () => {
    const store = new MapDB<string, Uint8Array>();
    const db = new MapDB<Uint8Array | string | number, Uint8Array | string>();
    const test = await createDtDposChain({ store, checkpointBlocks: 4, db });
    await extend(test, 1, 9);
    const root = await test.consensus.rootAfter(test.chain.head().header.id);
    const flip = (bytes: Uint8Array) => bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
    for (const damage of [(bytes: Uint8Array) => bytes.slice(0, -1), () => new Uint8Array(40).fill(255), flip]) {
      const damaged = new MapDB(
        new Map([...store._database].map(([key, value]): [string, Uint8Array] => [key, damage(value)])),
      );
      const copy = new MapDB(new Map(db._database));
      const again = await createDtDposChain({ store: damaged, checkpointBlocks: 4, db: copy });
      expect(await again.consensus.rootAfter(again.chain.head().header.id)).toEqual(root);
      await extend(again, 10, 12);
    }
  });

  it('have at most four checkpoints, and the newest of them', async () => {
    const store = new MapDB<string, Uint8Array>();
    const test = await createDtDposChain({ store, checkpointBlocks: 2 });
    await extend(test, 1, 20);
    const kept = [...store._database.keys()].filter((key) => !key.endsWith('/checkpoints'));
    const heights = await Promise.all(
      kept.map(async (key) => (await test.consensus.tipAfter(key.slice(key.lastIndexOf('/') + 1))).header.height),
    );
    expect(heights.sort((a, b) => a - b)).toEqual([14, 16, 18, 20]);
  });

  it('are not there for blocks that are not', async () => {
    const { consensus } = await createDtDposChain();
    await expect(consensus.tipAfter(`0x${'11'.repeat(32)}`)).rejects.toThrow('STATE_UNAVAILABLE');
    await expect(consensus.tipAfter('nonsense')).rejects.toThrow('STATE_UNAVAILABLE');
    await expect(consensusWith().tipAfter(`0x${'11'.repeat(32)}`)).rejects.toThrow('NOT_SET_UP');
  });

  it('wait for a machine that has not executed the block', async () => {
    const facts = { ...REGISTRY_FACTS, factsOf: async () => null };
    const producer = await createDtDposChain();
    const [first, second] = await extend(producer, 1, 2);
    const consensus = createEthereumConsensus({
      ...{ plugin: DT_DPOS, config: DT_DPOS_CONFIG, crypto: createAddressCrypto(), facts },
      now: () => producer.clock.now(),
    });
    const blockchain = await createTestBlockchain(consensus);
    if (first === undefined || second === undefined) throw new Error('no blocks');
    await blockchain.putBlock(first);
    await expect(blockchain.putBlock(second)).rejects.toThrow('STATE_UNAVAILABLE');
    expect(await consensus.judge(second.header)).toEqual({ kind: 'unavailable' });
  });
});

it('consensus works without the chain, for programs that put blocks themselves', async () => {
  const producer = await createDtDposChain();
  const blocks = await extend(producer, 1, 12);
  const clock = new ManualClock();
  clock.moveTo(12);
  const consensus = createEthereumConsensus({
    ...{ plugin: DT_DPOS, config: DT_DPOS_CONFIG, crypto: createAddressCrypto(), facts: REGISTRY_FACTS },
    now: () => clock.now(),
  });
  const blockchain = await createTestBlockchain(consensus);
  await blockchain.putBlocks([...blocks]);
  const head = await blockchain.getCanonicalHeadBlock();
  expect(head.hash()).toEqual(blocks.at(-1)?.hash());
  expect(await consensus.rootAfter(head.hash())).toEqual(await producer.consensus.rootAfter(head.hash()));
  expect((await consensus.validatorsAfter(head.hash())).length).toBe(4);
});

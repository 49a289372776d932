import { SEAL_DOMAIN } from '@fiducia/consensus';
import { createCrypto, createMemoryGuardStore, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { auditSupply, CANDIDATES, readProducerIncome, readSupply } from '@fiducia/ledger';
import { createByzantineProducer } from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { type PosState, pos } from '../src/index.ts';
import { createNetwork, type NetworkOptions, RAW_CONFIG, SLOT_MS, STAKES, settle, submitTransfer } from './network.ts';
import { T0 } from './support.ts';

/** `npm run campaign` runs as many as wanted, with other faults. */
const SEEDS = 5;
const BLOCKS = 50;
/** Blocks below which nothing may change, see the `settle` depth of the rules. */
const SETTLE_BLOCKS = 41;

/** Loss, delay, a partition that heals, and a restart with the guard records kept. */
async function runCampaign(options: NetworkOptions) {
  const network = await createNetwork(options);
  const topology = network.simulation.random('topology');
  const cutAt = topology.integer(5, 20);
  const healAt = cutAt + topology.integer(5, 20);
  const restartAt = topology.integer(10, 50);
  let slots = 0;
  for (; (network.height() < BLOCKS || slots <= Math.max(healAt, restartAt)) && slots < BLOCKS * 4; slots++) {
    await network.runSlots(1);
    if (slots === cutAt) network.simulation.partition([['machine-0', 'machine-2']]);
    if (slots === healAt) network.simulation.heal();
    if (slots === restartAt) await network.restart(1);
  }
  const slotsToAgree = await settle(network);
  const result = {
    height: network.height(),
    slots: slots + slotsToAgree,
    slotsToAgree,
    ...network.counts,
    doubleSigns: network.doubleSigns().length,
    rejections: [...network.rejections],
    traceHash: network.simulation.traceHash(),
  };
  for (const node of network.nodes) await node.stop();
  return result;
}

describe('honest validators under loss of 10 %, delays of 5 to 400 ms and a partition that heals', () => {
  it('agree, advance, revert nothing that settled, and accuse nobody after restarts', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await runCampaign({ seed });
      expect(result.height, `seed ${seed}`).toBeGreaterThanOrEqual(BLOCKS);
      expect(result.deepest, `seed ${seed}`).toBeLessThan(SETTLE_BLOCKS);
      expect(result, `seed ${seed}`).toMatchObject({ accusations: 0, doubleSigns: 0, rejections: [] });
    }
  });

  it('leave one trace for one seed, and another for another', async () => {
    const [first, again, other] = [
      await runCampaign({ seed: 7 }),
      await runCampaign({ seed: 7 }),
      await runCampaign({ seed: 8 }),
    ];
    expect(again.traceHash).toBe(first.traceHash);
    expect(other.traceHash).not.toBe(first.traceHash);
  });
});

it('pos-pow W: supply is genesis plus rewards less burns at every block, and producers have what they earned', async () => {
  const network = await createNetwork({ seed: 3, lossPermille: 0 });
  for (let slot = 0; slot < 25; slot++) {
    await submitTransfer(network, slot % 4, 10n);
    await network.runSlots(1);
    const { host, ledger } = network.nodes[0] ?? expect.unreachable();
    const state = ledger.stateAt() ?? expect.unreachable();
    expect(auditSupply(state).conserved).toBe(true);
    const genesis = 4n * 1_000_000n + STAKES.reduce((sum, stake) => sum + stake, 0n);
    const { height } = host.head().header;
    expect(readSupply(state).issued).toBe(genesis + 50n * BigInt(height));
  }
  await settle(network);
  const state = network.nodes[0]?.ledger.stateAt() ?? expect.unreachable();
  const incomes = STAKES.map((_, index) => readProducerIncome(state, network.crypto.identity(`node-${index}`).address));
  const earned = incomes.reduce((sum, income) => sum + income, 0n);
  expect(earned).toBeGreaterThanOrEqual(50n * BigInt(network.height()));
});

describe('an offence', () => {
  const finish = async (network: Awaited<ReturnType<typeof createNetwork>>, offender: string) => {
    const { address } = network.crypto.identity(offender);
    await settle(network);
    const node = network.nodes[0] ?? expect.unreachable();
    const record = node.ledger.stateAt()?.get(CANDIDATES, address);
    const bond = (node.host.head().state as PosState).bonds.get(address);
    return { record, bond };
  };

  it('pos-pow N1, N3: two blocks for one slot are found, included, and cost stake and the right to produce', async () => {
    const network = await createNetwork({ seed: 5, observers: [3] });
    const node = network.nodes[3] ?? expect.unreachable();
    let amount = 0n;
    const adversary = createByzantineProducer({
      plugin: pos(),
      config: pos().parseConfig(RAW_CONFIG),
      host: node.host,
      chain: node.ledger,
      signer: network.crypto.createSigner('node-3'),
      net: node.ports.net,
      clock: node.ports.clock,
      crypto: network.crypto,
      chainId: node.ledger.chainId,
      async *alter(request) {
        yield request;
        amount += 1n;
        await submitTransfer(network, 3, amount);
        yield request;
      },
    });
    adversary.start();
    for (let slot = 0; slot < 60 && network.counts.accusations === 0; slot++) await network.runSlots(1);
    await network.runSlots(10);
    adversary.stop();
    const { record, bond } = await finish(network, 'node-3');
    const found = network.doubleSigns();
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map(({ author }) => author))).toEqual(new Set([network.crypto.identity('node-3').address]));
    expect(record?.deposit).toBeLessThanOrEqual(2_850n);
    expect(record?.jailedUntil).toBeGreaterThan(21 * 30);
    expect(bond?.deposit).toBe(record?.deposit);
    expect(bond?.ejectedUntil).toBeGreaterThanOrEqual(21);
    for (const index of [0, 1, 2]) {
      const honest = network.crypto.identity(`node-${index}`).address;
      expect(network.nodes[0]?.ledger.stateAt()?.get(CANDIDATES, honest)?.deposit).toBe(STAKES[index]);
    }
  });

  it('pos-pow N1: two machines with one key and guard records of their own are caught in the same way', async () => {
    const network = await createNetwork({ seed: 6, names: ['node-0', 'node-1', 'node-2', 'node-3', 'node-3'] });
    for (let slot = 0; slot < 80 && network.counts.accusations === 0; slot++) {
      // Shortly before each slot, so that only one of the two machines knows the transfer when it builds.
      network.simulation.schedule(T0 + (slot + 1) * SLOT_MS - 2, 'transfer', () =>
        submitTransfer(network, 4, BigInt(slot + 1)),
      );
      await network.runSlots(1);
    }
    await network.runSlots(10);
    const { record, bond } = await finish(network, 'node-3');
    expect(record?.deposit).toBeLessThanOrEqual(2_850n);
    expect(record?.jailedUntil).toBeGreaterThan(0);
    expect(bond?.ejectedUntil).toBeGreaterThanOrEqual(21);
  });

  it('pos-pow N1: a second header for one slot is not signed, also after a restart with the guard records kept', async () => {
    const crypto = await createCrypto();
    const keyPair = keyPairFromSeed('validator');
    const guardStore = createMemoryGuardStore();
    const scope = { chainId: new Uint8Array(32), era: 0, protocol: 'pos@1' } as const;
    const sign = (byte: number, slot: number) =>
      createMemorySigner({ keyPair, crypto, guardStore }).sign({
        scope,
        domain: SEAL_DOMAIN,
        data: new Uint8Array(32).fill(byte),
        guard: { lane: 'seal', sequence: [slot] },
      });
    const first = await sign(1, 9);
    expect(first.kind).toBe('signed');
    expect(await sign(1, 9)).toEqual(first);
    expect(await sign(2, 9)).toMatchObject({ kind: 'conflict', data: new Uint8Array(32).fill(1) });
    expect(await sign(2, 8)).toEqual({ kind: 'refused', code: 'STALE' });
  });
});

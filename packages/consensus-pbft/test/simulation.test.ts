import { CANDIDATES } from '@fiducia/ledger';
import { describe, expect, it } from 'vitest';
import type { PbftState } from '../src/index.ts';
import { createNetwork, type NetworkOptions, settle, submitTransfer } from './network.ts';

/** With `CAMPAIGN_SEEDS=200` the full size of the specification. */
const SEEDS = Number(process.env.CAMPAIGN_SEEDS ?? 2);
const BLOCKS = 50;

/** Loss, delay, a partition that heals, and a restart with guard records and log kept. */
async function runCampaign(options: NetworkOptions) {
  const network = await createNetwork({ followers: 1, ...options });
  const topology = network.simulation.random('topology');
  const until = async (height: number) => {
    for (let second = 0; network.height() < height; second++) {
      if (second > 2_000) throw new Error(`seed ${options.seed}: stuck at ${network.height()}`);
      await network.run(1_000);
    }
  };
  await until(topology.integer(1, 10));
  network.simulation.partition([['machine-0', 'machine-2']]);
  await network.run(topology.integer(1_000, 20_000));
  network.simulation.heal();
  await until(network.height() + topology.integer(1, 10));
  await network.restart(topology.integer(0, 3));
  await until(BLOCKS);
  await settle(network);
  const result = {
    height: network.height(),
    seconds: (network.simulation.now() - 1_700_000_000_000) / 1_000,
    ...network.counts,
    rejections: [...network.rejections],
    traceHash: network.simulation.traceHash(),
  };
  for (const node of network.nodes) await node.stop();
  return result;
}

describe('pbft section 7 on host and ledger: loss of 10 %, delays of 5 to 400 ms, a partition that heals', () => {
  it('honest validators advance, revert nothing, and accuse nobody after restarts', async () => {
    const total = { height: 0, seconds: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await runCampaign({ seed });
      expect(result.height, `seed ${seed}`).toBeGreaterThanOrEqual(BLOCKS);
      expect(result, `seed ${seed}`).toMatchObject({ reverted: 0, accusations: 0, rejections: [] });
      expect(result.finalized, `seed ${seed}`).toBeGreaterThanOrEqual(BLOCKS);
      total.height += result.height;
      total.seconds += result.seconds;
    }
    process.stdout.write(`\n${SEEDS} seeds: ${JSON.stringify(total)}\n`);
  }, 3_600_000);

  it('leave one trace for one seed, and another for another', async () => {
    const [first, again, other] = [
      await runCampaign({ seed: 7 }),
      await runCampaign({ seed: 7 }),
      await runCampaign({ seed: 8 }),
    ];
    expect(again.traceHash).toBe(first.traceHash);
    expect(other.traceHash).not.toBe(first.traceHash);
  }, 120_000);
});

it('pbft M1, M2: a copy of a final block with a seal, sent with the proof of the block, stops no node', async () => {
  const network = await createNetwork({ seed: 3 });
  await network.run(20_000);
  const { ledger } = network.nodes[0] ?? expect.unreachable();
  const { block, proof } = (await ledger.read({ kind: 'height', height: 3 })) ?? expect.unreachable();
  const copy = ledger.seal(block, Uint8Array.of(1));
  expect(copy.header.id).not.toBe(block.header.id);
  const before = network.height();
  const conflicts: unknown[] = [];
  for (const { host } of network.nodes) {
    host.events.on('finalityConflict', (conflict) => conflicts.push(conflict));
    void host.importBlock(copy.bytes, 'stranger', proof);
  }
  await network.run(20_000);
  expect(conflicts).toEqual([]);
  expect(network.height()).toBeGreaterThan(before + 5);
  for (const node of network.nodes) await node.stop();
}, 60_000);

describe('pbft M3: two machines with one key', () => {
  it('are caught by honest nodes, pay, and lose the seat', async () => {
    const names = ['node-0', 'node-1', 'node-2', 'node-3', 'node-3'];
    const network = await createNetwork({ seed: 6, names, lossPermille: 0 });
    for (let second = 0; second < 60 && network.counts.accusations === 0; second++) {
      // Each of the two has a transfer of its own when it builds.
      for (const index of [3, 4]) await submitTransfer(network, index, BigInt(10 * second + index));
      await network.run(1_000);
    }
    await network.run(10_000);
    await settle(network);
    const node = network.nodes[0] ?? expect.unreachable();
    const ids = names.map((name) => network.crypto.identity(name).address);
    const offender = ids[3] ?? expect.unreachable();
    const state = node.host.head().state as PbftState;
    expect(state.members.filter(({ status }) => status === 'EJECTED').map(({ id }) => id)).toEqual([offender]);
    expect(state.validators.map(({ id }) => id)).toEqual(ids.slice(0, 3).toSorted());
    const record = (id: string) => node.ledger.stateAt()?.get(CANDIDATES, id);
    expect(record(offender)?.deposit).toBe(0n);
    for (const honest of ids.slice(0, 3)) expect(record(honest)?.deposit).toBe(1_000n);
    expect(network.counts.reverted).toBe(0);
  }, 120_000);
});

describe('a node that comes later', () => {
  it('pbft R5: gets all blocks with their proofs, and a seat that it missed', async () => {
    const network = await createNetwork({ seed: 9, late: [3], followers: 1 });
    await network.run(30_000);
    const late = network.nodes[3] ?? expect.unreachable();
    await late.start();
    const before = network.nodes[0]?.host.head().header.height ?? 0;
    expect(before).toBeGreaterThan(5);
    await network.run(30_000);
    await settle(network);
    const authors = new Set<string>();
    for (let height = before + 1; height <= network.height(); height++) {
      authors.add((await late.ledger.read({ kind: 'height', height }))?.block.header.author ?? '');
    }
    expect(authors).toContain(network.crypto.identity('node-3').address);
    expect(network.rejections).toEqual([]);
  }, 120_000);
});

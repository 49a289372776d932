import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCrypto, isCryptoError } from '../src/index.ts';
import * as entry from '../src/miner.ts';
import { NonceSearch, nonceClass } from '../src/nonce-search.ts';
import { bigintOf } from './support/mutation.ts';

const { createWorkerMiner } = entry;
const scope = { chainId: new Uint8Array(32), era: 0, protocol: 'pow@1' } as const;
const never = new AbortController().signal;
const task = {
  algorithm: 'sha256d',
  data: new TextEncoder().encode('header'),
  target: 2n ** 244n,
  startNonce: 0n,
} as const;
/** No nonce is known for it, so a search lasts until it is cancelled. */
const endless = { ...task, target: 0n };

const miners: entry.WorkerMiner[] = [];

function createMiner(options?: entry.WorkerMinerOptions): entry.WorkerMiner {
  const miner = createWorkerMiner(options);
  miners.push(miner);
  return miner;
}

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(miners.splice(0).map((miner) => miner.close()));
});

it('exports exactly the recorded names', () => {
  expect(Object.keys(entry)).toEqual(['createWorkerMiner']);
});

describe('pos-pow M1: the nonces of a searcher', () => {
  it.each([
    [0n, 3],
    [7n, 3],
    [2n ** 64n - 2n, 3],
    [5n, 1],
    [2n ** 64n - 1n, 256],
  ])('from %s on are shared by %i without overlap', (start, count) => {
    const classes = Array.from({ length: count }, (_, index) => nonceClass(start, index, count));
    for (const [index, { first, step }] of classes.entries()) {
      expect(step).toBe(BigInt(count));
      expect(first % step).toBe(BigInt(index));
      const isNext = first >= start && first < start + step;
      // Where nothing is left above the start, the class begins at its bottom.
      expect(isNext || (first === BigInt(index) && start + step > 2n ** 64n)).toBe(true);
    }
  });

  it('stay in their class when they start again at the bottom', () => {
    const seen: bigint[] = [];
    const record = (input: Uint8Array) => {
      seen.push(bigintOf(input.slice(-8)));
      return new Uint8Array(32).fill(255);
    };
    const search = new NonceSearch(task, record, nonceClass(2n ** 64n - 4n, 1, 3));
    expect(search.run(4)).toEqual({ nonce: null, hashes: 4 });
    expect(seen).toEqual([2n ** 64n - 3n, 1n, 4n, 7n]);
  });

  it('are compared in full when the first bytes leave it open', () => {
    const search = (hash: readonly number[], target: bigint) => {
      const bytes = Uint8Array.from({ length: 32 }, (_, index) => hash[index] ?? 0);
      return new NonceSearch({ ...task, target }, () => bytes, { first: 0n, step: 1n }).run(1).nonce !== null;
    };
    expect(search([0, 0, 1], 1n << 232n)).toBe(true);
    expect(search([0, 0, 1, 0, 1], 1n << 232n)).toBe(false);
    expect(search([0, 0, 1, 1], 1n << 232n)).toBe(false);
    expect(search([255, 255, 255, 255, 255], 2n ** 256n - 1n)).toBe(true);
    expect(search([255], 2n ** 300n)).toBe(true);
  });
});

describe('the worker miner (pos-pow M1)', () => {
  it.each(['sha256', 'sha256d'])('finds nonces of real %s work that the crypto port accepts', async (algorithm) => {
    const crypto = await createCrypto();
    const miner = createMiner({ workers: 3 });
    const nonce = await miner.mine({ ...task, algorithm, startNonce: 2n ** 64n - 5n }, never);
    if (nonce === null) return expect.unreachable();
    const claim = { kind: 'work', algorithm, data: task.data, nonce, target: task.target } as const;
    expect(await crypto.verify(scope, [claim])).toEqual({ kind: 'valid' });
  });

  it('works on several searches at once', async () => {
    const miner = createMiner({ workers: 2 });
    const open = new AbortController();
    const slow = miner.mine(endless, open.signal);
    const nonces = await Promise.all([1n, 2n, 3n].map((startNonce) => miner.mine({ ...task, startNonce }, never)));
    expect(nonces.every((nonce) => nonce?.length === 8)).toBe(true);
    open.abort();
    expect(await slow).toBeNull();
  });

  it('ends a search with null when it is cancelled, and before it begins (pos-pow M2)', async () => {
    const miner = createMiner({ workers: 2 });
    const controller = new AbortController();
    const search = miner.mine(endless, controller.signal);
    controller.abort();
    expect(await search).toBeNull();
    expect(await miner.mine(endless, controller.signal)).toBeNull();
    expect(await miner.mine(task, never)).not.toBeNull();
  });

  it('reports its hash rate once a second while it searches', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const rates: entry.HashRate[] = [];
    const controller = new AbortController();
    const miner = createMiner({
      workers: 2,
      onHashRate(rate) {
        rates.push(rate);
        if (rates.length === 2) controller.abort();
        now += 1_250;
      },
    });
    const search = miner.mine(endless, controller.signal);
    now += 1_000;
    expect(await search).toBeNull();
    const [first, second] = rates;
    expect(first).toEqual({ hashes: first?.hashes, elapsedMs: 1_000, hashesPerSecond: first?.hashes });
    expect(second?.elapsedMs).toBe(1_250);
    expect(second?.hashesPerSecond).toBe(((second?.hashes ?? 0) * 1_000) / 1_250);
    expect(Math.min(...rates.map(({ hashes }) => hashes))).toBeGreaterThan(0);
  });

  it('reports its hash rate when the last search ends', async () => {
    const rate = await new Promise<entry.HashRate>((resolve) => {
      void createMiner({ workers: 2, onHashRate: resolve }).mine({ ...task, target: 2n ** 256n - 1n }, never);
    });
    expect(rate.hashes).toBeGreaterThanOrEqual(1);
    expect(rate.hashesPerSecond).toBeGreaterThan(0);
  });

  it('closes cleanly: open searches end, later ones are refused', async () => {
    const miner = createMiner({ workers: 2 });
    const search = miner.mine(endless, never);
    await miner.close();
    expect(await search).toBeNull();
    await expect(miner.mine(task, never)).rejects.toSatisfy((error) => isCryptoError(error, 'MINER_CLOSED'));
    await miner.close();
  });

  it('has a thread less than the machine unless told otherwise', () => {
    expect(createMiner().workers).toBe(Math.max(1, availableParallelism() - 1));
  });

  it.each([0, 257, 1.5])('refuses %d workers', (workers) => {
    expect(() => createWorkerMiner({ workers })).toThrow(/TASK_INVALID/);
  });

  it.each([
    ['an unknown algorithm', { algorithm: 'scrypt' }],
    ['a negative target', { target: -1n }],
    ['a start beyond 8 bytes', { startNonce: 2n ** 64n }],
  ])('refuses %s', async (_name, change) => {
    const mining = createMiner({ workers: 1 }).mine({ ...task, ...change }, never);
    await expect(mining).rejects.toSatisfy((error) => isCryptoError(error, 'TASK_INVALID'));
  });
});

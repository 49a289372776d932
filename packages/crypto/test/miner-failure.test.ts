import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isCryptoError } from '../src/index.ts';
import { createWorkerMiner } from '../src/miner.ts';

const { threads } = vi.hoisted(() => ({ threads: [] as EventEmitter[] }));

vi.mock('node:worker_threads', () => ({
  Worker: class extends EventEmitter {
    constructor() {
      super();
      threads.push(this);
    }
    ref(): void {}
    unref(): void {}
    postMessage(): void {}
    async terminate(): Promise<number> {
      this.emit('exit', 1);
      return 1;
    }
  },
}));

const never = new AbortController().signal;
const task = { algorithm: 'sha256d', data: new Uint8Array(32), target: 0n, startNonce: 0n };
const isFailure = (error: unknown) => isCryptoError(error, 'MINER_FAILED');

beforeEach(() => {
  threads.length = 0;
});

describe('a worker miner whose thread breaks down', () => {
  it.each([
    ['throws', (thread: EventEmitter | undefined) => thread?.emit('error', new Error('out of memory'))],
    ['ends', (thread: EventEmitter | undefined) => thread?.emit('exit', 7)],
  ])('and %s rejects all searches, open and later ones', async (_case, breakDown) => {
    const miner = createWorkerMiner({ workers: 2 });
    const searches = [miner.mine(task, never), miner.mine(task, never)];
    breakDown(threads[1]);
    for (const search of searches) await expect(search).rejects.toSatisfy(isFailure);
    await expect(miner.mine(task, never)).rejects.toSatisfy(isFailure);
    await miner.close();
    expect(threads).toHaveLength(2);
  });

  it('does not count as broken when it was closed', async () => {
    const miner = createWorkerMiner({ workers: 2 });
    const search = miner.mine(task, never);
    await miner.close();
    expect(await search).toBeNull();
    await expect(miner.mine(task, never)).rejects.toSatisfy((error) => isCryptoError(error, 'MINER_CLOSED'));
  });

  it('starts no thread before the first search', async () => {
    await createWorkerMiner({ workers: 2 }).close();
    expect(threads).toEqual([]);
  });
});

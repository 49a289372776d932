import { hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { createCrypto, isCryptoError } from '../src/index.ts';
import { bigintOf } from './support/mutation.ts';

const scope = { chainId: new Uint8Array(32), era: 0, protocol: 'pow@1' } as const;
const never = new AbortController().signal;

/** Header of Bitcoin's first block without its nonce, the nonce, and the double hash of both. */
const BITCOIN = {
  data: `0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d`,
  nonce: '1dac2b7c',
  hash: 0x6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000n,
} as const;

describe('a claim of work', () => {
  const claim = {
    kind: 'work',
    algorithm: 'sha256d',
    data: hexToBytes(BITCOIN.data),
    nonce: hexToBytes(BITCOIN.nonce),
    target: BITCOIN.hash,
  } as const;

  it('holds when the hash equals the target, and not below it', async () => {
    const crypto = await createCrypto();
    expect(await crypto.verify(scope, [claim])).toEqual({ kind: 'valid' });
    expect(await crypto.verify(scope, [{ ...claim, target: BITCOIN.hash - 1n }])).toMatchObject({
      code: 'WORK_INSUFFICIENT',
    });
  });

  it('knows single and double SHA-256 apart, and no other algorithm', async () => {
    const crypto = await createCrypto();
    expect(await crypto.verify(scope, [{ ...claim, algorithm: 'sha256' }])).toMatchObject({
      code: 'WORK_INSUFFICIENT',
    });
    expect(await crypto.verify(scope, [{ ...claim, algorithm: 'scrypt' }])).toMatchObject({
      code: 'CLAIM_UNSUPPORTED',
    });
  });
});

describe('mining', () => {
  const target = 2n ** 244n;
  const data = new TextEncoder().encode('header');

  it.each(['sha256', 'sha256d'])(
    'finds the first %s nonce from its start that the check accepts',
    async (algorithm) => {
      const crypto = await createCrypto();
      const holds = async (nonce: Uint8Array) =>
        (await crypto.verify(scope, [{ kind: 'work', algorithm, data, nonce, target }])).kind === 'valid';

      const nonce = await crypto.mine({ algorithm, data, target, startNonce: 1_000n }, never);
      if (nonce === null) return expect.unreachable();
      expect(await holds(nonce)).toBe(true);
      const earlier = Array.from({ length: Number(bigintOf(nonce)) - 1_000 }, (_, index) => 1_000 + index);
      for (const value of earlier) {
        const bytes = new Uint8Array(8);
        new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
        expect(await holds(bytes)).toBe(false);
      }
    },
  );

  it('goes on at zero after the greatest nonce', async () => {
    const crypto = await createCrypto();
    const first = await crypto.mine({ algorithm: 'sha256', data, target, startNonce: 0n }, never);
    const around = await crypto.mine({ algorithm: 'sha256', data, target, startNonce: 2n ** 64n - 1n }, never);
    expect(around).toEqual(first);
  });

  it('lets other work of the thread go ahead, and ends when aborted', async () => {
    const crypto = await createCrypto();
    const controller = new AbortController();
    const task = { algorithm: 'sha256', data, target: 0n, startNonce: 0n };
    const search = crypto.mine(task, controller.signal);
    setTimeout(() => controller.abort(), 0);
    expect(await search).toBeNull();
    expect(await crypto.mine(task, controller.signal)).toBeNull();
  });

  it.each([
    ['an unknown algorithm', { algorithm: 'scrypt' }],
    ['a negative target', { target: -1n }],
    ['a start beyond 8 bytes', { startNonce: 2n ** 64n }],
  ])('refuses %s', async (_name, change) => {
    const crypto = await createCrypto();
    const task = { algorithm: 'sha256', data, target, startNonce: 0n, ...change };
    await expect(crypto.mine(task, never)).rejects.toSatisfy((error) => isCryptoError(error, 'TASK_INVALID'));
  });
});

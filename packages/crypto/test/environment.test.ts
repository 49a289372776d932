import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCrypto, isCryptoError } from '../src/index.ts';

const ADDON = 'secp256k1/bindings.js';

describe('the choice of the library', () => {
  beforeEach(() => {
    vi.stubEnv('FIDUCIA_CRYPTO', undefined);
  });

  afterEach(() => {
    // In this order: the environment hangs on the global that a test may have replaced.
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
    vi.doUnmock(ADDON);
    vi.resetModules();
  });

  it('takes the native one when it loads', async () => {
    expect((await createCrypto()).backend).toBe('native');
  });

  it.each(['noble', 'native'] as const)('is decided by FIDUCIA_CRYPTO=%s', async (backend) => {
    vi.stubEnv('FIDUCIA_CRYPTO', backend);
    expect((await createCrypto()).backend).toBe(backend);
  });

  it('is left open by FIDUCIA_CRYPTO=auto and by an empty variable', async () => {
    for (const value of ['', 'auto']) {
      vi.stubEnv('FIDUCIA_CRYPTO', value);
      expect((await createCrypto()).backend).toBe('native');
    }
  });

  it('refuses a misspelt variable instead of ignoring it', async () => {
    vi.stubEnv('FIDUCIA_CRYPTO', 'nobel');
    await expect(createCrypto()).rejects.toSatisfy((error) => isCryptoError(error, 'BACKEND_UNKNOWN'));
  });

  it('gives a demand of the program precedence over the environment', async () => {
    vi.stubEnv('FIDUCIA_CRYPTO', 'noble');
    expect((await createCrypto({ backend: 'native' })).backend).toBe('native');
  });

  it.each([undefined, {}])('works where the global process is %j, as in browsers and workers', async (process) => {
    vi.stubGlobal('process', process);
    expect((await createCrypto({ backend: 'noble' })).backend).toBe('noble');
    expect((await createCrypto()).supports.has('signature')).toBe(true);
  });

  it.each([
    ['is not installed', () => Promise.reject(new Error('Cannot find module'))],
    ['has other functions than expected', async () => ({ default: { ecdsaSign: () => undefined } })],
    [
      'throws',
      async () => ({
        default: addon(() => {
          throw new Error('wrong ABI');
        }),
      }),
    ],
    ['signs wrongly', async () => ({ default: addon(() => ({ signature: new Uint8Array(64).fill(1) })) })],
  ])('falls back to the portable one when the native library %s', async (_name, load) => {
    vi.doMock(ADDON, load);
    expect((await createCrypto()).backend).toBe('noble');
    await expect(createCrypto({ backend: 'native' })).rejects.toSatisfy((error) =>
      isCryptoError(error, 'BACKEND_UNAVAILABLE'),
    );
  });
});

function addon(ecdsaSign: () => unknown): object {
  return { ecdsaSign, ecdsaVerify: () => true, publicKeyVerify: () => true };
}

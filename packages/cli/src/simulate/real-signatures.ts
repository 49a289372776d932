/**
 * Real signatures in place of the binding stand-in, for one seed in fifty (simulation E5).
 *
 * @module
 */
import { type Crypto, createCrypto, createMemorySigner, type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import { type StubCrypto, type StubIdentity, withSharedResults } from '@fiducia/simulator';

/** Keys of names, as the stand-in has them, with the signatures that a network would carry. */
export async function createRealSignatures(): Promise<StubCrypto> {
  const crypto = await createCrypto();
  const known = new Map<string, KeyPair>();
  const keyPairOf = (name: string): KeyPair => {
    const keyPair = known.get(name) ?? keyPairFromSeed(`fiducia-simulate/${name}`);
    known.set(name, keyPair);
    return keyPair;
  };
  return {
    ...withSharedResults(crypto),
    identity: (name) => identityOf(keyPairOf(name), crypto),
    createSigner(name, options) {
      const keys = { keyPair: keyPairOf(name), vrfSecretKey: keyPairOf(`${name}/vrf`).secretKey };
      if (options === undefined) return createMemorySigner({ ...keys, crypto });
      const { records, headHeight = 0 } = options;
      return createMemorySigner({ ...keys, crypto, guardStore: records, headHeight });
    },
  };
}

function identityOf(keyPair: KeyPair, crypto: Crypto): StubIdentity {
  const { address, publicKey } = keyPair;
  return { address, publicKey, sign: (scope, domain, data) => crypto.sign(keyPair, scope, domain, data) };
}

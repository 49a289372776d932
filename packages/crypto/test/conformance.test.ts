import { describeCrypto } from '@fiducia/testkit/vitest';
import { createCrypto, createMemorySigner, keyPairFromSeed } from '../src/index.ts';

describeCrypto({
  name: 'secp256k1',
  async create() {
    const crypto = await createCrypto();
    const signerOf = (name: string) =>
      createMemorySigner({
        keyPair: keyPairFromSeed(name),
        vrfSecretKey: keyPairFromSeed(`${name}/vrf`).secretKey,
        crypto,
      });
    return { crypto, signers: [signerOf('wind'), signerOf('solar')] };
  },
});

/**
 * Signature checks: the native library against the portable one, and against Node's own.
 *
 * @module
 */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { type Crypto, createCrypto, keyPairFromSeed } from '@fiducia/crypto';
import { compare, type Measurement, type Subject } from './measure.ts';

const SCOPE = { chainId: new Uint8Array(32), era: 0, protocol: 'ledger@1' } as const;
const DATA = new Uint8Array(256).fill(7);

/** Measures verification of one signature of a 256-byte message, domain separation included. */
export async function measureSignatures(): Promise<readonly Measurement[]> {
  const portable = await createCrypto({ backend: 'noble' });
  const fastest = await createCrypto();
  const node = nodeSubject();
  return [
    await compare(subjectOf(fastest), subjectOf(portable), fastest.backend === 'native' ? 10 : null),
    await compare(subjectOf(fastest), node, fastest.backend === 'native' ? 2 : null),
  ];
}

function subjectOf(crypto: Crypto): Subject {
  const keyPair = keyPairFromSeed('bench');
  const signature = crypto.sign(keyPair, SCOPE, 'transaction', DATA);
  return {
    name: `verify signature (${crypto.backend})`,
    run: () => {
      const code = crypto.verifySignature(SCOPE, 'transaction', DATA, keyPair.address, signature);
      if (code !== null) throw new Error(code);
    },
  };
}

function nodeSubject(): Subject {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const signature = sign('sha256', DATA, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return {
    name: 'verify signature (node:crypto)',
    run: () => {
      if (!verify('sha256', DATA, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)) throw new Error('refused');
    },
  };
}

/**
 * Checks of signatures and of proofs of the VRF: the native library against the portable one, signatures against Node's own too.
 *
 * @module
 */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { type Crypto, createCrypto, keyPairFromSeed } from '@fiducia/crypto';
import { compare, type Measurement, type Subject } from './measure.ts';

const SCOPE = { chainId: new Uint8Array(32), era: 0, protocol: 'ledger@1' } as const;
const DATA = new Uint8Array(256).fill(7);

/** Measures verification of one signature of a 256-byte message, and of one proof, domain separation included. */
export async function measureSignatures(): Promise<readonly Measurement[]> {
  const portable = await createCrypto({ backend: 'noble' });
  const fastest = await createCrypto();
  const node = nodeSubject();
  return [
    await compare(subjectOf(fastest), subjectOf(portable), fastest.backend === 'native' ? 10 : null),
    await compare(subjectOf(fastest), node, fastest.backend === 'native' ? 2 : null),
    await compare(vrfSubjectOf(fastest), vrfSubjectOf(portable), fastest.backend === 'native' ? 5 : null),
  ];
}

function vrfSubjectOf(crypto: Crypto): Subject {
  const vrf = keyPairFromSeed('bench/vrf');
  const alpha = DATA.subarray(0, 32);
  const actor = keyPairFromSeed('bench').address;
  const claim = { kind: 'vrf', actor, publicKey: vrf.publicKey, alpha, ...crypto.proveVrf(vrf, SCOPE, alpha) } as const;
  return {
    name: `verify VRF proof (${crypto.backend})`,
    run: async () => {
      const result = await crypto.verify(SCOPE, [claim]);
      if (result.kind !== 'valid') throw new Error(result.code);
    },
  };
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

// Without the optional native library: signatures, the guard and verifiable randomness on the portable path.
import { createCrypto, createMemorySigner, isCryptoError, keyPairFromSeed } from '@fiducia/crypto';

const crypto = await createCrypto();
const alice = keyPairFromSeed('alice');
const scope = { chainId: new Uint8Array(32), era: 0, protocol: 'ledger@1' };
const data = new TextEncoder().encode('pay 5 to bob');
const signature = crypto.sign(alice, scope, 'transaction', data);

const vrf = keyPairFromSeed('alice, randomness');
const signer = createMemorySigner({ keyPair: alice, crypto, vrfSecretKey: vrf.secretKey });
const guard = { lane: 'seal', sequence: [7] };
const first = await signer.sign({ scope, domain: 'seal', data, guard });
const second = await signer.sign({ scope, domain: 'seal', data: new Uint8Array(1), guard });

const { output, proof } = await signer.proveVrf(scope, data);
const claim = { kind: 'vrf', actor: signer.self, publicKey: vrf.publicKey, alpha: data, output, proof };

let demanded = 'found';
try {
  await createCrypto({ backend: 'native' });
} catch (error) {
  demanded = isCryptoError(error) ? error.data.code : String(error);
}
console.log(
  JSON.stringify({
    backend: crypto.backend,
    valid: crypto.verifySignature(scope, 'transaction', data, alice.address, signature),
    elsewhere: crypto.verifySignature(scope, 'seal', data, alice.address, signature),
    guarded: [first.kind, second.kind],
    randomness: (await crypto.verify(scope, [claim])).kind,
    demanded,
  }),
);

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { loadNativeBackend } from '../src/backend/native.ts';
import { createNobleBackend } from '../src/backend/noble.ts';

/**
 * RFC 6979 itself has no example on secp256k1. These are the ones that wallets have shared since 2013
 * (https://bitcointalk.org/index.php?topic=285142, also in the tests of Trezor and of python-ecdsa); the
 * message is hashed with SHA-256 and s is low.
 */
const EXAMPLES = [
  {
    secretKey: '0000000000000000000000000000000000000000000000000000000000000001',
    message: 'Satoshi Nakamoto',
    r: '934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8',
    s: '2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5',
  },
  {
    secretKey: '0000000000000000000000000000000000000000000000000000000000000001',
    message: 'All those moments will be lost in time, like tears in rain. Time to die...',
    r: '8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b',
    s: '547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21',
  },
  {
    secretKey: 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140',
    message: 'Satoshi Nakamoto',
    r: 'fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0',
    s: '6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5',
  },
  {
    secretKey: 'f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181',
    message: 'Alan Turing',
    r: '7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c',
    s: '58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea',
  },
  {
    secretKey: 'e91671c46231f833a6406ccbea0e3e392c76c167bac1cb013f6f1013980455c2',
    message:
      "There is a computer disease that anybody who works with computers knows about. It's a very serious disease and it interferes completely with the work. The trouble with computers is that you 'play' with them!",
    r: 'b552edd27580141f3b2a5463048cb7cd3e047b97c9f98076c32dbdf85a68718b',
    s: '279fa72dd19bfae05577e06c7c0c1900c371fcd5893f7e1d56a37d30174671f6',
  },
] as const;

async function backendNamed(name: 'native' | 'noble') {
  const backend = name === 'noble' ? createNobleBackend() : await loadNativeBackend();
  if (!('verify' in backend)) throw new Error(backend.reason);
  return backend;
}

describe.each(['native', 'noble'] as const)('nonces of RFC 6979 with %s', (name) => {
  it.each(EXAMPLES)('sign "$message" with key $secretKey as published', async ({ secretKey, message, r, s }) => {
    const backend = await backendNamed(name);
    const hash = sha256(new TextEncoder().encode(message));
    expect(bytesToHex(backend.sign(hash, hexToBytes(secretKey)))).toBe(r + s);
  });
});

/**
 * SHA-256: the platform's where there is one, portable everywhere else.
 *
 * @module
 */
import { type Bytes, compareBytes, type HashFunction } from '@fiducia/consensus';
import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** The one function of `node:crypto` that is used here. */
interface PlatformCrypto {
  hash(algorithm: 'sha256', data: Bytes, outputEncoding: 'latin1'): string;
}

/** What is hashed before a platform's function is trusted; the portable one says what must come out. */
const PROBE = 'fiducia/1';

/**
 * SHA-256 of the platform, or `undefined` where it has no synchronous one: browsers and workers, or a
 * stand-in for `node:crypto` that answers the probe wrongly.
 *
 * A ledger hashes some ten thousand short inputs per second, on which the platform's function takes a
 * third of the time of the portable one, and a seventh from 1,000 bytes on.
 */
export function loadPlatformSha256(): HashFunction | undefined {
  // Asking the process, and not importing, keeps the module out of sight of bundlers for browsers.
  const { process } = globalThis as {
    readonly process?: { readonly getBuiltinModule?: (name: string) => Partial<PlatformCrypto> | undefined };
  };
  try {
    const platform = process?.getBuiltinModule?.('node:crypto');
    if (typeof platform?.hash !== 'function') return undefined;
    const sha256 = platformSha256(platform as PlatformCrypto);
    const probe = utf8ToBytes(PROBE);
    return compareBytes(sha256(probe), portableSha256(probe)) === 0 ? sha256 : undefined;
  } catch {
    return undefined;
  }
}

function platformSha256({ hash }: PlatformCrypto): HashFunction {
  return (data) => {
    // A text of one character per byte: a `Buffer` as result costs more than the hash of a short input.
    const digest = hash('sha256', data, 'latin1');
    const bytes = new Uint8Array(digest.length);
    for (let index = 0; index < digest.length; index++) bytes[index] = digest.charCodeAt(index);
    return bytes;
  };
}

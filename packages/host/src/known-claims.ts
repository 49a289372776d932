/**
 * Signatures that were found to hold are not checked again.
 *
 * A vote arrives three times: as a message, in the proof that its voters make together, and in the certificate that a
 * block carries. Without this a quorum of signatures is checked once for each of them, which is most of what finality
 * costs a node.
 *
 * @module
 */
import { type BufferUsage, ByteWriter, type Claim } from '@fiducia/consensus';
import type { ClaimsResult, CryptoPort, SigningScope } from '@fiducia/consensus/ports';
import { whenDone } from './awaitable.ts';
import { byteStringOf } from './hex.ts';

type SignatureClaim = Extract<Claim, { kind: 'signature' }>;

/** Checks claims, except those that it knows. */
export interface KnownClaims extends Pick<CryptoPort, 'verify'> {
  usage(): readonly BufferUsage[];
}

/**
 * Makes the `verify` of a crypto port forgo what it knows. Only what held is remembered, under a hash of everything that
 * the verdict depends on, so a flood of valid signatures can make the port work again but never change a verdict.
 *
 * @param max - Most signatures remembered; the oldest goes first.
 */
export function rememberClaims(crypto: Pick<CryptoPort, 'sha256' | 'verify'>, max: number): KnownClaims {
  const known = new Set<string>();
  const keyOf = (scope: SigningScope, claim: SignatureClaim): string =>
    byteStringOf(writeClaim(scope, claim).hash(crypto.sha256));
  const verifyUnknown: CryptoPort['verify'] = (scope, claims) => {
    const keys = claims.map((claim) => (claim.kind === 'signature' ? keyOf(scope, claim) : null));
    const open = claims.flatMap((claim, index) => {
      const key = keys[index] ?? null;
      return key !== null && known.has(key) ? [] : [{ claim, index, key }];
    });
    if (open.length === 0) return { kind: 'valid' };
    const claimsLeft = open.map(({ claim }) => claim);
    return whenDone(crypto.verify(scope, claimsLeft), (result): ClaimsResult => {
      if (result.kind === 'invalid') return { ...result, index: open[result.index]?.index ?? result.index };
      for (const { key } of open) if (key !== null) remember(known, key, max);
      return result;
    });
  };
  const verify: CryptoPort['verify'] = (scope, claims) =>
    claims.some(isSignature) ? verifyUnknown(scope, claims) : crypto.verify(scope, claims);
  return { verify, usage: () => [{ name: 'knownClaims', count: known.size, max }] };
}

function isSignature({ kind }: Claim): boolean {
  return kind === 'signature';
}

const NO_KEY = new Uint8Array();

function writeClaim({ chainId, era, protocol }: SigningScope, claim: SignatureClaim): ByteWriter {
  const { signer, domain, data, signature, publicKey } = claim;
  const place = new ByteWriter().bytes(chainId).uint(era, 4).text(protocol).text(domain);
  place
    .text(signer)
    .bytes(data)
    .bytes(signature)
    .uint(publicKey === undefined ? 0 : 1, 1);
  return place.bytes(publicKey ?? NO_KEY);
}

function remember(known: Set<string>, key: string, max: number): void {
  known.add(key);
  const [oldest] = known;
  if (oldest !== undefined && known.size > max) known.delete(oldest);
}

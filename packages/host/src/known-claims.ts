/**
 * Signatures that were found to hold are not checked again.
 *
 * A vote arrives three times: as a message, in the proof that its voters make together, and in the certificate that a
 * block carries. Without this a quorum of signatures is checked once for each of them, which is most of what finality
 * costs a node.
 *
 * @module
 */
import { type BufferUsage, type Bytes, ByteWriter, type Claim, type HashFunction } from '@fiducia/consensus';
import type { Awaitable, ClaimsResult, CryptoPort, MiningTask, SigningScope } from '@fiducia/consensus/ports';
import { whenDone } from './awaitable.ts';
import { byteStringOf } from './hex.ts';

type SignatureClaim = Extract<Claim, { kind: 'signature' }>;

/**
 * A crypto port that forgoes what it knows when it checks claims. Only what held is remembered, under a hash of everything
 * that the verdict depends on, so a flood of valid signatures can make the port work again but never change a verdict.
 */
export class KnownClaims implements Required<CryptoPort> {
  readonly supports: CryptoPort['supports'];
  readonly sha256: HashFunction;
  readonly recall: Required<CryptoPort>['recall'];
  readonly #crypto: Required<CryptoPort>;
  readonly #known = new Set<string>();
  readonly #max: number;

  /** @param max - Most signatures remembered; the oldest goes first. */
  constructor(crypto: Required<CryptoPort>, max: number) {
    this.supports = crypto.supports;
    this.sha256 = crypto.sha256;
    this.recall = crypto.recall;
    this.#crypto = crypto;
    this.#max = max;
  }

  verify(scope: SigningScope, claims: readonly Claim[]): Awaitable<ClaimsResult> {
    return claims.some(isSignature) ? this.#verifyUnknown(scope, claims) : this.#crypto.verify(scope, claims);
  }

  mine(task: MiningTask, signal: AbortSignal): Promise<Bytes | null> {
    return this.#crypto.mine(task, signal);
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'knownClaims', count: this.#known.size, max: this.#max }];
  }

  #verifyUnknown(scope: SigningScope, claims: readonly Claim[]): Awaitable<ClaimsResult> {
    const known = this.#known;
    const keys = claims.map((claim) => (claim.kind === 'signature' ? this.#keyOf(scope, claim) : null));
    const open = claims.flatMap((claim, index) => {
      const key = keys[index] ?? null;
      return key !== null && known.has(key) ? [] : [{ claim, index, key }];
    });
    if (open.length === 0) return { kind: 'valid' };
    const claimsLeft = open.map(({ claim }) => claim);
    return whenDone(this.#crypto.verify(scope, claimsLeft), (result): ClaimsResult => {
      if (result.kind === 'invalid') return { ...result, index: open[result.index]?.index ?? result.index };
      for (const { key } of open) if (key !== null) remember(known, key, this.#max);
      return result;
    });
  }

  #keyOf(scope: SigningScope, claim: SignatureClaim): string {
    return byteStringOf(writeClaim(scope, claim).hash(this.sha256));
  }
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

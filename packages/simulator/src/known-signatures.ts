/**
 * Stand-in signatures that were found to hold.
 *
 * @module
 */
import { type Bytes, type Claim, compareBytes } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';

type SignatureClaim = Extract<Claim, { kind: 'signature' }>;

/** A claim with copies of its bytes: what is compared later must be what was checked. */
interface Known {
  readonly scope: SigningScope;
  readonly signer: string;
  readonly domain: string;
  readonly data: Bytes;
}

/** A few dozen messages per node are under way at any time; the oldest go first. */
const KNOWN_MAX = 16_384;

/**
 * Every node of a simulation checks every signature, and to compare one with what it covers takes a quarter of the time
 * of computing it anew. Compared is everything that the verdict depends on, so it never differs (simulation E5).
 */
export class KnownSignatures {
  readonly #known = new Map<string, Known>();

  has(scope: SigningScope, claim: SignatureClaim): boolean {
    const known = this.#known.get(keyOf(claim));
    return known !== undefined && isSame(known, scope, claim);
  }

  add({ chainId, era, protocol }: SigningScope, claim: SignatureClaim): void {
    const { signer, domain, data } = claim;
    const scope = { chainId: chainId.slice(), era, protocol };
    this.#known.set(keyOf(claim), { scope, signer, domain, data: data.slice() });
    const [oldest] = this.#known.size > KNOWN_MAX ? this.#known.keys() : [];
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

function keyOf({ signature }: SignatureClaim): string {
  return String.fromCharCode.apply(null, signature as unknown as number[]);
}

function isSame(known: Known, scope: SigningScope, { signer, domain, data }: SignatureClaim): boolean {
  const isSameScope =
    known.scope.era === scope.era &&
    known.scope.protocol === scope.protocol &&
    compareBytes(known.scope.chainId, scope.chainId) === 0;
  return isSameScope && known.signer === signer && known.domain === domain && compareBytes(known.data, data) === 0;
}

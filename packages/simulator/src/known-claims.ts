/**
 * Signatures and proofs that were found to hold.
 *
 * @module
 */
import type { Bytes, Claim } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';

type SignatureClaim = Extract<Claim, { kind: 'signature' }>;
type VrfClaim = Extract<Claim, { kind: 'vrf' }>;

/** A claim that held, with copies of its bytes: what is compared later must be what was checked. */
interface Known {
  readonly scope: SigningScope;
  readonly claim: SignatureClaim | VrfClaim;
}

/** A few dozen messages per node are under way at any time; the oldest go first. */
const KNOWN_MAX = 16_384;
/** Signatures and proofs begin with a key or a point; what comes behind it differs from one to the next. */
const KEY_FROM = 33;
const KEY_BYTES = 6;

/**
 * Every node of a simulation checks every signature, and to compare one with what was checked takes a fraction of the
 * time of checking it anew. Compared is everything that the verdict depends on, so it never differs (simulation E5).
 */
export class KnownClaims {
  readonly #known = new Map<number, Known>();

  has(scope: SigningScope, claim: Claim): boolean {
    if (claim.kind !== 'signature' && claim.kind !== 'vrf') return false;
    const known = this.#known.get(keyOf(claim));
    return known !== undefined && isSameScope(known.scope, scope) && isSameClaim(known.claim, claim);
  }

  /** Remembers a claim that held, if it is one that is worth it. */
  add({ chainId, era, protocol }: SigningScope, claim: Claim): void {
    if (claim.kind !== 'signature' && claim.kind !== 'vrf') return;
    this.#known.set(keyOf(claim), { scope: { chainId: chainId.slice(), era, protocol }, claim: copyOf(claim) });
    const [oldest] = this.#known.size > KNOWN_MAX ? this.#known.keys() : [];
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

/** Two claims may share a key; the later one takes the place. */
function keyOf(claim: SignatureClaim | VrfClaim): number {
  const bytes = claim.kind === 'signature' ? claim.signature : claim.proof;
  let key = 0;
  for (let index = KEY_FROM; index < KEY_FROM + KEY_BYTES; index++) key = key * 256 + (bytes[index] ?? 0);
  return key;
}

function copyOf(claim: SignatureClaim | VrfClaim): SignatureClaim | VrfClaim {
  if (claim.kind === 'signature') {
    const { signer, domain, data, signature, publicKey } = claim;
    const copy = { kind: claim.kind, signer, domain, data: data.slice(), signature: signature.slice() };
    return publicKey === undefined ? copy : { ...copy, publicKey: publicKey.slice() };
  }
  const { kind, actor, publicKey, alpha, output, proof } = claim;
  return {
    kind,
    actor,
    publicKey: publicKey.slice(),
    alpha: alpha.slice(),
    output: output.slice(),
    proof: proof.slice(),
  };
}

function isSameScope(known: SigningScope, { chainId, era, protocol }: SigningScope): boolean {
  return known.era === era && known.protocol === protocol && isEqual(known.chainId, chainId);
}

function isSameClaim(known: Claim, claim: SignatureClaim | VrfClaim): boolean {
  if (claim.kind === 'signature') return known.kind === 'signature' && isSameSignature(known, claim);
  return known.kind === 'vrf' && isSameProof(known, claim);
}

function isSameSignature(
  known: SignatureClaim,
  { signer, domain, data, signature, publicKey }: SignatureClaim,
): boolean {
  return (
    known.signer === signer &&
    known.domain === domain &&
    isEqual(known.data, data) &&
    isEqual(known.signature, signature) &&
    (publicKey === undefined || known.publicKey === undefined
      ? publicKey === known.publicKey
      : isEqual(known.publicKey, publicKey))
  );
}

function isSameProof(known: VrfClaim, { actor, publicKey, alpha, output, proof }: VrfClaim): boolean {
  return (
    known.actor === actor &&
    isEqual(known.publicKey, publicKey) &&
    isEqual(known.alpha, alpha) &&
    isEqual(known.output, output) &&
    isEqual(known.proof, proof)
  );
}

/** Only whether they differ: an order takes twice as long. */
function isEqual(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/**
 * Verdicts and claims: judgements as values, cryptography postponed.
 *
 * @module
 */
import type { ActorId, Bytes, Millis, SEAL_DOMAIN } from './primitives.ts';

/**
 * Cryptography postponed: rules state *what* must hold, the host checks it.
 *
 * The host may check claims in batches, in workers, in any order, on another machine, or with a
 * stand-in inside a simulator. A verdict stands only if all its claims hold.
 *
 * `domain` is a label such as {@link SEAL_DOMAIN}. The bytes actually signed are prefixed by a hash
 * of chain, era, protocol and label, so no signature is valid in two places.
 */
export type Claim =
  | {
      /** One signature over `data`. */
      readonly kind: 'signature';
      readonly signer: ActorId;
      readonly domain: string;
      readonly data: Bytes;
      readonly signature: Bytes;
      /**
       * Key to use; absent means that the crypto port knows how to get it, for instance from its
       * own signature encoding. Either way it checks that the key belongs to `signer`.
       */
      readonly publicKey?: Bytes;
    }
  | {
      /** One aggregate signature by several distinct signers over the same `data`. */
      readonly kind: 'aggregateSignature';
      readonly signers: readonly ActorId[];
      readonly domain: string;
      readonly data: Bytes;
      readonly signature: Bytes;
      readonly publicKeys?: readonly Bytes[];
    }
  | {
      /** `proof` shows that `output` is the VRF value of `alpha` under `publicKey` (RFC 9381 terms). */
      readonly kind: 'vrf';
      readonly actor: ActorId;
      readonly publicKey: Bytes;
      readonly alpha: Bytes;
      readonly output: Bytes;
      readonly proof: Bytes;
    }
  | {
      /** The hash `algorithm` of `data` followed by `nonce`, read big-endian, is at most `target`. */
      readonly kind: 'work';
      readonly algorithm: string;
      readonly data: Bytes;
      readonly nonce: Bytes;
      readonly target: bigint;
    }
  | {
      /** A check that only a particular crypto port knows; refused at configuration time if it does not. */
      readonly kind: 'custom';
      readonly id: string;
      readonly data: Bytes;
    };

/** Names of the {@link Claim} variants. */
export type ClaimKind = Claim['kind'];

/** Judgement on something a peer controls. Rules return it; they never throw it. */
export type Verdict =
  | {
      /** Valid, provided that every claim holds. */
      readonly kind: 'accept';
      readonly claims: readonly Claim[];
    }
  | {
      /** Invalid for ever. */
      readonly kind: 'reject';
      /** Stable UPPER_SNAKE reason for logs, metrics and peer scoring. */
      readonly code: string;
      /**
       * True if the author's signature under this header is by itself proof of misbehaviour: no
       * parent state is needed to see it. The host then checks that the seal is the author's
       * signature over `sealHash` and files `invalidHeader` evidence, provided that the rules have
       * `verifyEvidence`. Without a valid signature the header proves nothing.
       */
      readonly provable?: boolean;
    }
  | {
      /** Not yet decidable because the claimed time lies ahead; ask again at `until`. */
      readonly kind: 'defer';
      readonly until: Millis;
      /**
       * What must hold whatever the time will be, as a rule the author's signature. The host checks it before it
       * keeps the block, so that nobody fills its memory with blocks that nobody signed.
       */
      readonly claims?: readonly Claim[];
    };

/** Builds an accepting verdict. */
export function accept(claims: readonly Claim[] = []): Verdict {
  return { kind: 'accept', claims };
}

/**
 * Builds a rejecting verdict.
 *
 * @param code - Stable UPPER_SNAKE reason.
 * @param provable - Whether the signed artefact alone proves misbehaviour.
 */
export function reject(code: string, provable = false): Verdict {
  return provable ? { kind: 'reject', code, provable } : { kind: 'reject', code };
}

/**
 * Builds a verdict that postpones the decision to `until`.
 *
 * @param claims - What must hold whatever the time will be.
 */
export function defer(until: Millis, claims: readonly Claim[] = []): Verdict {
  return claims.length === 0 ? { kind: 'defer', until } : { kind: 'defer', until, claims };
}

/**
 * Signed messages, evidence and certificates.
 *
 * @module
 */
import type { ConsensusHeader } from './header.ts';
import type { ActorId, Bytes, EraIndex, Height, LIMITS, MESSAGE_DOMAIN, ProtocolId } from './primitives.ts';
import type { ConsensusRules } from './rules.ts';

/**
 * A message signed by a validator under {@link MESSAGE_DOMAIN}.
 *
 * The host adds and checks the envelope; the plugin sees it only after the signature was found
 * valid. Keep `payload` and `signature` to build certificates.
 */
export interface SignedMessage {
  /** Who signed. */
  readonly author: ActorId;
  /** Plugin-owned canonical encoding. At most {@link LIMITS}`.messageBytes`. */
  readonly payload: Bytes;
  /** Signature over the payload in the domain of this chain, era and protocol. */
  readonly signature: Bytes;
}

/** A signed thing that can contradict another one. */
export type Artefact =
  | { readonly kind: 'header'; readonly header: ConsensusHeader }
  | { readonly kind: 'message'; readonly message: SignedMessage };

/** What all evidence states. */
export interface EvidenceBase {
  /** Era in which the offence was signed; selects the signing domain. */
  readonly era: EraIndex;
  /** Protocol under which the offence was signed. */
  readonly protocol: ProtocolId;
  /** Who signed. */
  readonly offender: ActorId;
  /**
   * Height the offence concerns, the lower one if two headers differ in height; with `kind` and
   * `offender` it identifies the offence.
   */
  readonly height: Height;
}

/** Self-contained proof of misbehaviour: anyone can verify it without trusting the reporter. */
export type Evidence =
  | (EvidenceBase & {
      /** Two different artefacts of one author with one {@link ConsensusRules.conflictKey}. */
      readonly kind: 'equivocation';
      readonly subject: Artefact['kind'];
      /** Canonical encodings, `first` before `second` in byte order. */
      readonly first: Bytes;
      readonly second: Bytes;
    })
  | (EvidenceBase & {
      /** A header sealed by its author's signature that the rules reject as `provable`. */
      readonly kind: 'invalidHeader';
      /** Canonical header encoding, as `ChainPort.decode` takes it. */
      readonly header: Bytes;
      readonly code: string;
    })
  | (EvidenceBase & {
      /** A contradiction that only the plugin understands, e.g. a surround vote. */
      readonly kind: 'custom';
      readonly id: string;
      readonly data: Bytes;
    });

/** A bundle of votes worth keeping on the chain, in the plugin's own encoding. */
export interface Certificate {
  /** Protocol whose rules verify it. */
  readonly protocol: ProtocolId;
  /** Canonical encoding. At most {@link LIMITS}`.proofBytes`. */
  readonly data: Bytes;
}

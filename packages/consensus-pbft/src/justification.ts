/**
 * What quoted signatures prove, and why a proposal of a later round is allowed (pbft J1 to J5).
 *
 * Whether the signatures hold is no question here: the host has checked every one that a message quotes,
 * because `messageClaims` names them.
 *
 * @module
 */
import { type Bytes, type Claim, compareBytes, type Height, MESSAGE_DOMAIN } from '@fiducia/consensus';
import type { Council } from './council.ts';
import {
  type Certificate,
  encodeMessage,
  type PbftMessage,
  type PreparedClaim,
  type ProposalMessage,
  type QuotedRoundChange,
  type QuotedSignature,
} from './message.ts';
import type { PbftProposalRefusal } from './refusals.ts';

/** Signatures that a message quotes, as claims over what the quoted messages must say (contract H-11). */
export function quotedClaims(message: PbftMessage): readonly Claim[] {
  switch (message.kind) {
    case 'prepare':
    case 'commit':
    case 'roundChange':
      return [];
    case 'prepared':
      return voteClaims('prepare', message.height, message.certificate);
    case 'proposal': {
      const { height, round, roundChanges, certificates } = message;
      const changes = roundChanges.map((quoted) =>
        claimOf(quoted, encodeMessage({ kind: 'roundChange', height, round, prepared: quoted.prepared })),
      );
      return [...changes, ...certificates.flatMap((certificate) => voteClaims('prepare', height, certificate))];
    }
  }
}

/** Signatures of a certificate, as claims over its vote. The round is part of every vote (pbft M2). */
export function voteClaims(
  kind: 'prepare' | 'commit',
  height: Height,
  { round, digest, signatures }: Certificate,
): readonly Claim[] {
  const data = encodeMessage({ kind, height, round, digest });
  return signatures.map((quoted) => claimOf(quoted, data));
}

/** Whether all signers have a seat and together are a quorum. They are distinct, since they are strictly ordered. */
export function isQuorumOf(signatures: readonly QuotedSignature[], council: Council): boolean {
  const authors = signatures.map(({ author }) => author);
  return authors.every((author) => council.weightOf(author) > 0n) && council.weigh(authors) >= council.quorum;
}

/** Whether a certificate proves exactly this claim (pbft J3, J5). */
export function backs(certificate: Certificate, claim: PreparedClaim, council: Council): boolean {
  return isFor(certificate, claim) && isQuorumOf(certificate.signatures, council);
}

/** The claim with the highest round; `undefined` if nobody was prepared (pbft R8, J3). */
export function highestClaim(roundChanges: readonly Pick<QuotedRoundChange, 'prepared'>[]): PreparedClaim | undefined {
  let highest: PreparedClaim | undefined;
  for (const { prepared } of roundChanges) {
    if (prepared !== null && (highest === undefined || prepared.round > highest.round)) highest = prepared;
  }
  return highest;
}

/**
 * Judges whether a proposal may be made in its round.
 *
 * @returns `undefined` if it may.
 * @see docs/spec/pbft.md, rules J1 to J5.
 */
export function justificationFault(proposal: ProposalMessage, council: Council): PbftProposalRefusal | undefined {
  const { round, digest, roundChanges, certificates } = proposal;
  if (round === 0) {
    return roundChanges.length + certificates.length === 0 ? undefined : 'JUSTIFICATION_UNEXPECTED';
  }
  if (!isQuorumOf(roundChanges, council)) return 'ROUND_CHANGES_MISSING'; // J1
  const claims = roundChanges.flatMap(({ prepared }) => prepared ?? []);
  if (claims.some((claim) => claim.round >= round)) return 'PREPARED_ROUND_TOO_HIGH'; // J2
  const isBacked = (claim: PreparedClaim) => certificates.some((certificate) => backs(certificate, claim, council));
  if (!claims.every(isBacked)) return 'CLAIM_NOT_BACKED'; // J5
  const isClaimed = (certificate: Certificate) => claims.some((claim) => isFor(certificate, claim));
  if (!certificates.every(isClaimed)) return 'JUSTIFICATION_UNEXPECTED';
  const highest = highestClaim(roundChanges);
  // J3; without any claim J4 allows every valid block of the proposer.
  return highest === undefined || compareBytes(highest.digest, digest) === 0 ? undefined : 'WRONG_VALUE';
}

function isFor(certificate: Certificate, claim: PreparedClaim): boolean {
  return certificate.round === claim.round && compareBytes(certificate.digest, claim.digest) === 0;
}

function claimOf({ author, signature }: QuotedSignature, data: Bytes): Claim {
  return { kind: 'signature', signer: author, domain: MESSAGE_DOMAIN, data, signature };
}

/**
 * Certificates: one link with the signatures of a quorum (finality-checkpoint O2).
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  type Claim,
  compareBytes,
  MESSAGE_DOMAIN,
  tryDecode,
} from '@fiducia/consensus';
import { type Committee, SEATS_MAX, weightOf } from './committee.ts';
import type { CheckpointRefusal } from './refusals.ts';
import { decodeVote, encodeVote, type Link } from './vote.ts';

/** A link and who voted for it. */
export interface Certificate {
  /** What was voted for. */
  readonly link: Link;
  /** Places of the voters in the committee of the term, ascending and distinct. */
  readonly voters: readonly number[];
  /** One signature per voter, in the same order. */
  readonly signatures: readonly Bytes[];
}

/** Why the form or the weight of a certificate is refused. */
export type CertificateFault = Extract<
  CheckpointRefusal,
  'CERTIFICATE_VOTER' | 'CERTIFICATE_DUPLICATE' | 'CERTIFICATE_WEIGHT'
>;

const BITMAP_BYTES_MAX = 13;
const SIGNATURE_BYTES_MAX = 512;
const VOTE_BYTES_MAX = 512;

/** Encodes canonically: the shortest bitmap, and one signature per set bit. */
export function encodeCertificate({ link, voters, signatures }: Certificate): Bytes {
  const bitmap = new Uint8Array(voters.length === 0 ? 0 : ((voters.at(-1) ?? 0) >>> 3) + 1);
  for (const voter of voters) bitmap[voter >>> 3] = (bitmap[voter >>> 3] ?? 0) | (1 << (voter & 7));
  const writer = new ByteWriter().bytes(encodeVote(link)).bytes(bitmap);
  for (const signature of signatures) writer.bytes(signature);
  return writer.finish();
}

/** @returns `undefined` for anything but the canonical encoding of a certificate. */
export function decodeCertificate(bytes: Bytes): Certificate | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'certificate');
    const certificate = readCertificate(reader);
    reader.finish();
    return certificate;
  });
}

/**
 * Checks what needs no chain: that the voters have seats, and together a quorum.
 *
 * @returns `undefined` if the certificate holds, provided that {@link certificateClaims} do.
 */
export function certificateFault(certificate: Certificate, committee: Committee): CertificateFault | undefined {
  const { voters, signatures } = certificate;
  if (voters.some((voter) => voter >= committee.seats.length)) return 'CERTIFICATE_VOTER';
  if (hasRepetition(signatures)) return 'CERTIFICATE_DUPLICATE';
  return weightOf(committee, voters) >= committee.quorum ? undefined : 'CERTIFICATE_WEIGHT';
}

/** The signatures that must hold, over the bytes that votes sign as messages. */
export function certificateClaims({ link, voters, signatures }: Certificate, committee: Committee): readonly Claim[] {
  const data = encodeVote(link);
  return voters.flatMap((voter, index) => {
    const seat = committee.seats[voter];
    const signature = signatures[index];
    return seat === undefined || signature === undefined ? [] : [voteClaim(seat, data, signature)];
  });
}

/** The claim that a member signed a vote. */
export function voteClaim(seat: Committee['seats'][number], data: Bytes, signature: Bytes): Claim {
  const { id: signer, publicKey } = seat;
  return { kind: 'signature', signer, domain: MESSAGE_DOMAIN, data, signature, ...(publicKey && { publicKey }) };
}

/** No two keys make the same signature. Comparing neighbours in order takes a fraction of the time that hashing takes. */
function hasRepetition(signatures: readonly Bytes[]): boolean {
  const sorted = signatures.toSorted(compareBytes);
  return sorted.some((signature, index) => {
    const next = sorted[index + 1];
    return next !== undefined && compareBytes(signature, next) === 0;
  });
}

function readCertificate(reader: ByteReader): Certificate {
  const link = decodeVote(reader.bytes(VOTE_BYTES_MAX));
  const bitmap = reader.bytes(BITMAP_BYTES_MAX);
  const voters: number[] = [];
  for (let voter = 0; voter < bitmap.length * 8; voter++) {
    if (((bitmap[voter >>> 3] ?? 0) & (1 << (voter & 7))) !== 0) voters.push(voter);
  }
  // A bitmap that ends in zeros has a shorter form, and beyond the last seat there is nobody.
  const isShortest = bitmap.length === 0 || bitmap.at(-1) !== 0;
  if (link === undefined || !isShortest || (voters.at(-1) ?? 0) >= SEATS_MAX) throw new RangeError('no certificate');
  return { link, voters, signatures: voters.map(() => reader.bytes(SIGNATURE_BYTES_MAX)) };
}

/**
 * Certificates that a member shows to the others while finality stands still: those who missed votes get them,
 * and two sides that finalised different blocks learn of each other (finality-checkpoint X).
 *
 * @module
 */
import {
  type ActorId,
  ByteReader,
  type Bytes,
  ByteWriter,
  type Claim,
  MESSAGE_DOMAIN,
  tryDecode,
} from '@fiducia/consensus';
import { type Certificate, certificateFault } from './certificate.ts';
import { ACTOR_BYTES_MAX, type Committee, isSameIdentity, SEATS_MAX, seatOf } from './committee.ts';
import { decodeVote, encodeVote, type Link } from './vote.ts';

/** A signature of a member, named by id so that it can be checked without any state. */
interface QuotedSignature {
  /** Who signed. */
  readonly id: ActorId;
  /** Verification key, if it does not follow from the id. */
  readonly publicKey: Bytes | null;
  /** Signature over the vote. */
  readonly signature: Bytes;
}

/** A certificate that needs no committee to be read. */
export interface Quote {
  /** What was voted for. */
  readonly link: Link;
  /** Who voted, in the order of the committee. */
  readonly signers: readonly QuotedSignature[];
}

/** Most certificates of one announcement; their signatures stay below what the host checks per peer. */
export const QUOTES_MAX = 4;

/** First byte of the payload of an announcement. */
const ANNOUNCEMENT_KIND = 2;

const VOTE_BYTES_MAX = 512;
const SIGNATURE_BYTES_MAX = 512;
const KEY_BYTES_MAX = 128;

/** A certificate with the names of its voters. */
export function quoteOf({ link, voters, signatures }: Certificate, committee: Committee): Quote {
  const signers = voters.flatMap((voter, index) => {
    const seat = committee.seats[voter];
    const signature = signatures[index];
    return seat === undefined || signature === undefined ? [] : [{ id: seat.id, publicKey: seat.publicKey, signature }];
  });
  return { link, signers };
}

/**
 * Signatures of a quote that are by members of a committee, under the keys of their seats. The host checked them under
 * the keys that the quote names, which anybody may have made up.
 */
export function memberSignatures({ signers }: Quote, committee: Committee): readonly QuotedSignature[] {
  return signers.filter((signer) => {
    const seat = committee.seats[seatOf(committee, signer.id) ?? -1];
    return seat !== undefined && isSameIdentity(seat, signer);
  });
}

/** The certificate that a quote is under a committee, or `undefined` if it is none. */
export function quotedCertificate(quote: Quote, committee: Committee): Certificate | undefined {
  const { link } = quote;
  const signatures = new Map<number, Bytes>();
  for (const { id, signature } of memberSignatures(quote, committee)) {
    const voter = seatOf(committee, id);
    if (voter !== undefined) signatures.set(voter, signature);
  }
  const voters = [...signatures.keys()].sort((a, b) => a - b);
  const certificate = { link, voters, signatures: voters.flatMap((voter) => signatures.get(voter) ?? []) };
  return certificateFault(certificate, committee) === undefined ? certificate : undefined;
}

/** The signatures that the host checks before an engine sees the quote. */
export function quoteClaims({ link, signers }: Quote): readonly Claim[] {
  const data = encodeVote(link);
  return signers.map(({ id: signer, publicKey, signature }): Claim => {
    return { kind: 'signature', signer, domain: MESSAGE_DOMAIN, data, signature, ...(publicKey && { publicKey }) };
  });
}

/** Encodes at most {@link QUOTES_MAX} quotes. */
export function encodeAnnouncement(quotes: readonly Quote[]): Bytes {
  const writer = new ByteWriter().uint(ANNOUNCEMENT_KIND, 1).uint(quotes.length, 1);
  for (const { link, signers } of quotes) {
    writer.bytes(encodeVote(link)).uint(signers.length, 1);
    for (const { id, publicKey, signature } of signers) {
      writer
        .text(id)
        .bytes(publicKey ?? new Uint8Array())
        .bytes(signature);
    }
  }
  return writer.finish();
}

/** @returns `undefined` for anything but an announcement. */
export function decodeAnnouncement(payload: Bytes): readonly Quote[] | undefined {
  // Asked of every vote: an exception for each of them would cost more than reading it.
  if (payload[0] !== ANNOUNCEMENT_KIND) return undefined;
  return tryDecode(() => {
    const reader = new ByteReader(payload.subarray(1), 'announcement');
    const count = reader.uint(1);
    if (count > QUOTES_MAX) throw new RangeError('no announcement');
    const quotes = Array.from({ length: count }, () => readQuote(reader));
    reader.finish();
    return quotes;
  });
}

function readQuote(reader: ByteReader): Quote {
  const link = decodeVote(reader.bytes(VOTE_BYTES_MAX));
  const count = reader.uint(1);
  if (link === undefined || count > SEATS_MAX) throw new RangeError('no quote');
  const signers = Array.from({ length: count }, (): QuotedSignature => {
    const id = reader.text(ACTOR_BYTES_MAX);
    const publicKey = reader.bytes(KEY_BYTES_MAX);
    return { id, publicKey: publicKey.length === 0 ? null : publicKey, signature: reader.bytes(SIGNATURE_BYTES_MAX) };
  });
  return { link, signers };
}

/**
 * Messages of validators and their canonical bytes (pbft M1 to M3).
 *
 * The host signs these bytes in the scope of chain, era and protocol, so they name neither.
 *
 * @module
 */
import {
  type ActorId,
  ByteReader,
  type Bytes,
  ByteWriter,
  compareActors,
  type Height,
  tryDecode,
} from '@fiducia/consensus';

/** Number of an attempt within a height. */
export type Round = number;

/** Highest round that is ever voted in: with the least time-out it takes over a year to get there. */
export const ROUND_MAX = 2 ** 20 - 2;

/** Highest height that messages can name, so that height and round fit into one safe integer. */
export const HEIGHT_MAX = 2 ** 33 - 1;

/** A signature that somebody else's message quotes. */
export interface QuotedSignature {
  /** Who signed. */
  readonly author: ActorId;
  /** Signature over the quoted message. */
  readonly signature: Bytes;
}

/** Signatures of distinct validators over one PREPARE or COMMIT, sorted by author. */
export interface Certificate {
  /** Round of the votes. */
  readonly round: Round;
  /** Block that they are for. */
  readonly digest: Bytes;
  /** Strictly ascending by author. */
  readonly signatures: readonly QuotedSignature[];
}

/** The claim of a validator that it was prepared, without the proof. */
export interface PreparedClaim {
  /** Round in which it was. */
  readonly round: Round;
  /** Block that it was prepared for. */
  readonly digest: Bytes;
}

/** A ROUND-CHANGE as a proposal quotes it. */
export interface QuotedRoundChange extends QuotedSignature {
  /** What its author claims to be prepared for; `null` if nothing. */
  readonly prepared: PreparedClaim | null;
}

interface Placed {
  /** Height that the message is about. */
  readonly height: Height;
  /** Round that it is about. */
  readonly round: Round;
}

/** PROPOSAL: the block of a round, and why it may be proposed in that round. */
export interface ProposalMessage extends Placed {
  readonly kind: 'proposal';
  /** `sealHash` of the block, which travels with the message. */
  readonly digest: Bytes;
  /** Quorum of ROUND-CHANGEs for this height and round, ascending by author; empty in round 0. */
  readonly roundChanges: readonly QuotedRoundChange[];
  /** PREPAREs behind every claim in `roundChanges`, ascending by round. */
  readonly certificates: readonly Certificate[];
}

/** PREPARE or COMMIT: a vote for a block. */
export interface VoteMessage extends Placed {
  readonly kind: 'prepare' | 'commit';
  /** `sealHash` of the block. */
  readonly digest: Bytes;
}

/** ROUND-CHANGE: its author leaves the rounds below. */
export interface RoundChangeMessage extends Placed {
  readonly kind: 'roundChange';
  /** What the author is prepared for, if anything. */
  readonly prepared: PreparedClaim | null;
}

/** PREPARED: the PREPAREs behind a claim; the block travels with it. Its `round` is that of the certificate. */
export interface PreparedMessage extends Placed {
  readonly kind: 'prepared';
  readonly certificate: Certificate;
}

/** What validators say to each other. */
export type PbftMessage = ProposalMessage | VoteMessage | RoundChangeMessage | PreparedMessage;

const KINDS = ['proposal', 'prepare', 'commit', 'roundChange', 'prepared'] as const;

/** Length of a digest in bytes. */
const DIGEST_BYTES = 32;

/** Most signatures of a certificate, and most quoted messages of a proposal: one per seat. */
const SIGNERS_MAX = 100;

const HEIGHT_BYTES = 5;
const ROUND_BYTES = 3;
/** Longest name of a validator, in bytes. */
export const ACTOR_BYTES_MAX = 128;
/** Longest signature, in bytes. */
export const SIGNATURE_BYTES_MAX = 256;

/** Canonical bytes of a message: what its author signs. */
export function encodeMessage(message: PbftMessage): Bytes {
  const writer = new ByteWriter().uint(KINDS.indexOf(message.kind), 1);
  writer.uint(message.height, HEIGHT_BYTES).uint(message.round, ROUND_BYTES);
  switch (message.kind) {
    case 'prepare':
    case 'commit':
      writer.bytes(message.digest);
      break;
    case 'roundChange':
      writeClaim(writer, message.prepared);
      break;
    case 'prepared':
      writer.bytes(message.certificate.digest);
      writeSignatures(writer, message.certificate.signatures);
      break;
    case 'proposal':
      writer.bytes(message.digest).uint(message.roundChanges.length, 1);
      for (const { author, prepared, signature } of message.roundChanges) {
        writeClaim(writer.text(author), prepared);
        writer.bytes(signature);
      }
      writer.uint(message.certificates.length, 1);
      for (const certificate of message.certificates) writeCertificate(writer, certificate);
  }
  return writer.finish();
}

/** Decodes a message; `undefined` for anything that {@link encodeMessage} cannot give for a sound message. Total. */
export function decodeMessage(bytes: Bytes): PbftMessage | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'pbft message');
    const kind = KINDS[reader.uint(1)];
    const height = bounded(reader.uint(HEIGHT_BYTES), HEIGHT_MAX);
    const round = bounded(reader.uint(ROUND_BYTES), ROUND_MAX);
    const message = readBody(reader, kind, { height, round });
    reader.finish();
    return message;
  });
}

/** Canonical bytes of a proof of finality: the COMMITs of one round for one block, without its digest. */
export function encodeSeals(seals: Pick<Certificate, 'round' | 'signatures'>): Bytes {
  const writer = new ByteWriter().uint(seals.round, ROUND_BYTES);
  writeSignatures(writer, seals.signatures);
  return writer.finish();
}

/** Decodes what {@link encodeSeals} wrote; `undefined` for anything else. Total. */
export function decodeSeals(bytes: Bytes): Pick<Certificate, 'round' | 'signatures'> | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'pbft seals');
    const round = bounded(reader.uint(ROUND_BYTES), ROUND_MAX);
    const signatures = readSignatures(reader);
    reader.finish();
    return { round, signatures };
  });
}

/** Writes a certificate, for messages and for the log. */
export function writeCertificate(writer: ByteWriter, { round, digest, signatures }: Certificate): void {
  writer.uint(round, ROUND_BYTES).bytes(digest);
  writeSignatures(writer, signatures);
}

/** Reads what {@link writeCertificate} wrote. @throws `ConsensusError` with `INVALID_ENCODING`, or `RangeError`. */
export function readCertificate(reader: ByteReader): Certificate {
  const round = bounded(reader.uint(ROUND_BYTES), ROUND_MAX);
  return { round, digest: readDigest(reader), signatures: readSignatures(reader) };
}

function writeClaim(writer: ByteWriter, claim: PreparedClaim | null): void {
  writer.uint(claim === null ? 0 : 1, 1);
  if (claim !== null) writer.uint(claim.round, ROUND_BYTES).bytes(claim.digest);
}

function writeSignatures(writer: ByteWriter, signatures: readonly QuotedSignature[]): void {
  writer.uint(signatures.length, 1);
  for (const { author, signature } of signatures) writer.text(author).bytes(signature);
}

function readBody(reader: ByteReader, kind: (typeof KINDS)[number] | undefined, place: Placed): PbftMessage {
  switch (kind) {
    case 'prepare':
    case 'commit':
      return { kind, ...place, digest: readDigest(reader) };
    case 'roundChange':
      return { kind, ...place, prepared: readClaim(reader) };
    case 'prepared': {
      const certificate = { round: place.round, digest: readDigest(reader), signatures: readSignatures(reader) };
      return { kind, ...place, certificate };
    }
    case 'proposal': {
      const digest = readDigest(reader);
      const roundChanges = readSorted(reader, (author) => {
        const prepared = readClaim(reader);
        return { author, prepared, signature: reader.bytes(SIGNATURE_BYTES_MAX) };
      });
      return { kind, ...place, digest, roundChanges, certificates: readCertificates(reader) };
    }
    case undefined:
      return refuse('kind');
  }
}

function readCertificates(reader: ByteReader): readonly Certificate[] {
  const certificates: Certificate[] = [];
  for (let left = bounded(reader.uint(1), SIGNERS_MAX); left > 0; left--) {
    const certificate = readCertificate(reader);
    const last = certificates.at(-1);
    if (last !== undefined && certificate.round <= last.round) refuse('order of certificates');
    certificates.push(certificate);
  }
  return certificates;
}

function readClaim(reader: ByteReader): PreparedClaim | null {
  if (bounded(reader.uint(1), 1) === 0) return null;
  return { round: bounded(reader.uint(ROUND_BYTES), ROUND_MAX), digest: readDigest(reader) };
}

function readSignatures(reader: ByteReader): readonly QuotedSignature[] {
  return readSorted(reader, (author) => ({ author, signature: reader.bytes(SIGNATURE_BYTES_MAX) }));
}

/** Strict order leaves no room for counting anybody twice. */
function readSorted<T extends QuotedSignature>(reader: ByteReader, readRest: (author: ActorId) => T): readonly T[] {
  const items: T[] = [];
  for (let left = bounded(reader.uint(1), SIGNERS_MAX); left > 0; left--) {
    const item = readRest(reader.text(ACTOR_BYTES_MAX));
    const last = items.at(-1);
    if (last !== undefined && compareActors(last.author, item.author) >= 0) refuse('order of signers');
    items.push(item);
  }
  return items;
}

function readDigest(reader: ByteReader): Bytes {
  const digest = reader.bytes(DIGEST_BYTES);
  return digest.length === DIGEST_BYTES ? digest : refuse('digest');
}

function bounded(value: number, max: number): number {
  return value <= max ? value : refuse('range');
}

/** Only ever thrown into `tryDecode` and the decoder of the log. */
function refuse(what: string): never {
  throw new RangeError(`not canonical: ${what}`);
}

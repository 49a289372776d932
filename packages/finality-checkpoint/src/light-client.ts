/**
 * Light client: from a checkpoint one trusts, over changes of committee, to a final header and a value in its state.
 *
 * It needs no node: whoever serves the proof can refuse an answer, but not give a wrong one, unless members with a
 * third of a committee's weight cheated. Signatures come back as claims, like the verdicts of all rules; what is
 * accepted holds if they do. Headers and state proofs belong to the ledger, so their readers are handed in.
 *
 * @example
 * ```ts
 * import { checkLightProof, type TrustedCheckpoint } from '@fiducia/finality-checkpoint/light-client';
 * import { type StateProof, verifyStateProof } from '@fiducia/ledger';
 *
 * interface Answer {
 *   readonly proof: Uint8Array;
 *   readonly state: StateProof;
 * }
 *
 * async function readValue(trusted: TrustedCheckpoint, answer: Answer, now: number) {
 *   const verifyState = (root: Uint8Array) => verifyStateProof(root, answer.state);
 *   const options = { sha256, decodeHeader, now, maxAgeMs: 21 * 86_400_000, verifyState };
 *   const verdict = checkLightProof(answer.proof, trusted, options);
 *   if (verdict.kind === 'reject') throw new Error(verdict.code);
 *   const checked = await crypto.verify(trusted.scope, verdict.claims);
 *   if (checked.kind === 'invalid') throw new Error(checked.code);
 *   return { value: answer.state.value, trusted: verdict.trusted };
 * }
 * ```
 *
 * Not for: learning what is not final yet, or choosing the first checkpoint: that has to come from somebody one trusts.
 *
 * @packageDocumentation
 */
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  type Claim,
  compareBytes,
  type HashFunction,
  type Height,
  type Millis,
  type ProtocolId,
  tryDecode,
} from '@fiducia/consensus';
import {
  type Certificate,
  certificateClaims,
  certificateFault,
  decodeCertificate,
  encodeCertificate,
} from './certificate.ts';
import { type Committee, type CommitteeResilience, committeeOf, type Seat } from './committee.ts';
import { finalisesBoundary, type HandoverProof, readHandover, writeHandover } from './handover.ts';
import type { LightClientFault } from './refusals.ts';
import { type Checkpoint, isConsecutive, isSameCheckpoint, type Link, type TermNumber } from './vote.ts';

export type { LightClientFault } from './refusals.ts';
export type { Certificate, Checkpoint, Committee, CommitteeResilience, HandoverProof, Link, Seat, TermNumber };

/** What a light client takes for final: at first from its operator, later from proofs (finality-checkpoint P1). */
export interface TrustedCheckpoint {
  /** Where signatures of this chain are valid. */
  readonly scope: {
    /** 32 bytes that identify the chain. */
    readonly chainId: Bytes;
    /** Era of the contract. */
    readonly era: number;
    /** Protocol of the gadget, e.g. `checkpoint@1`. */
    readonly protocol: ProtocolId;
  };
  /** Blocks between checkpoints. */
  readonly every: number;
  /** The checkpoint itself; show its id to whoever pins it (finality-checkpoint P4). */
  readonly checkpoint: Checkpoint;
  /** Time that its header claims. */
  readonly timestamp: Millis;
  /** Committee in office at the checkpoint. */
  readonly term: TermNumber;
  /** Its members. */
  readonly seats: readonly Seat[];
}

/** What a light client reads of a header. */
export interface LightHeader {
  /** Identity of the block, computed from the bytes. */
  readonly id: string;
  /** Block it extends. */
  readonly parentId: string;
  /** Number of blocks from genesis. */
  readonly height: Height;
  /** Claimed time. */
  readonly timestamp: Millis;
  /** What state proofs are checked against. */
  readonly stateRoot: Bytes;
}

/** Everything that shows a block to be final, from a trusted checkpoint on (finality-checkpoint P2, P3). */
export interface LightProof {
  /** Chain it is about. */
  readonly chainId: Bytes;
  /** Era of the contract it is about. */
  readonly era: number;
  /** Changes of committee since the trusted checkpoint, in order; at most 256. */
  readonly handovers: readonly HandoverProof[];
  /** A consecutive link of the committee then in office, or `null` if the last boundary is the anchor. */
  readonly certificate: Certificate | null;
  /** Header encodings from the block in question to the anchor, ascending; 1 to 4096. */
  readonly headers: readonly Bytes[];
  /**
   * What justifies the source of each consecutive link, one certificate after another from the trusted checkpoint or the
   * boundary on, in order of terms; at most 4096. Blocks carry them. Only strict clients read them: others need none.
   */
  readonly links: readonly Certificate[];
}

/** What the check of a light proof needs besides the proof. */
export interface LightClientOptions {
  /** SHA-256. */
  readonly sha256: HashFunction;
  /** Reads a header and computes its id from the bytes; `null` for anything not canonical. */
  readonly decodeHeader: (bytes: Bytes) => LightHeader | null;
  /** Local time. */
  readonly now: Millis;
  /** Largest age of the trusted checkpoint; at most the time for which stake stays locked (finality-checkpoint P4). */
  readonly maxAgeMs: Millis;
  /**
   * Whether every link from the trusted checkpoint on has to be shown. Otherwise a consecutive link is enough, since its
   * quorum contains an honest member, and honest members vote from justified checkpoints only (finality-checkpoint P3).
   *
   * @defaultValue false
   */
  readonly isStrict?: boolean;
  /** Checks a proof of a value against the state root of the block in question; absent: nothing is asked of its state. */
  readonly verifyState?: (stateRoot: Bytes) => boolean;
}

/** Judgement on a light proof. */
export type LightVerdict =
  | {
      /** The block is final if every claim holds in the scope of the trusted checkpoint. */
      readonly kind: 'accept';
      /** Signatures to check. */
      readonly claims: readonly Claim[];
      /** The block in question. */
      readonly header: LightHeader;
      /** What to trust from now on. */
      readonly trusted: TrustedCheckpoint;
    }
  | {
      /** Wrong, whatever the signatures. */
      readonly kind: 'reject';
      /** Which part. */
      readonly code: LightClientFault;
    };

const HANDOVERS_MAX = 256;
const HEADERS_MAX = 4_096;
const LINKS_MAX = 4_096;
const CHAIN_ID_BYTES = 32;

/** Encodes a proof canonically. */
export function encodeLightProof(proof: LightProof): Bytes {
  const { chainId, era, handovers, certificate, headers, links } = proof;
  const writer = new ByteWriter().bytes(chainId).uint(era, 4).uint(handovers.length, 2);
  for (const handover of handovers) writeHandover(writer, handover);
  writer.bytes(certificate === null ? new Uint8Array() : encodeCertificate(certificate)).uint(headers.length, 2);
  for (const header of headers) writer.bytes(header);
  writer.uint(links.length, 2);
  for (const link of links) writer.bytes(encodeCertificate(link));
  return writer.finish();
}

/** @returns `undefined` for anything but the canonical encoding of a proof. */
export function decodeLightProof(bytes: Bytes): LightProof | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'light proof');
    const chainId = reader.bytes(CHAIN_ID_BYTES);
    const era = reader.uint(4);
    const handovers = readList(reader, HANDOVERS_MAX, () => readHandover(reader));
    const encoded = reader.bytes();
    const certificate = encoded.length === 0 ? null : requireCertificate(encoded);
    const headers = readList(reader, HEADERS_MAX, () => reader.bytes());
    const links = readList(reader, LINKS_MAX, () => requireCertificate(reader.bytes()));
    reader.finish();
    return { chainId, era, handovers, certificate, headers, links };
  });
}

/**
 * Checks a proof against what is trusted. Total, deterministic.
 *
 * @param bytes - Encoded {@link LightProof}, from anybody.
 * @see docs/spec/finality-checkpoint.md, rules P1 to P4.
 * @example
 * ```ts
 * const verdict = checkLightProof(bytes, trusted, { sha256, decodeHeader, now, maxAgeMs: 21 * 86_400_000 });
 * if (verdict.kind === 'accept') await crypto.verify(trusted.scope, verdict.claims);
 * ```
 */
export function checkLightProof(bytes: Bytes, trusted: TrustedCheckpoint, options: LightClientOptions): LightVerdict {
  const proof = decodeLightProof(bytes);
  if (proof === undefined) return reject('LIGHT_ENCODING');
  const { scope } = trusted;
  if (compareBytes(proof.chainId, scope.chainId) !== 0) return reject('LIGHT_CHAIN');
  if (proof.era !== scope.era) return reject('LIGHT_ERA');
  if (options.now - trusted.timestamp > options.maxAgeMs) return reject('LIGHT_TRUST_EXPIRED');

  const authority = followHandovers(proof, trusted, options);
  if (typeof authority === 'string') return reject(authority);
  const { anchor, claims, committee, term } = authority;
  if (anchor.number < trusted.checkpoint.number) return reject('LIGHT_ANCHOR');
  // X: two final checkpoints of one number contradict each other; which is right is not for a client to decide.
  const isRival = anchor.number === trusted.checkpoint.number && !isSameCheckpoint(anchor, trusted.checkpoint);
  if (isRival) return reject('LIGHT_ANCHOR');

  const headers = linkHeaders(proof.headers, anchor, trusted.every, options);
  if (headers === undefined) return reject('LIGHT_HEADERS');
  if (options.verifyState?.(headers.first.stateRoot) === false) return reject('LIGHT_STATE');
  const { timestamp } = headers.last;
  return {
    kind: 'accept',
    claims,
    header: headers.first,
    trusted: { ...trusted, checkpoint: anchor, timestamp, term, seats: committee.seats },
  };
}

interface Authority {
  readonly term: TermNumber;
  readonly committee: Committee;
  readonly claims: readonly Claim[];
  /** Checkpoint that is final by the proof. */
  readonly anchor: Checkpoint;
}

/** P2 and P3: from the trusted committee to the one in office, and what it finalised. */
function followHandovers(
  proof: LightProof,
  trusted: TrustedCheckpoint,
  options: LightClientOptions,
): Authority | LightClientFault {
  const context = { chainId: trusted.scope.chainId, sha256: options.sha256 };
  const claims: Claim[] = [];
  const unread = options.isStrict === true ? [...proof.links] : null;
  let { term, checkpoint: anchor } = trusted;
  let committee = committeeOf(trusted.seats);
  for (const { boundary, committee: next, certificate } of proof.handovers) {
    if (certificate.link.term !== term) return 'LIGHT_COMMITTEE';
    const isAbove = boundary.number > anchor.number;
    if (!isAbove || !finalisesBoundary(certificate.link, boundary, next, context)) return 'LIGHT_HANDOVER';
    const fault = followLinks(unread, { from: anchor, to: certificate }, committee, claims);
    if (fault !== undefined) return fault;
    term += 1;
    committee = next;
    anchor = boundary;
  }
  const { certificate } = proof;
  if (certificate === null) {
    if (proof.handovers.length === 0) return 'LIGHT_COMMITTEE';
    return isUsedUp(unread) ? { term, committee, claims, anchor } : 'LIGHT_JUSTIFICATION';
  }

  const { link } = certificate;
  if (link.term !== term) return 'LIGHT_COMMITTEE';
  // F5: a link that commits to a next committee finalises the boundary below it, not its source.
  if (!isConsecutive(link) || link.handover.length > 0 || link.source.number < anchor.number) return 'LIGHT_LINK';
  const fault = followLinks(unread, { from: anchor, to: certificate }, committee, claims);
  if (fault !== undefined) return fault;
  return isUsedUp(unread) ? { term, committee, claims, anchor: link.source } : 'LIGHT_JUSTIFICATION';
}

/** J2 and F1: a consecutive link, and for strict clients all links that justify its source. Adds what they claim. */
function followLinks(
  unread: Certificate[] | null,
  { from, to }: { readonly from: Checkpoint; readonly to: Certificate },
  committee: Committee,
  claims: Claim[],
): LightClientFault | undefined {
  const path = [to];
  for (let at = from; unread !== null && !isSameCheckpoint(at, to.link.source); ) {
    const next = unread.shift();
    const isNext = next !== undefined && next.link.term === to.link.term && isSameCheckpoint(next.link.source, at);
    if (!isNext) return 'LIGHT_JUSTIFICATION';
    path.push(next);
    at = next.link.target;
  }
  for (const certificate of path) {
    const fault = faultOf(certificate, committee);
    if (fault !== undefined) return fault;
    claims.push(...certificateClaims(certificate, committee));
  }
  return undefined;
}

function isUsedUp(unread: readonly Certificate[] | null): boolean {
  return unread === null || unread.length === 0;
}

function faultOf(certificate: Certificate, committee: Committee): LightClientFault | undefined {
  switch (certificateFault(certificate, committee)) {
    case 'CERTIFICATE_VOTER':
      return 'LIGHT_VOTER';
    case 'CERTIFICATE_DUPLICATE':
      return 'LIGHT_DUPLICATE';
    case 'CERTIFICATE_WEIGHT':
      return 'LIGHT_WEIGHT';
    case undefined:
      return undefined;
  }
}

/** finality-checkpoint P3 and F2: an unbroken line of headers from the block to the anchor. */
function linkHeaders(
  encoded: readonly Bytes[],
  anchor: Checkpoint,
  every: number,
  options: LightClientOptions,
): { readonly first: LightHeader; readonly last: LightHeader } | undefined {
  let first: LightHeader | undefined;
  let last: LightHeader | undefined;
  for (const bytes of encoded) {
    const header = options.decodeHeader(bytes);
    if (header === null) return undefined;
    if (last !== undefined && (header.parentId !== last.id || header.height !== last.height + 1)) return undefined;
    first ??= header;
    last = header;
  }
  const isAnchored = last !== undefined && last.id === anchor.id && last.height === anchor.number * every;
  return first !== undefined && last !== undefined && isAnchored ? { first, last } : undefined;
}

function requireCertificate(bytes: Bytes): Certificate {
  const certificate = decodeCertificate(bytes);
  if (certificate === undefined) throw new RangeError('no certificate');
  return certificate;
}

function readList<T>(reader: ByteReader, max: number, read: () => T): T[] {
  const count = reader.uint(2);
  if (count > max) throw new RangeError('too many');
  return Array.from({ length: count }, read);
}

function reject(code: LightClientFault): LightVerdict {
  return { kind: 'reject', code };
}

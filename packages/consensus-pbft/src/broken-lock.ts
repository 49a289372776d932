/**
 * Evidence of a lock that was given up: a COMMIT, and a later ROUND-CHANGE that knows nothing of it (pbft M4).
 *
 * Blocks that become final in two rounds of one height need no two messages for one place. Behind them are validators
 * that committed to the first block and then claimed to be prepared for less, so that another one could be proposed.
 *
 * @module
 */
import {
  type ActorId,
  ByteReader,
  type Bytes,
  ByteWriter,
  type Claim,
  type Evidence,
  MESSAGE_DOMAIN,
  tryDecode,
} from '@fiducia/consensus';
import {
  decodeMessage,
  encodeMessage,
  type PreparedClaim,
  type Round,
  type RoundChangeMessage,
  SIGNATURE_BYTES_MAX,
  type VoteMessage,
} from './message.ts';

/** Id of this evidence. */
const BROKEN_LOCK = 'brokenLock';

/** Longest COMMIT or ROUND-CHANGE, in bytes; each holds a digest at most. */
const PAYLOAD_BYTES_MAX = 64;

/** A message with the signature of its author. */
export interface Signed<Message> {
  readonly message: Message;
  readonly signature: Bytes;
}

/** What one validator signed and may not have signed both. */
export interface BrokenLock {
  readonly commit: Signed<VoteMessage>;
  readonly change: Signed<RoundChangeMessage>;
}

/** Where evidence belongs. */
export interface EvidenceScope {
  /** Identity of the protocol. */
  readonly protocol: Evidence['protocol'];
  /** Era of the contract. */
  readonly era: number;
}

/**
 * Whether somebody who committed in a round of a height may not say this when it asks for a later one. Whoever keeps
 * its guard records cannot: the lock is a floor of their common lane (pbft S3).
 */
export function breaksLock(
  committedIn: Round,
  change: { readonly round: Round; readonly prepared: PreparedClaim | null },
) {
  const lock = change.prepared?.round ?? -1;
  return lock < committedIn && committedIn < change.round;
}

/** Evidence of both messages, which are of one author and height. */
export function brokenLockEvidence(
  offender: ActorId,
  { commit, change }: BrokenLock,
  { era, protocol }: EvidenceScope,
): Evidence {
  const writer = new ByteWriter();
  for (const { message, signature } of [commit, change]) writer.bytes(encodeMessage(message)).bytes(signature);
  const { height } = commit.message;
  return { kind: 'custom', id: BROKEN_LOCK, era, protocol, offender, height, data: writer.finish() };
}

/** What the evidence shows, if it has the one form that {@link brokenLockEvidence} gives it. Total. */
export function decodeBrokenLock(evidence: Evidence): BrokenLock | undefined {
  if (evidence.kind !== 'custom' || evidence.id !== BROKEN_LOCK) return undefined;
  const pair = tryDecode(() => {
    const reader = new ByteReader(evidence.data, 'broken lock');
    const [commit, change] = [readSigned(reader), readSigned(reader)];
    reader.finish();
    return { commit, change };
  });
  const { commit, change } = pair ?? {};
  if (commit?.message?.kind !== 'commit' || change?.message?.kind !== 'roundChange') return undefined;
  const isOfHeight = commit.message.height === evidence.height && change.message.height === evidence.height;
  if (!isOfHeight || !breaksLock(commit.message.round, change.message)) return undefined;
  return {
    commit: { message: commit.message, signature: commit.signature },
    change: { message: change.message, signature: change.signature },
  };
}

/** That the offender signed both. */
export function brokenLockClaims(offender: ActorId, { commit, change }: BrokenLock): readonly Claim[] {
  return [commit, change].map(({ message, signature }): Claim => {
    return { kind: 'signature', signer: offender, domain: MESSAGE_DOMAIN, data: encodeMessage(message), signature };
  });
}

function readSigned(reader: ByteReader) {
  const message = decodeMessage(reader.bytes(PAYLOAD_BYTES_MAX));
  return { message, signature: reader.bytes(SIGNATURE_BYTES_MAX) };
}

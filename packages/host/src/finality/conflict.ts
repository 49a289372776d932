/**
 * Two final blocks that exclude each other (finality-checkpoint X).
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  type ConsensusHeader,
  LIMITS,
  type ProtocolId,
  tryDecode,
} from '@fiducia/consensus';
import type { LogPort } from '@fiducia/consensus/ports';
import { concatenate } from '../concatenate.ts';
import { HostError, isHostError, reasonOf } from '../errors.ts';

/** Proof that more weight misbehaved than the protocol tolerates. */
export interface FinalityConflict {
  /** Last irreversible block of this node. */
  readonly finalized: ConsensusHeader;
  /** What made it final; empty if it was final from the start. */
  readonly finalizedProof: Bytes;
  /** A block that does not descend from it, or the other way round, and is proven as well. */
  readonly conflicting: ConsensusHeader;
  /** What proves it. */
  readonly conflictingProof: Bytes;
}

/** A conflict as it is remembered across restarts. */
export interface RecordedConflict {
  /** Identity of the block that was final here. */
  readonly finalizedId: string;
  /** What made it final. */
  readonly finalizedProof: Bytes;
  /** Identity of the other block. */
  readonly conflictingId: string;
  /** What proves it. */
  readonly conflictingProof: Bytes;
}

/** Name under which the log keeps conflicts; no plugin can have it, since a name has no upper-case letters. */
const LOG_PROTOCOL: ProtocolId = 'finality-CONFLICT@1';

/** What is worth remembering of a conflict. */
export function recordOf(conflict: FinalityConflict): RecordedConflict {
  return {
    finalizedId: conflict.finalized.id,
    finalizedProof: conflict.finalizedProof,
    conflictingId: conflict.conflicting.id,
    conflictingProof: conflict.conflictingProof,
  };
}

/**
 * Remembers a conflict for ever: the height is that of no block, so that no final block makes it go away. Two proofs may
 * be longer than an entry of the log, and then take several.
 */
export async function keepConflict(log: LogPort, conflict: RecordedConflict): Promise<void> {
  const bytes = new ByteWriter()
    .text(conflict.finalizedId)
    .bytes(conflict.finalizedProof)
    .text(conflict.conflictingId)
    .bytes(conflict.conflictingProof)
    .finish();
  for (let start = 0; start < bytes.length; start += LIMITS.logEntryBytes) {
    const part = bytes.slice(start, start + LIMITS.logEntryBytes);
    await log.append({ era: 0, protocol: LOG_PROTOCOL, height: Number.MAX_SAFE_INTEGER, bytes: part });
  }
}

/** The conflict found before a restart, if any. An operator removes it together with its cause. */
export async function readConflict(log: LogPort): Promise<RecordedConflict | null> {
  try {
    const parts: Bytes[] = [];
    for await (const { bytes } of log.read(0, LOG_PROTOCOL)) {
      parts.push(bytes);
      const conflict = decodeLast(parts);
      if (conflict !== undefined) return conflict;
    }
    return null;
  } catch (thrown) {
    if (isHostError(thrown)) throw thrown;
    throw new HostError({ code: 'PORT_FAILED', port: 'log', call: 'read', reason: reasonOf(thrown) }, thrown);
  }
}

/** A conflict that ends with the newest part. A crash may have left one before it without its end. */
function decodeLast(parts: readonly Bytes[]): RecordedConflict | undefined {
  for (let first = 0; first < parts.length; first++) {
    const bytes = concatenate(parts.slice(first));
    const conflict = tryDecode(() => decodeConflict(bytes));
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}

function decodeConflict(bytes: Bytes): RecordedConflict {
  const reader = new ByteReader(bytes, 'finality conflict');
  const finalizedId = reader.text();
  const finalizedProof = reader.bytes();
  const conflictingId = reader.text();
  const conflictingProof = reader.bytes();
  reader.finish();
  return { finalizedId, finalizedProof, conflictingId, conflictingProof };
}

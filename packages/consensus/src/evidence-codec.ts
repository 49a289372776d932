/**
 * Canonical bytes of evidence, shared by every ledger that stores it and every host that gossips it.
 *
 * @module
 */

import { ByteReader, ByteWriter, compareBytes } from './bytes.ts';
import { ConsensusError } from './errors.ts';
import type { Evidence, EvidenceBase } from './evidence.ts';
import { type Bytes, LIMITS, type ProtocolId } from './primitives.ts';

const KINDS = ['equivocation', 'invalidHeader', 'custom'] as const;
const SUBJECTS = ['header', 'message'] as const;
const PROTOCOL_BYTES_MAX = 64;
const ACTOR_BYTES_MAX = 128;
const CODE_BYTES_MAX = 64;
/** Enough for every safe integer, so that encoding is total over heights. */
const HEIGHT_BYTES = 8;

/**
 * Encodes evidence canonically: equal evidence gives equal bytes.
 *
 * It encodes any well-formed value; that {@link decodeEvidence} takes the result back is only certain
 * for evidence within its bounds, so measure what you made of foreign artefacts before you send it.
 *
 * @returns At most {@link LIMITS}`.evidenceBytes` for anything {@link decodeEvidence} accepts.
 * @throws {@link ConsensusError} with `NOT_ENCODABLE` for an era or height that is no unsigned integer,
 *   or text with a lone surrogate.
 * @see docs/spec/contract.md, rule H-30.
 */
export function encodeEvidence(evidence: Evidence): Bytes {
  const writer = new ByteWriter()
    .uint(KINDS.indexOf(evidence.kind), 1)
    .uint(evidence.era, 4)
    .text(evidence.protocol)
    .text(evidence.offender)
    .uint(evidence.height, HEIGHT_BYTES);
  switch (evidence.kind) {
    case 'equivocation':
      return writer.uint(SUBJECTS.indexOf(evidence.subject), 1).bytes(evidence.first).bytes(evidence.second).finish();
    case 'invalidHeader':
      return writer.bytes(evidence.header).text(evidence.code).finish();
    case 'custom':
      return writer.text(evidence.id).bytes(evidence.data).finish();
  }
}

/**
 * Decodes what {@link encodeEvidence} wrote. It checks form and size only; whether the evidence
 * proves anything is for the host (contract H-30).
 *
 * @throws {@link ConsensusError} with `INVALID_ENCODING`; wrap it in `tryDecode` for bytes of a peer.
 */
export function decodeEvidence(bytes: Bytes): Evidence {
  if (bytes.length > LIMITS.evidenceBytes) fail(0);
  const reader = new ByteReader(bytes, 'evidence');
  const kind = KINDS[reader.uint(1)];
  const base: EvidenceBase = {
    era: reader.uint(4),
    protocol: readProtocol(reader),
    offender: reader.text(ACTOR_BYTES_MAX),
    height: reader.uint(HEIGHT_BYTES),
  };
  const evidence = readVariant(reader, kind, base);
  reader.finish();
  return evidence;
}

function readVariant(reader: ByteReader, kind: Evidence['kind'] | undefined, base: EvidenceBase): Evidence {
  switch (kind) {
    case 'equivocation': {
      const subject = SUBJECTS[reader.uint(1)];
      const first = reader.bytes();
      const second = reader.bytes();
      // The order is part of the canonical form, so that one offence has one encoding.
      if (subject === undefined || compareBytes(first, second) >= 0) return fail(0);
      return { ...base, kind, subject, first, second };
    }
    case 'invalidHeader':
      return { ...base, kind, header: reader.bytes(), code: reader.text(CODE_BYTES_MAX) };
    case 'custom':
      return { ...base, kind, id: reader.text(CODE_BYTES_MAX), data: reader.bytes() };
    default:
      return fail(0);
  }
}

function readProtocol(reader: ByteReader): ProtocolId {
  const text = reader.text(PROTOCOL_BYTES_MAX);
  if (!/^[a-z][a-z0-9-]{0,31}@(0|[1-9]\d{0,8})$/.test(text)) fail(0);
  return text as ProtocolId;
}

function fail(offset: number): never {
  throw new ConsensusError({ code: 'INVALID_ENCODING', what: 'evidence', offset });
}

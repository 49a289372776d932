/**
 * Canonical, bounded bytes of facts, so that states can be derived again from storage.
 *
 * @module
 */
import {
  type ByteReader,
  type ByteWriter,
  ConsensusError,
  decodeEvidence,
  encodeEvidence,
  type Fact,
  type FactKind,
  LIMITS,
  type ProtocolId,
  type Validator,
} from '@fiducia/consensus';

/** Position is the wire number, so new kinds go to the end. */
const KINDS: readonly FactKind[] = [
  'admission',
  'exit',
  'deposit',
  'ballot',
  'participation',
  'stake',
  'key',
  'validators',
  'parameter',
  'evidence',
  'certificate',
  'custom',
];
const HEIGHT_BYTES = 6;
const PROTOCOL_PATTERN = /^[a-z][a-z0-9-]{0,31}@(0|[1-9]\d{0,8})$/;

/** Appends one fact. Equal facts give equal bytes. */
export function writeFact(writer: ByteWriter, fact: Fact): void {
  writer.uint(KINDS.indexOf(fact.kind), 1);
  switch (fact.kind) {
    case 'admission':
      writer.text(fact.actor).bigint(fact.deposit).text(fact.category);
      return;
    case 'exit':
      writer.text(fact.actor);
      return;
    case 'deposit':
    case 'stake':
      writer.text(fact.actor).bigint(fact.total);
      return;
    case 'ballot':
      writer.text(fact.from).text(fact.to).bigint(fact.weight);
      return;
    case 'participation':
      writer.text(fact.actor).uint(fact.round, HEIGHT_BYTES);
      return;
    case 'key':
      writer.text(fact.actor).text(fact.role).bytes(fact.publicKey);
      return;
    case 'validators':
      writeValidators(writer, fact.validators);
      return;
    case 'parameter':
      writer.text(fact.name).text(fact.value);
      return;
    case 'evidence':
      writer.bytes(encodeEvidence(fact.evidence));
      return;
    case 'certificate':
      writer.text(fact.certificate.protocol).bytes(fact.certificate.data);
      return;
    case 'custom':
      writer.text(fact.id).bytes(fact.data);
  }
}

/**
 * Reads what {@link writeFact} wrote.
 * @throws ConsensusError with `INVALID_ENCODING` on anything else.
 */
export function readFact(reader: ByteReader): Fact {
  const kind = KINDS[reader.uint(1)];
  switch (kind) {
    case 'admission':
      return { kind, actor: reader.text(), deposit: readAmount(reader), category: reader.text() };
    case 'exit':
      return { kind, actor: reader.text() };
    case 'deposit':
    case 'stake':
      return { kind, actor: reader.text(), total: readAmount(reader) };
    case 'ballot':
      return { kind, from: reader.text(), to: reader.text(), weight: readAmount(reader) };
    case 'participation':
      return { kind, actor: reader.text(), round: reader.uint(HEIGHT_BYTES) };
    case 'key':
      return { kind, actor: reader.text(), role: reader.text(), publicKey: reader.bytes() };
    case 'validators':
      return { kind, validators: readValidators(reader) };
    case 'parameter':
      return { kind, name: reader.text(), value: reader.text() };
    case 'evidence':
      return { kind, evidence: decodeEvidence(reader.bytes(LIMITS.evidenceBytes)) };
    case 'certificate':
      return { kind, certificate: { protocol: readProtocol(reader), data: reader.bytes(LIMITS.proofBytes) } };
    case 'custom':
      return { kind, id: reader.text(), data: reader.bytes() };
    default:
      return invalidEncoding();
  }
}

function writeValidators(writer: ByteWriter, validators: readonly Validator[]): void {
  writer.uint(validators.length, 4);
  for (const { id, weight, publicKey } of validators) {
    writer.text(id).bigint(weight);
    writer.uint(publicKey === undefined ? 0 : 1, 1);
    if (publicKey !== undefined) writer.bytes(publicKey);
  }
}

function readValidators(reader: ByteReader): readonly Validator[] {
  const validators: Validator[] = [];
  // Ends with the record, whatever it says of itself. A ledger may name more than ever have a seat.
  for (let left = reader.uint(4); left > 0; left--) {
    const member: Validator = { id: reader.text(), weight: readAmount(reader) };
    const hasKey = reader.uint(1);
    if (hasKey > 1) invalidEncoding();
    validators.push(hasKey === 1 ? { ...member, publicKey: reader.bytes() } : member);
  }
  return validators;
}

/** Of any length: what a ledger told must be readable after a restart. */
function readAmount(reader: ByteReader): bigint {
  return reader.bigint(Number.MAX_SAFE_INTEGER);
}

function readProtocol(reader: ByteReader): ProtocolId {
  const text = reader.text();
  return PROTOCOL_PATTERN.test(text) ? (text as ProtocolId) : invalidEncoding();
}

function invalidEncoding(): never {
  throw new ConsensusError({ code: 'INVALID_ENCODING', what: 'fact', offset: 0 });
}

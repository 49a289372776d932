/**
 * Canonical bytes of the directives a block was executed with, so that it can be executed again from the store.
 *
 * @module
 */
import { ByteReader, type Bytes, ByteWriter, type Directive, type DirectiveKind } from '@fiducia/consensus';
import { LedgerError } from '../errors.ts';

/** Position is the stored number, so new kinds go to the end. */
const KINDS: readonly DirectiveKind[] = ['reward', 'slash', 'jail', 'trustChanged', 'tierChanged', 'custom'];
const COUNT_BYTES = 4;
const NUMBER_BYTES = 8;

/** Encodes directives. Equal lists give equal bytes. */
export function encodeDirectives(directives: readonly Directive[]): Bytes {
  const writer = new ByteWriter().uint(directives.length, COUNT_BYTES);
  for (const directive of directives) {
    writer.uint(KINDS.indexOf(directive.kind), 1);
    writeDirective(writer, directive);
  }
  return writer.finish();
}

/** Decodes what {@link encodeDirectives} wrote; throws on anything else. */
export function decodeDirectives(bytes: Bytes): readonly Directive[] {
  const reader = new ByteReader(bytes, 'directives');
  const directives: Directive[] = [];
  for (let count = reader.uint(COUNT_BYTES); count > 0; count--) directives.push(readDirective(reader));
  reader.finish();
  return directives;
}

function writeDirective(writer: ByteWriter, directive: Directive): void {
  switch (directive.kind) {
    case 'reward':
      writer.text(directive.actor).bigint(directive.units);
      return;
    case 'slash':
      writer.text(directive.actor).uint(directive.partsPerMillion, NUMBER_BYTES).text(directive.reason);
      return;
    case 'jail':
      writer.text(directive.actor).uint(directive.untilHeight === null ? 1 : 0, 1);
      writer.uint(directive.untilHeight ?? 0, NUMBER_BYTES).text(directive.reason);
      return;
    case 'trustChanged':
      writer.text(directive.actor).uint(Math.abs(directive.trust), NUMBER_BYTES);
      writer.uint(directive.trust < 0 ? 1 : 0, 1).text(directive.reason);
      return;
    case 'tierChanged':
      writer.text(directive.actor).text(directive.from).text(directive.to);
      return;
    case 'custom':
      writer.text(directive.id).bytes(directive.data);
      return;
  }
}

function readDirective(reader: ByteReader): Directive {
  const text = () => reader.text();
  const kind = KINDS[reader.uint(1)];
  switch (kind) {
    case 'reward':
      return { kind, actor: text(), units: reader.bigint() };
    case 'slash':
      return { kind, actor: text(), partsPerMillion: reader.uint(NUMBER_BYTES), reason: text() };
    case 'jail': {
      const [actor, isForEver, untilHeight] = [text(), reader.uint(1), reader.uint(NUMBER_BYTES)];
      return { kind, actor, untilHeight: isForEver === 1 ? null : untilHeight, reason: text() };
    }
    case 'trustChanged': {
      const [actor, size, sign] = [text(), reader.uint(NUMBER_BYTES), reader.uint(1)];
      return { kind, actor, trust: sign === 1 ? -size : size, reason: text() };
    }
    case 'tierChanged':
      return { kind, actor: text(), from: text(), to: text() };
    case 'custom':
      return { kind, id: text(), data: reader.bytes() };
    default:
      throw new LedgerError({ code: 'INVALID_VALUE', what: 'directive', reason: 'unknown kind' });
  }
}

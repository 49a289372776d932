/**
 * Canonical bytes of plain data, such as a parsed configuration.
 *
 * @module
 */
import type { ByteWriter } from './bytes.ts';
import type { Bytes } from './primitives.ts';

/** Kinds of values, in the order of their tags. */
const TAGS = ['null', 'false', 'true', 'number', 'bigint', 'text', 'bytes', 'list', 'record'] as const;

/** Deepest nesting; stops data that contains itself. */
const DEPTH_MAX = 32;

/**
 * Writes plain data canonically, so that whoever composes a chain can make parsed configurations part of its identity
 * (contract.md, section 7): equal data give equal bytes, other data give others.
 *
 * Data are `null`, booleans, safe integers, `bigint`, text, bytes, arrays and plain objects, nested at most 32 deep. Fields
 * of objects are sorted by name and left out if `undefined`, so their order in the source makes no difference.
 *
 * @returns `undefined`, or the path of the first value that is no such data; then what was written is useless.
 * @throws `ConsensusError` with `NOT_ENCODABLE` for text with a lone surrogate.
 * @example
 * ```ts
 * const writer = new ByteWriter();
 * writePlainData(writer, { slotMs: 1_000, reward: 5n }); // undefined
 * writePlainData(new ByteWriter(), { seats: [1, 0.5] }); // ['seats', '1']
 * ```
 */
export function writePlainData(writer: ByteWriter, value: unknown): readonly string[] | undefined {
  return writeValue(writer, value, []);
}

function writeValue(writer: ByteWriter, value: unknown, path: readonly string[]): readonly string[] | undefined {
  const kind = kindOf(value);
  if (kind === undefined || path.length >= DEPTH_MAX) return path;
  writer.uint(TAGS.indexOf(kind), 1);
  switch (kind) {
    case 'number':
    case 'bigint':
    case 'text':
      writer.text(String(value));
      return undefined;
    case 'bytes':
      writer.bytes(value as Bytes);
      return undefined;
    case 'list':
      return writeList(writer, value as readonly unknown[], path);
    case 'record':
      return writeRecord(writer, value as object, path);
    default:
      return undefined;
  }
}

function writeList(
  writer: ByteWriter,
  items: readonly unknown[],
  path: readonly string[],
): readonly string[] | undefined {
  writer.uint(items.length, 4);
  for (const [index, item] of items.entries()) {
    const offending = writeValue(writer, item, [...path, String(index)]);
    if (offending !== undefined) return offending;
  }
  return undefined;
}

function writeRecord(writer: ByteWriter, record: object, path: readonly string[]): readonly string[] | undefined {
  const fields = Object.entries(record).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  writer.uint(fields.length, 4);
  for (const [name, field] of fields) {
    const offending = writeValue(writer.text(name), field, [...path, name]);
    if (offending !== undefined) return offending;
  }
  return undefined;
}

function kindOf(value: unknown): (typeof TAGS)[number] | undefined {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? 'number' : undefined;
    case 'bigint':
      return 'bigint';
    case 'string':
      return 'text';
    case 'object':
      if (value instanceof Uint8Array) return 'bytes';
      if (Array.isArray(value)) return 'list';
      return isPlain(value) ? 'record' : undefined;
    default:
      return undefined;
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/**
 * Canonical bytes of eras, for the identity of a chain.
 *
 * @module
 */
import {
  type Bytes,
  ByteWriter,
  type ConsensusPlugin,
  type Era,
  type PluginReference,
  protocolId,
} from '@fiducia/consensus';
import { NodeError } from './errors.ts';

/** Kinds of values in a parsed configuration, in the order of their tags. */
const TAGS = ['null', 'false', 'true', 'number', 'bigint', 'text', 'bytes', 'list', 'record'] as const;

/** Deepest nesting of a configuration; stops one that contains itself. */
const DEPTH_MAX = 32;

/**
 * Encodes eras with their parsed configurations, so that two chains with different rules have different
 * identities (contract.md, section 7): a default written out and a default left out give equal bytes.
 *
 * Values are `null`, booleans, safe integers, `bigint`, text, bytes, arrays and plain objects. Fields of
 * objects are sorted by name and left out if `undefined`, so their order in the source makes no difference.
 *
 * @param plugins - All plugins that the eras name; among equal names the last one counts.
 * @returns Bytes for `consensus` of the ledger's genesis configuration.
 * @throws {@link NodeError} with `PLUGIN_MISSING` or `CONFIG_NOT_DATA`, and whatever a plugin throws about
 *   its configuration.
 */
export function encodeEras(eras: readonly Era[], plugins: readonly ConsensusPlugin[]): Bytes {
  const writer = new ByteWriter().uint(eras.length, 4);
  for (const { fromHeight, production, finality } of eras) {
    writer.uint(fromHeight, 6);
    encodeReference(writer, production, plugins);
    writer.uint(finality === undefined ? 0 : 1, 1);
    if (finality !== undefined) encodeReference(writer, finality, plugins);
  }
  return writer.finish();
}

function encodeReference(writer: ByteWriter, reference: PluginReference, plugins: readonly ConsensusPlugin[]): void {
  const plugin = plugins.findLast(({ name }) => name === reference.name);
  if (plugin === undefined) throw new NodeError({ code: 'PLUGIN_MISSING', plugin: reference.name });
  writer.text(protocolId(plugin));
  encodeValue(writer, plugin.parseConfig(reference.config), [reference.name]);
}

function encodeValue(writer: ByteWriter, value: unknown, path: readonly string[]): void {
  const kind = kindOf(value);
  if (kind === undefined || path.length > DEPTH_MAX) {
    throw new NodeError({ code: 'CONFIG_NOT_DATA', path: path.join('.') });
  }
  writer.uint(TAGS.indexOf(kind), 1);
  switch (kind) {
    case 'number':
    case 'bigint':
    case 'text':
      writer.text(String(value));
      break;
    case 'bytes':
      writer.bytes(value as Bytes);
      break;
    case 'list': {
      const items = value as readonly unknown[];
      writer.uint(items.length, 4);
      for (const [index, item] of items.entries()) encodeValue(writer, item, [...path, String(index)]);
      break;
    }
    case 'record': {
      const fields = Object.entries(value as object).filter(([, field]) => field !== undefined);
      fields.sort(([a], [b]) => (a < b ? -1 : 1));
      writer.uint(fields.length, 4);
      for (const [name, field] of fields) encodeValue(writer.text(name), field, [...path, name]);
    }
  }
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

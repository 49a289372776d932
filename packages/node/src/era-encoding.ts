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
  writePlainData,
} from '@fiducia/consensus';
import { requireContract } from '@fiducia/host';
import { NodeError } from './errors.ts';

/**
 * Encodes eras with their parsed configurations, so that two chains with different rules have different
 * identities (contract.md, section 7): a default written out and a default left out give equal bytes.
 *
 * Values are `null`, booleans, safe integers, `bigint`, text, bytes, arrays and plain objects. Fields of
 * objects are sorted by name and left out if `undefined`, so their order in the source makes no difference.
 *
 * @param plugins - All plugins that the eras name; among equal names the last one counts.
 * @returns Bytes for `consensus` of the ledger's genesis configuration.
 * @throws {@link NodeError} with `PLUGIN_MISSING` or `CONFIG_NOT_DATA`, `HostError` with `CONTRACT_MISMATCH` before a
 *   plugin of another contract sees its configuration, and whatever a plugin throws about its configuration.
 * @example
 * ```ts
 * const short = encodeEras([{ fromHeight: 1, production: { name: 'dpos', config: {} } }], [dpos()]);
 * const long = encodeEras([{ fromHeight: 1, production: { name: 'dpos', config: { delegates: 21 } } }], [dpos()]);
 * isDeepStrictEqual(short, long); // true
 * ```
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
  requireContract(plugin);
  writer.text(protocolId(plugin));
  const offending = writePlainData(writer, plugin.parseConfig(reference.config));
  if (offending === undefined) return;
  throw new NodeError({ code: 'CONFIG_NOT_DATA', path: [reference.name, ...offending].join('.') });
}

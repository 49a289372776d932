/**
 * Rules of a recorded engine, made again from what the recording says.
 *
 * @module
 */
import {
  type ConsensusPlugin,
  type ConsensusRules,
  type EngineContext,
  type EraIndex,
  type HashFunction,
  type ProtocolId,
  protocolId,
} from '@fiducia/consensus';
import { HostError } from '../errors.ts';
import type { RecordedEngine } from './recorder.ts';

/** What recordings are written and read with. */
export interface RecordingParts {
  /** Plugins that recordings may name. */
  readonly plugins: readonly ConsensusPlugin[];
  /** SHA-256, usually that of the crypto port. */
  readonly sha256: HashFunction;
}

/** A plugin with parsed configuration and rules. */
export interface RemadePlugin {
  readonly plugin: ConsensusPlugin;
  readonly config: unknown;
  readonly context: EngineContext;
  readonly rules: ConsensusRules<unknown>;
}

/** @throws {@link HostError} with `PLUGIN_MISSING` if no plugin of this name and major version is there. */
export function remakePlugin(
  { plugins, sha256 }: RecordingParts,
  engine: RecordedEngine,
  place: { readonly era: EraIndex; readonly protocol: ProtocolId },
): RemadePlugin {
  const plugin = plugins.find((item) => protocolId(item) === place.protocol);
  if (plugin === undefined) throw new HostError({ code: 'PLUGIN_MISSING', plugin: place.protocol });
  const config = plugin.parseConfig(engine.plugin.config);
  const context: EngineContext = { chainId: engine.chainId, ...place, sha256, self: engine.self };
  return { plugin, config, context, rules: plugin.createRules(config, context) };
}

/** Key of a map of running engines: a node runs one of a protocol in an era. */
export function placeOf({ era, protocol }: { readonly era: EraIndex; readonly protocol: ProtocolId }): string {
  return `${era}/${protocol}`;
}

/**
 * The network in which a check plays a part of its own.
 *
 * @module
 */
import type { KitContext } from '../context.ts';
import { hashesPerSecondOf, pluginUnderTest } from '../subject.ts';
import { createNetwork, type KitNetwork, type NetworkOptions } from './network.ts';
import { erasFor, pluginsFor } from './sample.ts';

/** Starts nodes under what the author of a plugin configured, over a network that loses nothing. */
export function createSubjectNetwork(
  { subject, seed, nodeCount }: Pick<KitContext, 'subject' | 'seed' | 'nodeCount'>,
  more: Partial<NetworkOptions> = {},
): Promise<KitNetwork> {
  const { plugin, config } = pluginUnderTest(subject);
  return createNetwork({
    name: subject.name,
    seed,
    nodeCount,
    conditions: { delayMs: { min: 5, max: 80 } },
    hashesPerSecond: hashesPerSecondOf(subject, nodeCount),
    eras: (members) => erasFor(subject, config, members),
    plugins: () => pluginsFor(subject, plugin),
    ...more,
  });
}

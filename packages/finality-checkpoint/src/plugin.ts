/**
 * The plugin value.
 *
 * @module
 */
import { CONTRACT_VERSION, type ConsensusPlugin, definePlugin } from '@fiducia/consensus';
import { type CheckpointConfig, parseConfig } from './config.ts';
import { createEngine } from './engine.ts';
import { createRules } from './rules.ts';
import type { CheckpointState } from './state.ts';

/**
 * Creates the checkpoint finality gadget, to be named as `finality` of an era beside any production plugin whose
 * blocks settle by depth.
 *
 * Its raw configuration is any part of {@link CheckpointConfig}. Members with less than a third of the committee's
 * weight may misbehave in any way; if more do, and two conflicting blocks become final, at least a third of the
 * weight can be proven to have offended.
 *
 * @throws `parseConfig` throws `ConsensusError` with `INVALID_CONFIG`.
 * @example
 * ```ts
 * const plugin = checkpointFinality();
 * const config = plugin.parseConfig({ every: 8 });
 * ```
 */
export function checkpointFinality(): ConsensusPlugin<CheckpointConfig, CheckpointState> {
  return definePlugin({
    name: 'checkpoint',
    version: '1.0.0',
    contract: CONTRACT_VERSION,
    traits: {
      role: 'finality',
      leader: 'none',
      finality: 'checkpoint',
      forks: true,
      faults: { kind: 'byzantine', numerator: 1, denominator: 3 },
    },
    requires: {
      facts: ['certificate', 'evidence', 'validators'],
      claims: ['signature'],
      directives: ['slash', 'jail'],
      // With a configured committee it runs over proof of work, which has no validators.
      validators: false,
    },
    parseConfig,
    createRules,
    createEngine: (config, rules, context) => createEngine(config, rules, context),
  });
}

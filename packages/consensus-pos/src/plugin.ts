/**
 * The plugin value.
 *
 * @module
 */
import { CONTRACT_VERSION, type ConsensusPlugin, definePlugin } from '@fiducia/consensus';
import { type PosConfig, parseConfig } from './config.ts';
import { createEngine } from './engine.ts';
import { createRules } from './rules.ts';
import type { PosState } from './state.ts';

/**
 * Creates the proof-of-stake plugin.
 *
 * Its raw configuration is any part of {@link PosConfig}. Blocks settle by depth (pos-pow A6); add a
 * finality gadget where a proof is needed. Less than a third of the stake may misbehave in any way.
 *
 * @throws `parseConfig` throws `ConsensusError` with `INVALID_CONFIG`.
 * @example
 * ```ts
 * const plugin = pos();
 * const config = plugin.parseConfig({ slotMs: 2_000, blockReward: '50' });
 * ```
 */
export function pos(): ConsensusPlugin<PosConfig, PosState> {
  return definePlugin({
    name: 'pos',
    version: '1.0.0',
    contract: CONTRACT_VERSION,
    traits: {
      role: 'production',
      leader: 'slot',
      finality: 'settle',
      forks: true,
      faults: { kind: 'byzantine', numerator: 1, denominator: 3 },
    },
    requires: {
      facts: ['admission', 'exit', 'deposit', 'key', 'evidence'],
      // A ledger without delegation has no stakes besides deposits, and misses nothing.
      optionalFacts: ['stake'],
      claims: ['signature', 'vrf'],
      directives: ['reward', 'slash', 'jail'],
      validators: false,
    },
    parseConfig,
    createRules,
    createEngine: (config, _rules, context) => createEngine(config, context),
  });
}

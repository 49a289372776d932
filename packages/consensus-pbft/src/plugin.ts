/**
 * The plugin value.
 *
 * @module
 */
import { CONTRACT_VERSION, type ConsensusPlugin, definePlugin } from '@fiducia/consensus';
import { type PbftConfig, parseConfig } from './config.ts';
import { createEngine } from './engine.ts';
import { createRules } from './rules.ts';
import type { PbftState } from './state.ts';

/**
 * Creates the PBFT plugin.
 *
 * Its raw configuration is any part of {@link PbftConfig}. A block is final as soon as it is on the chain,
 * and chains never fork, while less than a third of the seats misbehave in any way.
 *
 * @throws `parseConfig` throws `ConsensusError` with `INVALID_CONFIG`.
 * @example
 * ```ts
 * const plugin = pbft();
 * const config = plugin.parseConfig({ blockTimeMs: 1_000, roundTimeoutMs: 2_000 });
 * ```
 */
export function pbft(): ConsensusPlugin<PbftConfig, PbftState> {
  return definePlugin({
    name: 'pbft',
    version: '1.0.0',
    contract: CONTRACT_VERSION,
    traits: {
      role: 'production',
      leader: 'round',
      finality: 'instant',
      forks: false,
      faults: { kind: 'byzantine', numerator: 1, denominator: 3 },
    },
    requires: {
      facts: ['evidence'],
      // A ledger that admits nobody keeps the validators that the era began with.
      optionalFacts: ['admission', 'exit', 'ballot', 'validators'],
      claims: ['signature'],
      directives: ['reward', 'slash', 'jail'],
      validators: true,
    },
    parseConfig,
    createRules,
    createEngine: (config, _rules, context) => createEngine(config, context),
  });
}

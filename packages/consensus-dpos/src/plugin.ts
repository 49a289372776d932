/**
 * The plugin value.
 *
 * @module
 */
import { type ConsensusPlugin, definePlugin } from '@fiducia/consensus';
import { type DposConfig, parseConfig } from './config.ts';
import { createEngine } from './engine.ts';
import { createRules } from './rules.ts';
import type { DposState } from './state.ts';

/**
 * Creates the DPoS plugin.
 *
 * Its raw configuration is any part of {@link DposConfig}; deposits and rewards are set per chain.
 * Blocks are settled by depth; add a finality gadget where a proof is needed (pos-pow P8).
 *
 * A `ballot` fact with a weight above 0 approves, one with weight 0 withdraws. Every approval counts with the
 * account's whole voting stake, whatever the weight: the total of its `stake` fact or, on a ledger
 * without them, its deposit as a candidate (pos-pow V1).
 *
 * @throws `parseConfig` throws `ConsensusError` with `INVALID_CONFIG`.
 * @example
 * ```ts
 * const plugin = dpos();
 * const config = plugin.parseConfig({ delegates: 7, standby: 3, slotMs: 1_000, blockReward: '100' });
 * ```
 */
export function dpos(): ConsensusPlugin<DposConfig, DposState> {
  return definePlugin({
    name: 'dpos',
    version: '1.0.0',
    contract: 1,
    traits: {
      role: 'production',
      leader: 'slot',
      finality: 'settle',
      forks: true,
      faults: { kind: 'byzantine', numerator: 1, denominator: 3 },
    },
    requires: {
      facts: ['admission', 'exit', 'deposit', 'ballot', 'evidence'],
      // A ledger whose only stakes are deposits has no `stake`, and every account votes with its deposit; one
      // without VRF keys has no `key`, and seeds are deterministic.
      optionalFacts: ['stake', 'key'],
      claims: ['signature', 'vrf'],
      directives: ['reward', 'slash', 'jail'],
      validators: false,
    },
    parseConfig,
    claimsOf: ({ seedSource }) => (seedSource === 'vrf' ? ['signature', 'vrf'] : ['signature']),
    createRules,
    createEngine: (config, _rules, context) => createEngine(config, context),
  });
}

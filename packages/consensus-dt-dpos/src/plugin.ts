/**
 * The plugin value.
 *
 * @module
 */
import { type ConsensusPlugin, definePlugin } from '@fiducia/consensus';
import { type DtDposConfig, type PresetName, parseConfig } from './config.ts';
import { createEngine } from './engine.ts';
import { createRules } from './rules.ts';
import type { DtDposState } from './state.ts';

/** Options of {@link dtDpos}. */
export interface DtDposOptions {
  /** Preset for configurations that name none. @default 'default' */
  readonly preset?: PresetName;
}

/**
 * Creates the DT-DPoS plugin.
 *
 * Its raw configuration is `{ preset?, ...overrides }`, the overrides nested as in
 * {@link DtDposConfig}; deposits and rewards are set per chain. Blocks are settled by depth; add a
 * finality gadget where a proof is needed.
 *
 * @throws `parseConfig` throws `ConsensusError` with `INVALID_CONFIG`.
 * @example
 * ```ts
 * const plugin = dtDpos();
 * const config = plugin.parseConfig({ preset: 'paper', slotMs: 900_000, trust: { mu2: 2_000_000 } });
 * ```
 */
export function dtDpos(options: DtDposOptions = {}): ConsensusPlugin<DtDposConfig, DtDposState> {
  return definePlugin({
    name: 'dt-dpos',
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
      facts: ['admission', 'exit', 'deposit', 'ballot', 'participation', 'evidence'],
      // A ledger without key registration, governance or applications has none of these, and misses nothing.
      optionalFacts: ['key', 'parameter', 'custom'],
      claims: ['signature', 'vrf'],
      directives: ['reward', 'slash', 'jail', 'trustChanged', 'tierChanged'],
      validators: false,
    },
    parseConfig: (raw) => parseConfig(raw, options.preset ?? 'default'),
    claimsOf: ({ seedMode }) => (seedMode === 'vrf' ? ['signature', 'vrf'] : ['signature']),
    createRules,
    createEngine: (config, _rules, context) => createEngine(config, context),
  });
}

/**
 * The plugin value.
 *
 * @module
 */
import { type ConsensusPlugin, definePlugin } from '@fiducia/consensus';
import { type PowConfig, type PowPresetName, parseConfig } from './config.ts';
import { createEngine } from './engine.ts';
import { createRules } from './rules.ts';
import type { PowState } from './state.ts';

/** Options of {@link pow}. */
export interface PowOptions {
  /** Preset for configurations that name none. @default 'default' */
  readonly preset?: PowPresetName;
}

/**
 * Creates the proof-of-work plugin.
 *
 * Its raw configuration is `{ preset?, ...overrides }` with the keys of {@link PowConfig}. Whoever
 * finds a nonce extends the branch with the most work; blocks are settled by depth, never final.
 *
 * @throws `parseConfig` throws `ConsensusError` with `INVALID_CONFIG`.
 * @example
 * ```ts
 * const plugin = pow();
 * const config = plugin.parseConfig({ spacingMs: 60_000, powLimit: '0xffffff', blockReward: 50n });
 * ```
 */
export function pow(options: PowOptions = {}): ConsensusPlugin<PowConfig, PowState> {
  return definePlugin({
    name: 'pow',
    version: '1.0.0',
    contract: 1,
    traits: {
      role: 'production',
      leader: 'lottery',
      finality: 'settle',
      forks: true,
      faults: { kind: 'hashPower', numerator: 1, denominator: 2 },
    },
    requires: { facts: [], claims: ['work'], directives: ['reward'], validators: false },
    parseConfig: (raw) => parseConfig(raw, options.preset ?? 'default'),
    createRules,
    createEngine: (config, _rules, context) => createEngine(config, context),
  });
}

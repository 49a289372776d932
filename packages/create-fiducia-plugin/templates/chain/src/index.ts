import { CONTRACT_VERSION, type ConsensusPlugin, definePlugin } from '@fiducia/consensus';
import { type Config, parseConfig } from './config.ts';
import { createEngine } from './engine.ts';
import { createRules } from './rules.ts';
import type { State } from './state.ts';

export type { Config, State };

/** Creates the plugin: validators take slots of equal length in turn. */
export function createPlugin(): ConsensusPlugin<Config, State> {
  return definePlugin<Config, State>({
    name: 'my-plugin',
    version: '1.0.0',
    contract: CONTRACT_VERSION,
    traits: {
      role: 'production',
      leader: 'slot',
      finality: 'settle',
      forks: true,
      faults: { kind: 'crash', numerator: 1, denominator: 2 },
    },
    requires: { facts: ['evidence'], claims: ['signature'], directives: ['reward'], validators: true },
    parseConfig,
    createRules,
    createEngine: (config, _rules, context) => createEngine(config, context),
  });
}

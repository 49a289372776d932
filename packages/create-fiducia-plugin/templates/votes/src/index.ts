import { CONTRACT_VERSION, type ConsensusPlugin, definePlugin } from '@fiducia/consensus';
import { type Config, parseConfig } from './config.ts';
import { VotingEngine } from './engine.ts';
import { createRules } from './rules.ts';
import type { State } from './state.ts';

export type { Config, State };

/** Creates the plugin: leaders take slots in turn, and three blocks in a row with a quorum of votes make one final. */
export function createPlugin(): ConsensusPlugin<Config, State> {
  return definePlugin<Config, State>({
    name: 'my-plugin',
    version: '1.0.0',
    contract: CONTRACT_VERSION,
    traits: {
      role: 'production',
      leader: 'slot',
      finality: 'checkpoint',
      forks: true,
      faults: { kind: 'byzantine', numerator: 1, denominator: 3 },
    },
    requires: { facts: ['evidence'], claims: ['signature'], directives: ['reward', 'slash'], validators: true },
    parseConfig,
    createRules,
    createEngine: (config, _rules, context) => new VotingEngine(config, context),
  });
}

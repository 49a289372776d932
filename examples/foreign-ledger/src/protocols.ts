/** What the chain can run on. Any other plugin whose facts the chain has is one more entry. */
import type { ConsensusPlugin, Era } from '@fiducia/consensus';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { pbft } from '@fiducia/consensus-pbft';

/** A plugin and the production of its era. */
export interface Protocol {
  readonly plugin: ConsensusPlugin;
  readonly production: Era['production'];
}

export const DT_DPOS: Protocol = {
  plugin: dtDpos(),
  production: {
    name: 'dt-dpos',
    config: { preset: 'minimal', committee: { size: 5 }, depositTarget: 1_000, blockReward: 5 },
  },
};

export const PBFT: Protocol = {
  plugin: pbft(),
  production: { name: 'pbft', config: { blockTimeMs: 1_000, blockReward: 5 } },
};

/**
 * Checkpoint finality beside a protocol whose blocks settle by depth.
 *
 * @module
 */
import type { ConsensusPlugin } from '@fiducia/consensus';
import { type CheckpointConfig, checkpointFinality } from '@fiducia/finality-checkpoint';

/** A finality gadget, configured. */
export interface GadgetSetup {
  readonly plugin: ConsensusPlugin;
  /** Configuration as an era names it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Blocks for which its offences are punished. */
  readonly evidenceBlocks: number;
}

/** Configures the gadget. */
export function setUpCheckpoint(config: Partial<CheckpointConfig>): GadgetSetup {
  const plugin = checkpointFinality();
  const { every, window } = plugin.parseConfig(config);
  return { plugin: plugin as ConsensusPlugin, config, evidenceBlocks: every * window };
}

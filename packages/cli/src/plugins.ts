/**
 * All protocols of the framework.
 *
 * @module
 */
import type { ConsensusPlugin } from '@fiducia/consensus';
import { dpos } from '@fiducia/consensus-dpos';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { pbft } from '@fiducia/consensus-pbft';
import { pos } from '@fiducia/consensus-pos';
import { pow } from '@fiducia/consensus-pow';
import { checkpointFinality } from '@fiducia/finality-checkpoint';

/** What recordings may name. */
export function allPlugins(): readonly ConsensusPlugin[] {
  return [dtDpos(), dpos(), pos(), pow(), pbft(), checkpointFinality()] as readonly ConsensusPlugin[];
}

/**
 * DT-DPoS: leaders in proportion to trust.
 *
 * @module
 */
import type { ActorId, ConsensusPlugin } from '@fiducia/consensus';
import {
  type CandidateScore,
  candidateScores,
  type DtDposConfig,
  type DtDposState,
  dtDpos,
  leadersBetween,
} from '@fiducia/consensus-dt-dpos';
import type { NodeTrust } from '../result.ts';
import type { ConsensusReader, ConsensusSetup, ReaderContext, TrustStanding } from './setup.ts';
import { createSlotReader, leaveSlot } from './slots.ts';

/**
 * Configures DT-DPoS.
 *
 * @param overrides - Preset and what differs from it.
 * @param deposit - Deposit of every node, full and required, so that it favours nobody.
 */
export function setUpDtDpos(overrides: Readonly<Record<string, unknown>>, deposit: bigint): ConsensusSetup {
  const plugin = dtDpos();
  const raw = { ...overrides, depositMin: deposit, depositTarget: deposit };
  const config = plugin.parseConfig(raw);
  return {
    plugin: plugin as ConsensusPlugin,
    config: raw,
    slotMs: config.slotMs,
    deposit,
    unbondingBlocks: config.unbondingRounds,
    usesVrf: config.seedMode === 'vrf',
    usesRoundVotes: true,
    // Proof by itself here (trust S6): the next leader books it.
    corrupt: leaveSlot,
    createReader: (context) => createReader(config, context),
  };
}

function createReader(config: DtDposConfig, { sha256 }: ReaderContext): ConsensusReader {
  return {
    ...createSlotReader<DtDposState>((state, untilSlot) => leadersBetween(state, untilSlot, config, sha256)),
    trustAfter: ({ state }) => standingsOf(candidateScores(state as DtDposState, config)),
  };
}

function standingsOf(scores: readonly CandidateScore[]): ReadonlyMap<ActorId, TrustStanding> {
  return new Map(scores.map(({ id, score }) => [id, { trust: partsOf(score), tier: score.tier }]));
}

/** The four parts of a score under the names of the paper. */
function partsOf({ composite, historical, votes, deposit, dynamic }: CandidateScore['score']): NodeTrust {
  return { composite, historical, votes, deposit, dynamic };
}

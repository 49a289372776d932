/**
 * From one state to the next.
 *
 * @module
 */
import {
  ConsensusError,
  type ConsensusHeader,
  contributeSeed,
  contributingSlots,
  createPersistentMap,
  type EraStart,
  type Fact,
  type SeedContext,
  startSeeds,
} from '@fiducia/consensus';
import type { PosConfig } from './config.ts';
import { decodeDigest } from './digest.ts';
import { epochOfSlot, openEpochs } from './lottery.ts';
import { forgetOffences } from './offences.ts';
import { applyEvidence, applyFacts, forgetLeavers } from './register.ts';
import { takeSnapshot } from './snapshot.ts';
import type { Bond, PosState } from './state.ts';

/**
 * State before the first block of an era. The first three epochs use the stake of the census (pos-pow S2).
 *
 * @throws `ConsensusError` with `INVALID_HANDOVER` if nobody has both enough stake and a VRF key.
 */
export function createInitialState(start: EraStart, config: PosConfig, context: SeedContext): PosState {
  const bonds = applyFacts(createPersistentMap<string, Bond>(), start.census, 0);
  const snapshot = takeSnapshot(bonds, 0, config);
  if (snapshot === undefined) {
    const reason = 'nobody has the least stake and a VRF key';
    throw new ConsensusError({ code: 'INVALID_HANDOVER', plugin: 'pos', reason });
  }
  return {
    slotZero: start.parent.timestamp,
    slot: 0,
    seeds: startSeeds(start.handover.randomness, context),
    snapshots: [snapshot, snapshot, snapshot],
    bonds,
    punished: createPersistentMap(),
  };
}

/**
 * State after an accepted header: epochs that ended are closed with the register as it was before the
 * block, then the block contributes its output and changes the register.
 *
 * @see docs/spec/pos-pow.md, rules S1 and S2; docs/spec/randomness-vrf.md, rules R2 to R6.
 */
export function applyBlock(
  state: PosState,
  header: ConsensusHeader,
  facts: readonly Fact[],
  config: PosConfig,
  context: SeedContext,
): PosState {
  const digest = decodeDigest(header.digest);
  // Headers without a digest are never accepted; the rules stay total all the same.
  if (digest === undefined || digest.slot <= state.slot) return state;
  const { slot, output } = digest;
  const epoch = epochOfSlot(slot, config);
  const opened = epoch === state.seeds.epoch ? state : { ...state, ...openEpochs(state, epoch, config, context) };
  const isNew = opened !== state;

  const contributes = slot % config.epochSlots < contributingSlots(config.epochSlots);
  const seeds = contributes ? contributeSeed(opened.seeds, output, context) : opened.seeds;
  const kept = isNew
    ? {
        ...opened,
        bonds: forgetLeavers(opened.bonds, epoch, config),
        punished: forgetOffences(opened.punished, epoch, config),
      }
    : opened;
  const { bonds, punished } = applyEvidence(kept, facts, epoch, config);
  return { ...kept, slot, seeds, punished, bonds: applyFacts(bonds, facts, epoch) };
}

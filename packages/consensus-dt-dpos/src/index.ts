/**
 * DT-DPoS: delegated proof of stake in which dynamic trust elects the block producers.
 *
 * Candidates earn trust by producing blocks and taking part in rounds, and lose it by idling,
 * missing slots and proven offences. At the end of each epoch the plugin scores the active ones,
 * elects a committee by trust, and lets its members lead slots in proportion to it.
 *
 * ```ts
 * import { dtDpos } from '@fiducia/consensus-dt-dpos';
 *
 * const eras = [{
 *   fromHeight: 1,
 *   production: { name: 'dt-dpos', config: { preset: 'default', slotMs: 2_000, depositMin: '1000', depositTarget: '5000' } },
 * }];
 * const node = createHost({ plugins: [dtDpos()], eras, chain, net, crypto, signer, clock, log, chainId });
 * ```
 *
 * Not for: finality (blocks settle by depth; add a finality gadget), open membership without a
 * deposit that hurts (trust can be split over identities), or the trust arithmetic itself, which is
 * `@fiducia/trust`.
 *
 * @packageDocumentation
 */
export {
  type CommitteeConfig,
  type CommitteeMode,
  DORMANT_EPOCHS_MAX,
  type DtDposConfig,
  dtDposPreset,
  type PresetName,
  type ScheduleKind,
  type SlashConfig,
} from './config.ts';
export { type DtDposDigest, decodeDigest, encodeDigest } from './digest.ts';
export { type Draw, draw } from './draw.ts';
export { type CandidateScore, candidateScores, electCommittee } from './election.ts';
export { nextSeed } from './epoch.ts';
export { DtDposError, type DtDposErrorData, isDtDposError } from './errors.ts';
export { TRUST_OFFENCE_ID } from './facts.ts';
export type { PersistentMap } from './persistent-map.ts';
export { type DtDposOptions, dtDpos } from './plugin.ts';
export { advanceWrr, cycleOrder, leadersBetween, lotteryLeader, type WrrStep } from './schedule.ts';
export type {
  Candidate,
  CandidateIndex,
  CandidateStatus,
  CycleOrder,
  DtDposState,
  EpochElection,
  GovernedParameter,
  Publication,
  QueuedChange,
  Rating,
  Register,
  Seat,
  SlashSpan,
  Slot,
} from './state.ts';

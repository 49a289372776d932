/**
 * DT-DPoS: delegated proof of stake in which dynamic trust elects the block producers.
 *
 * Candidates earn trust by producing blocks and taking part in rounds, and lose it by idling,
 * missing slots and proven offences. At the end of each epoch the plugin scores the active ones,
 * elects a committee by trust, and lets its members lead slots in proportion to it.
 *
 * ```ts
 * import { createHash } from 'node:crypto';
 * import { dtDpos, leadersBetween } from '@fiducia/consensus-dt-dpos';
 *
 * const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());
 * const chainId = sha256(new TextEncoder().encode('example'));
 * const config = dtDpos().parseConfig({ preset: 'paper', slotMs: 2_000 });
 * const rules = dtDpos().createRules(config, { chainId, era: 0, protocol: 'dt-dpos@1', sha256 });
 *
 * const empty = new Uint8Array();
 * const protocol = 'dt-dpos@1';
 * const base = { id: 'genesis', parentId: '', height: 0, timestamp: 0, author: '', protocol } as const;
 * const parent = { ...base, digest: empty, sealHash: chainId, seal: empty };
 * const census = ['wind', 'solar', 'hydro'].map(
 *   (actor) => ({ kind: 'admission', actor, deposit: 1n, category: actor }) as const,
 * );
 * const handover = { validators: [], randomness: chainId, extra: new Map() };
 * const state = rules.initialState({ era: 0, parent, handover, census });
 * leadersBetween(state, 4, config, sha256); // ['wind', 'solar', 'hydro', 'wind']
 * ```
 *
 * In a node the plugin is handed to the host and named in an era:
 * `{ fromHeight: 1, production: { name: 'dt-dpos', config: { preset: 'default' } } }`.
 *
 * Not for: finality (blocks settle by depth; add a finality gadget), open membership without a
 * deposit that hurts (trust can be split over identities), or the trust arithmetic itself, which is
 * `@fiducia/trust`.
 *
 * @packageDocumentation
 */
export type { Beacon } from './beacon.ts';
export {
  type CommitteeConfig,
  type CommitteeMode,
  DORMANT_EPOCHS_MAX,
  type DtDposConfig,
  dtDposPreset,
  type PresetName,
  type ScheduleKind,
  type SeedMode,
  type SlashConfig,
} from './config.ts';
export { type DtDposDigest, decodeDigest, encodeDigest } from './digest.ts';
export { type Draw, draw } from './draw.ts';
export { type CandidateScore, candidateScores, electCommittee } from './election.ts';
export { nextSeed } from './epoch.ts';
export { DtDposError, type DtDposErrorData, isDtDposError } from './errors.ts';
export { TRUST_OFFENCE_ID } from './facts.ts';
export { type DtDposOptions, dtDpos } from './plugin.ts';
export type { DtDposReason, DtDposRefusal } from './refusals.ts';
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

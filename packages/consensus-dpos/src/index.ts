/**
 * DPoS: classical delegated proof of stake, with approval voting and shuffled rounds.
 *
 * Accounts approve candidates with their whole stake. Once per epoch those with the most votes become
 * delegates, the next ones standby. Each delegate has one slot per round, in an order that is
 * shuffled anew for every round; who misses too many is replaced for the rest of the epoch. No trust
 * enters: this is the baseline that DT-DPoS is compared with.
 *
 * ```ts
 * import { delegateAt, dpos } from '@fiducia/consensus-dpos';
 *
 * const context = { chainId, era: 0, protocol: 'dpos@1', sha256 } as const;
 * const config = dpos().parseConfig({ delegates: 3, standby: 1 });
 * const rules = dpos().createRules(config, context);
 * const census = ['wind', 'solar', 'hydro', 'tide'].map(
 *   (actor) => ({ kind: 'admission', actor, deposit: 5n, category: actor }) as const,
 * );
 * const handover = { validators: [], randomness: chainId, extra: new Map() };
 * const state = rules.initialState({ era: 0, parent: genesisHeader, handover, census });
 * state.epoch.election; // delegates: ['hydro', 'solar', 'tide'], standby: ['wind']
 * delegateAt(state, 1, config, context); // who has slot 1
 * ```
 *
 * In a node the plugin is handed to the host and named in an era:
 * `{ fromHeight: 1, production: { name: 'dpos', config: { delegates: 21 } } }`.
 *
 * Not for: finality (blocks settle by depth; add a finality gadget), unpredictable delegates (everybody
 * knows the order of all rounds of an epoch ahead), or producers that earn their seats by behaviour, which is
 * `@fiducia/consensus-dt-dpos`.
 *
 * @packageDocumentation
 */
export type { DposConfig, SeedSource } from './config.ts';
export { type DposDigest, decodeDigest, encodeDigest } from './digest.ts';
export { DposError, type DposErrorData, isDposError } from './errors.ts';
export { delegateAt } from './inspection.ts';
export { dpos } from './plugin.ts';
export type { DposPenaltyReason, DposRefusal } from './refusals.ts';
export { roundOrder } from './schedule.ts';
export type {
  ActiveEpoch,
  Candidate,
  CandidateIndex,
  CandidateStatus,
  DposState,
  Election,
  Electorate,
  Epoch,
  MissRecord,
  Promotion,
  Round,
  SeedMix,
  Slot,
  Voter,
} from './state.ts';

/**
 * Checkpoint finality: a gadget that makes blocks irreversible, provably and accountably.
 *
 * Every few blocks the members of a committee vote that one checkpoint should follow another. Two thirds of the
 * weight make a certificate, which blocks carry; two certificates in a row make a checkpoint final, with all its
 * ancestors. Nobody can be made to vote for both of two conflicting checkpoints without leaving a proof. The gadget
 * runs beside any production plugin whose blocks settle by depth; committees follow its validators and take over
 * only at final checkpoints. The rules are those of Casper FFG with a hand-over taken from GRANDPA.
 *
 * Pure and deterministic: integers only, no clock, no randomness, no IO.
 *
 * @example
 * ```ts
 * import { createHash } from 'node:crypto';
 * import { checkpointFinality, committeeResilience } from '@fiducia/finality-checkpoint';
 *
 * const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());
 * const plugin = checkpointFinality();
 * const config = plugin.parseConfig({ committee: ['grid', 'hydro', 'solar', 'wind'] });
 * const chainId = new Uint8Array(32);
 * const rules = plugin.createRules(config, { chainId, era: 0, protocol: 'checkpoint@1', sha256 });
 *
 * const empty = new Uint8Array();
 * const parent = {
 *   id: 'genesis',
 *   parentId: '',
 *   height: 0,
 *   timestamp: 0,
 *   author: '',
 *   protocol: 'pow@1',
 *   digest: empty,
 *   sealHash: new Uint8Array(32),
 *   seal: empty,
 * } as const;
 * const handover = { validators: [], randomness: chainId, extra: new Map() };
 * const state = rules.initialState({ era: 0, parent, handover, census: [] });
 * console.log(state.term.committee.quorum); // 3 of 4
 * console.log(committeeResilience(state.term.committee)); // { haltSet: 2, breakSet: 2 }
 * ```
 *
 * In a node, `checkpointFinality()` is handed to the host beside the production plugin, and an era names both.
 * Clients that follow finality without a node use `@fiducia/finality-checkpoint/light-client`.
 *
 * Not for: producing or ordering blocks, protocols that finalise every block themselves (PBFT), committees of more
 * than 101 seats, or a committee made of recent miners, which no quorum can be derived from.
 *
 * @packageDocumentation
 */

export { type Certificate, decodeCertificate, encodeCertificate } from './certificate.ts';
export { type Committee, type CommitteeResilience, committeeResilience, type Seat } from './committee.ts';
export type { CheckpointConfig } from './config.ts';
export type { HandoverProof } from './handover.ts';
export { checkpointFinality } from './plugin.ts';
export { decodeProof, encodeProof, type FinalityProof } from './proof.ts';
export type { CheckpointAlarm, CheckpointPenaltyReason, CheckpointRefusal } from './refusals.ts';
export type { CheckpointState, Handover, Term } from './state.ts';
export { type Checkpoint, decodeVote, encodeVote, type Link, type TermNumber } from './vote.ts';

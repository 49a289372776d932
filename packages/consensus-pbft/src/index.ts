/**
 * PBFT by the rules of QBFT: validators vote on one block per height, which is then final.
 *
 * The proposer of a round sends a block; the others check it, PREPARE it, and COMMIT to it once a quorum of
 * more than two thirds prepared it. A quorum of COMMITs is the proof that is kept with the block. If a round
 * fails, validators change to the next one and carry along what they were prepared for, so that a value that
 * might have been committed is proposed again. Nothing that binds a validator is sent before it is durable.
 * Chains never fork while less than a third of the seats misbehave in any way.
 *
 * Pure and deterministic: integers only, no clock, no randomness, no IO.
 *
 * @example
 * ```ts
 * import { createHash } from 'node:crypto';
 * import { faultyWeightMax, pbft, proposerAt, quorumWeight } from '@fiducia/consensus-pbft';
 *
 * const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());
 * const plugin = pbft();
 * const config = plugin.parseConfig({ blockTimeMs: 1_000, roundTimeoutMs: 2_000 });
 * const context = { chainId: new Uint8Array(32), era: 0, protocol: 'pbft@1', sha256 } as const;
 * const rules = plugin.createRules(config, context);
 *
 * const empty = new Uint8Array();
 * const parent = {
 *   id: 'genesis',
 *   parentId: '',
 *   height: 0,
 *   timestamp: 0,
 *   author: '',
 *   protocol: 'pbft@1',
 *   digest: empty,
 *   sealHash: new Uint8Array(32),
 *   seal: empty,
 * } as const;
 * const validators = ['hydro', 'solar', 'tide', 'wind'].map((id) => ({ id, weight: 1n }));
 * const handover = { validators, randomness: context.chainId, extra: new Map() };
 * const state = rules.initialState({ era: 0, parent, handover, census: [] });
 * for (let round = 0; round < 4; round++) console.log(round, proposerAt(state, round, config));
 * console.log(quorumWeight(4n, false), faultyWeightMax(4n)); // 3n 1n
 * ```
 *
 * Not for: more than about 40 validators, since the number of messages grows with the square of theirs;
 * chains that must go on while a third of the validators is silent; anybody may validate, since somebody has
 * to say who has a seat.
 *
 * @packageDocumentation
 */

export { AMOUNT_MAX, type PbftConfig } from './config.ts';
export { faultyWeightMax, quorumWeight } from './council.ts';
export { pbft } from './plugin.ts';
export type { PbftPenaltyReason, PbftProposalRefusal, PbftRefusal } from './refusals.ts';
export { proposerAt } from './rules.ts';
export type { Member, MemberStatus, PbftState } from './state.ts';

/**
 * Proof of stake: a stake-weighted lottery per slot, over seeds that nobody can choose.
 *
 * Validators bond stake and register a VRF key with the ledger. Every slot has exactly one leader, drawn
 * in proportion to stake from the seed of its epoch; the leader's VRF output goes into a later seed.
 * Stake counts from the third epoch on, taken before anybody contributes to the seed it is drawn with.
 * The branch with the most blocks wins; two headers for one slot cost stake and the right to produce.
 *
 * Pure and deterministic: integers only, no clock, no randomness, no IO.
 *
 * @example
 * ```ts
 * import { createHash } from 'node:crypto';
 * import { leaderAt, pos } from '@fiducia/consensus-pos';
 *
 * const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());
 * const plugin = pos();
 * const config = plugin.parseConfig({ minStake: 1 });
 * const context = { chainId: new Uint8Array(32), era: 0, protocol: 'pos@1', sha256 } as const;
 * const rules = plugin.createRules(config, context);
 *
 * const empty = new Uint8Array();
 * const parent = {
 *   id: 'genesis',
 *   parentId: '',
 *   height: 0,
 *   timestamp: 0,
 *   author: '',
 *   protocol: 'pos@1',
 *   digest: empty,
 *   sealHash: new Uint8Array(32),
 *   seal: empty,
 * } as const;
 * const census = ['wind', 'solar', 'hydro'].flatMap((actor, index) => [
 *   { kind: 'admission', actor, deposit: 10n ** BigInt(index), category: actor } as const,
 *   { kind: 'key', actor, role: 'vrf', publicKey: new Uint8Array(33).fill(index + 1) } as const,
 * ]);
 * const handover = { validators: [], randomness: context.chainId, extra: new Map() };
 * const state = rules.initialState({ era: 0, parent, handover, census });
 * for (let slot = 1; slot <= 5; slot++) console.log(slot, leaderAt(state, slot, config, context));
 * ```
 *
 * Not for: finality (blocks settle by depth; add a finality gadget), hiding who leads next (the lottery is
 * public for up to two epochs ahead), or lotteries whose single outcome is worth more than a few block
 * rewards, since the last contributors to a seed can withhold their blocks.
 *
 * @packageDocumentation
 */

export { AMOUNT_MAX, type PosConfig } from './config.ts';
export { decodeDigest, encodeDigest, type PosDigest } from './digest.ts';
export { leaderAt } from './lottery.ts';
export { pos } from './plugin.ts';
export type { PosPenaltyReason, PosRefusal } from './refusals.ts';
export type { Bond, Epoch, PosState, Slot, Snapshot, Ticket } from './state.ts';

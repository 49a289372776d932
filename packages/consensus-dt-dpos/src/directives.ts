/**
 * Directives: what the ledger does in the block after a state.
 *
 * @module
 */
import type { Directive, Evidence, HashFunction, HeaderContext } from '@fiducia/consensus';
import { BASIS_POINTS } from '@fiducia/trust';
import type { DtDposConfig } from './config.ts';
import { assertDefined } from './errors.ts';
import { penaltyDirectives } from './penalties.ts';
import { candidateAt, candidateOf } from './register.ts';
import type { DtDposState, Publication } from './state.ts';

/** Ratings published per block; two directives each stay well below the contract's limit. */
export const PUBLICATIONS_PER_BLOCK = 16_384;

/**
 * Reward of the author by tier, ratings of the last boundary, penalties for evidence of the block.
 *
 * @param state - State before the block.
 * @param config - Configuration in force.
 * @see docs/spec/trust.md, rules P2, C1, X2, X3 and X4.
 */
export function computeDirectives(
  state: DtDposState,
  context: HeaderContext,
  evidence: readonly Evidence[],
  config: DtDposConfig,
  sha256: HashFunction,
): readonly Directive[] {
  return [
    ...rewardOf(state, context, config),
    ...state.outbox.slice(0, PUBLICATIONS_PER_BLOCK).flatMap((publication) => publish(state, publication)),
    ...penaltyDirectives(state, evidence, config, sha256),
  ];
}

function rewardOf(state: DtDposState, context: HeaderContext, config: DtDposConfig): readonly Directive[] {
  const tier = candidateOf(state.register, context.author)?.rating?.tier;
  if (tier === undefined) return [];
  // P2: both factors are non-negative, so the division floors.
  const units = (config.blockReward * BigInt(config.tierWeights[tier])) / BigInt(BASIS_POINTS);
  return units > 0n ? [{ kind: 'reward', actor: context.author, units }] : [];
}

function publish(state: DtDposState, { index, trust, tier, from }: Publication): readonly Directive[] {
  const actor = assertDefined(candidateAt(state.register, index), 'published ratings are of candidates').id;
  const changed: Directive = { kind: 'trustChanged', actor, trust, reason: 'EPOCH' };
  return tier === from ? [changed] : [changed, { kind: 'tierChanged', actor, from, to: tier }];
}

/**
 * Dynamic trust: idle loss and its lazy evaluation.
 *
 * @module
 */
import { floorDivide, type Micro, requireInteger } from './integer.ts';
import { IDLE_ROUNDS_MAX } from './limits.ts';
import type { TrustParams } from './params.ts';

/**
 * ΔD_s: total loss of the current idle spell, not the loss per round. It depends only on how long the
 * spell lasted, so idle nodes need no visit until they return (trust L1).
 *
 * Taking part in between never costs more than staying idle: the loss of two spells `a` and `b`
 * is at most that of one spell of `a + b + 1`.
 *
 * @param idleRounds - Rounds since the last activity, at least 0; more than 2^32 − 1 count as that.
 * @returns 0 up to `decayT`, then growing with `idleRounds`.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule D2.
 * @example
 * ```ts
 * trustDecay(6, trustPreset('paper')); // 12_000
 * ```
 */
export function trustDecay(idleRounds: number, params: TrustParams): Micro {
  requireInteger('idleRounds', idleRounds);
  const idle = Math.min(idleRounds, IDLE_ROUNDS_MAX);
  if (idle <= params.decayT) return 0;
  // N5: 10^6 * 2^32 < 2^53 in both forms.
  if (params.decayForm === 'ratio') return floorDivide(params.decayN * idle, params.decayT);
  return params.decayN * (idle - params.decayT);
}

/**
 * D: dynamic trust after an idle spell that started with `dynamicBase`.
 *
 * @returns 0 to `dynamicBase`.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule D3.
 */
export function effectiveDynamicTrust(dynamicBase: Micro, idleRounds: number, params: TrustParams): Micro {
  requireInteger('dynamicBase', dynamicBase, 0, params.dMax);
  return Math.max(0, dynamicBase - trustDecay(idleRounds, params));
}

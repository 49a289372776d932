/**
 * Proof of work: whoever finds a nonce extends the branch with the most work.
 *
 * A block's work is double SHA-256 over its seal hash and an 8-byte nonce. The target moves once per
 * window by the time its blocks took, measured between medians that consecutive windows share, and by
 * no more than a clamp. Nobody signs and nobody is registered; the author is who gets the reward.
 *
 * @example
 * ```ts
 * import { pow, workOf } from '@fiducia/consensus-pow';
 *
 * const plugin = pow();
 * const config = plugin.parseConfig({ spacingMs: 10_000, blockReward: 50n });
 * const rules = plugin.createRules(config, { chainId, era: 0, protocol: 'pow@1', sha256 });
 * const handover = { validators: [], randomness: chainId, extra: new Map() };
 * const state = rules.initialState({ era: 0, parent: genesisHeader, handover, census: [] });
 * workOf(state.target); // 65_536n hashes for a block
 * ```
 *
 * In a node the plugin is handed to the host and named in an era:
 * `{ fromHeight: 1, production: { name: 'pow', config: { preset: 'default' } } }`. Searching is the
 * crypto port's part; `createWorkerMiner` of `@fiducia/crypto/miner` does it on worker threads.
 *
 * Not for: finality (blocks settle by depth; add a finality gadget), networks whose hash power
 * somebody can outbid, where a few machines are enough to rewrite history, and fast settlement.
 *
 * @packageDocumentation
 */
export { compactFromTarget, targetFromCompact } from './compact.ts';
export { type PowConfig, type PowPresetName, powPreset } from './config.ts';
export { type PowOptions, pow } from './plugin.ts';
export type { PowRefusal } from './refusals.ts';
export { computeRetarget, medianTimePast, type RetargetInput } from './retarget.ts';
export { settleDepth } from './settle.ts';
export type { PowState } from './state.ts';
export {
  decodeTarget,
  encodeTarget,
  meetsTarget,
  NONCE_BYTES,
  powHash,
  TARGET_MAX,
  WORK_ALGORITHM,
  workOf,
} from './target.ts';

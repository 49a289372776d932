/**
 * The pure half of the plugin: what a header must claim, and what a branch weighs.
 *
 * @module
 */
import {
  accept,
  type Bytes,
  type Claim,
  type ConsensusHeader,
  type ConsensusRules,
  compareBytes,
  type Directive,
  defer,
  type HeaderContext,
  type Millis,
  type RulesContext,
  reject,
  type Tip,
  type Validator,
  type Verdict,
} from '@fiducia/consensus';
import type { PowConfig } from './config.ts';
import { medianTimePast } from './retarget.ts';
import { settleDepth } from './settle.ts';
import { advanceState, createInitialState, createStateCodec, type PowState } from './state.ts';
import { encodeTarget, NONCE_BYTES, powHash, WORK_ALGORITHM, workOf } from './target.ts';

/** Anybody may mine. */
const NO_VALIDATORS: readonly Validator[] = [];

/** Assembles the rules. Total for every parsed configuration. */
export function createRules(config: PowConfig, { sha256 }: RulesContext): ConsensusRules<PowState> {
  const depth = settleDepth(config.settleSharePpm, config.settleEpsilonPpm);
  const termsOf = rememberTerms();
  return {
    codec: createStateCodec(config),
    finality: { kind: 'settle', depth: () => depth },
    initialState: ({ parent }) => createInitialState(parent.timestamp, config),
    verifyHeader: (header, parent, now) => verifyHeader(header, parent, termsOf(parent.state.target), now, config),
    applyHeader: (state, header) => advanceState(state, header.timestamp, config),
    // The host adds these up (pos-pow F1), breaks ties by the lower block id (pos-pow F2, contract H-20) and keeps few and
    // heavy side branches (pos-pow F4). A tie that every node breaks by a salt of its own, as was planned, is
    // no function of the tips, so nodes could not agree on one head.
    branchWeight: (state) => termsOf(state.target).work,
    validators: () => NO_VALIDATORS,
    directives: (state, context) => rewardOf(state, context, config),
    // The work hash costs as much to choose as a block costs to mine; the seal hash would cost nothing.
    exportHandover: (_state, { sealHash, seal }) => ({
      validators: NO_VALIDATORS,
      randomness: powHash(sealHash, seal, sha256),
      extra: new Map(),
    }),
  };
}

/** What follows from a target alone. */
interface Terms {
  readonly target: bigint;
  /** What a header must repeat. */
  readonly digest: Bytes;
  readonly work: bigint;
}

/** Hundreds of blocks in a row have one target, and arithmetic on it costs more than all other rules together. */
function rememberTerms(): (target: bigint) => Terms {
  let newest: Terms | null = null;
  return (target) => {
    if (newest?.target !== target) newest = { target, digest: encodeTarget(target), work: workOf(target) };
    return newest;
  };
}

/** Cheapest first; the claim of work is checked before anything is executed (pos-pow F3). */
function verifyHeader(
  header: ConsensusHeader,
  parent: Tip<PowState>,
  terms: Terms,
  now: Millis,
  config: PowConfig,
): Verdict {
  const { digest, seal, sealHash, timestamp } = header;
  const { target, timestamps } = parent.state;
  if (digest.length !== terms.digest.length) return reject('BAD_DIGEST');
  // H3: the header repeats what follows from its parent, so that its work can be judged without one.
  if (compareBytes(digest, terms.digest) !== 0) return reject('WRONG_TARGET');
  if (seal.length !== NONCE_BYTES) return reject('BAD_NONCE');
  // Newer than the median, not than the parent, whose author may have been ahead of its time (pos-pow T2).
  if (timestamp <= medianTimePast(timestamps)) return reject('TIME_TOO_OLD');
  // Only the node's own clock counts, never that of peers, and only until the time has come (pos-pow T3, T4).
  const work: Claim = { kind: 'work', algorithm: WORK_ALGORITHM, data: sealHash, nonce: seal, target };
  if (timestamp > now + config.maxFutureDriftMs) return defer(timestamp - config.maxFutureDriftMs, [work]);
  // H1, H2
  return accept([work]);
}

/** M5: half as much after every `halvingBlocks`; the ledger adds the fees. */
function rewardOf(state: PowState, { author }: HeaderContext, config: PowConfig): readonly Directive[] {
  const { blockReward, halvingBlocks } = config;
  // Both sides are positive, so the division floors.
  const halvings = halvingBlocks === 0 ? 0n : BigInt(state.blocks + 1) / BigInt(halvingBlocks);
  const units = blockReward >> halvings;
  return units > 0n ? [{ kind: 'reward', actor: author, units }] : [];
}

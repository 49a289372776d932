/**
 * The pure half of the plugin: header rules, evidence, fork choice (pos-pow P1, P2, P6).
 *
 * @module
 */
import {
  accept,
  type Claim,
  type ConsensusHeader,
  type ConsensusRules,
  compareBytes,
  type Directive,
  defer,
  type Evidence,
  floorDivide,
  type HeaderContext,
  type Millis,
  type RulesContext,
  reject,
  SEAL_DOMAIN,
  type Tip,
  type Validator,
  type Verdict,
} from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { decodeDigest, digestFor, encodeDigest } from './digest.ts';
import { candidateOf } from './electorate.ts';
import { assertDefined } from './errors.ts';
import { evidenceFault, penaltyDirectives } from './offences.ts';
import { Schedule } from './schedule.ts';
import { alphaOf } from './seed.ts';
import type { DposState } from './state.ts';
import { createStateCodec } from './state-codec.ts';
import { applyBlock, createInitialState, type RuleParts } from './transition.ts';

/** Assembles the rules. Total for every parsed configuration. */
export function createRules(config: DposConfig, context: RulesContext): ConsensusRules<DposState> {
  const schedule = new Schedule(config, context);
  return {
    codec: createStateCodec(config),
    // P8: more than two thirds of the delegates built on it, which is a hint and never irreversible.
    finality: { kind: 'settle', depth: ({ epoch }) => floorDivide(2 * epoch.election.delegates.length, 3) + 1 },
    initialState: (start) => createInitialState(start, config, context),
    verifyHeader: (header, parent, now) => verifyHeader(header, parent, now, { config, context, schedule }),
    applyHeader: (state, header, facts) => applyBlock(state, header, facts, { config, context, schedule }),
    compareTips,
    validators: (state) => state.epoch.election.validators,
    directives: (state, header, evidence) => computeDirectives(state, header, evidence, config),
    conflictKey(artefact) {
      if (artefact.kind !== 'header') return undefined;
      const slot = decodeDigest(artefact.header.digest)?.slot;
      return slot === undefined ? undefined : `${artefact.header.author}/${slot}`;
    },
    verifyEvidence(evidence, state) {
      const fault = evidenceFault(state, evidence, config);
      return fault === undefined ? accept() : reject(fault);
    },
    exportHandover: (state) => ({
      validators: heirsOf(state),
      randomness: state.seed,
      extra: new Map(),
    }),
  };
}

/** P2: the ejected keep their vote until the epoch ends, but nobody inherits them, unless there is nobody else. */
function heirsOf({ epoch, electorate }: DposState): readonly Validator[] {
  const voters = epoch.election.validators.filter(({ weight }) => weight > 0n);
  const heirs = voters.filter(({ id }) => candidateOf(electorate, id)?.status !== 'EJECTED');
  return heirs.length === 0 ? voters : heirs;
}

function verifyHeader(
  header: ConsensusHeader,
  { state }: Tip<DposState>,
  now: Millis,
  { config, context, schedule }: RuleParts,
): Verdict {
  const digest = decodeDigest(header.digest);
  if (digest === undefined || (config.seedSource === 'vrf') !== (digest.vrf !== undefined)) return reject('BAD_DIGEST');
  const { slot, vrf } = digest;
  // A2. A product beyond 2^53 is rounded, but stays above every timestamp, which is a safe integer.
  if (header.timestamp !== state.slotZero + slot * config.slotMs) return reject('SLOT_MISMATCH');
  if (slot <= state.slot) return reject('SLOT_NOT_INCREASING');
  const { author: signer, sealHash: data, seal: signature } = header;
  const seal: Claim = { kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature };
  // Before the schedule: nobody has to evaluate far slots for an unsigned header.
  if (header.timestamp > now + config.maxSkewMs) return defer(header.timestamp - config.maxSkewMs, [seal]);
  const right = schedule.rightTo(state, slot);
  if (header.author !== right.delegate) return reject('WRONG_DELEGATE');
  if (candidateOf(state.electorate, header.author)?.status === 'EJECTED') return reject('DELEGATE_EJECTED');
  const expected = encodeDigest(digestFor(state, slot, vrf, schedule, context));
  if (compareBytes(header.digest, expected) !== 0) return reject('WRONG_ELECTION');
  const claims: Claim[] = [seal];
  const alpha = alphaOf(right, slot, config, context);
  if (alpha !== undefined && vrf !== undefined) {
    const publicKey = assertDefined(right.vrfKey, 'delegates have keys where headers carry proofs');
    claims.push({ kind: 'vrf', actor: signer, publicKey, alpha, ...vrf });
  }
  return accept(claims);
}

/** P6: most blocks, then the lower slot; the host then takes the lower id (pos-pow K1, K2). */
function compareTips(a: Tip<DposState>, b: Tip<DposState>): number {
  if (a.totalWeight !== b.totalWeight) return a.totalWeight > b.totalWeight ? 1 : -1;
  return Math.sign(b.state.slot - a.state.slot);
}

/** P7, P2: the reward of the author, then what the offences in the block cost. */
function computeDirectives(
  state: DposState,
  { author }: HeaderContext,
  evidence: readonly Evidence[],
  config: DposConfig,
): readonly Directive[] {
  const units = config.blockReward;
  const rewards: Directive[] = units > 0n ? [{ kind: 'reward', actor: author, units }] : [];
  return [...rewards, ...penaltyDirectives(state, evidence, config)];
}

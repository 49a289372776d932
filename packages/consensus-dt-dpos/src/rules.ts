/**
 * The pure half of the plugin: header rules and provable offences (trust S4 to S8).
 *
 * @module
 */
import {
  type Artefact,
  accept,
  type Bytes,
  ByteWriter,
  type Claim,
  type ConsensusHeader,
  type ConsensusRules,
  compareBytes,
  defer,
  type EraIndex,
  type Evidence,
  type Millis,
  type RulesContext,
  reject,
  SEAL_DOMAIN,
  type Tip,
  type Validator,
  type Verdict,
} from '@fiducia/consensus';
import { floorDivide } from '@fiducia/trust';
import { alphaOf } from './beacon.ts';
import type { DtDposConfig } from './config.ts';
import { type DtDposDigest, decodeDigest, digestFor, encodeDigest, namesNextValidators } from './digest.ts';
import { computeDirectives } from './directives.ts';
import { assertDefined } from './errors.ts';
import { configInForce } from './governance.ts';
import { evidenceFault, offenceOf } from './penalties.ts';
import type { DtDposRefusal } from './refusals.ts';
import { candidateAt, candidateOf } from './register.ts';
import { leaderAt } from './schedule.ts';
import { type DtDposState, statusAt } from './state.ts';
import { createStateCodec } from './state-codec.ts';
import { applyBlock, createInitialState } from './transition.ts';

/** Why an honest node never signs a header on this branch: decidable from the header and slot 0 alone (trust S6). */
type ProvableFault = Extract<DtDposRefusal, 'BAD_DIGEST' | 'SLOT_MISMATCH'>;

/** Assembles the rules. Total for every parsed configuration. */
export function createRules(config: DtDposConfig, context: RulesContext): ConsensusRules<DtDposState> {
  return {
    codec: createStateCodec(config),
    // S8: blocks by more than two thirds of the seats, plus one.
    finality: { kind: 'settle', depth: ({ election }) => floorDivide(2 * election.seats.length, 3) + 1 },
    initialState: (start) => createInitialState(start, config, context),
    verifyHeader: (header, parent, now) => verifyHeader(header, parent, now, config, context),
    applyHeader: (state, header, facts) => applyBlock(state, header, facts, config, context),
    compareTips,
    validators: (state) => state.election.validators,
    directives: (state, header, evidence) =>
      computeDirectives(state, header, evidence, configInForce(config, state.parameters), context.sha256),
    conflictKey(artefact) {
      if (artefact.kind !== 'header') return undefined;
      const slot = decodeDigest(artefact.header.digest)?.slot;
      return slot === undefined ? undefined : `${artefact.header.author}/${slot}`;
    },
    verifyEvidence: (evidence, state, subjects) =>
      verifyEvidence(evidence, state, subjects, context, configInForce(config, state.parameters)),
    exportHandover: (state) => ({
      validators: heirsOf(state),
      randomness: state.beacon?.seeds.nextSeed ?? state.seed,
      extra: new Map([['trust/scores', encodeScores(state)]]),
    }),
  };
}

/** E3: whoever is excluded or leaves keeps its seat while elections last, but the next era inherits it only if all do. */
function heirsOf({ election: { validators }, register, height }: DtDposState): readonly Validator[] {
  const heirs = validators.filter(({ id }) => {
    const candidate = candidateOf(register, id);
    const status = candidate && statusAt(candidate, height + 1);
    return status === 'ACTIVE' || status === 'PENDING';
  });
  return heirs.length === 0 || heirs.length === validators.length ? validators : heirs;
}

function verifyHeader(
  header: ConsensusHeader,
  parent: Tip<DtDposState>,
  now: Millis,
  base: DtDposConfig,
  { sha256, chainId, era }: RulesContext,
): Verdict {
  const { state } = parent;
  const config = configInForce(base, state.parameters);
  const fault = provableFault(header, state.slotZero, config);
  if (typeof fault === 'string') return reject(fault, isProvable(fault, era));
  const { slot, vrf } = fault;
  if (slot <= state.slot) return reject('SLOT_NOT_INCREASING');
  const { author: signer, sealHash: data, seal: signature } = header;
  const seal: Claim = { kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature };
  // Before the leader, or an unsigned header of a far slot would make everybody run the schedule up to it.
  if (header.timestamp > now + config.driftMs) return defer(header.timestamp - config.driftMs, [seal]);
  const leader = leaderAt(state, slot, config, sha256);
  if (header.author !== leader.id) return reject('WRONG_LEADER');
  const expected = encodeDigest(digestFor(state, slot, vrf, config, sha256));
  if (compareBytes(header.digest, expected) !== 0) return reject('WRONG_VALIDATORS');
  const alpha = alphaOf(state, slot, chainId);
  if (alpha === undefined) return accept([seal]);
  const { output, proof } = assertDefined(vrf, 'the digest was checked');
  const publicKey = assertDefined(leader.vrfKey, 'seats have keys where headers carry proofs');
  return accept([seal, { kind: 'vrf', actor: leader.id, publicKey, alpha, output, proof }]);
}

/** S5, S6: the code of the first provable fault, or the digest of a header without one. */
function provableFault(header: ConsensusHeader, slotZero: Millis, config: DtDposConfig): ProvableFault | DtDposDigest {
  const digest = decodeDigest(header.digest);
  const namesNext = namesNextValidators(header.height, config);
  if (digest === undefined || namesNext !== (digest.nextValidators !== undefined)) return 'BAD_DIGEST';
  if ((config.seedMode === 'vrf') !== (digest.vrf !== undefined)) return 'BAD_DIGEST';
  // A product beyond 2^53 is rounded, but stays above every timestamp, which is a safe integer.
  return header.timestamp === slotZero + digest.slot * config.slotMs ? digest : 'SLOT_MISMATCH';
}

/**
 * S6: whether a signed header with this fault is evidence. Until it is final, the border of a later era may have two last blocks,
 * from each of which an honest node counts slots; only genesis is the same for all branches.
 */
function isProvable(fault: ProvableFault, era: EraIndex): boolean {
  return fault === 'BAD_DIGEST' || era === 0;
}

function verifyEvidence(
  evidence: Evidence,
  state: DtDposState,
  subjects: readonly Artefact[],
  { era, sha256 }: RulesContext,
  config: DtDposConfig,
): Verdict {
  const fault = evidenceFault(state, evidence, config, sha256);
  if (fault !== undefined) return reject(fault);
  if (offenceOf(evidence) === 'equivocation') return accept();
  const [subject] = subjects;
  // Slot 0 of another era is unknown here, so nothing can be proven about its headers.
  const isJudgeable = evidence.kind === 'invalidHeader' && evidence.era === era && subject?.kind === 'header';
  if (!isJudgeable) return reject('EVIDENCE_NOT_PROVABLE');
  const found = provableFault(subject.header, state.slotZero, config);
  const isProven = found === evidence.code && isProvable(found, era);
  return isProven ? accept() : reject('EVIDENCE_NOT_PROVABLE');
}

/**
 * Most blocks, then the earlier slot; the host then takes the lower id, which authors can try (trust S9). Slots of two borders
 * differ in their start, so times are compared.
 */
function compareTips(a: Tip<DtDposState>, b: Tip<DtDposState>): number {
  if (a.totalWeight !== b.totalWeight) return a.totalWeight > b.totalWeight ? 1 : -1;
  return Math.sign(b.header.timestamp - a.header.timestamp);
}

/** Handover value `trust/scores`: count, then identity and rating of each live candidate by index, the latest of an identity. */
function encodeScores(state: DtDposState): Bytes {
  const writer = new ByteWriter();
  let count = 0;
  for (const [index] of state.live.entries()) {
    const { id, rating } = assertDefined(candidateAt(state.register, index), 'live candidates are registered');
    if (rating === null || state.register.indexOf.get(id) !== index) continue;
    writer.text(id).uint(rating.trust, 6);
    count++;
  }
  const list = writer.finish();
  const bytes = new Uint8Array(4 + list.length);
  bytes.set(new ByteWriter().uint(count, 4).finish());
  bytes.set(list, 4);
  return bytes;
}

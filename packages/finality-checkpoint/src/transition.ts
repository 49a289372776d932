/**
 * From one block to the next: checkpoints, certificates, hand-over (finality-checkpoint J, F, B, H).
 *
 * @module
 */
import {
  type BlockId,
  type Bytes,
  ConsensusError,
  type ConsensusHeader,
  createPersistentMap,
  type EraStart,
  type Fact,
  floorDivide,
  type PersistentMap,
  type RulesContext,
  type Validator,
} from '@fiducia/consensus';
import { type Certificate, certificateFault, decodeCertificate } from './certificate.ts';
import { type Committee, committeeFrom, committeeOf, isSameCommittee } from './committee.ts';
import type { CheckpointConfig } from './config.ts';
import { isConflictEvidence, offendersIn } from './evidence.ts';
import { commitmentFor, isHandover } from './handover.ts';
import { encodeProof, proveSource } from './proof.ts';
import type { CheckpointRefusal } from './refusals.ts';
import { CARRIED_MAX, type CheckpointState, JUSTIFIED_MAX, justifiedRef } from './state.ts';
import { CHECKPOINT_MAX, type Checkpoint, isConsecutive, isSameCheckpoint, TERM_MAX } from './vote.ts';

/**
 * State before the first block of an era. Its committee is the configured one, else that of the census, else
 * that of the handover. A new era with a configured committee is also what replaces one that is gone for good
 * (finality-checkpoint H6).
 *
 * @throws `ConsensusError` with `INVALID_HANDOVER` if there is no committee: a quorum of nobody finalises nothing.
 */
export function createInitialState(start: EraStart, config: CheckpointConfig): CheckpointState {
  const { parent, handover } = start;
  const named = [...start.census].flatMap((fact) => (fact.kind === 'validators' ? [fact.validators] : [])).at(-1);
  const committee = committeeNamed(named ?? handover.validators, config);
  if (committee === undefined) {
    const reason = 'no validator has weight: configure a committee';
    throw new ConsensusError({ code: 'INVALID_HANDOVER', plugin: 'checkpoint', reason });
  }
  const root = { number: floorDivide(parent.height, config.every), id: parent.id };
  const checkpoints = createPersistentMap<number, BlockId>().with(root.number, root.id);
  return {
    height: parent.height,
    term: { number: 0, committee, root, startedAt: parent.height, opening: null },
    previous: null,
    latest: committee,
    handover: null,
    justified: [root],
    forkStart: root.number,
    final: root,
    proof: null,
    checkpoints,
    carried: [],
    punished: createPersistentMap(),
    isBroken: false,
  };
}

/** State after a block with these facts. */
export function applyBlock(
  state: CheckpointState,
  header: ConsensusHeader,
  facts: readonly Fact[],
  config: CheckpointConfig,
  context: RulesContext,
): CheckpointState {
  let next: CheckpointState = { ...state, height: header.height, latest: latestCommittee(state, facts, config) };
  next = reachCheckpoint(next, header, config);
  for (const { certificate, bytes } of certificatesIn(facts, context)) {
    next = applyCertificate(next, certificate, bytes, config, context);
  }
  next = bookOffences(next, facts, context);
  // C4: what a block carried counts for the fork choice from the next checkpoint height on.
  if (header.height % config.every === 0) next = { ...next, forkStart: justifiedRef(next).number };
  return announce(next, config);
}

/** Judges a certificate against the state before the block that carries it (finality-checkpoint O2, B2, B3). */
export function carriedFault(
  state: CheckpointState,
  certificate: Certificate,
  context: RulesContext,
): CheckpointRefusal | undefined {
  const { link } = certificate;
  if (link.term !== state.term.number) return 'CERTIFICATE_TERM';
  const fault = certificateFault(certificate, state.term.committee);
  if (fault !== undefined || isHandover(state, link, context)) return fault;
  if (!state.justified.some((checkpoint) => isSameCheckpoint(checkpoint, link.source))) return 'CERTIFICATE_SOURCE';
  if (state.checkpoints.get(link.target.number) !== link.target.id) return 'CERTIFICATE_TARGET';
  if (link.target.number <= justifiedRef(state).number) return 'CERTIFICATE_STALE';
  const expected = commitmentFor(state, link.source.number, context);
  return expected.toString() === link.handover.toString() ? undefined : 'CERTIFICATE_HANDOVER';
}

function committeeNamed(validators: readonly Validator[], config: CheckpointConfig): Committee | undefined {
  return config.committee === undefined ? committeeFrom(validators, config) : committeeOf(config.committee);
}

function latestCommittee(state: CheckpointState, facts: readonly Fact[], config: CheckpointConfig): Committee {
  const named = facts.flatMap((fact) => (fact.kind === 'validators' ? [fact.validators] : [])).at(-1);
  const committee = named === undefined ? undefined : committeeNamed(named, config);
  // A set in which nobody has weight leaves the committee as it is.
  return committee ?? state.latest;
}

/** Notes the block if it is a checkpoint; at a boundary its state names the next committee (finality-checkpoint H3). */
function reachCheckpoint(state: CheckpointState, header: ConsensusHeader, config: CheckpointConfig): CheckpointState {
  const number = floorDivide(header.height, config.every);
  if (header.height % config.every !== 0 || number > CHECKPOINT_MAX) return state;
  const { handover, latest } = state;
  let checkpoints = state.checkpoints.with(number, header.id);
  // The final checkpoint stays known however long finality stands still, and so does the boundary after it.
  const oldest = number - config.window;
  if (oldest !== state.final.number && oldest !== handover?.boundary) checkpoints = checkpoints.without(oldest);
  if (handover?.boundary !== number) return { ...state, checkpoints };
  return { ...state, checkpoints, handover: { boundary: number, fixed: { id: header.id, committee: latest } } };
}

interface CarriedCertificate {
  readonly certificate: Certificate;
  readonly bytes: Bytes;
}

/** Certificates of this gadget, lowest target first, so that the order in the block has no effect. */
function certificatesIn(facts: readonly Fact[], context: RulesContext): readonly CarriedCertificate[] {
  const carried: CarriedCertificate[] = [];
  for (const fact of facts) {
    if (fact.kind !== 'certificate' || fact.certificate.protocol !== context.protocol) continue;
    const certificate = decodeCertificate(fact.certificate.data);
    if (certificate !== undefined) carried.push({ certificate, bytes: fact.certificate.data });
  }
  return carried.sort(
    ({ certificate: { link: a } }, { certificate: { link: b } }) =>
      a.target.number - b.target.number || a.source.number - b.source.number,
  );
}

function applyCertificate(
  state: CheckpointState,
  certificate: Certificate,
  bytes: Bytes,
  config: CheckpointConfig,
  context: RulesContext,
): CheckpointState {
  // Judged before on the parent's state, where an earlier certificate of the same block did not count yet.
  if (carriedFault(state, certificate, context) !== undefined) return state;
  const { link } = certificate;
  const carried = [...state.carried, bytes].slice(-CARRIED_MAX);
  if (isHandover(state, link, context)) return beginTerm({ ...state, carried }, certificate);

  // finality-checkpoint J2: the source was found justified above.
  const justified = [...state.justified, link.target].slice(-JUSTIFIED_MAX);
  const next = { ...state, carried, justified };
  // finality-checkpoint F1 and F3: it only moves up.
  if (!isConsecutive(link) || link.source.number <= state.final.number) return next;
  return finalise(next, link.source, proveSource(certificate, state.term, config));
}

/** finality-checkpoint F5 and H3, see finality-checkpoint SCH-5: the boundary is final and begins a term; whatever the old committee justified above it counts no more. */
function beginTerm(state: CheckpointState, certificate: Certificate): CheckpointState {
  const { handover, term } = state;
  if (handover === null || handover.fixed === null) return state;
  const { id, committee } = handover.fixed;
  const root = { number: handover.boundary, id };
  const opening = encodeProof({ handover: { boundary: root, committee, certificate }, certificate: null });
  return {
    ...state,
    term: { number: term.number + 1, committee, root, startedAt: state.height, opening },
    previous: term,
    handover: null,
    justified: [root],
    forkStart: root.number,
    final: root,
    proof: opening,
    checkpoints: forgetBelow(state, root),
    punished: forgetTerms(state.punished, term.number),
  };
}

function finalise(state: CheckpointState, final: Checkpoint, proof: Bytes): CheckpointState {
  return {
    ...state,
    final,
    proof,
    justified: state.justified.filter(({ number }) => number >= final.number),
    checkpoints: forgetBelow(state, final),
  };
}

function forgetBelow(state: CheckpointState, final: Checkpoint): PersistentMap<number, BlockId> {
  let { checkpoints } = state;
  for (const [number] of state.checkpoints.entries()) {
    if (number >= final.number) break;
    checkpoints = checkpoints.without(number);
  }
  return checkpoints;
}

/** What was booked before the previous term concerns offences that cannot be reported any more. */
function forgetTerms(punished: CheckpointState['punished'], oldest: number): CheckpointState['punished'] {
  let kept = punished;
  for (const [id, term] of punished.entries()) if (term < oldest) kept = kept.without(id);
  return kept;
}

function bookOffences(state: CheckpointState, facts: readonly Fact[], context: RulesContext): CheckpointState {
  let { punished, isBroken } = state;
  for (const fact of facts) {
    if (fact.kind !== 'evidence' || fact.evidence.protocol !== context.protocol) continue;
    for (const id of offendersIn(state, fact.evidence)) punished = punished.with(id, state.term.number);
    isBroken ||= isConflictEvidence(fact.evidence);
  }
  return { ...state, punished, isBroken };
}

/** H1: at most one change is pending; one that comes meanwhile waits until the new term has begun. */
function announce(state: CheckpointState, config: CheckpointConfig): CheckpointState {
  const { term, latest, handover, height } = state;
  if (handover !== null || term.number >= TERM_MAX || isSameCommittee(latest, term.committee)) return state;
  const boundary = floorDivide(height + config.every - 1, config.every) + config.grace;
  return { ...state, handover: { boundary, fixed: null } };
}

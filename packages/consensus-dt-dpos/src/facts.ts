/**
 * Facts of a block: what each candidate did, and what waits for the boundary (trust F1 to F9).
 *
 * @module
 */
import {
  type ActorId,
  ByteReader,
  type Bytes,
  type ConsensusHeader,
  type Evidence,
  type Fact,
  type HashFunction,
  type Height,
  tryDecode,
} from '@fiducia/consensus';
import type { Activity } from '@fiducia/trust';
import type { DtDposConfig } from './config.ts';
import { governedName } from './governance.ts';
import { bookable, keyOf, offenceHeight, offenceKey } from './penalties.ts';
import { candidateOf, type RegisterDraft } from './register.ts';
import {
  type Candidate,
  type CandidateIndex,
  type DtDposState,
  isGone,
  type QueuedChange,
  type Seat,
  statusAt,
} from './state.ts';

/** Id of the `custom` fact that books one proven offence (trust F7): text actor, 6 bytes market slot. */
export const TRUST_OFFENCE_ID = 'trust/offence';

/** Most misses of one candidate that one block books; the trust arithmetic is bounded by it. */
const MISSES_MAX = 1_000;

const ACTOR_BYTES_MAX = 128;
const MARKET_SLOT_BYTES = 6;

/** An `admission` fact. */
export type Admission = Extract<Fact, { readonly kind: 'admission' }>;

/** What a block established about candidates. */
export interface CollectedActivity {
  /** Activity per candidate; nobody else is touched. */
  readonly activities: ReadonlyMap<CandidateIndex, Activity>;
  /** Booked evidence by offender. */
  readonly evidence: ReadonlyMap<Candidate, readonly Evidence[]>;
  /** Keys of all booked offences with the height at which they count as committed. */
  readonly offences: ReadonlyMap<string, Height>;
}

interface Tally {
  correct: number;
  missed: number;
  malicious: number;
  participated: boolean;
}

/**
 * Aggregates header and facts per candidate, so that the order of facts has no effect. Facts about
 * anybody who is not registered are dropped (trust F1).
 *
 * @param missed - Leaders of the empty slots before the block (trust F9).
 * @see docs/spec/trust.md, rules F2, F7, F8 and F9.
 */
export function collectActivity(
  state: DtDposState,
  header: ConsensusHeader,
  missed: readonly Seat[],
  facts: readonly Fact[],
  config: DtDposConfig,
  sha256: HashFunction,
): CollectedActivity {
  const tallies = new Map<CandidateIndex, Tally>();
  const tallyOf = (index: CandidateIndex): Tally => {
    const tally = tallies.get(index) ?? { correct: 0, missed: 0, malicious: 0, participated: false };
    tallies.set(index, tally);
    return tally;
  };

  // The seat that led is credited: its holder may meanwhile have left and come back under a new index.
  const seat = state.election.seats.find(({ id }) => id === header.author);
  const author = seat?.index ?? state.register.indexOf.get(header.author);
  if (author !== undefined) tallyOf(author).correct++;
  for (const seat of missed) tallyOf(seat.index).missed++;
  for (const index of participantsIn(state, header.height, facts)) tallyOf(index).participated = true;

  const evidence = bookable(state, evidenceIn(facts), config, sha256);
  const offences = new Map<string, Height>();
  for (const [offender, items] of evidence) {
    tallyOf(offender.index).malicious += items.length;
    for (const item of items) offences.set(keyOf(item, sha256), offenceHeight(item, header.height));
  }
  for (const [key, index] of statedOffences(state, facts)) {
    tallyOf(index).malicious++;
    offences.set(key, header.height);
  }
  // F9: an offence replaces a miss, so nobody pays twice for one slot.
  for (const tally of tallies.values()) {
    tally.missed = Math.min(MISSES_MAX, Math.max(0, tally.missed - tally.malicious));
  }
  return { activities: tallies, evidence, offences };
}

/**
 * Changes that wait for the boundary, each with a key under which a later total replaces an
 * earlier one. A ballot for oneself is dropped (trust F4).
 *
 * @param register - Register that knows the admissions of the same block.
 */
export function queuedIn(
  register: Pick<RegisterDraft, 'of'>,
  facts: readonly Fact[],
): ReadonlyMap<string, QueuedChange> {
  const queued = new Map<string, QueuedChange>();
  for (const fact of facts) {
    const change = changeOf(register, fact);
    if (change !== undefined) queued.set(queueKey(change), change);
  }
  return queued;
}

/** Key of a queued change; sorted keys are the order of application within a kind. */
export function queueKey(change: QueuedChange): string {
  if (change.kind === 'parameter') return `parameter/${change.name}`;
  if (change.kind === 'ballot') return `ballot/${change.index}/${change.from}`;
  return `${change.kind}/${change.index}`;
}

/** What a fact changes at the next boundary, about whomever its identity stands for in `register`. */
export function changeOf(register: Pick<RegisterDraft, 'of'>, fact: Fact): QueuedChange | undefined {
  if (fact.kind === 'parameter') {
    const name = governedName(fact.name, fact.value);
    return name === undefined ? undefined : { kind: 'parameter', name, value: fact.value };
  }
  // Nearly all facts are votes for a round: nobody is looked up for them.
  if (fact.kind !== 'deposit' && fact.kind !== 'exit' && fact.kind !== 'key' && fact.kind !== 'ballot')
    return undefined;
  const candidate = register.of(fact.kind === 'ballot' ? fact.to : fact.actor);
  if (candidate === undefined || isGone(candidate)) return undefined;
  const { index } = candidate;
  switch (fact.kind) {
    case 'deposit':
      return { kind: 'deposit', index, total: fact.total };
    case 'exit':
      return { kind: 'exit', index };
    case 'key':
      return fact.role === 'vrf' ? { kind: 'key', index, publicKey: fact.publicKey } : undefined;
    case 'ballot':
      return fact.from === fact.to ? undefined : { kind: 'ballot', index, from: fact.from, weight: fact.weight };
  }
}

/**
 * Whether an admission of `actor` in `round` gives a new index: it is new, has left, or is about to
 * leave (trust K4).
 *
 * @param queued - What waits for the boundary, the facts before the admission included.
 */
export function mayEnter(
  register: Pick<RegisterDraft, 'of'>,
  queued: DtDposState['queued'],
  actor: ActorId,
  round: Height,
): boolean {
  const candidate = register.of(actor);
  if (candidate === undefined) return true;
  const status = statusAt(candidate, round);
  // Whoever is jailed or tombstoned does not get rid of it by leaving and coming back.
  if (status === 'EXITING' || status === 'EXITED') return (candidate.jailedUntil ?? 0) <= round;
  const mayLeave = status === 'ACTIVE' || status === 'PENDING';
  return mayLeave && queued.get(queueKey({ kind: 'exit', index: candidate.index })) !== undefined;
}

/** F8: candidates with a vote for this round, each once. */
function participantsIn(state: DtDposState, height: Height, facts: readonly Fact[]): ReadonlySet<CandidateIndex> {
  const participants = new Set<CandidateIndex>();
  for (const fact of facts) {
    if (fact.kind !== 'participation' || fact.round !== height) continue;
    const candidate = candidateOf(state.register, fact.actor);
    if (candidate !== undefined && statusAt(candidate, height) === 'ACTIVE') participants.add(candidate.index);
  }
  return participants;
}

function evidenceIn(facts: readonly Fact[]): readonly Evidence[] {
  return facts.flatMap((fact) => (fact.kind === 'evidence' ? [fact.evidence] : []));
}

/** Offences that the ledger itself proved, each once. */
function statedOffences(state: DtDposState, facts: readonly Fact[]): ReadonlyMap<string, CandidateIndex> {
  const stated = new Map<string, CandidateIndex>();
  for (const fact of facts) {
    if (fact.kind !== 'custom' || fact.id !== TRUST_OFFENCE_ID) continue;
    const offence = decodeOffence(fact.data);
    const candidate = offence === undefined ? undefined : candidateOf(state.register, offence.actor);
    if (offence === undefined || candidate === undefined || candidate.status === 'EXITED') continue;
    const key = offenceKey(TRUST_OFFENCE_ID, offence.marketSlot, offence.actor);
    if (state.punished.get(key) === undefined) stated.set(key, candidate.index);
  }
  return stated;
}

function decodeOffence(data: Bytes): { readonly actor: ActorId; readonly marketSlot: number } | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(data, TRUST_OFFENCE_ID);
    const offence = { actor: reader.text(ACTOR_BYTES_MAX), marketSlot: reader.uint(MARKET_SLOT_BYTES) };
    reader.finish();
    return offence;
  });
}

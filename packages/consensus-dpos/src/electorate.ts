/**
 * Candidates and approvals: what the facts of a block change (pos-pow V1, V3).
 *
 * The votes of a candidate are kept as a sum and change with every ballot and every stake, so that a
 * tally needs no pass over the voters.
 *
 * @module
 */
import { type ActorId, type Bytes, createPersistentMap, type Fact, type Height } from '@fiducia/consensus';
import { AMOUNT_LIMIT, type DposConfig } from './config.ts';
import type { Candidate, CandidateIndex, Electorate, Voter } from './state.ts';

/** Role of the keys that prove randomness (randomness-vrf K1). */
const VRF_ROLE = 'vrf';

/** Longest key. */
const KEY_BYTES_MAX = 256;

/** Longest identity, in UTF-16 code units. */
const ACTOR_LENGTH_MAX = 128;

/** Returns an electorate of nobody. */
export function createElectorate(): Electorate {
  return {
    admissions: 0,
    candidates: createPersistentMap(),
    indexOf: createPersistentMap(),
    voters: createPersistentMap(),
  };
}

/** Latest admission of an identity. */
export function candidateOf(electorate: Electorate, actor: ActorId): Candidate | undefined {
  const index = electorate.indexOf.get(actor);
  return index === undefined ? undefined : electorate.candidates.get(index);
}

/**
 * What one approval of `actor` is worth: the stake that the ledger stated for it, otherwise its deposit as a
 * candidate, otherwise nothing (pos-pow V1).
 */
function votingStakeOf(electorate: Electorate, actor: ActorId): bigint {
  return electorate.voters.get(actor)?.stake ?? candidateOf(electorate, actor)?.deposit ?? 0n;
}

/**
 * The electorate after the facts of the block at `height`, in the order of the ledger. Facts that no
 * rule provides for (strangers, amounts and names out of range) change nothing.
 *
 * @returns The same object if nothing changed.
 */
export function applyFacts(before: Electorate, facts: Iterable<Fact>, height: Height, config: DposConfig): Electorate {
  let electorate = before;
  for (const fact of facts) electorate = applyFact(electorate, fact, height, config);
  return electorate;
}

/** Replaces or adds a candidate. */
export function withCandidate(electorate: Electorate, index: CandidateIndex, candidate: Candidate): Electorate {
  return { ...electorate, candidates: electorate.candidates.with(index, candidate) };
}

/** Forgets the admission `index`; a later one of the same identity stays. */
export function withoutCandidate(electorate: Electorate, index: CandidateIndex, id: ActorId): Electorate {
  const candidates = electorate.candidates.without(index);
  const isLatest = electorate.indexOf.get(id) === index;
  return { ...electorate, candidates, indexOf: isLatest ? electorate.indexOf.without(id) : electorate.indexOf };
}

function applyFact(electorate: Electorate, fact: Fact, height: Height, config: DposConfig): Electorate {
  switch (fact.kind) {
    case 'admission':
      return isAmount(fact.deposit) && isActor(fact.actor)
        ? withAdmission(electorate, fact.actor, fact.deposit)
        : electorate;
    case 'deposit':
      return isAmount(fact.total) ? withDeposit(electorate, fact.actor, fact.total) : electorate;
    case 'exit':
      return withoutCandidacy(electorate, fact.actor, 'LEFT', height + config.evidenceMaxAge);
    case 'evidence':
      // P2: the rules accepted it before the block was executed.
      return withoutCandidacy(electorate, fact.evidence.offender, 'EJECTED', 0);
    case 'stake':
      return isAmount(fact.total) && isActor(fact.actor) ? withStake(electorate, fact.actor, fact.total) : electorate;
    case 'key':
      return config.seedSource === 'vrf' && fact.role === VRF_ROLE && isKey(fact.publicKey)
        ? withKey(electorate, fact.actor, fact.publicKey)
        : electorate;
    case 'ballot':
      return isActor(fact.from)
        ? withBallot(electorate, fact.from, fact.to, fact.weight > 0n, config.maxApprovals)
        : electorate;
    default:
      return electorate;
  }
}

/** A new admission; whoever is registered already or was ejected gets none. */
function withAdmission(electorate: Electorate, actor: ActorId, deposit: bigint): Electorate {
  const known = candidateOf(electorate, actor);
  if (known !== undefined && known.status !== 'LEFT') return electorate;
  const index = electorate.admissions;
  return revalued(electorate, actor, (before) => {
    const old = before.indexOf.get(actor);
    const candidates = old === undefined ? before.candidates : before.candidates.without(old);
    return {
      ...before,
      admissions: index + 1,
      candidates: candidates.with(index, {
        id: actor,
        status: 'ACTIVE',
        deposit,
        votes: 0n,
        accountableUntil: 0,
        ...keyIn(known),
      }),
      indexOf: before.indexOf.with(actor, index),
    };
  });
}

/** The key of an identity, which need not register it again when it returns before it is forgotten. */
function keyIn(candidate: Candidate | undefined): Pick<Candidate, 'vrfKey'> {
  return candidate?.vrfKey === undefined ? {} : { vrfKey: candidate.vrfKey };
}

/** A new key counts from the next snapshot on (randomness-vrf K3). */
function withKey(electorate: Electorate, actor: ActorId, vrfKey: Bytes): Electorate {
  const index = electorate.indexOf.get(actor);
  const candidate = candidateOf(electorate, actor);
  return index === undefined || candidate === undefined
    ? electorate
    : withCandidate(electorate, index, { ...candidate, vrfKey });
}

function withDeposit(electorate: Electorate, actor: ActorId, deposit: bigint): Electorate {
  const index = electorate.indexOf.get(actor);
  const candidate = candidateOf(electorate, actor);
  if (index === undefined || candidate?.status !== 'ACTIVE' || candidate.deposit === deposit) return electorate;
  return revalued(electorate, actor, (before) => withCandidate(before, index, { ...candidate, deposit }));
}

function withoutCandidacy(
  electorate: Electorate,
  actor: ActorId,
  status: 'LEFT' | 'EJECTED',
  accountableUntil: Height,
): Electorate {
  const index = electorate.indexOf.get(actor);
  const candidate = candidateOf(electorate, actor);
  if (index === undefined || candidate === undefined) return electorate;
  if (candidate.status === status || candidate.status === 'EJECTED') return electorate;
  const gone: Candidate = { id: actor, status, deposit: 0n, votes: 0n, accountableUntil, ...keyIn(candidate) };
  // Revalued first: an approval of oneself loses its stake while the candidate still has the votes.
  return withCandidate(
    revalued(electorate, actor, (before) => withCandidate(before, index, { ...candidate, deposit: 0n })),
    index,
    gone,
  );
}

function withStake(electorate: Electorate, actor: ActorId, stake: bigint): Electorate {
  const approvals = electorate.voters.get(actor)?.approvals ?? [];
  return revalued(electorate, actor, (before) => withVoter(before, actor, { stake, approvals }));
}

/**
 * Approves or withdraws (pos-pow V1). The weight of the ballot only says which: every approval counts with
 * the whole voting stake. Approvals beyond the most allowed are dropped.
 */
function withBallot(
  electorate: Electorate,
  from: ActorId,
  to: ActorId,
  isApproval: boolean,
  approvalsMax: number,
): Electorate {
  const index = electorate.indexOf.get(to);
  if (index === undefined || electorate.candidates.get(index)?.status !== 'ACTIVE') return electorate;
  const { stake, approvals }: Voter = electorate.voters.get(from) ?? { stake: null, approvals: [] };
  if (approvals.includes(index) === isApproval) return electorate;

  // Approvals of those who are gone make room.
  const others = approvals.filter(
    (approved) => approved !== index && electorate.candidates.get(approved)?.status === 'ACTIVE',
  );
  if (isApproval && others.length >= approvalsMax) return electorate;
  const changed = isApproval ? [...others, index].sort((a, b) => a - b) : others;
  const worth = votingStakeOf(electorate, from);
  const after = withVoter(electorate, from, { stake, approvals: changed });
  return withVotes(after, [index], isApproval ? worth : -worth);
}

function withVoter(electorate: Electorate, actor: ActorId, voter: Voter): Electorate {
  const isIdle = voter.stake === null && voter.approvals.length === 0;
  const { voters } = electorate;
  return { ...electorate, voters: isIdle ? voters.without(actor) : voters.with(actor, voter) };
}

/** Makes a change that may alter the voting stake of `actor`, and lets its votes follow (pos-pow V1, V3). */
function revalued(electorate: Electorate, actor: ActorId, change: (before: Electorate) => Electorate): Electorate {
  const after = change(electorate);
  const difference = votingStakeOf(after, actor) - votingStakeOf(electorate, actor);
  return withVotes(after, after.voters.get(actor)?.approvals ?? [], difference);
}

function withVotes(electorate: Electorate, indices: readonly CandidateIndex[], difference: bigint): Electorate {
  if (difference === 0n) return electorate;
  let { candidates } = electorate;
  for (const index of indices) {
    const candidate = candidates.get(index);
    if (candidate?.status !== 'ACTIVE') continue;
    candidates = candidates.with(index, { ...candidate, votes: candidate.votes + difference });
  }
  return { ...electorate, candidates };
}

function isAmount(value: bigint): boolean {
  return value >= 0n && value < AMOUNT_LIMIT;
}

function isKey(publicKey: Bytes): boolean {
  return publicKey.length > 0 && publicKey.length <= KEY_BYTES_MAX;
}

/** Text with a lone surrogate has no encoding. */
function isActor(actor: ActorId): boolean {
  return actor.length <= ACTOR_LENGTH_MAX && !/\p{Surrogate}/u.test(actor);
}

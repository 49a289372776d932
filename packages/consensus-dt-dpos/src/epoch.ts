/**
 * The boundary of an epoch: expire, score, classify, apply what waited, elect, new seed (trust P3).
 *
 * @module
 */
import {
  type Bytes,
  type ConsensusHeader,
  createPersistentMap,
  type HashFunction,
  type Height,
  type PersistentMap,
  type SeedContext,
  sortedEntries,
} from '@fiducia/consensus';
import { type Epoch, epochOf } from '@fiducia/trust';
import { type Beacon, closeEpoch } from './beacon.ts';
import type { DtDposConfig } from './config.ts';
import { electSeats, scoreCandidate, weightOf } from './election.ts';
import { assertDefined } from './errors.ts';
import { configInForce, withParameters } from './governance.ts';
import { RegisterDraft } from './register.ts';
import { carryPriorities, hasSameMembers } from './schedule.ts';
import {
  type Candidate,
  type CandidateIndex,
  type DtDposState,
  type GovernedParameter,
  isGone,
  type Publication,
  type QueuedChange,
  type Rating,
  type Seat,
} from './state.ts';

/** Kinds of queued changes in the order in which they apply. */
const QUEUE_ORDER: readonly QueuedChange['kind'][] = ['activate', 'key', 'deposit', 'ballot', 'exit'];

/** Whether the block at `height` is the last of its epoch. */
export function isBoundary(height: Height, config: DtDposConfig): boolean {
  return height % config.trust.epochRounds === 0;
}

/**
 * Crosses the boundary after the last block of an epoch. Visits only live candidates: O(live).
 *
 * @param state - State after the block, before the refresh.
 * @param base - Configuration without governed parameters.
 * @see docs/spec/trust.md, rules P3, E3, E5 and L3.
 */
export function crossEpoch(
  state: DtDposState,
  header: ConsensusHeader,
  base: DtDposConfig,
  context: SeedContext,
): DtDposState {
  const { height } = state;
  const { sha256 } = context;
  const before = configInForce(base, state.parameters);
  const epoch = epochOf(height, before.trust);
  const draft = new RegisterDraft(state.register);
  const rated = rateLive(state, draft, epoch, before);
  const parameters = withParameters(base, state.parameters, parametersIn(state.queued));
  const config = configInForce(base, parameters);
  const { live, totalVotes } = applyQueued(draft, state.queued, rated.live, state.totalVotes);

  const latest = state.upcoming.at(-1) ?? state.election;
  const members = membersOf(draft, live, height + 1, config);
  const due = state.beacon === null ? undefined : closeEpoch(state.beacon, members, context);
  const options = { epoch: latest.epoch + 1, previous: latest, seed: due?.seed ?? state.seed };
  const elected = assertDefined(electSeats(due?.members ?? members, options, config, sha256), 'a committee continues');
  const [election = elected, ...upcoming] = [...state.upcoming, elected];
  const priorities = carryPriorities(state.election.seats, state.priorities, election);
  return {
    ...state,
    seed: seedAfter(state, due?.beacon, header, config, sha256),
    beacon: due?.beacon ?? null,
    register: draft.finish(),
    live,
    totalVotes,
    election,
    upcoming,
    priorities,
    order: hasSameMembers(state.election.seats, election.seats) ? state.order : null,
    queued: createPersistentMap(),
    punished: forgetPunished(state.punished, height + 1, config),
    outbox: mergeOutbox(state.outbox, rated.changed),
    parameters,
  };
}

/** E5: seed of the epoch that begins. */
function seedAfter(
  { seed }: DtDposState,
  beacon: Beacon | undefined,
  { sealHash }: ConsensusHeader,
  config: DtDposConfig,
  sha256: HashFunction,
): Bytes {
  if (beacon !== undefined) return beacon.seeds.seed;
  return config.seedMode === 'fixed' ? seed : nextSeed(seed, sealHash, sha256);
}

/**
 * Seed of the next epoch with `seedMode` `blockHash`.
 *
 * @param seed - 32 bytes.
 * @param entropy - Hash that the author of the last block of the epoch committed to, 32 bytes. The
 *   author can try several, so a block hash is weak randomness.
 * @see docs/spec/trust.md, rule E5.
 */
export function nextSeed(seed: Bytes, entropy: Bytes, sha256: HashFunction): Bytes {
  const prefix = new TextEncoder().encode('dt-dpos/seed/');
  const preimage = new Uint8Array(prefix.length + seed.length + entropy.length);
  preimage.set(prefix);
  preimage.set(seed, prefix.length);
  preimage.set(entropy, prefix.length + seed.length);
  return sha256(preimage);
}

/** Candidates with positive weight from `round` on, as seats, by ascending index. */
export function membersOf(
  draft: RegisterDraft,
  live: PersistentMap<CandidateIndex, true>,
  round: Height,
  config: DtDposConfig,
): readonly Seat[] {
  const members: Seat[] = [];
  for (const [index] of live.entries()) {
    const candidate = assertDefined(draft.at(index), 'live candidates are registered');
    const { id, vrfKey } = candidate;
    const weight = weightOf(candidate, round, config);
    const key = config.seedMode === 'vrf' && vrfKey !== null ? { vrfKey } : {};
    if (weight > 0) members.push({ index, id, weight, ...key });
  }
  return members;
}

/** Applies queued changes except parameters; the order within the queue has no effect. */
export function applyQueued(
  draft: RegisterDraft,
  queued: PersistentMap<string, QueuedChange>,
  liveBefore: PersistentMap<CandidateIndex, true>,
  votesBefore: bigint,
): { readonly live: PersistentMap<CandidateIndex, true>; readonly totalVotes: bigint } {
  let live = liveBefore;
  let totalVotes = votesBefore;
  const changes = sortedEntries(queued).map(([, change]) => change);
  for (const kind of QUEUE_ORDER) {
    for (const change of changes) {
      if (change.kind !== kind || change.kind === 'parameter') continue;
      const before = assertDefined(draft.at(change.index), 'queued changes are about registered candidates');
      const after = applyChange(before, change);
      totalVotes += after.votes - before.votes;
      draft.set(after);
      if (isGone(after)) live = live.without(after.index);
    }
  }
  return { live, totalVotes };
}

/** The candidate without the ballots it received: nobody elects who has left. */
export function withoutBallots(candidate: Candidate): Candidate {
  return candidate.votes === 0n && candidate.ballots.size === 0
    ? candidate
    : { ...candidate, votes: 0n, ballots: createPersistentMap() };
}

function applyChange(candidate: Candidate, change: Exclude<QueuedChange, { kind: 'parameter' }>): Candidate {
  if (isGone(candidate)) return candidate;
  switch (change.kind) {
    case 'activate':
      return candidate.status === 'PENDING' ? { ...candidate, status: 'ACTIVE' } : candidate;
    case 'key':
      return { ...candidate, vrfKey: change.publicKey };
    case 'deposit':
      return settleExit({ ...candidate, deposit: change.total });
    case 'ballot':
      return candidate.status === 'EXITING' ? candidate : withBallot(candidate, change.from, change.weight);
    case 'exit':
      return settleExit({ ...withoutBallots(candidate), status: 'EXITING' });
  }
}

/** A leaver is gone once the ledger has released its deposit. */
function settleExit(candidate: Candidate): Candidate {
  return candidate.status === 'EXITING' && candidate.deposit === 0n ? { ...candidate, status: 'EXITED' } : candidate;
}

function withBallot(candidate: Candidate, from: string, weight: bigint): Candidate {
  const old = candidate.ballots.get(from) ?? 0n;
  const ballots = weight === 0n ? candidate.ballots.without(from) : candidate.ballots.with(from, weight);
  return { ...candidate, ballots, votes: candidate.votes - old + weight };
}

/** P3, first half: drops dormant candidates, rates the others, notes what changed. */
function rateLive(
  state: DtDposState,
  draft: RegisterDraft,
  epoch: Epoch,
  config: DtDposConfig,
): { readonly live: DtDposState['live']; readonly changed: readonly Publication[] } {
  let { live } = state;
  const changed: Publication[] = [];
  for (const [index] of state.live.entries()) {
    const candidate = assertDefined(draft.at(index), 'live candidates are registered');
    if (epoch - epochOf(candidate.trust.lastActive, config.trust) >= config.dormantEpochs) {
      live = live.without(index);
      continue;
    }
    if (candidate.status === 'PENDING') continue;
    const { composite, tier } = scoreCandidate(candidate, state, state.height, config);
    const rating: Rating = { trust: composite, tier };
    const { rating: old } = candidate;
    if (old?.trust === composite && old.tier === tier) continue;
    draft.set({ ...candidate, rating });
    // The ledger knows identities: whoever came back is published under its new index alone (trust K4).
    if (draft.of(candidate.id)?.index === index) changed.push({ index, ...rating, from: old?.tier ?? 'NONE' });
  }
  return { live, changed };
}

/**
 * Publications still waiting, each replaced by a newer one in its place, so that none waits for
 * ever; what the ledger knows stays the older tier.
 */
function mergeOutbox(waiting: readonly Publication[], changed: readonly Publication[]): readonly Publication[] {
  if (waiting.length === 0) return changed;
  const merged = new Map(waiting.map((publication) => [publication.index, publication]));
  for (const publication of changed) {
    const from = merged.get(publication.index)?.from ?? publication.from;
    merged.set(publication.index, { ...publication, from });
  }
  return [...merged.values()];
}

function parametersIn(queued: PersistentMap<string, QueuedChange>): readonly GovernedParameter[] {
  const parameters: GovernedParameter[] = [];
  for (const [, change] of queued.entries()) {
    if (change.kind === 'parameter') parameters.push({ name: change.name, value: change.value });
  }
  return parameters;
}

/** Offences that no block from `round` on may name need not be remembered (trust F5). */
function forgetPunished(
  punished: PersistentMap<string, Height>,
  round: Height,
  config: DtDposConfig,
): PersistentMap<string, Height> {
  let kept = punished;
  for (const [key, height] of punished.entries()) {
    if (round - height > config.evidenceMaxAge) kept = kept.without(key);
  }
  return kept;
}

/**
 * From state to state: one block, or the start of an era.
 *
 * @module
 */
import {
  type ActorId,
  type Bytes,
  ConsensusError,
  type ConsensusHeader,
  createPersistentMap,
  type EraStart,
  type Fact,
  type PersistentMap,
  persistentMapOf,
  type SeedContext,
} from '@fiducia/consensus';
import { applyActivity, countRound, createRoundWindow, createTrustRecord, epochOf } from '@fiducia/trust';
import { type Beacon, contribute, startBeacon } from './beacon.ts';
import type { DtDposConfig } from './config.ts';
import { decodeDigest } from './digest.ts';
import { PUBLICATIONS_PER_BLOCK } from './directives.ts';
import { electSeats, scoreCandidate } from './election.ts';
import { applyQueued, crossEpoch, isBoundary, membersOf, withoutBallots } from './epoch.ts';
import { assertDefined } from './errors.ts';
import { isWithinBounds } from './fact-bounds.ts';
import {
  type Admission,
  type CollectedActivity,
  changeOf,
  collectActivity,
  mayEnter,
  queuedIn,
  queueKey,
} from './facts.ts';
import { configInForce, withParameters } from './governance.ts';
import { applyPenalty, computePenalty } from './penalties.ts';
import { createRegister, RegisterDraft } from './register.ts';
import { runSchedule } from './schedule.ts';
import {
  type Candidate,
  type CandidateIndex,
  type DtDposState,
  type EpochElection,
  isGone,
  type Publication,
  type QueuedChange,
  type Seat,
} from './state.ts';

/** Seed of a chain with fixed seeds, and least length of others. */
const SEED_BYTES = 32;

/**
 * State after an accepted block. Touches the candidates that its facts are about, and on the last
 * block of an epoch the live ones.
 *
 * @param base - Configuration without governed parameters.
 * @see docs/spec/trust.md, rules F2, F9, L2 and P3.
 */
export function applyBlock(
  state: DtDposState,
  header: ConsensusHeader,
  stated: readonly Fact[],
  base: DtDposConfig,
  context: SeedContext,
): DtDposState {
  const config = configInForce(base, state.parameters);
  const facts = stated.filter(isWithinBounds);
  const { slot, vrf } = assertDefined(decodeDigest(header.digest), 'accepted headers have a digest');
  const run = runSchedule(state, slot, state.election.seats.length + 1, config, context.sha256);
  const activity = collectActivity(state, header, run.leaders.slice(0, -1), facts, config, context.sha256);
  const draft = new RegisterDraft(state.register);
  const booked = bookActivity(state, draft, activity, header.height, config);
  const { live, queued } = bookAdmissions(state, draft, facts, header.height, booked.live, config);

  let { punished } = state;
  for (const [key, height] of activity.offences) punished = punished.with(key, height);
  const next: DtDposState = {
    ...state,
    height: header.height,
    slot,
    beacon: state.beacon === null ? null : contribute(state.beacon, header.height, vrf, config, context),
    register: draft.finish(),
    live,
    totalVotes: booked.totalVotes,
    window: countRound(state.window, header.height, config.trust),
    priorities: run.priorities,
    order: run.order,
    queued,
    punished,
    outbox: state.outbox.length === 0 ? state.outbox : state.outbox.slice(PUBLICATIONS_PER_BLOCK),
  };
  return isBoundary(header.height, config) ? crossEpoch(next, header, base, context) : next;
}

/**
 * State before the first block of an era: everybody in the census is a member from the start.
 *
 * @throws `ConsensusError` with `INVALID_HANDOVER` if the randomness is not 32 bytes, the parent's
 *   timestamp is unusable, or nobody can be elected.
 * @see docs/spec/trust.md, rules G4, K5 and E3.
 */
export function createInitialState(start: EraStart, base: DtDposConfig, context: SeedContext): DtDposState {
  const { parent, handover } = start;
  if (handover.randomness.length !== SEED_BYTES) invalidHandover('randomness must be 32 bytes');
  if (!Number.isSafeInteger(parent.timestamp) || parent.timestamp < 0) invalidHandover('parent timestamp');
  const census = [...start.census].filter(isWithinBounds);
  const parameters = withParameters(base, [], parametersIn(census));
  const config = configInForce(base, parameters);
  const { draft, live, totalVotes } = admitCensus(census, parent.height, config);
  const window = createRoundWindow();
  const outbox: Publication[] = [];
  for (const [index] of live.entries()) {
    const candidate = assertDefined(draft.at(index), 'live candidates are registered');
    const { composite, tier } = scoreCandidate(candidate, { window, totalVotes }, parent.height, config);
    draft.set({ ...candidate, rating: { trust: composite, tier } });
    outbox.push({ index, trust: composite, tier, from: 'NONE' });
  }
  const epoch = epochOf(parent.height + 1, config.trust);
  const members = membersOf(draft, live, parent.height + 1, config);
  const isVrf = config.seedMode === 'vrf';
  const beacon = isVrf ? startBeacon(handover.randomness, members, config, context) : null;
  const seed = beacon?.seeds.seed ?? (config.seedMode === 'fixed' ? new Uint8Array(SEED_BYTES) : handover.randomness);
  const election = electSeats(members, { epoch, previous: undefined, seed }, config, context.sha256);
  if (election === undefined) {
    return invalidHandover(`no candidate of the census has weight${isVrf ? ' and a VRF key' : ''}`);
  }
  return {
    height: parent.height,
    slot: 0,
    slotZero: parent.timestamp,
    seed,
    beacon,
    register: draft.finish(),
    live,
    totalVotes,
    window,
    election,
    upcoming: firstUpcoming(election, beacon, members, config, context),
    priorities: election.seats.map(() => 0),
    order: null,
    queued: createPersistentMap(),
    punished: createPersistentMap(),
    outbox,
    parameters,
  };
}

/**
 * E3: committees of the epochs after the first. Without a draw to wait for they are the same; the others are
 * drawn as their seeds become known.
 */
function firstUpcoming(
  election: EpochElection,
  beacon: Beacon | null,
  members: readonly Seat[],
  config: DtDposConfig,
  { sha256 }: SeedContext,
): readonly EpochElection[] {
  if (beacon === null) {
    return Array.from({ length: config.electionLagEpochs }, (_, offset) => ({
      ...election,
      epoch: election.epoch + 1 + offset,
    }));
  }
  const options = { epoch: election.epoch + 1, previous: election, seed: beacon.seeds.nextSeed };
  return [assertDefined(electSeats(members, options, config, sha256), 'a committee continues')];
}

/** F2: books the round of every candidate with activity, and its penalties. */
function bookActivity(
  state: DtDposState,
  draft: RegisterDraft,
  { activities, evidence }: CollectedActivity,
  height: number,
  config: DtDposConfig,
): { readonly live: DtDposState['live']; readonly totalVotes: bigint } {
  let { live, totalVotes } = state;
  for (const [index, activity] of activities) {
    const before = assertDefined(draft.at(index), 'activity is about registered candidates');
    const offences = evidence.get(before);
    const trust = applyActivity(before.trust, height, activity, config.trust);
    let after: Candidate = { ...before, trust };
    if (offences !== undefined) after = applyPenalty(after, computePenalty(before, offences, height, config));
    if (isGone(after)) {
      after = withoutBallots(after);
      live = live.without(index);
    } else if (trust.lastActive === height) {
      live = live.with(index, true);
    }
    totalVotes += after.votes - before.votes;
    draft.set(after);
  }
  return { live, totalVotes };
}

/**
 * Registers newcomers and queues what waits for the boundary, in ledger order: what comes before an
 * admission concerns the index that its identity had until then (trust F7, K4).
 */
function bookAdmissions(
  state: DtDposState,
  draft: RegisterDraft,
  facts: readonly Fact[],
  height: number,
  liveBefore: DtDposState['live'],
  config: DtDposConfig,
): { readonly live: DtDposState['live']; readonly queued: DtDposState['queued'] } {
  let live = liveBefore;
  let { queued } = state;
  const enter = (admission: Admission): QueuedChange => {
    const index = draft.size;
    const vrfKey = keyOf(draft, queued, admission.actor);
    draft.set({ ...newCandidate(index, admission, height, config.trust.d0, config), status: 'PENDING', vrfKey });
    live = live.with(index, true);
    return { kind: 'activate', index };
  };
  for (const fact of facts) {
    if (fact.kind === 'admission' && !mayEnter(draft, queued, fact.actor, height)) continue;
    const change = fact.kind === 'admission' ? enter(fact) : changeOf(draft, fact);
    if (change !== undefined) queued = queued.with(queueKey(change), change);
  }
  return { live, queued };
}

/** A key belongs to an identity, which need not register it again when it returns (randomness-vrf K3). */
function keyOf(draft: RegisterDraft, queued: DtDposState['queued'], actor: ActorId): Bytes | null {
  const former = draft.of(actor);
  if (former === undefined) return null;
  const change = queued.get(queueKey({ kind: 'key', index: former.index, publicKey: new Uint8Array() }));
  return change?.kind === 'key' ? change.publicKey : former.vrfKey;
}

function admitCensus(
  census: readonly Fact[],
  height: number,
  config: DtDposConfig,
): {
  readonly draft: RegisterDraft;
  readonly live: PersistentMap<CandidateIndex, true>;
  readonly totalVotes: bigint;
} {
  const draft = new RegisterDraft(createRegister());
  const members: [CandidateIndex, true][] = [];
  for (const fact of census) {
    if (fact.kind !== 'admission' || draft.of(fact.actor) !== undefined) continue;
    const candidate = newCandidate(draft.size, fact, height, config.genesisD0, config);
    members.push([candidate.index, true]);
    draft.set(candidate);
  }
  return { draft, ...applyQueued(draft, persistentMapOf(queuedIn(draft, census)), persistentMapOf(members), 0n) };
}

function newCandidate(
  index: CandidateIndex,
  admission: Admission,
  height: number,
  dynamicBase: number,
  config: DtDposConfig,
): Candidate {
  return {
    index,
    id: admission.actor,
    status: 'ACTIVE',
    category: admission.category,
    deposit: admission.deposit,
    votes: 0n,
    ballots: createPersistentMap(),
    trust: createTrustRecord(config.trust, height, dynamicBase),
    rating: null,
    jailedUntil: null,
    slashed: null,
    vrfKey: null,
  };
}

function parametersIn(census: readonly Fact[]): readonly { readonly name: string; readonly value: string }[] {
  const none = { of: () => undefined };
  return [...queuedIn(none, census).values()].filter((change) => change.kind === 'parameter');
}

function invalidHandover(reason: string): never {
  throw new ConsensusError({ code: 'INVALID_HANDOVER', plugin: 'dt-dpos', reason });
}

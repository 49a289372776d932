/**
 * From state to state: one block, or the start of an era.
 *
 * @module
 */
import {
  ConsensusError,
  type ConsensusHeader,
  createPersistentMap,
  type EraStart,
  type Fact,
  type Height,
  type SeedContext,
} from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { decodeDigest } from './digest.ts';
import { applyFacts, createElectorate, withCandidate, withoutCandidate } from './electorate.ts';
import { assertDefined } from './errors.ts';
import { carryRecords, countMisses, spanEnd, withUsedSlot } from './misses.ts';
import { evidenceFault } from './offences.ts';
import { promote } from './promotion.ts';
import { type EpochSpan, epochSlots, roundAt, roundStart, type Schedule } from './schedule.ts';
import { contribute, startingSeeds } from './seed.ts';
import type { DposState, Election, Electorate, Slot } from './state.ts';
import { elect } from './tally.ts';

/** What the rules consist of. */
export interface RuleParts {
  /** Configuration of the era. */
  readonly config: DposConfig;
  /** Chain identity and hash. */
  readonly context: SeedContext;
  /** Who has which slot. */
  readonly schedule: Schedule;
}

/** Length of what seeds are made from and of seeds. */
const SEED_BYTES = 32;

/**
 * State after an accepted block: first the slots before it and the boundaries among them, then the block, then its
 * facts, which therefore belong to the epoch of the block (pos-pow V2).
 *
 * @see docs/spec/pos-pow.md, rules V2, P3 and P4.
 */
export function applyBlock(
  state: DposState,
  header: ConsensusHeader,
  facts: readonly Fact[],
  { schedule, config, context }: RuleParts,
): DposState {
  const { slot, vrf } = assertDefined(decodeDigest(header.digest), 'accepted headers have a digest');
  const reached = advance(state, slot, header.height, schedule, config);
  const booked = facts.filter(
    (fact) => fact.kind !== 'evidence' || evidenceFault(state, fact.evidence, config) === undefined,
  );
  const { firstSlot, election } = reached.epoch;
  const place = { position: slot - firstSlot, slots: epochSlots(election, config) };
  return {
    ...reached,
    height: header.height,
    slot,
    mix: contribute(reached, vrf, place, context),
    records: withUsedSlot(reached.records, header.author, config),
    electorate: applyFacts(reached.electorate, booked, header.height, config),
  };
}

/**
 * State before the first block of an era. The first three epochs are elected by the census.
 *
 * @throws `ConsensusError` with `INVALID_HANDOVER` if the parent's timestamp or the randomness is unusable, or nobody can
 *   be elected.
 * @see docs/spec/pos-pow.md, rules V2 and A2; docs/spec/randomness-vrf.md, rule R5.
 */
export function createInitialState(start: EraStart, config: DposConfig, context: SeedContext): DposState {
  const { parent, census, handover } = start;
  if (handover.randomness.length !== SEED_BYTES) invalidHandover('randomness must be 32 bytes');
  if (!Number.isSafeInteger(parent.timestamp) || parent.timestamp < 0) invalidHandover('parent timestamp');
  const electorate = applyFacts(createElectorate(), census, parent.height, config);
  const election = elect(electorate, undefined, config);
  if (election === undefined) return invalidHandover('no candidate of the census can be elected');
  return {
    height: parent.height,
    slot: 0,
    slotZero: parent.timestamp,
    ...startingSeeds(handover.randomness, config, context),
    epoch: { number: 0, firstSlot: 0, firstRound: 0, election, promotions: [] },
    upcoming: [election, election],
    records: createPersistentMap(),
    electorate,
  };
}

/** The parent's state moved to the moment before a block in `slot`. */
function advance(
  state: DposState,
  slot: Slot,
  height: Height,
  schedule: Schedule,
  config: DposConfig,
): Omit<DposState, 'height' | 'slot'> {
  const spans = schedule.spansTo(state, slot);
  const last = assertDefined(spans.at(-1), 'every slot lies in an epoch');
  const round = roundAt(last, slot);
  let { records } = state;
  let from = state.slot + 1;
  let before: EpochSpan | undefined;
  for (const span of spans) {
    if (before !== undefined) records = carryRecords(records, before, span);
    const until = span === last ? roundStart(span, round) : spanEnd(span, config);
    records = countMisses(records, span, { from, until }, state, schedule, config);
    from = Math.max(from, until);
    before = span;
  }

  // P4: misses of the round that begins count at its own end.
  const isBoundary = round > roundAt(state.epoch, state.slot);
  const promotions = isBoundary ? promote(last, round, records, state.electorate, config) : last.promotions;
  const { number, firstSlot, firstRound, election } = last;
  return {
    ...crossed(state, number, height, schedule, config),
    epoch: { number, firstSlot, firstRound, election, promotions },
    records: countMisses(records, last, { from, until: slot }, state, schedule, config),
  };
}

/** What changes with the epoch: seeds, elections ahead, and for how long leavers are remembered. */
function crossed(
  state: DposState,
  number: number,
  height: Height,
  schedule: Schedule,
  config: DposConfig,
): Omit<DposState, 'height' | 'slot' | 'epoch' | 'records'> {
  const { slotZero, seed, nextSeed, mix, upcoming, electorate } = state;
  const crossings = number - state.epoch.number;
  if (crossings === 0) return { slotZero, seed, nextSeed, mix, upcoming, electorate };
  const elected = schedule.electionAfter(state);
  const elections: DposState['upcoming'] = [crossings === 1 ? upcoming[1] : elected, elected];
  return {
    slotZero,
    ...schedule.seedsOf(state, number),
    upcoming: elections,
    electorate: forgetLeavers(electorate, [state.epoch.election, ...upcoming, ...elections], height, config),
  };
}

/** Leavers answer for the time in which they serve and `evidenceMaxAge` blocks more (pos-pow P2). */
function forgetLeavers(
  electorate: Electorate,
  elections: readonly Election[],
  height: Height,
  config: DposConfig,
): Electorate {
  const serving = new Set(elections.flatMap(({ delegates, standby }) => [...delegates, ...standby]));
  let kept = electorate;
  for (const [index, candidate] of electorate.candidates.entries()) {
    if (candidate.status !== 'LEFT') continue;
    if (serving.has(candidate.id)) {
      kept = withCandidate(kept, index, { ...candidate, accountableUntil: height + config.evidenceMaxAge });
    } else if (candidate.accountableUntil < height) {
      kept = withoutCandidate(kept, index, candidate.id);
    }
  }
  return kept;
}

function invalidHandover(reason: string): never {
  throw new ConsensusError({ code: 'INVALID_HANDOVER', plugin: 'dpos', reason });
}

/**
 * Elections: scores to weights, weights to seats (trust E2 to E4, R2).
 *
 * @module
 */
import { type ActorId, type Bytes, type HashFunction, type Height, LIMITS, type Validator } from '@fiducia/consensus';
import {
  BASIS_POINTS,
  depositShare,
  type Epoch,
  floorDivide,
  scoreTrust,
  type TrustScore,
  voteShare,
} from '@fiducia/trust';
import type { CommitteeConfig, DtDposConfig } from './config.ts';
import { drawWithoutReplacement } from './draw.ts';
import { assertDefined } from './errors.ts';
import { configInForce } from './governance.ts';
import { candidatesIn } from './register.ts';
import {
  type Candidate,
  type CandidateIndex,
  type CandidateStatus,
  type DtDposState,
  type EpochElection,
  type Seat,
  statusAt,
} from './state.ts';

/** Current standing of a candidate, see {@link candidateScores}. */
export interface CandidateScore {
  /** Identity. */
  readonly id: ActorId;
  /** Admission sequence number. */
  readonly index: CandidateIndex;
  /** Composite trust with its parts after the block of the state. */
  readonly score: TrustScore;
  /** Life cycle in the next round. */
  readonly status: CandidateStatus;
  /** Node kind. */
  readonly category: string;
  /** Deposit in base units. */
  readonly deposit: bigint;
  /** Ballots received. */
  readonly votes: bigint;
  /** Proven offences since admission. */
  readonly faultCount: number;
}

/** What an election needs besides weights. */
export interface ElectionOptions {
  /** Epoch to elect for. */
  readonly epoch: Epoch;
  /** Committee that continues if nobody has weight. */
  readonly previous: EpochElection | undefined;
  /** What the draw comes from. */
  readonly seed: Bytes;
}

/**
 * Scores every registered candidate after the block of `state`, by ascending index.
 *
 * Elections do not read this but the ratings frozen at the last boundary; it is for reports, and it
 * visits the whole register.
 *
 * @param config - The configuration the rules were created with.
 */
export function candidateScores(state: DtDposState, config: DtDposConfig): readonly CandidateScore[] {
  const inForce = configInForce(config, state.parameters);
  const scores: CandidateScore[] = [];
  for (const candidate of candidatesIn(state.register)) {
    const { id, index, category, deposit, votes, trust } = candidate;
    const status = statusAt(candidate, state.height + 1);
    const score = scoreCandidate(candidate, state, state.height, inForce);
    scores.push({ id, index, score, status, category, deposit, votes, faultCount: trust.faultCount });
  }
  return scores;
}

/** Score of one candidate after `round`; `state` supplies the window and all votes. */
export function scoreCandidate(
  candidate: Candidate,
  state: Pick<DtDposState, 'window' | 'totalVotes'>,
  round: Height,
  config: DtDposConfig,
): TrustScore {
  const shares = {
    votes: voteShare(candidate.votes, state.totalVotes, config.trust),
    deposit: depositShare(candidate.deposit, config.depositTarget),
  };
  return scoreTrust(candidate.trust, state.window, round, shares, config.trust);
}

/**
 * Election weight from `round` on: rating times tier share, 0 unless active with enough deposit, and with a
 * VRF key where headers carry proofs (trust R2).
 */
export function weightOf(candidate: Candidate, round: Height, config: DtDposConfig): number {
  const { rating, vrfKey } = candidate;
  if (config.seedMode === 'vrf' && vrfKey === null) return 0;
  if (rating === null || statusAt(candidate, round) !== 'ACTIVE' || candidate.deposit < config.depositMin) return 0;
  return floorDivide(rating.trust * config.tierWeights[rating.tier], BASIS_POINTS);
}

/**
 * Chooses a committee by weight.
 *
 * Weight 0 is never chosen. In mode `all` a committee is limited only by the contract's 4 096
 * validators, beyond which the lightest stay out.
 *
 * @param weights - One per candidate in ascending order of index, at least 0.
 * @returns Positions in `weights`: in order of the draws for `weighted`, by descending weight for
 *   `top`, ascending for `all`.
 * @see docs/spec/trust.md, rules E2 and L4.
 * @example
 * ```ts
 * electCommittee([5, 9, 0, 9], { size: 2, mode: 'top' }, seed, sha256); // [1, 3]
 * ```
 */
export function electCommittee(
  weights: readonly number[],
  committee: CommitteeConfig,
  seed: Bytes,
  sha256: HashFunction,
): readonly number[] {
  if (committee.mode === 'weighted') return drawWithoutReplacement(weights, committee.size, seed, 'committee', sha256);
  if (committee.mode === 'top') return heaviest(weights, committee.size);
  return [...heaviest(weights, LIMITS.validators)].sort((a, b) => a - b);
}

/**
 * Holds an election among `members`, candidates with their weights in ascending order of index.
 *
 * @returns `undefined` if nobody has weight and there is no previous committee.
 * @see docs/spec/trust.md, rules E3 and E4.
 */
export function electSeats(
  members: readonly Seat[],
  options: ElectionOptions,
  config: DtDposConfig,
  sha256: HashFunction,
): EpochElection | undefined {
  const { epoch, previous, seed } = options;
  const weights = members.map((member) => member.weight);
  const positions = [...electCommittee(weights, config.committee, seed, sha256)].sort((a, b) => a - b);
  if (positions.length === 0) {
    if (previous === undefined) return undefined;
    // Liveness over trust: the chain must not stop because everybody misbehaved.
    return { ...previous, epoch, seats: previous.seats.map((seat) => ({ ...seat, weight: 1 })), emergency: true };
  }
  const seats = positions.map((position) => assertDefined(members[position], 'a position is a member'));
  return { epoch, seats, validators: validatorsOf(seats, previous?.validators), emergency: false };
}

/** One vote per seat; the previous array while the members are the same. */
export function validatorsOf(seats: readonly Seat[], previous: readonly Validator[] = []): readonly Validator[] {
  const isSame =
    previous.length === seats.length && seats.every((seat, position) => seat.id === previous[position]?.id);
  return isSame ? previous : seats.map((seat) => ({ id: seat.id, weight: 1n }));
}

/** Up to `count` positions with weight, heaviest first, lower position first among equals. */
function heaviest(weights: readonly number[], count: number): readonly number[] {
  const best: number[] = [];
  const weightAt = (rank: number): number => weights[best[rank] ?? -1] ?? 0;
  for (const [position, weight] of weights.entries()) {
    if (weight === 0 || (best.length === count && weight <= weightAt(count - 1))) continue;
    let low = 0;
    for (let high = best.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (weightAt(middle) >= weight) low = middle + 1;
      else high = middle;
    }
    best.splice(low, 0, position);
    if (best.length > count) best.pop();
  }
  return best;
}

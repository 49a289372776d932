/**
 * The pool of round votes: verified votes that wait for the block of their round (trust F8).
 *
 * @module
 */
import type { ActorId, BlockId, BufferUsage, Height } from '@fiducia/consensus';
import { sameBytes } from '../codec.ts';
import type { RoundVote } from '../transaction/codec.ts';

/** Heights around the next one for which votes are kept: behind it for reorganisations, ahead of it for laggards. */
const HEIGHTS_BEHIND = 8;
const HEIGHTS_AHEAD = 8;

/** Parents for which one candidate may vote in one round: honest ones change their head rarely. */
const PARENTS_PER_ROUND = 4;

/** Verified round votes by round and parent. */
export class RoundVotePool {
  readonly #rounds = new Map<Height, Map<BlockId, Map<ActorId, RoundVote>>>();
  readonly #max: number;
  #size = 0;

  /** @param max - Votes kept. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Number of waiting votes. */
  get size(): number {
    return this.#size;
  }

  /** How full the pool is. */
  usage(): readonly BufferUsage[] {
    return [{ name: 'roundVotes', count: this.#size, max: this.#max }];
  }

  /** Whether exactly this vote, signature included, was verified and is kept. */
  has(vote: RoundVote): boolean {
    const kept = this.#placeOf(vote)?.get(vote.voter);
    return kept !== undefined && sameBytes(kept.bytes, vote.bytes);
  }

  /**
   * Whether a vote may be added, judged without its signature.
   *
   * @param nextHeight - Height of the next block on the head.
   * @returns `undefined`, or `VOTE_ROUND` (too far from the head), `VOTE_DUPLICATE` (the candidate has one
   *   here, or too many in this round), `VOTE_POOL_FULL` (of votes that are needed no later).
   */
  check(vote: RoundVote, nextHeight: Height): string | undefined {
    if (vote.height < nextHeight - HEIGHTS_BEHIND || vote.height > nextHeight + HEIGHTS_AHEAD) return 'VOTE_ROUND';
    if (this.#placeOf(vote)?.has(vote.voter)) return 'VOTE_DUPLICATE';
    if (this.#votesForManyParents(vote.voter, vote.height)) return 'VOTE_DUPLICATE';
    const hasPlace = this.#size < this.#max || this.#spareRound(vote.height, nextHeight) !== undefined;
    return hasPlace ? undefined : 'VOTE_POOL_FULL';
  }

  /** Adds a vote whose signature holds, if {@link check} allows it. */
  add(vote: RoundVote, nextHeight: Height): string | undefined {
    const refused = this.check(vote, nextHeight);
    if (refused !== undefined) return refused;
    const spare = this.#size < this.#max ? undefined : this.#spareRound(vote.height, nextHeight);
    if (spare !== undefined) this.#dropFrom(spare);
    this.#placeFor(vote).set(vote.voter, vote);
    this.#size++;
    return undefined;
  }

  /** Votes for the block of `height` on `parentId`, in byte order of the voters. */
  at(height: Height, parentId: BlockId): readonly RoundVote[] {
    const votes = [...(this.#placeOf({ height, parentId })?.values() ?? [])];
    return votes.sort((a, b) => (a.voter < b.voter ? -1 : 1));
  }

  /** Follows the head: forgets votes of rounds that no reorganisation will bring back soon. */
  advance(nextHeight: Height): void {
    for (const [height, round] of this.#rounds) {
      if (height >= nextHeight - HEIGHTS_BEHIND) continue;
      for (const place of round.values()) this.#size -= place.size;
      this.#rounds.delete(height);
    }
  }

  /** The round of which a vote gives way to one for `height`: the one that is needed last, if it is needed later. */
  #spareRound(height: Height, nextHeight: Height): Height | undefined {
    let spare: Height | undefined;
    let latest = delayOf(height, nextHeight);
    for (const round of this.#rounds.keys()) {
      const delay = delayOf(round, nextHeight);
      if (delay <= latest) continue;
      spare = round;
      latest = delay;
    }
    return spare;
  }

  /** Drops the vote of a round that came first. */
  #dropFrom(height: Height): void {
    const round = this.#rounds.get(height);
    const [first] = round ?? [];
    if (round === undefined || first === undefined) return;
    const [parentId, place] = first;
    const [voter] = place.keys();
    if (voter !== undefined && place.delete(voter)) this.#size--;
    if (place.size === 0) round.delete(parentId);
    if (round.size === 0) this.#rounds.delete(height);
  }

  #placeOf({ height, parentId }: Pick<RoundVote, 'height' | 'parentId'>): ReadonlyMap<ActorId, RoundVote> | undefined {
    return this.#rounds.get(height)?.get(parentId);
  }

  #placeFor({ height, parentId }: RoundVote): Map<ActorId, RoundVote> {
    const round = this.#rounds.get(height) ?? new Map<BlockId, Map<ActorId, RoundVote>>();
    const place = round.get(parentId) ?? new Map<ActorId, RoundVote>();
    if (round.size === 0) this.#rounds.set(height, round);
    if (place.size === 0) round.set(parentId, place);
    return place;
  }

  #votesForManyParents(voter: ActorId, height: Height): boolean {
    const round = this.#rounds.get(height);
    if (round === undefined || round.size < PARENTS_PER_ROUND) return false;
    let count = 0;
    for (const place of round.values()) if (place.has(voter)) count++;
    return count >= PARENTS_PER_ROUND;
  }
}

/**
 * How long votes of a round are not needed: those of the next block first, then those ahead, then those behind, which only a
 * reorganisation brings back, and deep ones are rare.
 */
function delayOf(round: Height, nextHeight: Height): number {
  return round >= nextHeight ? round - nextHeight : HEIGHTS_AHEAD + nextHeight - round;
}

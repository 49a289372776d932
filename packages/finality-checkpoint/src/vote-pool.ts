/**
 * Votes a node has heard, bounded per voter (finality-checkpoint section 6).
 *
 * @module
 */
import type { ActorId, BufferUsage, Bytes } from '@fiducia/consensus';
import type { Certificate } from './certificate.ts';
import { type Committee, weightOf } from './committee.ts';
import type { SignedVote } from './evidence.ts';
import { isSurround, type Link, type TermNumber } from './vote.ts';

/** All votes for one link. */
export interface Ballot {
  /** What they say. */
  readonly link: Link;
  /** Signatures by voter. */
  readonly signatures: ReadonlyMap<ActorId, Bytes>;
}

/** A vote and who cast it. */
export interface PooledVote extends SignedVote {
  /** A member of the committee of the term. Not its place: rival branches may name different committees for one term. */
  readonly voter: ActorId;
}

/** What became of a vote. */
export interface PoolAnswer {
  /** The votes for its link, if it was new. */
  readonly ballot: Ballot | undefined;
  /** An earlier vote of the same voter that it surrounds, or that surrounds it (finality-checkpoint V2). */
  readonly surround: { readonly outer: SignedVote; readonly inner: SignedVote } | undefined;
  /** An earlier vote of the same voter for another link to the same target height (finality-checkpoint V1). */
  readonly rival: SignedVote | undefined;
}

/** Votes of one voter for one target height: more than two prove nothing new. */
const VOTES_PER_TARGET_MAX = 2;

/** Votes of one voter for blocks that are not on this node's branch. */
const STRANGE_VOTES_MAX = 4;

interface Slot {
  readonly link: Link;
  readonly payload: Bytes;
  readonly signatures: Map<ActorId, Bytes>;
}

/** Keeps votes by link and by voter. */
export class VotePool {
  readonly #ballots = new Map<string, Slot>();
  readonly #byVoter = new Map<string, PooledVote[]>();

  /** Number of votes held. */
  get size(): number {
    let size = 0;
    for (const votes of this.#byVoter.values()) size += votes.length;
    return size;
  }

  /** @param targets - Most target heights that votes may be about at one time. */
  usage(targets: number): BufferUsage {
    let ofVoter = 0;
    for (const votes of this.#byVoter.values()) ofVoter = Math.max(ofVoter, votes.length);
    return { name: 'votesPerVoter', count: ofVoter, max: VOTES_PER_TARGET_MAX * targets };
  }

  /**
   * Adds a vote whose signature was checked and whose target lies within the window.
   *
   * @param isStrange - Whether a link leads to a block that is not on this node's branch.
   */
  add(vote: PooledVote, isStrange: (link: Link) => boolean): PoolAnswer {
    const { link, voter } = vote;
    const own = this.#byVoter.get(voterKey(link.term, voter)) ?? [];
    const rivals = own.filter((other) => other.link.target.number === link.target.number);
    const key = linkKey(link);
    const isKnown = rivals.some((other) => linkKey(other.link) === key);
    if (isKnown || rivals.length >= VOTES_PER_TARGET_MAX) {
      return { ballot: undefined, surround: undefined, rival: undefined };
    }

    const surround = surroundAmong(own, vote);
    own.push(vote);
    this.#byVoter.set(voterKey(link.term, voter), own);
    const slot = this.#ballots.get(key) ?? { link, payload: vote.payload, signatures: new Map<ActorId, Bytes>() };
    this.#ballots.set(key, slot);
    slot.signatures.set(voter, vote.signature);
    this.#dropStrange(own, isStrange);
    return { ballot: this.#ballots.get(key), surround, rival: rivals[0] };
  }

  /** All ballots of a term. */
  ballots(term: TermNumber): readonly Ballot[] {
    return [...this.#ballots.values()].filter(({ link }) => link.term === term);
  }

  /** Forgets terms below `term`, and targets at or below `target`. */
  prune(term: TermNumber, target: number): void {
    for (const [key, votes] of this.#byVoter) {
      const kept = votes.filter(({ link }) => link.term >= term && link.target.number > target);
      for (const vote of votes) if (!kept.includes(vote)) this.#forget(vote);
      if (kept.length === 0) this.#byVoter.delete(key);
      else this.#byVoter.set(key, kept);
    }
  }

  /** The lowest target goes first: what is far below the head decides nothing any more. */
  #dropStrange(own: PooledVote[], isStrange: (link: Link) => boolean): void {
    const strange = own
      .filter(({ link }) => isStrange(link))
      .sort((a, b) => a.link.target.number - b.link.target.number);
    const [lowest] = strange;
    if (lowest === undefined || strange.length <= STRANGE_VOTES_MAX) return;
    own.splice(own.indexOf(lowest), 1);
    this.#forget(lowest);
  }

  #forget({ link, voter }: PooledVote): void {
    const slot = this.#ballots.get(linkKey(link));
    slot?.signatures.delete(voter);
    if (slot?.signatures.size === 0) this.#ballots.delete(linkKey(link));
  }
}

/** The certificate that a ballot makes under a committee, or `undefined` below a quorum. */
export function certificateOf({ link, signatures }: Ballot, committee: Committee): Certificate | undefined {
  const votes = committee.seats.flatMap(({ id }, voter) => {
    const signature = signatures.get(id);
    return signature === undefined ? [] : [{ voter, signature }];
  });
  const voters = votes.map(({ voter }) => voter);
  if (weightOf(committee, voters) < committee.quorum) return undefined;
  return { link, voters, signatures: votes.map(({ signature }) => signature) };
}

function surroundAmong(own: readonly PooledVote[], vote: PooledVote): PoolAnswer['surround'] {
  for (const other of own) {
    if (isSurround(vote.link, other.link)) return { outer: vote, inner: other };
    if (isSurround(other.link, vote.link)) return { outer: other, inner: vote };
  }
  return undefined;
}

function voterKey(term: TermNumber, voter: ActorId): string {
  return `${term}/${voter}`;
}

function linkKey({ term, source, target, handover }: Link): string {
  return JSON.stringify([term, source.number, source.id, target.number, target.id, handover.join()]);
}

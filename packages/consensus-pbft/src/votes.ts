/**
 * Votes of one height, counted once per validator and place (pbft M3).
 *
 * @module
 */
import { type ActorId, type BufferUsage, type Bytes, compareActors, compareBytes } from '@fiducia/consensus';
import type { QuotedRoundChange, QuotedSignature, Round } from './message.ts';

/** Rounds above the own one of which every message is kept (pbft N4). */
const ROUNDS_AHEAD = 64;

/** Rounds below the own one whose COMMITs still count (pbft R4). */
const ROUNDS_BEHIND = 64;

interface Vote {
  readonly digest: Bytes;
  readonly signature: Bytes;
}

/** PREPAREs or COMMITs by round and author; the first of an author counts (pbft M3). */
export class VoteBook {
  readonly #byRound = new Map<Round, Map<ActorId, Vote>>();

  /** Adds a vote within the window around `ownRound`; a second one of its author is not counted. */
  add(round: Round, { author, signature }: QuotedSignature, digest: Bytes, ownRound: Round): void {
    if (round > ownRound + ROUNDS_AHEAD || round < ownRound - ROUNDS_BEHIND) return;
    const votes = this.#byRound.get(round) ?? new Map<ActorId, Vote>();
    this.#byRound.set(round, votes);
    if (!votes.has(author)) votes.set(author, { digest, signature });
  }

  /** Signatures for one block in one round, sorted by author. */
  supporters(round: Round, digest: Bytes): readonly QuotedSignature[] {
    return [...(this.#byRound.get(round) ?? [])]
      .filter(([, vote]) => compareBytes(vote.digest, digest) === 0)
      .map(([author, { signature }]) => ({ author, signature }))
      .toSorted(byAuthor);
  }

  /** What one author voted for. */
  *of(author: ActorId): Iterable<Vote & { readonly round: Round }> {
    for (const [round, votes] of this.#byRound) {
      const vote = votes.get(author);
      if (vote !== undefined) yield { round, ...vote };
    }
  }

  /** Rounds with votes, and the blocks voted for in them. */
  *candidates(): Iterable<{ readonly round: Round; readonly digest: Bytes }> {
    for (const [round, votes] of this.#byRound) {
      const digests: Bytes[] = [];
      for (const { digest } of votes.values()) {
        if (!digests.some((other) => compareBytes(other, digest) === 0)) digests.push(digest);
      }
      for (const digest of digests) yield { round, digest };
    }
  }

  /** Forgets rounds that have left the window. */
  prune(ownRound: Round): void {
    for (const round of this.#byRound.keys()) if (round < ownRound - ROUNDS_BEHIND) this.#byRound.delete(round);
  }

  /** Number of votes kept. */
  get size(): number {
    let size = 0;
    for (const votes of this.#byRound.values()) size += votes.size;
    return size;
  }

  /** @param seats - Number of seats, each of which has one vote for each round of the window. */
  usage(name: string, seats: number): BufferUsage {
    return { name, count: this.size, max: seats * (ROUNDS_BEHIND + 1 + ROUNDS_AHEAD) };
  }
}

interface FarChange {
  readonly round: Round;
  readonly quoted: QuotedRoundChange;
}

/** ROUND-CHANGEs by round and author; far ahead only the highest of each author is kept (pbft N4). */
export class RoundChangeBook {
  readonly #near = new Map<Round, Map<ActorId, QuotedRoundChange>>();
  readonly #far = new Map<ActorId, FarChange>();

  /** Adds a ROUND-CHANGE that is not below `ownRound`; a second one of its author for a round is not counted. */
  add(round: Round, quoted: QuotedRoundChange, ownRound: Round): void {
    if (round < ownRound) return;
    if (round > ownRound + ROUNDS_AHEAD) {
      const known = this.#far.get(quoted.author);
      if (known === undefined || known.round < round) this.#far.set(quoted.author, { round, quoted });
      return;
    }
    const changes = this.#near.get(round) ?? new Map<ActorId, QuotedRoundChange>();
    this.#near.set(round, changes);
    if (!changes.has(quoted.author)) changes.set(quoted.author, quoted);
  }

  /** Highest round above `ownRound` that each author asked for (pbft R7). */
  above(ownRound: Round): ReadonlyMap<ActorId, Round> {
    const highest = new Map<ActorId, Round>();
    for (const [round, changes] of this.#near) {
      if (round <= ownRound) continue;
      for (const author of changes.keys()) highest.set(author, Math.max(round, highest.get(author) ?? 0));
    }
    for (const [author, { round }] of this.#far) if (round > ownRound) highest.set(author, round);
    return highest;
  }

  /** ROUND-CHANGEs for exactly one round, sorted by author (pbft J1). */
  at(round: Round): readonly QuotedRoundChange[] {
    return [...(this.#near.get(round)?.values() ?? [])].toSorted(byAuthor);
  }

  /** Rounds within reach for which there are any, ascending. */
  rounds(): readonly Round[] {
    return [...this.#near.keys()].toSorted((a, b) => a - b);
  }

  /** Forgets rounds below, and takes in what has come within reach. */
  advance(ownRound: Round): void {
    for (const round of this.#near.keys()) if (round < ownRound) this.#near.delete(round);
    for (const [author, { round, quoted }] of this.#far) {
      if (round > ownRound + ROUNDS_AHEAD) continue;
      this.#far.delete(author);
      this.add(round, quoted, ownRound);
    }
  }

  /** Number of ROUND-CHANGEs kept. */
  get size(): number {
    let size = this.#far.size;
    for (const changes of this.#near.values()) size += changes.size;
    return size;
  }

  /** @param seats - Number of seats, each of which has one ROUND-CHANGE for each round ahead and one beyond. */
  usage(seats: number): BufferUsage {
    return { name: 'roundChanges', count: this.size, max: seats * (ROUNDS_AHEAD + 2) };
  }
}

function byAuthor(a: { readonly author: ActorId }, b: { readonly author: ActorId }): number {
  return compareActors(a.author, b.author);
}

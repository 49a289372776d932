/**
 * Consensus state after a block.
 *
 * @module
 */
import type { ActorId, Height, PersistentMap, Validator } from '@fiducia/consensus';

/** `ACTIVE`: may hold a seat; `LEFT`: asked to leave; `EJECTED`: contradicted itself. */
export type MemberStatus = 'ACTIVE' | 'LEFT' | 'EJECTED';

/** Somebody who holds a seat, may get one or never again, or still answers for what it signed while it held one. */
export interface Member {
  /** Who it is. */
  readonly id: ActorId;
  /** Weight of its votes on the next block; `0n` without a seat. */
  readonly weight: bigint;
  /** Whether it may hold a seat. */
  readonly status: MemberStatus;
  /**
   * First height of its latest term on a seat; 0 if it never had one. A seat that it gets back within `evidenceBlocks`
   * goes on.
   */
  readonly seatedFrom: Height;
  /** Last height of that term; `null` while it lasts, 0 if there never was one. */
  readonly seatedUntil: Height | null;
}

/** State of PBFT after a block. Immutable. */
export interface PbftState {
  /** Height of the block. */
  readonly height: Height;
  /** Author of the block; empty at the start of an era (pbft P). */
  readonly proposer: ActorId;
  /** Sorted by address. */
  readonly members: readonly Member[];
  /** Ballots between members, keyed by voter and nominee with a space between them; weights do not count. */
  readonly ballots: PersistentMap<string, true>;
  /** The members that count or are heard on the next block (pbft Q1); the same object while nothing changes. */
  readonly validators: readonly Validator[];
}

/** Key of a ballot: names hold no spaces. */
export function ballotKey(from: ActorId, to: ActorId): string {
  return `${from} ${to}`;
}

/** Finds a member in the sorted list. */
export function memberOf(members: readonly Member[], id: ActorId): Member | undefined {
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const member = members[middle];
    if (member === undefined || member.id === id) return member;
    if (member.id < id) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

/** Those that may act or are heard: everybody with weight, and active members without. */
export function validatorsOf(members: readonly Member[]): readonly Validator[] {
  return members
    .filter(({ weight, status }) => weight > 0n || status === 'ACTIVE')
    .map(({ id, weight }) => ({ id, weight }));
}

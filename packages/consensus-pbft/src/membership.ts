/**
 * Who gets and who loses a seat (pbft Q1, section 12).
 *
 * @module
 */
import { type ActorId, compareActors, type Fact, type Height, sumWeights, type Validator } from '@fiducia/consensus';
import { ACTOR, AMOUNT_MAX, type PbftConfig } from './config.ts';
import { ballotKey, type Member, memberOf, type PbftState } from './state.ts';

/** Most members, the bound of the contract on validators. */
export const MEMBERS_MAX = 4_096;

type Register = Pick<PbftState, 'members' | 'ballots'>;

const NEWCOMER: Omit<Member, 'id'> = { weight: 0n, status: 'ACTIVE', seatedFrom: 0, seatedUntil: 0 };

/**
 * Members with the seats of a complete set: one vote per seat, or the given weights in weighted mode. If
 * there are more than `maxValidators`, the heaviest get the seats.
 *
 * @param from - First height on which they vote.
 * @returns Others keep their place without a seat; unchanged if nobody in the set has weight.
 */
export function seatValidators(
  members: readonly Member[],
  validators: readonly Validator[],
  from: Height,
  config: PbftConfig,
): readonly Member[] {
  const named = new Map<ActorId, bigint>();
  for (const { id, weight } of validators) if (ACTOR.test(id)) named.set(id, bounded(weight));
  const ranked = [...named]
    // Whoever contradicted itself is not seated again.
    .filter(([id, weight]) => weight > 0n && memberOf(members, id)?.status !== 'EJECTED')
    .toSorted(([a, left], [b, right]) => (left === right ? compareActors(a, b) : left > right ? -1 : 1));
  if (ranked.length === 0) return members;

  const seats = new Map(ranked.slice(0, config.maxValidators));
  const known = new Map(withRoomFor(seats, members).map((member) => [member.id, member]));
  for (const id of [...seats.keys(), ...named.keys()]) {
    if (!known.has(id) && known.size < MEMBERS_MAX) known.set(id, { id, ...NEWCOMER });
  }
  return [...known.values()]
    .toSorted((a, b) => compareActors(a.id, b.id))
    .map((member) => {
      const weight = seats.get(member.id);
      if (weight === undefined) return vacate(member, from - 1);
      return seat({ ...member, status: 'ACTIVE' }, config.weighted ? weight : 1n, from, config);
    });
}

/**
 * Members without those who give way to newcomers with a seat, where there are too many: first whoever never had a
 * seat, then whoever lost it longest ago, last those who contradicted themselves.
 */
function withRoomFor(seats: ReadonlyMap<ActorId, bigint>, members: readonly Member[]): readonly Member[] {
  const newcomers = [...seats.keys()].filter((id) => memberOf(members, id) === undefined);
  const excess = members.length + newcomers.length - MEMBERS_MAX;
  if (excess <= 0) return members;
  const rankOf = ({ status, seatedUntil }: Member): number =>
    status === 'EJECTED' ? Number.POSITIVE_INFINITY : (seatedUntil ?? Number.MAX_SAFE_INTEGER);
  const leaving = members
    .filter(({ id }) => !seats.has(id))
    .toSorted((a, b) => (rankOf(a) === rankOf(b) ? compareActors(a.id, b.id) : rankOf(a) < rankOf(b) ? -1 : 1))
    .slice(0, excess);
  return members.filter((member) => !leaving.includes(member));
}

/** Register after facts of the ledger, before seats are given and taken. Facts state new totals, so order within one actor counts. */
export function applyFacts(register: Register, facts: Iterable<Fact>, from: Height, config: PbftConfig): Register {
  let { members, ballots } = register;
  for (const fact of facts) {
    switch (fact.kind) {
      case 'admission':
        members = admit(members, fact.actor);
        break;
      case 'exit':
        members = replace(members, fact.actor, (member) =>
          member.status === 'ACTIVE' ? { ...member, status: 'LEFT' } : member,
        );
        break;
      case 'ballot':
        if (memberOf(members, fact.from) !== undefined && memberOf(members, fact.to) !== undefined) {
          const key = ballotKey(fact.from, fact.to);
          ballots = fact.weight > 0n ? ballots.with(key, true) : ballots.without(key);
        }
        break;
      case 'validators': {
        const earlier = members;
        members = seatValidators(earlier, fact.validators, from, config);
        ballots = withoutStrangers(ballots, earlier, members);
      }
    }
  }
  return { members, ballots };
}

/** Members after evidence: offenders never hold a seat again. */
export function eject(members: readonly Member[], offenders: Iterable<ActorId>): readonly Member[] {
  let next = members;
  for (const id of offenders) next = replace(next, id, (member) => ({ ...member, status: 'EJECTED' }));
  return next;
}

/**
 * Gives seats to active members that more than half of the seats voted for, then takes those of members
 * that left or were ejected, as long as an active one remains: a chain without validators could never
 * get one again.
 *
 * @param from - First height on which the result counts.
 */
export function settleSeats(register: Register, from: Height, config: PbftConfig): Register {
  const elected = config.weighted ? register.members : elect(register, from, config);
  const hasActive = elected.some(({ weight, status }) => weight > 0n && status === 'ACTIVE');
  const settled = hasActive
    ? elected.map((member) => (member.status === 'ACTIVE' ? member : vacate(member, from - 1)))
    : elected;
  const members = settled.filter((member) => !isForgotten(member, from, config));
  if (members.length === settled.length) return { members: settled, ballots: register.ballots };
  return { members, ballots: withoutStrangers(register.ballots, settled, members) };
}

function elect({ members, ballots }: Register, from: Height, config: PbftConfig): readonly Member[] {
  if (ballots.size === 0) return members;
  const seats = members.filter(({ weight, status }) => weight > 0n && status === 'ACTIVE');
  const total = sumWeights(seats);
  const supportOf = countSupport(ballots, seats, members.length);
  let free = config.maxValidators - seats.length;
  return members.map((member) => {
    if (member.weight > 0n || member.status !== 'ACTIVE' || free <= 0) return member;
    if (2n * supportOf(member.id) <= total) return member;
    free -= 1;
    return seat(member, 1n, from, config);
  });
}

/**
 * Weight of the seats that cast a ballot for a member. It is asked for in every block, and a full register has hundreds
 * of thousands of pairs, so the ballots are counted where there are fewer of them.
 */
function countSupport(
  ballots: Register['ballots'],
  seats: readonly Member[],
  members: number,
): (id: ActorId) => bigint {
  if (ballots.size > seats.length * members) {
    return (to) => sumWeights(seats.filter(({ id }) => ballots.get(ballotKey(id, to)) === true));
  }
  const weights = new Map(seats.map(({ id, weight }) => [id, weight]));
  const support = new Map<ActorId, bigint>();
  for (const [key] of ballots.entries()) {
    const [from = '', to = ''] = key.split(' ');
    support.set(to, (support.get(to) ?? 0n) + (weights.get(from) ?? 0n));
  }
  return (id) => support.get(id) ?? 0n;
}

function admit(members: readonly Member[], id: ActorId): readonly Member[] {
  if (memberOf(members, id) !== undefined) {
    return replace(members, id, (member) => (member.status === 'LEFT' ? { ...member, status: 'ACTIVE' } : member));
  }
  if (!ACTOR.test(id) || members.length >= MEMBERS_MAX) return members;
  return [...members, { id, ...NEWCOMER }].toSorted((a, b) => compareActors(a.id, b.id));
}

/** The same list if nothing changes, so that unchanged sets can be recognised. */
function replace(members: readonly Member[], id: ActorId, change: (member: Member) => Member): readonly Member[] {
  const member = memberOf(members, id);
  if (member === undefined) return members;
  const changed = change(member);
  return changed === member ? members : members.map((other) => (other === member ? changed : other));
}

/** A seat given back while it can be answered for goes on, or whoever loses it for a block gets away with everything. */
function seat(member: Member, weight: bigint, from: Height, config: PbftConfig): Member {
  if (member.weight > 0n) return member.weight === weight ? member : { ...member, weight };
  const goesOn = member.seatedFrom > 0 && isReportable(member, from, config);
  return { ...member, weight, seatedFrom: goesOn ? member.seatedFrom : from, seatedUntil: null };
}

function vacate(member: Member, until: Height): Member {
  return member.weight === 0n ? member : { ...member, weight: 0n, seatedUntil: until };
}

/** It left, and nothing that it signed can be reported any more. Those who contradicted themselves are never forgotten. */
function isForgotten(member: Member, from: Height, config: PbftConfig): boolean {
  return member.status === 'LEFT' && !isReportable(member, from, config);
}

/** Whether a block of height `from` can still show what it signed in its latest term. */
function isReportable({ seatedUntil }: Member, from: Height, { evidenceBlocks }: PbftConfig): boolean {
  return seatedUntil === null || seatedUntil + evidenceBlocks >= from;
}

/** Ballots between those who are members still. */
function withoutStrangers(
  ballots: Register['ballots'],
  earlier: readonly Member[],
  members: readonly Member[],
): Register['ballots'] {
  if (earlier.every(({ id }) => memberOf(members, id) !== undefined)) return ballots;
  let kept = ballots;
  for (const [key] of ballots.entries()) {
    const parties = key.split(' ');
    if (parties.some((id) => memberOf(members, id) === undefined)) kept = kept.without(key);
  }
  return kept;
}

function bounded(weight: bigint): bigint {
  if (weight < 0n) return 0n;
  return weight > AMOUNT_MAX ? AMOUNT_MAX : weight;
}

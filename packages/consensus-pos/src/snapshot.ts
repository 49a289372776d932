/**
 * Who takes part in the lottery of an epoch, with which stake and key (pos-pow S2, S3).
 *
 * A snapshot is taken before anybody contributes to the seed it is drawn with, so that choosing accounts,
 * stakes or keys is guessing (randomness-vrf R6, B3).
 *
 * @module
 */
import { type ActorId, compareActors, compareBytes, OUTCOMES_MAX } from '@fiducia/consensus';
import type { PosConfig } from './config.ts';
import type { Bond, Epoch, PosState, Snapshot, Ticket } from './state.ts';

/** Stake of a validator: what the ledger says backs it, otherwise its deposit. */
export function stakeOf(bond: Bond): bigint {
  return bond.stake ?? bond.deposit;
}

/** Whether a validator was ejected and its time is not over at `epoch` (pos-pow N1). */
export function isEjected(bond: Bond, epoch: Epoch): boolean {
  return epoch < bond.ejectedUntil;
}

/**
 * Snapshot of the register at the end of an epoch. The lottery draws among at most 2^127 units of stake; the smallest
 * stakes beyond that, which no sound ledger has, stay out.
 *
 * @returns `undefined` if nobody qualifies.
 * @see docs/spec/pos-pow.md, rules S2 and S3.
 */
export function takeSnapshot(bonds: PosState['bonds'], epoch: Epoch, config: PosConfig): Snapshot | undefined {
  const eligible: { readonly id: ActorId; readonly stake: bigint; readonly vrfKey: Uint8Array }[] = [];
  for (const [id, bond] of bonds.entries()) {
    const stake = stakeOf(bond);
    if (bond.vrfKey === null || bond.exitedAt !== null || stake < config.minStake || isEjected(bond, epoch)) continue;
    eligible.push({ id, stake, vrfKey: bond.vrfKey });
  }
  if (eligible.length === 0) return undefined;
  eligible.sort((a, b) => (a.stake === b.stake ? compareActors(a.id, b.id) : a.stake > b.stake ? -1 : 1));
  let total = 0n;
  const members = eligible.slice(0, config.maxValidators).filter(({ stake }) => {
    total += stake;
    return total <= OUTCOMES_MAX;
  });
  return snapshotOf(members);
}

/** Snapshot with these members, in any order. */
export function snapshotOf(members: readonly Omit<Ticket, 'end'>[]): Snapshot {
  let total = 0n;
  const tickets = members
    .toSorted((a, b) => compareActors(a.id, b.id))
    .map(({ id, stake, vrfKey }): Ticket => {
      total += stake;
      return { id, stake, vrfKey, end: total };
    });
  return { tickets, total, validators: tickets.map(({ id, stake }) => ({ id, weight: stake })) };
}

/**
 * Snapshot of the third epoch after the one that ends. With nobody in the register who qualifies, and also
 * if nothing changed, it is the newest one there is.
 */
export function nextSnapshot(state: Pick<PosState, 'bonds' | 'snapshots'>, epoch: Epoch, config: PosConfig): Snapshot {
  const newest = state.snapshots[2];
  const taken = takeSnapshot(state.bonds, epoch, config);
  return taken === undefined || isSameSnapshot(taken, newest) ? newest : taken;
}

/** Whether two snapshots have the same members with the same stakes and keys. */
export function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  if (a.total !== b.total || a.tickets.length !== b.tickets.length) return false;
  return a.tickets.every((ticket, index) => {
    const other = b.tickets[index];
    const isSameMember = other !== undefined && ticket.id === other.id && ticket.stake === other.stake;
    return isSameMember && compareBytes(ticket.vrfKey, other.vrfKey) === 0;
  });
}

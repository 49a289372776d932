/**
 * Who acts: participants by key, suspension, and the audit log.
 *
 * @module
 */
import type { BlockContext, StateReader, StateWriter } from '@fiducia/ledger';
import { type EnergyParams, MARKET_ROLES } from '../params.ts';
import { floorQuotient, type MarketId, type MarketSlot, marketSlotAt } from '../units.ts';
import { release } from './accounts.ts';
import type { AuditEntry, MarketOrder, Participant, ParticipantStatus, Portfolio } from './records.ts';
import {
  AUDIT,
  AUDIT_COUNT,
  KEYS,
  memberKey,
  ORDERS,
  orderKey,
  PARTICIPANTS,
  PORTFOLIOS,
  pad,
  paramsOf,
  required,
  SINGLE,
  ZONES,
  zoneOf,
} from './tables.ts';

/** A participant with its id. */
export interface Member extends Participant {
  /** Id. */
  readonly id: MarketId;
}

/** Time of a block in Unix seconds (energy UN4). */
export function secondsOf(context: Pick<BlockContext, 'timestamp'>): number {
  return floorQuotient(context.timestamp, 1000);
}

/** Participant that an account acts for. */
export function memberOf(state: StateReader, actor: string): Member | undefined {
  const id = state.get(KEYS, actor);
  if (id === undefined) return undefined;
  return { id, ...required(state.get(PARTICIPANTS, id), `participant ${id}`) };
}

/** Status at a moment: a suspension with an end lifts itself. */
export function statusAt(participant: Participant, now: MarketSlot): ParticipantStatus {
  const { status, suspendedUntil } = participant;
  return status === 'SUSPENDED' && suspendedUntil !== null && now >= suspendedUntil ? 'ACTIVE' : status;
}

/** Active member behind an account, or `undefined`. */
export function activeMemberOf(context: BlockContext, actor: string): Member | undefined {
  const member = memberOf(context.state, actor);
  if (member === undefined) return undefined;
  const now = marketSlotAt(secondsOf(context), paramsOf(context.state).slotSec);
  return statusAt(member, now) === 'ACTIVE' ? member : undefined;
}

/** Whether an account may act as supervisor (energy SV1). */
export function isSupervisor(context: BlockContext, actor: string): boolean {
  return activeMemberOf(context, actor)?.role === 'SUPERVISOR';
}

/** Whether a role may trade; the supervisor must not (energy SV2), the grid operator balances. */
export function mayTrade(participant: Participant): boolean {
  return MARKET_ROLES.some((role) => role === participant.role);
}

/** Whether orders of a slot are accepted now (energy SM3). */
export function isOpen(slot: MarketSlot, seconds: number, params: EnergyParams): boolean {
  const start = slot * params.slotSec;
  return seconds >= start - params.openLeadSec && !isClosed(slot, seconds, params);
}

/** Whether the gate of a slot has closed (energy SM3). */
function isClosed(slot: MarketSlot, seconds: number, params: EnergyParams): boolean {
  return seconds >= slot * params.slotSec - params.gateLeadSec;
}

/**
 * Takes a participant out of the market (energy TX5, SV4): its open orders end and their escrow is freed; trades
 * already made still settle.
 *
 * @param seconds - When: orders of slots whose gate was still open then. The time of the block for an act, the limit
 *   at which it was due for a rule (energy TX21).
 */
export function suspend(
  context: BlockContext,
  seconds: number,
  id: MarketId,
  status: 'SUSPENDED' | 'REVOKED',
  suspendedUntil: MarketSlot | null,
): void {
  const { state } = context;
  const participant = required(state.get(PARTICIPANTS, id), `participant ${id}`);
  state.set(PARTICIPANTS, id, { ...participant, status, suspendedUntil });
  const params = paramsOf(state);
  const first = marketSlotAt(seconds + params.gateLeadSec, params.slotSec);
  // The block may come later than the rule was due, and orders may have been placed until then.
  const last = marketSlotAt(secondsOf(context) + params.openLeadSec, params.slotSec);
  for (let slot = first; slot <= last; slot++) {
    const portfolio = state.get(PORTFOLIOS, memberKey(participant.zone, slot, id));
    if (portfolio === undefined || isClosed(slot, seconds, params)) continue;
    for (const [key, order] of ordersOf(state, participant.zone, slot, id, portfolio)) {
      if (order.state !== 'OPEN') continue;
      release(state, id, order.escrow);
      state.set(ORDERS, key, { ...order, state: 'REVOKED', escrow: 0n });
    }
  }
}

/** Suspends a participant that is still active, without an end and with an entry in the audit log. */
export function suspendByRule(context: BlockContext, seconds: number, id: MarketId, reasonCode: string): void {
  const participant = required(context.state.get(PARTICIPANTS, id), `participant ${id}`);
  if (participant.status === 'REVOKED') return;
  if (participant.status === 'SUSPENDED' && participant.suspendedUntil === null) return;
  suspend(context, seconds, id, 'SUSPENDED', null);
  audit(context, { actor: null, action: 'SUSPEND', subject: id, reasonCode, evidenceHash: null });
}

/** Orders of one participant in one slot, in order of arrival. */
export function ordersOf(
  state: StateReader,
  zone: MarketId,
  slot: MarketSlot,
  owner: MarketId,
  portfolio: Portfolio,
): readonly (readonly [key: string, order: MarketOrder])[] {
  return portfolio.orders.map((clientRef) => {
    const key = orderKey(zone, slot, clientRef, owner);
    return [key, required(state.get(ORDERS, key), `order ${key}`)] as const;
  });
}

/** Notes that a slot of a zone has an order or a reading. */
export function markActive(state: StateWriter, zoneId: MarketId, slot: MarketSlot): void {
  const zone = zoneOf(state, zoneId);
  if (zone.firstActive === null || slot < zone.firstActive) state.set(ZONES, zoneId, { ...zone, firstActive: slot });
}

/** Appends to the audit log (energy SV3). */
export function audit(
  context: { readonly state: StateWriter; readonly height: number },
  entry: Omit<AuditEntry, 'height'>,
): void {
  const { state, height } = context;
  const count = required(state.get(AUDIT_COUNT, SINGLE), 'audit count');
  state.set(AUDIT, pad(count, 12), { ...entry, height });
  state.set(AUDIT_COUNT, SINGLE, count + 1);
}

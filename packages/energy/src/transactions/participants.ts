/**
 * Admission and status of participants (energy TX1, TX2, TX5).
 *
 * @module
 */
import { debit, safeUintCodec, type TransactionContext, type TransactionType } from '@fiducia/ledger';
import * as P from 'micro-packed';
import { newMarketTrust } from '../market-trust.ts';
import type { Role } from '../params.ts';
import type { MarketRefusal } from '../refusals.ts';
import { FUND, GRID } from '../settlement.ts';
import { accountOf, addAvailable, lock, moveMoney, release } from '../state/accounts.ts';
import { hashCodec, marketIdCodec, moneyCodec, nameCodec, nullable, reasonCodec, recordCodec } from '../state/codec.ts';
import { audit, isSupervisor, secondsOf, statusAt, suspend } from '../state/members.ts';
import { KEYS, moneyInMarket, PARTICIPANTS, paramsOf, RESERVED, roleCodec, TRUST, zoneOf } from '../state/tables.ts';
import { type MarketId, type MarketSlot, type MicroMoney, MONEY_MAX, marketSlotAt, type Watts } from '../units.ts';

/** Application for admission. The signer's account becomes the participant's. */
export interface RegisterParticipant {
  /** Id that the participant will carry; new, or reserved for the signer in genesis. */
  readonly id: MarketId;
  /** Role; `GRID` and `SUPERVISOR` exist in genesis only. */
  readonly role: Role;
  /** Zone to trade in. */
  readonly zone: MarketId;
  /** Largest generation in W. */
  readonly capGenW: Watts;
  /** Largest load in W. */
  readonly capLoadW: Watts;
  /** Salted SHA-256 of the documents for the review (energy PV1), 32 bytes. */
  readonly docsHash: Uint8Array;
  /** Deposit in µ¤; taken from the market account first, the rest from the core account. */
  readonly deposit: MicroMoney;
}

/** Decision of a supervisor on an application. */
export interface ReviewParticipant {
  /** Applicant. */
  readonly id: MarketId;
  /** Outcome. */
  readonly decision: 'APPROVE' | 'REJECT';
  /** Why: 1 to 32 of `0-9 A-Z _`. */
  readonly reasonCode: string;
  /** SHA-256 of the evidence, 32 bytes. */
  readonly evidenceHash: Uint8Array;
  /** Lower limit of generation, or `null` to leave it. */
  readonly capGenW: Watts | null;
  /** Lower limit of load, or `null` to leave it. */
  readonly capLoadW: Watts | null;
}

/** Decision of a supervisor on a member. */
export interface SetStatus {
  /** Participant. */
  readonly id: MarketId;
  /** New status (energy ST1). */
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'REVOKED';
  /** Why: 1 to 32 of `0-9 A-Z _`. */
  readonly reasonCode: string;
  /** SHA-256 of the evidence, 32 bytes. */
  readonly evidenceHash: Uint8Array;
  /** First slot in which a suspension no longer holds, or `null` for an open end. */
  readonly untilSlot: MarketSlot | null;
}

/** Applies for admission (energy TX1); the applicant is `PENDING` and its deposit locked. */
export const registerParticipant: TransactionType<RegisterParticipant> = {
  kind: 'energy/registerParticipant',
  codec: recordCodec({
    id: marketIdCodec,
    role: roleCodec,
    zone: marketIdCodec,
    capGenW: P.U32BE,
    capLoadW: P.U32BE,
    docsHash: hashCodec,
    deposit: moneyCodec,
  }),
  execute(context, payload): MarketRefusal | undefined {
    const { state, signer } = context;
    const { id, role, zone, capGenW, capLoadW, docsHash, deposit } = payload;
    if (id === GRID || id === FUND || state.get(PARTICIPANTS, id) !== undefined) return 'E_DUP';
    // An id with money in genesis waits for its owner; a key serves one participant.
    if ((state.get(RESERVED, id) ?? signer) !== signer || state.get(KEYS, signer) !== undefined) return 'E_DUP';
    if (role === 'GRID' || role === 'SUPERVISOR') return 'E_ROLE';
    const params = paramsOf(state);
    if (!params.zones.some((known) => known.id === zone)) return 'E_BOUNDS';
    if (deposit < params.minimumDeposits[role] || !lockDeposit(context, id, deposit)) return 'E_ESCROW';

    const rest = { docsHash, deposit, meters: [], suspendedUntil: null };
    state.set(PARTICIPANTS, id, { role, actor: signer, status: 'PENDING', zone, capGenW, capLoadW, ...rest });
    state.set(KEYS, signer, id);
    return undefined;
  },
};

/** Admits or rejects an applicant (energy TX2). */
export const reviewParticipant: TransactionType<ReviewParticipant> = {
  kind: 'energy/reviewParticipant',
  codec: recordCodec({
    id: marketIdCodec,
    decision: nameCodec(['APPROVE', 'REJECT'] as const),
    reasonCode: reasonCodec,
    evidenceHash: hashCodec,
    capGenW: nullable(P.U32BE),
    capLoadW: nullable(P.U32BE),
  }),
  execute(context, payload): MarketRefusal | undefined {
    const { state, signer } = context;
    const { id, decision, reasonCode, evidenceHash } = payload;
    if (!isSupervisor(context, signer)) return 'E_ROLE';
    const applicant = state.get(PARTICIPANTS, id);
    if (applicant?.status !== 'PENDING') return 'E_STATUS';
    const capGenW = payload.capGenW ?? applicant.capGenW;
    const capLoadW = payload.capLoadW ?? applicant.capLoadW;
    if (capGenW > applicant.capGenW || capLoadW > applicant.capLoadW) return 'E_CAPACITY';

    if (decision === 'APPROVE') {
      state.set(PARTICIPANTS, id, { ...applicant, status: 'ACTIVE', capGenW, capLoadW });
      state.set(TRUST, id, newMarketTrust(zoneOf(state, applicant.zone)));
    } else {
      release(state, id, applicant.deposit);
      state.set(PARTICIPANTS, id, { ...applicant, status: 'REJECTED', deposit: 0n });
    }
    audit(context, { actor: signer, action: decision, subject: id, reasonCode, evidenceHash });
    return undefined;
  },
};

/** Suspends, re-admits or revokes a participant (energy TX5, ST1). */
export const setStatus: TransactionType<SetStatus> = {
  kind: 'energy/setStatus',
  codec: recordCodec({
    id: marketIdCodec,
    status: nameCodec(['ACTIVE', 'SUSPENDED', 'REVOKED'] as const),
    reasonCode: reasonCodec,
    evidenceHash: hashCodec,
    untilSlot: nullable(safeUintCodec),
  }),
  execute(context, { id, status, reasonCode, evidenceHash, untilSlot }): MarketRefusal | undefined {
    const { state, signer } = context;
    if (!isSupervisor(context, signer)) return 'E_ROLE';
    const participant = state.get(PARTICIPANTS, id);
    if (participant === undefined) return 'E_STATUS';
    // Nobody can switch off the system's own parts.
    if (participant.role === 'GRID' || participant.role === 'SUPERVISOR') return 'E_ROLE';
    const seconds = secondsOf(context);
    const from = statusAt(participant, marketSlotAt(seconds, paramsOf(state).slotSec));
    const allowed = status === 'SUSPENDED' ? from === 'ACTIVE' : from === 'SUSPENDED';
    if (!allowed || (untilSlot !== null && status !== 'SUSPENDED')) return 'E_STATUS';

    if (status === 'ACTIVE') state.set(PARTICIPANTS, id, { ...participant, status, suspendedUntil: null });
    else suspend(context, seconds, id, status, untilSlot);
    audit(context, { actor: signer, action: STATUS_ACTIONS[status], subject: id, reasonCode, evidenceHash });
    return undefined;
  },
};

const STATUS_ACTIONS = { ACTIVE: 'ACTIVATE', SUSPENDED: 'SUSPEND', REVOKED: 'REVOKE' } as const;

/** Locks the deposit; what the market account lacks comes from the signer's core account. */
function lockDeposit(context: TransactionContext, id: MarketId, deposit: MicroMoney): boolean {
  const { state, signer } = context;
  const missing = deposit - accountOf(state, id).available;
  if (missing > 0n) {
    if (moneyInMarket(state) + missing > MONEY_MAX || !debit(state, signer, missing)) return false;
    moveMoney(state, missing);
    addAvailable(state, id, missing);
  }
  return lock(state, id, deposit);
}

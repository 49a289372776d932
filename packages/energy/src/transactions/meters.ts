/**
 * Meters and their readings (energy TX3, TX4, TX10), and the proof that a meter's key was used twice (energy TF3).
 *
 * @module
 */
import {
  actorIdCodec,
  CANDIDATES,
  safeUintCodec,
  type TransactionContext,
  type TransactionType,
} from '@fiducia/ledger';
import * as P from 'micro-packed';
import type { MarketRefusal } from '../refusals.ts';
import { marketIdCodec } from '../state/codec.ts';
import {
  activeMemberOf,
  audit,
  isSupervisor,
  markActive,
  memberOf,
  secondsOf,
  suspendByRule,
} from '../state/members.ts';
import type { Meter, Participant } from '../state/records.ts';
import {
  METER_KEYS,
  METERS,
  METERS_MAX,
  memberKey,
  OFFENCES,
  PARTICIPANTS,
  paramsOf,
  READINGS,
  required,
  TRUST,
  zoneOf,
} from '../state/tables.ts';
import { MARKET_SLOT_MAX, type MarketId, marketSlotAt, type WattHours } from '../units.ts';
import {
  cosignClaim,
  energyCosignData,
  type MeterApproval,
  type MeterReading,
  readingFields,
  signatureCodec,
} from './cosign.ts';

/** Registration of a meter by its owner. */
export interface RegisterMeter {
  /** Id of the meter, new. */
  readonly meterId: MarketId;
  /** Address of the key in the meter, used by no other meter. */
  readonly key: string;
  /** Most Wh of import per slot, within the owner's load. */
  readonly maxImportWh: WattHours;
  /** Most Wh of export per slot, within the owner's generation. */
  readonly maxExportWh: WattHours;
  /** Import register now. */
  readonly startImport: WattHours;
  /** Export register now. */
  readonly startExport: WattHours;
}

/** Approval of a meter by the grid operator and a supervisor, one of them signing the transaction. */
export interface ApproveMeter extends MeterApproval {
  /** Account of the other one. */
  readonly cosigner: string;
  /** Its signature over {@link energyCosignData}. */
  readonly signature: Uint8Array;
}

/** A reading with the signature of its meter; anyone may send it. */
export interface SubmitReading extends MeterReading {
  /** Signature of the meter over {@link energyCosignData}. */
  readonly signature: Uint8Array;
}

/** Two readings of one meter with one slot, one sequence number and different content. */
export interface ReportDoubleReading {
  /** One of them. */
  readonly first: SubmitReading;
  /** The other. */
  readonly second: SubmitReading;
}

const submitReadingCodec = P.struct({ ...readingFields, signature: signatureCodec });

/** Registers a meter (energy TX3); it waits for its approval. */
export const registerMeter: TransactionType<RegisterMeter> = {
  kind: 'energy/registerMeter',
  codec: P.struct({
    meterId: marketIdCodec,
    key: actorIdCodec,
    maxImportWh: P.U32BE,
    maxExportWh: P.U32BE,
    startImport: safeUintCodec,
    startExport: safeUintCodec,
  }),
  execute(context, { meterId, key, maxImportWh, maxExportWh, startImport, startExport }): MarketRefusal | undefined {
    const { state, signer } = context;
    const owner = activeMemberOf(context, signer);
    if (owner === undefined) return 'E_STATUS';
    const { slotSec } = paramsOf(state);
    // Compared without a division: Wh · 3600 ≤ W · s.
    if (maxImportWh * 3600 > owner.capLoadW * slotSec) return 'E_CAPACITY';
    if (maxExportWh * 3600 > owner.capGenW * slotSec) return 'E_CAPACITY';
    if (state.get(METERS, meterId) !== undefined || state.get(METER_KEYS, key) !== undefined) return 'E_DUP';
    if (owner.meters.length >= METERS_MAX) return 'E_TOO_MANY';

    const { id, ...participant } = owner;
    state.set(PARTICIPANTS, id, { ...participant, meters: [...participant.meters, meterId] });
    state.set(METER_KEYS, key, meterId);
    state.set(METERS, meterId, {
      owner: id,
      key,
      status: 'PENDING',
      maxImportWh,
      maxExportWh,
      lastSeq: 0,
      regImport: startImport,
      regExport: startExport,
      lastSlot: previousSlot(context),
      dueFrom: null,
      missedInRow: 0,
      estimatedImportWh: 0,
    });
    return undefined;
  },
};

/** Puts a meter into operation (energy TX4). */
export const approveMeter: TransactionType<ApproveMeter> = {
  kind: 'energy/approveMeter',
  codec: P.struct({ meterId: marketIdCodec, cosigner: actorIdCodec, signature: signatureCodec }),
  claims({ meterId, cosigner, signature }) {
    return [cosignClaim(cosigner, energyCosignData('energy/approveMeter', { meterId }), signature)];
  },
  execute(context, { meterId, cosigner }): MarketRefusal | undefined {
    const { state, signer } = context;
    const meter = state.get(METERS, meterId);
    if (meter?.status !== 'PENDING') return 'E_METER';
    const isGrid = (actor: string): boolean => memberOf(state, actor)?.role === 'GRID';
    const both =
      (isGrid(signer) && isSupervisor(context, cosigner)) || (isGrid(cosigner) && isSupervisor(context, signer));
    if (!both) return 'E_ROLE';
    state.set(METERS, meterId, { ...meter, status: 'ACTIVE', lastSlot: previousSlot(context) });
    audit(context, {
      actor: signer,
      action: 'APPROVE_METER',
      subject: meterId,
      reasonCode: 'METER_APPROVED',
      evidenceHash: null,
    });
    return undefined;
  },
};

/** Records what a meter measured in one slot (energy TX10). */
export const submitReading: TransactionType<SubmitReading> = {
  kind: 'energy/submitReading',
  codec: submitReadingCodec,
  claims: (payload) => [readingClaim(payload)],
  execute(context, reading): MarketRefusal | undefined {
    const { state } = context;
    const meter = state.get(METERS, reading.meter);
    if (meter === undefined || meter.status !== 'ACTIVE' || meter.key !== reading.key) return 'E_METER';
    if (reading.seq !== meter.lastSeq + 1) return 'E_SEQ';
    if (reading.slot > MARKET_SLOT_MAX || !isPlausible(meter, reading)) return 'E_REGISTER';
    if (!isInWindow(context, reading.slot)) return 'E_WINDOW';
    const owner = required(state.get(PARTICIPANTS, meter.owner), `participant ${meter.owner}`);
    const key = memberKey(owner.zone, reading.slot, reading.meter);
    if (state.get(READINGS, key) !== undefined) return 'E_DUP';
    // A slot before the last reading is part of that reading's gap; one before the market's first is never settled.
    if (reading.slot <= meter.lastSlot || reading.slot < zoneOf(state, owner.zone).firstSlot) return 'E_WINDOW';

    state.set(READINGS, key, {
      seq: reading.seq,
      importWh: reading.endImport - reading.startImport,
      exportWh: reading.endExport - reading.startExport,
      gapImport: reading.startImport - meter.regImport,
      gapExport: reading.startExport - meter.regExport,
      quality: reading.quality,
    });
    state.set(METERS, reading.meter, {
      ...meter,
      lastSeq: reading.seq,
      regImport: reading.endImport,
      regExport: reading.endExport,
      lastSlot: reading.slot,
      dueFrom: Math.min(meter.dueFrom ?? reading.slot, reading.slot),
    });
    markActive(state, owner.zone, reading.slot);
    return undefined;
  },
};

/**
 * Proves that the key of a meter signed two different readings of one slot with one sequence number (energy TF3,
 * AD-8). The owner is suspended, its market trust books an offence, and consensus is told.
 *
 * The number alone proves nothing: an honest meter gives it to its next reading when one came too late (AD-22).
 */
export const reportDoubleReading: TransactionType<ReportDoubleReading> = {
  kind: 'energy/reportDoubleReading',
  codec: P.struct({ first: submitReadingCodec, second: submitReadingCodec }),
  claims: ({ first, second }) => [readingClaim(first), readingClaim(second)],
  execute(context, { first, second }): MarketRefusal | undefined {
    const { state, signer } = context;
    const meter = state.get(METERS, first.meter);
    if (meter === undefined || first.meter !== second.meter) return 'E_METER';
    if (meter.key !== first.key || meter.key !== second.key) return 'E_METER';
    if (first.slot !== second.slot || first.seq !== second.seq || sameBytes(first, second)) return 'E_SEQ';
    const offence = `${first.meter}/${first.seq}`;
    if (state.get(OFFENCES, offence) !== undefined) return 'E_DUP';

    state.set(OFFENCES, offence, first.slot);
    punishOwner(context, meter.owner, required(state.get(PARTICIPANTS, meter.owner), `participant ${meter.owner}`));
    audit(context, {
      actor: signer,
      action: 'DOUBLE_READING',
      subject: first.meter,
      reasonCode: 'DOUBLE_METER_KEY',
      evidenceHash: null,
    });
    return undefined;
  },
};

/** Most offences that wait for one settled slot; the model counts at most 16 per round (trust F2). */
const PENDING_OFFENCES_MAX = 16;

/** Layout that the consensus plugin reads: actor as text with a 32-bit length, market slot in 6 bytes. */
const offenceCodec = P.struct({ actor: P.string(P.U32BE), slot: P.bigint(6, false, false, true) });

function punishOwner(context: TransactionContext, id: MarketId, owner: Participant): void {
  const { state } = context;
  const trust = state.get(TRUST, id);
  if (trust !== undefined) {
    const pendingMalicious = Math.min(trust.pendingMalicious + 1, PENDING_OFFENCES_MAX);
    state.set(TRUST, id, { ...trust, pendingMalicious });
  }
  suspendByRule(context, secondsOf(context), id, 'DOUBLE_METER_KEY');
  // TF3: consensus hears of it only if the owner stands behind a candidate.
  for (const [candidate, record] of state.entries(CANDIDATES)) {
    if (candidate !== owner.actor && record.owner !== owner.actor) continue;
    const data = offenceCodec.encode({ actor: candidate, slot: BigInt(currentSlot(context)) });
    context.emit({ kind: 'custom', id: 'trust/offence', data });
  }
}

function readingClaim({ signature, ...reading }: SubmitReading) {
  return cosignClaim(reading.key, energyCosignData('energy/submitReading', reading), signature);
}

/** Registers never fall and never run faster than the meter can (energy TX10, I-8, AD-9). */
function isPlausible(meter: Meter, reading: MeterReading): boolean {
  const missed = Math.max(0, reading.slot - meter.lastSlot - 1);
  return (
    advances(meter.regImport, reading.startImport, reading.endImport, meter.maxImportWh, missed) &&
    advances(meter.regExport, reading.startExport, reading.endExport, meter.maxExportWh, missed)
  );
}

function advances(last: WattHours, start: WattHours, end: WattHours, maxWh: WattHours, missed: number): boolean {
  if (start < last || end < start) return false;
  return end - start <= maxWh && start - last <= maxWh * missed;
}

/** The slot has ended, and its reading window has not (energy TX10, AD-22). */
function isInWindow(context: TransactionContext, slot: number): boolean {
  const { slotSec, readingWindowSec } = paramsOf(context.state);
  const end = (slot + 1) * slotSec;
  const seconds = secondsOf(context);
  return seconds >= end && seconds < end + readingWindowSec;
}

function currentSlot(context: TransactionContext): number {
  return marketSlotAt(secondsOf(context), paramsOf(context.state).slotSec);
}

/** Last slot that is over when a meter starts. */
function previousSlot(context: TransactionContext): number {
  return Math.max(0, currentSlot(context) - 1);
}

function sameBytes(first: SubmitReading, second: SubmitReading): boolean {
  const a = energyCosignData('energy/submitReading', first);
  const b = energyCosignData('energy/submitReading', second);
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

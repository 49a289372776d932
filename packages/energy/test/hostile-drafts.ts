import { registerCandidate, transfer } from '@fiducia/ledger';
import fc from 'fast-check';
import {
  approveMeter,
  cancelOrder,
  energyCosignData,
  fund,
  type MeterReading,
  placeOrder,
  type ReportDoubleReading,
  readMeter,
  registerMeter,
  registerParticipant,
  reportDoubleReading,
  reviewParticipant,
  setStatus,
  submitReading,
  withdraw,
} from '../src/index.ts';
import { actorOf, HASH, meterOf, SLOT, ZONE } from './market-chain.ts';
import { type Draft, draft, type MarketLedger, MEMBERS } from './market-ledger.ts';

/** Makes a draft from where the ledger stands, so that readings can continue the registers. */
export type Action = (ledger: MarketLedger) => Draft;

const HUGE = [2 ** 32 - 1, 2 ** 40, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER];
const member = fc.constantFrom(...MEMBERS);
const signer = fc.oneof(
  { weight: 6, arbitrary: member },
  fc.constantFrom('stranger', 'GRID', 'SUPERVISOR', '__proto__'),
);
const id = fc.constantFrom(...MEMBERS, 'GRID', 'FUND', 'SUPERVISOR', '__proto__', 'constructor', 'toString', 'x');
const meter = fc.oneof({ weight: 6, arbitrary: member.map(meterOf) }, id);
/** A market slot, mostly one of `offsets` from the one that runs when the draft is made. */
const near = (...offsets: number[]): fc.Arbitrary<(ledger: MarketLedger) => number> =>
  fc
    .tuple(
      fc.constantFrom(...offsets),
      fc.oneof({ weight: 15, arbitrary: fc.constant(null) }, fc.constantFrom(0, SLOT - 16, ...HUGE)),
    )
    .map(
      ([offset, fixed]) =>
        ({ seconds }) =>
          fixed ?? (seconds - (seconds % 900)) / 900 + offset,
    );
const open = near(1, 2, 2, 2, 2, 3, 3);
const ended = near(-2, -1, -1, -1, -1, 0);
const wh = fc.oneof({ weight: 25, arbitrary: fc.integer({ min: 0, max: 3_000 }) }, fc.constantFrom(0, 10_001, ...HUGE));
const price = fc.oneof(
  { weight: 25, arbitrary: fc.integer({ min: 12, max: 25 }).map((step) => step * 25) },
  fc.constantFrom(0, 299, 621, 2 ** 32 - 1),
);
const quantity = fc.oneof(
  { weight: 25, arbitrary: fc.integer({ min: 1, max: 2_000 }) },
  fc.constantFrom(0, 1_000_000_000, 1_000_000_001, 2 ** 32 - 1),
);
const money = fc.oneof(fc.bigInt({ min: 0n, max: 2_000_000n }), fc.constantFrom(0n, 2n ** 63n - 1n));
const amount = fc.oneof(fc.bigInt({ min: 0n, max: 500_000n }), fc.constantFrom(2n ** 64n, 2n ** 128n - 1n));
const reference = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', '__proto__', 'constructor');
const audit = { reasonCode: 'X', evidenceHash: HASH };

const placing = fc
  .record({
    signer: member,
    meter,
    slot: open,
    side: fc.constantFrom('buy' as const, 'sell' as const),
    price,
    qty: quantity,
    clientRef: reference,
  })
  .map(
    ({ signer, slot, meter, ...payload }): Action =>
      (ledger) =>
        draft(placeOrder, signer, { ...payload, slot: slot(ledger), meter: meter === 'x' ? 'x' : meterOf(signer) }),
  );
const cancelling = fc.record({ signer, slot: open, clientRef: reference, owner: id }).map(
  ({ signer, slot, ...payload }): Action =>
    (ledger) =>
      draft(cancelOrder, signer, { ...payload, slot: slot(ledger) }),
);

/** A reading that goes on where the registers stand, or not. */
const reading = fc
  .record({
    signer,
    owner: member,
    slot: ended,
    ahead: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 0, 2),
    gap: fc.constantFrom(0, 0, 0, 0, 0, 0, 700, 2 ** 53 - 1),
    importWh: wh,
    exportWh: wh,
  })
  .map((values) => ({ ...values, fieldsAt: (ledger: MarketLedger) => readingAt(ledger, values) }));
const measuring = reading.map(
  ({ signer, owner, fieldsAt }): Action =>
    (ledger) => {
      const fields = fieldsAt(ledger);
      return draft(submitReading, signer, { ...fields, signature: signed(ledger, owner, fields) });
    },
);
const accusing = fc.tuple(reading, wh).map(
  ([{ signer, owner, fieldsAt }, other]): Action =>
    (ledger) => {
      const first = fieldsAt(ledger);
      const second = { ...first, endExport: Math.max(first.startExport, other) };
      const proof: ReportDoubleReading = {
        first: { ...first, signature: signed(ledger, owner, first) },
        second: { ...second, signature: signed(ledger, owner, second) },
      };
      return draft(reportDoubleReading, signer, proof);
    },
);

const moving = fc.record({ signer, in: fc.boolean(), amount: money }).map(
  ({ signer, in: inwards, amount }): Action =>
    () =>
      draft(inwards ? fund : withdraw, signer, { amount }),
);
const paying = fc.record({ signer, to: id, amount }).map(
  ({ signer, to, amount }): Action =>
    () =>
      draft(transfer, signer, { to: actorOf(to.replaceAll('_', '-')), amount }),
);
const applying = fc
  .record({
    signer,
    id,
    role: fc.constantFrom('WIND' as const, 'GRID' as const, 'USER' as const),
    zone: fc.constantFrom(ZONE, '__proto__'),
    deposit: money,
  })
  .map(
    ({ signer, ...payload }): Action =>
      () =>
        draft(registerParticipant, signer, { ...payload, capGenW: 1_000, capLoadW: 2 ** 32 - 1, docsHash: HASH }),
  );
const reviewing = fc.record({ signer, id, decision: fc.constantFrom('APPROVE' as const, 'REJECT' as const) }).map(
  ({ signer, ...payload }): Action =>
    () =>
      draft(reviewParticipant, signer, { ...payload, ...audit, capGenW: null, capLoadW: 0 }),
);
const sanctioning = fc
  .record({
    id,
    status: fc.constantFrom('ACTIVE' as const, 'SUSPENDED' as const, 'REVOKED' as const),
    untilSlot: fc.constantFrom(null, 0, SLOT, SLOT + 5, Number.MAX_SAFE_INTEGER),
  })
  .map(
    (payload): Action =>
      () =>
        draft(setStatus, 'SUPERVISOR', { ...payload, ...audit }),
  );
const metering = fc.record({ signer, meterId: meter, key: id, start: wh }).map(
  ({ signer, meterId, key, start }): Action =>
    () =>
      draft(registerMeter, signer, {
        meterId,
        key: actorOf(key.replaceAll('_', '-')),
        maxImportWh: 10,
        maxExportWh: 0,
        startImport: start,
        startExport: start,
      }),
);
const approving = fc.record({ signer, meterId: meter, cosigner: fc.constantFrom('GRID', 'SUPERVISOR', 'u1') }).map(
  ({ signer, meterId, cosigner }): Action =>
    (ledger) => {
      const signature = ledger.cosign(cosigner, energyCosignData('energy/approveMeter', { meterId }));
      return draft(approveMeter, signer, { meterId, cosigner: actorOf(cosigner), signature });
    },
);
const standing = fc
  .record({ signer: member, deposit: amount, expiry: fc.constantFrom(0, 100, Number.MAX_SAFE_INTEGER) })
  .map(
    ({ signer, deposit, expiry }): Action =>
      () =>
        draft(registerCandidate, signer, {
          id: actorOf(signer),
          category: '__proto__',
          deposit,
          expiry,
          signatures: [],
          consent: new Uint8Array(),
        }),
  );

/** Anything that an account may send, sensible and hostile. */
export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 30, arbitrary: placing },
  { weight: 20, arbitrary: measuring },
  ...[cancelling, accusing, moving, paying, applying, reviewing, sanctioning, metering, approving, standing].map(
    (arbitrary) => ({ weight: 1, arbitrary }),
  ),
);

function signed(ledger: MarketLedger, owner: string, fields: MeterReading): Uint8Array {
  return ledger.cosign(meterOf(owner), energyCosignData('energy/submitReading', fields));
}

function readingAt(
  ledger: MarketLedger,
  {
    owner,
    slot,
    ahead,
    gap,
    importWh,
    exportWh,
  }: {
    owner: string;
    slot: (ledger: MarketLedger) => number;
    ahead: number;
    gap: number;
    importWh: number;
    exportWh: number;
  },
): MeterReading {
  const meter = readMeter(ledger.stateAt(), meterOf(owner));
  const capped = (value: number): number => Math.min(value, Number.MAX_SAFE_INTEGER);
  const startImport = capped((meter?.regImport ?? 0) + gap);
  const startExport = meter?.regExport ?? 0;
  return {
    meter: meterOf(owner),
    key: actorOf(meterOf(owner)),
    slot: slot(ledger),
    seq: (meter?.lastSeq ?? 0) + ahead,
    startImport,
    startExport,
    endImport: capped(startImport + importWh),
    endExport: capped(startExport + exportWh),
    quality: 'MEASURED',
  };
}

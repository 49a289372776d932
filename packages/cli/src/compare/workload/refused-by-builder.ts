/**
 * Bad transactions that are sound until they are executed: they wait in pools, and no builder includes them.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import {
  cancelOrder,
  type MeterReading,
  MONEY_MAX,
  type PlaceOrder,
  placeOrder,
  registerParticipant,
  reviewParticipant,
  submitReading,
  withdraw,
} from '@fiducia/energy';
import { collectIncome, exitCandidate, registerCandidate, topUpDeposit, transfer } from '@fiducia/ledger';
import { COMPARE_ZONE, compareDocumentHash, MEMBER_LIMITS } from './market.ts';
import { countEnergy, readingFields, signReading } from './metering.ts';
import { CLOSING_PHASE, FIRST_DELIVERY_PHASE, marketSlotOfPhase } from './timeline.ts';
import { type Trap, type TrapParts, writeAs } from './trap.ts';

/** More than there is. */
const FORTUNE = 10n ** 15n;

/** A sequence number that no meter of a comparison reaches. */
const FAR_SEQUENCE = 1_000;

/** Kinds of bad transactions that builders leave out. */
export const BUILDER_TRAPS: readonly Trap[] = [
  anytime('pays more than there is', 'TX_BALANCE', (parts) =>
    writeAs(parts, parts.outsider, transfer, { to: parts.member.account.address, amount: FORTUNE + draw(parts) }),
  ),
  anytime('pays nothing', 'TX_AMOUNT', (parts) =>
    writeAs(parts, parts.outsider, transfer, { to: parts.member.account.address, amount: 0n }),
  ),
  anytime('leaves out a nonce', 'TX_NONCE_GAP', (parts) =>
    writeAs(
      parts,
      parts.outsider,
      transfer,
      { to: parts.member.account.address, amount: draw(parts) },
      { nonce: parts.random.integer(1, 9) },
    ),
  ),
  anytime('collects the income of somebody else', 'TX_SIGNER', (parts) =>
    writeAs(parts, parts.outsider, collectIncome, { author: parts.member.account.address }),
  ),
  anytime('adds to the deposit of a stranger', 'STAKE_UNKNOWN', (parts) =>
    writeAs(parts, parts.outsider, topUpDeposit, { id: parts.member.account.address, amount: draw(parts) }),
  ),
  anytime('takes a stranger out of the register', 'STAKE_UNKNOWN', (parts) =>
    writeAs(parts, parts.outsider, exitCandidate, { id: parts.outsider.address }),
  ),
  anytime('stands with too small a deposit', 'STAKE_DEPOSIT_MIN', (parts) => stand(parts, 1n)),
  anytime('stands without the approval of the supervisor', 'STAKE_APPROVAL', (parts) => stand(parts, FORTUNE)),
  anytime('trades without being admitted', 'E_STATUS', (parts) => order(parts, {}, parts.outsider)),
  anytime('reviews without being the supervisor', 'E_ROLE', (parts) => {
    const limits = { capGenW: null, capLoadW: null };
    const review = { id: parts.member.id, decision: 'REJECT' as const, reasonCode: 'ENVY', ...limits };
    return writeAs(parts, parts.outsider, reviewParticipant, { ...review, evidenceHash: compareDocumentHash('none') });
  }),
  anytime('applies under the name of the grid operator', 'E_DUP', (parts) => apply(parts, 'GRID', COMPARE_ZONE)),
  anytime('applies for a zone that is none', 'E_BOUNDS', (parts) =>
    apply(parts, `outsider${parts.random.integer(0, 999)}`, 'Z9'),
  ),
  anytime('reads a meter that is none', 'E_METER', (parts) => {
    const { outsider, member } = parts;
    return read(parts, { ...member, meterId: 'no_meter', meter: outsider }, {});
  }),
  anytime('reads the meter of somebody else with a key of its own', 'E_METER', (parts) =>
    read(parts, { ...parts.member, meter: parts.outsider }, {}),
  ),
  anytime('reads a meter out of sequence', 'E_SEQ', (parts) =>
    read(parts, parts.member, { seq: FAR_SEQUENCE + parts.random.integer(0, 99) }),
  ),
  closing('turns a register back', 'E_REGISTER', (parts) =>
    read(parts, parts.member, { startImport: 5, endImport: 5, startExport: 5, endExport: 4 }),
  ),
  closing('reads a slot whose window has passed', 'E_WINDOW', (parts) =>
    read(parts, parts.member, { slot: marketSlotOfPhase(FIRST_DELIVERY_PHASE) }),
  ),
  closing('orders after the gate', 'E_SLOT_CLOSED', (parts) =>
    order(parts, { slot: marketSlotOfPhase(CLOSING_PHASE + parts.random.integer(-9, 1)) }),
  ),
  closing('bids above the band', 'E_PRICE_BAND', (parts) =>
    order(parts, { price: 621 + parts.random.integer(0, 999) }),
  ),
  closing('orders nothing', 'E_QTY', (parts) => order(parts, { qty: 0 })),
  closing('orders more than its meter can measure', 'E_CAPACITY', (parts) =>
    order(parts, { qty: MEMBER_LIMITS.meterWh + parts.random.integer(1, 99) }),
  ),
  closing('orders through the meter of somebody else', 'E_METER', (parts) =>
    order(parts, { meter: parts.other.meterId }),
  ),
  closing('cancels the order of somebody else', 'E_ROLE', (parts) => {
    const target = { slot: marketSlotOfPhase(CLOSING_PHASE), clientRef: 'a', owner: parts.other.id };
    return writeAs(parts, parts.member.account, cancelOrder, target);
  }),
  closing('cancels an order that is none', 'E_STATUS', (parts) => {
    const target = { slot: marketSlotOfPhase(CLOSING_PHASE + 2), clientRef: 'none', owner: parts.member.id };
    return writeAs(parts, parts.member.account, cancelOrder, target);
  }),
  closing('withdraws more than it has', 'E_ESCROW', (parts) =>
    writeAs(parts, parts.member.account, withdraw, { amount: MONEY_MAX - draw(parts) }),
  ),
  closing('applies a second time', 'E_DUP', (parts) =>
    apply(parts, `again${parts.random.integer(0, 999)}`, COMPARE_ZONE, parts.member.account),
  ),
];

function anytime(name: string, code: string, make: (parts: TrapParts) => Bytes): Trap {
  return { name, code, when: 'any', make };
}

function closing(name: string, code: string, make: (parts: TrapParts) => Bytes): Trap {
  return { name, code, when: 'closing', make };
}

function draw({ random }: TrapParts): bigint {
  return BigInt(random.integer(1, 100));
}

function stand(parts: TrapParts, deposit: bigint): Bytes {
  const nothing = new Uint8Array();
  const candidacy = { id: parts.outsider.address, category: 'USER', deposit, expiry: Number.MAX_SAFE_INTEGER };
  return writeAs(parts, parts.outsider, registerCandidate, { ...candidacy, signatures: [], consent: nothing });
}

function apply(parts: TrapParts, id: string, zone: string, account = parts.outsider): Bytes {
  const caps = { capGenW: MEMBER_LIMITS.capW, capLoadW: MEMBER_LIMITS.capW };
  const papers = { docsHash: compareDocumentHash(id), deposit: 0n };
  return writeAs(parts, account, registerParticipant, { id, role: 'USER', zone, ...caps, ...papers });
}

/** A sound order for a slot that is open in the closing phase, but for the changes. */
function order(parts: TrapParts, changes: Partial<PlaceOrder>, account = parts.member.account): Bytes {
  const slot = marketSlotOfPhase(CLOSING_PHASE + 2);
  const sound = { meter: parts.member.meterId, slot, side: 'buy' as const, price: 500, qty: 10, clientRef: 'z' };
  return writeAs(parts, account, placeOrder, { ...sound, ...changes });
}

/** The next reading of a meter, sound but for the changes. */
function read(parts: TrapParts, member: TrapParts['member'], changes: Partial<MeterReading>): Bytes {
  const { registers } = member;
  const sound = readingFields(member, parts.phase - 1, registers, countEnergy(registers, 1));
  return writeAs(parts, parts.outsider, submitReading, signReading(parts.pen, member, { ...sound, ...changes }));
}

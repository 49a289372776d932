import { type LedgerStateView, transfer } from '@fiducia/ledger';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { energyCosignData, placeOrder, readMarket, readOrders, submitReading } from '../src/index.ts';
import { type Action, action } from './hostile-drafts.ts';
import { actorOf, meterOf, SLOT, timeOf, ZONE } from './market-chain.ts';
import { draft, MarketLedger } from './market-ledger.ts';

/** Windows so short that slots are settled and finalised within a run. */
const params = { readingWindowSec: 900, disputeWindowSec: 900 };

const FIRST = SLOT - 9;
const SLOTS = 16;

/** A transaction of the reference run, by the market slot of its block. */
interface Carried {
  readonly slot: number;
  readonly signer: string;
  readonly bytes: Uint8Array;
}

/** How a chain carries the transactions of one market slot. */
interface Carriage {
  /** Whose turn it is, modulo the signers that still have something to send. */
  readonly turns: readonly number[];
  /** Blocks: seconds into the slot, and how many transactions each takes; the last takes the rest. */
  readonly cuts: readonly { readonly seconds: number; readonly size: number }[];
  readonly author: string;
}

const carriage: fc.Arbitrary<Carriage> = fc.record({
  turns: fc.array(fc.nat({ max: 9 }), { minLength: 12, maxLength: 12 }),
  cuts: fc.array(fc.record({ seconds: fc.nat({ max: 899 }), size: fc.nat({ max: 5 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  author: fc.constantFrom('node', 'w1', 'u2', 'GRID'),
});
const carriages = fc.array(carriage, { minLength: 6, maxLength: 6 });

/** Actions by slot; many slots have none, so that several steps of the market become due at once. */
const plan = fc.array(fc.oneof(fc.constant([]), fc.array(action, { minLength: 1, maxLength: 14 })), {
  minLength: SLOTS,
  maxLength: SLOTS,
});

/** One block in every slot, at its start. */
async function reference(actions: readonly (readonly Action[])[]) {
  const ledger = await MarketLedger.start(params);
  await ledger.admitAll();
  for (const [index, makers] of actions.entries()) {
    ledger.seconds = timeOf(FIRST + index);
    await ledger.extend(
      makers.map((make) => make(ledger)),
      ledger.seconds,
    );
  }
  const carried = [...ledger.blocks.values()].flatMap((block): readonly Carried[] => {
    const slot = Math.floor(block.header.timestamp / 900_000);
    const { transactions = [] } = ledger.ledger.decode(block.bytes, 'block') ?? {};
    return transactions.map(({ signer, bytes }) => ({ slot, signer, bytes }));
  });
  return { carried, state: await rest(ledger) };
}

/** The same transactions in the same market slots, carried otherwise; `null` if one could not be executed there. */
async function carry(carried: readonly Carried[], how: readonly Carriage[]): Promise<LedgerStateView | null> {
  const ledger = await MarketLedger.start(params);
  const slots = [...new Set(carried.map(({ slot }) => slot))];
  for (const [index, slot] of slots.entries()) {
    const { turns, cuts, author } = how[index % how.length] ?? fail();
    const waiting = interleave(
      carried.filter((one) => one.slot === slot),
      turns,
    );
    const times = cuts.map(({ seconds }) => seconds).sort((a, b) => a - b);
    for (const [at, seconds] of times.entries()) {
      const size = at === times.length - 1 ? waiting.length : (cuts[at]?.size ?? 0);
      if (!(await includeAll(ledger, waiting.splice(0, size), slot * 900 + seconds, author))) return null;
    }
  }
  return await rest(ledger);
}

async function includeAll(ledger: MarketLedger, batch: readonly Carried[], seconds: number, author: string) {
  for (const { bytes } of batch) if ((await ledger.ledger.submit(bytes)).kind !== 'added') return false;
  const block = await ledger.extend([], seconds, author);
  return ledger.ledger.decode(block.bytes, 'block')?.transactions.length === batch.length;
}

/** State after an empty block in a slot that all runs reach. */
async function rest(ledger: MarketLedger): Promise<LedgerStateView> {
  await ledger.extend([], timeOf(FIRST + SLOTS));
  return ledger.stateAt();
}

/** Interleaves the signers anew; each keeps the order of its own, which its nonces fix. */
function interleave(carried: readonly Carried[], turns: readonly number[]): Carried[] {
  const queues = [...new Set(carried.map(({ signer }) => signer))].map((name) =>
    carried.filter(({ signer }) => signer === name),
  );
  const result: Carried[] = [];
  for (let turn = 0; result.length < carried.length; turn++) {
    const open = queues.filter(({ length }) => length > 0);
    const next = open[(turns[turn % turns.length] ?? 0) % open.length]?.shift();
    if (next !== undefined) result.push(next);
  }
  return result;
}

test('energy I-15: cut, header time, author, lateness and interleaving of signers leave no trace in the application state', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(plan, carriages, async (actions, how) => {
      const { carried, state } = await reference(actions);
      const other = await carry(carried, how);
      // Not every order of the signers is valid: who cannot be served twice is refused the second time.
      if (other === null) return;
      compared++;
      expect(other.applicationRoot).toEqual(state.applicationRoot);
      expect(readMarket(other).accounts).toEqual(readMarket(state).accounts);
    }),
    { numRuns: 60 },
  );
  expect(compared).toBeGreaterThan(30);
}, 60_000);

/** The member that gets into arrears has another order standing, whose gate closes after the settlement. */
async function arrears(blockSlots: readonly number[], orderWh = 100): Promise<LedgerStateView> {
  const ledger = await MarketLedger.start(params);
  await ledger.admitAll();
  const order = { slot: SLOT - 1, side: 'buy' as const, price: 500, qty: orderWh, clientRef: 'a' };
  const measured = {
    meter: meterOf('u1'),
    key: actorOf(meterOf('u1')),
    slot: SLOT - 9,
    seq: 1,
    startImport: 0,
    startExport: 0,
    endImport: 10_000,
    endExport: 0,
    quality: 'MEASURED' as const,
  };
  const signature = ledger.cosign(meterOf('u1'), energyCosignData('energy/submitReading', measured));
  const drafts = [
    draft(placeOrder, 'u1', { ...order, meter: meterOf('u1') }),
    draft(placeOrder, 'w1', { ...order, meter: meterOf('w1'), side: 'sell', price: 400 }),
    draft(submitReading, 'u2', { ...measured, signature }),
    draft(transfer, 'u2', { to: actorOf('w1'), amount: 7n }),
  ];
  await ledger.extend(drafts, timeOf(SLOT - 8));
  for (const slot of blockSlots) await ledger.extend([], timeOf(slot), `node${slot}`);
  return ledger.stateAt();
}

test('energy I-15, TX21, SE5: a block that comes late does at their times what was due, suspensions included', async () => {
  const inTime = await arrears([-8, -7, -6, -5, -4, -3, -2, -1, 0].map((slot) => SLOT + slot));
  const late = await arrears([SLOT]);
  expect(readMarket(inTime).participants.find(({ id }) => id === 'u1')).toMatchObject({ status: 'SUSPENDED' });
  expect([...readOrders(inTime, ZONE, SLOT - 1)].map(([id, { state }]) => [id, state])).toEqual([
    ['a/u1', 'REVOKED'],
    ['a/w1', 'EXPIRED'],
  ]);
  expect(late.applicationRoot).toEqual(inTime.applicationRoot);
  expect(late.root).not.toEqual(inTime.root);
});

test('energy I-15: one changed quantity gives another application root', async () => {
  const [one, other] = [await arrears([SLOT]), await arrears([SLOT], 101)];
  expect(other.applicationRoot).not.toEqual(one.applicationRoot);
});

function fail(): never {
  throw new Error('missing');
}

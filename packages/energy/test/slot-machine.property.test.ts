import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ClearingOrder,
  checkEnergyConserved,
  checkMoneyConserved,
  clearUniform,
  findEscrowMismatches,
  readCertificates,
  readMarket,
  readMarketSlot,
  readMeter,
  readOrders,
  readPortfolios,
  readReadings,
  readTrades,
} from '../src/index.ts';
import { type MarketChain, meterOf, openMarket, SLOT, timeOf, ZONE } from './market-chain.ts';

const OWNERS = ['a1', 'b2', 'c3', 'd4', 'e5', 'f6'];
const members = OWNERS.map((id, index) => ({ id, role: index % 2 === 0 ? ('USER' as const) : ('PV' as const) }));

const order = fc.record({
  owner: fc.constantFrom(...OWNERS),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  price: fc.integer({ min: 0, max: 12 }).map((step) => 300 + 25 * step),
  qty: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 3_000 })),
});
const book = fc.array(order, { maxLength: 30 });
const meters = fc.array(fc.option(fc.integer({ min: -10_000, max: 10_000 }), { nil: null }), {
  minLength: OWNERS.length,
  maxLength: OWNERS.length,
});

function placed(orders: readonly (ClearingOrder & { owner: string })[], maxWorkPerBlock = 20_000): MarketChain {
  const chain = openMarket(members, { params: { maxWorkPerBlock } });
  for (const [index, { owner, side, price, qty }] of orders.entries()) {
    chain.order(owner, { side, price, qty, clientRef: `r${String(index).padStart(2, '0')}` });
  }
  return chain;
}

/** Blocks until the zone has no slot at work; every state on the way must be sound. */
function drain(chain: MarketChain, seconds: number): number {
  let blocks = 0;
  for (let before = ''; before !== chain.state.dump(); blocks++) {
    before = chain.state.dump();
    chain.begin(seconds);
    expect(checkMoneyConserved(chain.state).conserved).toBe(true);
    expect(findEscrowMismatches(chain.state)).toEqual([]);
    expect(blocks).toBeLessThan(500);
  }
  return blocks;
}

test('energy I-1, I-9: the chain clears as the pure auction, in any order of arrival', () => {
  fc.assert(
    fc.property(book, (rows) => {
      const chain = placed(rows.map((row, index) => ({ ...row, id: String(index) })));
      // What was refused (capacity, own crossing) is in no book.
      const orders = [...readOrders(chain.state, ZONE, SLOT)];
      chain.begin(timeOf(SLOT - 1));
      const pure = clearUniform(
        orders.map(([id, { side, price, qty }]) => ({ id, side, price, qty })),
        { gridFee: 40, kPermille: 500 },
      );
      const { price, volume, reason } = pure;
      expect(readMarketSlot(chain.state, ZONE, SLOT)).toMatchObject({ price, volume, reason, state: 'CLEARED' });
      const fills = new Map(pure.fills.map(({ id, filled }) => [id, filled]));
      for (const [id, { filled }] of readOrders(chain.state, ZONE, SLOT)) expect(filled).toBe(fills.get(id) ?? 0);
      const pairs = pure.trades.map(({ buyOrder, sellOrder, wh }) => `${SLOT}/${buyOrder} ${SLOT}/${sellOrder} ${wh}`);
      const trades = readTrades(chain.state, ZONE, SLOT).map(
        (trade) => `${trade.buyOrder} ${trade.sellOrder} ${trade.wh}`,
      );
      expect(trades.sort()).toEqual(pairs.sort());
    }),
    { numRuns: 60 },
  );
});

test('energy AD-19, AD-20, TX21: any bound on the work of a block gives the same state in the end', () => {
  fc.assert(
    fc.property(book, meters, fc.integer({ min: 2, max: 9 }), (rows, readings, maxWorkPerBlock) => {
      const run = (work: number) => {
        const chain = placed(
          rows.map((row, index) => ({ ...row, id: String(index) })),
          work,
        );
        let blocks = drain(chain, timeOf(SLOT - 1));
        chain.begin(timeOf(SLOT + 1));
        for (const [index, owner] of OWNERS.entries()) {
          const wh = readings[index];
          if (wh != null) expect(chain.read(owner, SLOT, wh)).toBeUndefined();
        }
        blocks += drain(chain, timeOf(SLOT + 5));
        return { chain, blocks };
      };
      const whole = run(20_000).chain;
      const pieces = run(maxWorkPerBlock).chain;
      expect(readMarketSlot(pieces.state, ZONE, SLOT)).toEqual(readMarketSlot(whole.state, ZONE, SLOT));
      expect(readTrades(pieces.state, ZONE, SLOT)).toEqual(readTrades(whole.state, ZONE, SLOT));
      expect(readPortfolios(pieces.state, ZONE, SLOT)).toEqual(readPortfolios(whole.state, ZONE, SLOT));
      expect(readMarket(pieces.state).accounts).toEqual(readMarket(whole.state).accounts);
      expect(checkEnergyConserved(pieces.state, ZONE, SLOT)?.conserved).toBe(true);
      expect(pieces.state.count('share')).toBe(0);
    }),
    { numRuns: 15 },
  );
});

test('energy I-5, I-6, I-7, I-8, I-11: random markets conserve money, energy and registers', () => {
  const days = fc.array(fc.tuple(book, meters), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(days, (slots) => {
      const chain = openMarket(members);
      const counted = new Map(OWNERS.map((owner) => [owner, 0]));
      const hidden = new Map(OWNERS.map((owner) => [owner, 0]));
      for (const [index, [rows, readings]] of slots.entries()) {
        const slot = SLOT + 10 * index;
        for (const [n, { owner, side, price, qty }] of rows.entries()) {
          chain.order(owner, { slot, side, price, qty, clientRef: `r${n}` });
        }
        chain.begin(timeOf(slot + 1));
        for (const [n, owner] of OWNERS.entries()) {
          const wh = readings[n];
          if (wh == null) {
            hidden.set(owner, 700);
            continue;
          }
          // What was used in slots without a reading shows as a gap.
          const gapImport = index === 0 ? 0 : (hidden.get(owner) ?? 0);
          expect(chain.read(owner, slot, wh, { gapImport })).toBeUndefined();
          hidden.set(owner, 0);
          counted.set(owner, (counted.get(owner) ?? 0) + Math.max(0, wh) + gapImport);
        }
        chain.begin(timeOf(slot + 5));
        expect(checkMoneyConserved(chain.state).conserved).toBe(true);
        expect(checkEnergyConserved(chain.state, ZONE, slot)?.conserved).toBe(true);
        expect(findEscrowMismatches(chain.state)).toEqual([]);
        for (const { available, escrow, debt } of readMarket(chain.state).accounts.values()) {
          expect(available >= 0n && escrow >= 0n && debt >= 0n).toBe(true);
        }
        for (const owner of OWNERS) {
          const certificate = readCertificates(chain.state, meterOf(owner)).get(slot);
          const held = certificate?.holdings.reduce((sum, { wh }) => sum + wh, 0) ?? 0;
          const exportWh = readReadings(chain.state, ZONE, slot).get(meterOf(owner))?.exportWh ?? 0;
          expect(held).toBe(Math.min(exportWh, readPortfolios(chain.state, ZONE, slot).get(owner)?.sold ?? 0));
          expect(certificate?.wh ?? 0).toBe(held);
        }
      }
      for (const [owner, wh] of counted) expect(readMeter(chain.state, meterOf(owner))?.regImport).toBe(wh);
    }),
    { numRuns: 30 },
  );
});

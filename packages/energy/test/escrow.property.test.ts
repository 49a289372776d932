import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buyEscrow, coveringDeposit, DEMO_ENERGY_PARAMS, sellBond, settleSlot } from '../src/index.ts';

const prices = fc.record({
  feedIn: fc.integer({ min: 0, max: 500 }),
  spread: fc.integer({ min: 0, max: 500 }),
  penalty: fc.integer({ min: 1, max: 1_000 }),
  gridFee: fc.integer({ min: 0, max: 100 }),
  tolWh: fc.integer({ min: 0, max: 100 }),
  tolPermille: fc.integer({ min: 0, max: 200 }),
});

test('energy ES1, AD-24: the bond covers whatever a seller does, at any price above its limit', () => {
  fc.assert(
    fc.property(
      prices,
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.nat(1_000),
      fc.nat(1_000),
      fc.nat(1_000_000),
      fc.constantFrom(10_000, 12_500, 15_000),
      (drawn, qty, above, gain, delivered, bondBp) => {
        const params = { ...drawn, retail: drawn.feedIn + drawn.spread + drawn.gridFee };
        const limit = params.feedIn + above;
        const bond = sellBond(qty, limit, params, bondBp);
        const { debts } = settleSlot({
          trades: [{ id: 't', buyer: 'b', seller: 's', wh: qty, price: limit + gain }],
          meters: new Map([['s', -Math.min(delivered, qty)]]),
          balances: new Map([
            ['s', bond],
            ['b', 10n ** 15n],
          ]),
          params,
        });
        expect(debts.has('s')).toBe(false);
      },
    ),
  );
});

test('energy ES2: the escrow of a buy covers price, fee and the penalty for not taking the energy', () => {
  fc.assert(
    fc.property(prices, fc.integer({ min: 1, max: 1_000_000 }), fc.nat(1_000_000), (drawn, qty, taken) => {
      const params = { ...drawn, retail: drawn.feedIn + drawn.spread + drawn.gridFee };
      const limit = params.retail;
      const { debts } = settleSlot({
        trades: [{ id: 't', buyer: 'b', seller: 's', wh: qty, price: limit - params.gridFee }],
        meters: new Map([['b', Math.min(taken, qty)]]),
        balances: new Map([
          ['b', buyEscrow(qty, limit, params)],
          ['GRID', 10n ** 15n],
        ]),
        params,
      });
      expect(debts.has('b')).toBe(false);
    }),
  );
});

describe('amounts', () => {
  test('energy ES1, UN3: the bond is rounded up', () => {
    // 3 Wh · (620 + 150 − 341) · 1.25 = 1608.75.
    expect(sellBond(3, 341, DEMO_ENERGY_PARAMS, 12_500)).toBe(1_609n);
    expect(sellBond(3, 771, DEMO_ENERGY_PARAMS, 12_500)).toBe(0n);
    expect(() => sellBond(3, 341, DEMO_ENERGY_PARAMS, 9_999)).toThrow('bondBp');
  });

  test('energy ES2: the penalty counts as far as feed-in does not cover it', () => {
    expect(buyEscrow(10, 500, { retail: 620, feedIn: 300, penalty: 150 })).toBe(5_000n);
    expect(buyEscrow(10, 500, { retail: 620, feedIn: 100, penalty: 150 })).toBe(5_500n);
  });

  test('energy ES3: the deposit covers the largest import of the slots in flight', () => {
    // One slot being delivered and four in the reading window.
    expect(coveringDeposit(1_000, DEMO_ENERGY_PARAMS)).toBe(1_000n * 620n * 5n);
  });
});

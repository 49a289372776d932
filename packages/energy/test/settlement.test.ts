import { describe, expect, test } from 'vitest';
import { computeDeviation, gapPostings, settleSlot } from '../src/index.ts';
import { settleVectors } from './vectors.ts';

const params = { gridFee: 40, retail: 620, feedIn: 300, penalty: 150, tolWh: 20, tolPermille: 50 };

const money = (amounts: Record<string, number>): Map<string, bigint> =>
  new Map(Object.entries(amounts).map(([account, amount]) => [account, BigInt(amount)]));

describe('worked vectors', () => {
  test('all four are there', () => {
    expect(settleVectors.map(({ id }) => id)).toEqual(['S1', 'S2', 'S3', 'S4']);
  });

  test.each(settleVectors)('$id $title', (vector) => {
    const result = settleSlot({
      trades: vector.trades.map(([buyer, seller, wh, price], index) => ({ id: `t${index}`, buyer, seller, wh, price })),
      meters: new Map(Object.entries(vector.meters)),
      balances: money(vector.start),
      params: {
        gridFee: vector.params.fee,
        retail: vector.params.retail,
        feedIn: vector.params.feedin,
        penalty: vector.params.pen,
        tolWh: vector.params.tolWh,
        tolPermille: vector.params.tolPm,
      },
    });
    expect(
      result.postings.map(({ payer, payee, due, paid, reason }) => [payer, payee, Number(due), Number(paid), reason]),
    ).toEqual(vector.expect.flows);
    expect(result.balances).toEqual(money(vector.expect.balances));
    expect(result.debts).toEqual(money(vector.expect.debt));
    expect(result.gridBalancingWh).toBe(vector.expect.grid_balancing_wh);
    for (const [participant, report] of Object.entries(vector.expect.report)) {
      const { net_contract: contract, ...rest } = report;
      expect(result.deviations.get(participant)).toMatchObject({ contract, ...rest });
    }
    const sum = [...result.balances.values()].reduce((total, balance) => total + balance, 0n);
    expect([vector.money_before, Number(sum)]).toEqual([vector.money_after, vector.money_after]);
  });
});

describe('rules', () => {
  test('energy SE1, UN5: import and export of one participant are netted against its contract', () => {
    expect(computeDeviation({ bought: 500, sold: 1200 }, -900, params)).toMatchObject({
      contract: -700,
      meter: -900,
      deviation: -200,
    });
  });

  test('energy SE2: the larger tolerance holds, the share floored', () => {
    expect(computeDeviation({ bought: 0, sold: 399 }, 0, params)).toMatchObject({ shortfall: 399, breach: 379 });
    expect(computeDeviation({ bought: 0, sold: 1019 }, 0, params)).toMatchObject({ shortfall: 1019, breach: 969 });
    expect(computeDeviation({ bought: 1019, sold: 0 }, 0, params)).toMatchObject({ undertake: 1019, breach: 969 });
  });

  test('energy SE3: without a trade there is no penalty, and zero amounts post nothing', () => {
    const settle = (wh: number) =>
      settleSlot({ trades: [], meters: new Map([['u', wh]]), balances: money({ u: 1e6, GRID: 1e6 }), params }).postings;
    expect(settle(100)).toMatchObject([{ reason: 'top-up', due: 62_000n }]);
    expect(settle(-100)).toMatchObject([{ reason: 'feed-in', due: 30_000n }]);
    expect(settle(0)).toEqual([]);
  });

  test('energy SE4: a gap is paid at retail and feed-in, a too high estimate is not refunded', () => {
    const gap = (gapImport: number, gapExport: number, countedImport: number) =>
      gapPostings('u', { gapImport, gapExport, countedImport }, params).map(({ reason, due }) => [reason, due]);
    expect(gap(500, 100, 200)).toEqual([
      ['gap-import', 186_000n],
      ['gap-export', 30_000n],
    ]);
    expect(gap(200, 0, 500)).toEqual([]);
  });

  test('energy SE5: the grid operator pays what it has', () => {
    const result = settleSlot({
      trades: [],
      meters: new Map([['w', -100]]),
      balances: money({ GRID: 10_000 }),
      params,
    });
    expect(result.balances).toEqual(money({ GRID: 0, w: 10_000 }));
    expect(result.debts).toEqual(money({ GRID: 20_000 }));
  });

  test('energy PB2: overselling and overbuying lose at least the fee', () => {
    const trade = { id: 't', buyer: 'b', seller: 's', wh: 100, price: 440 };
    const start = money({ b: 1e6, s: 1e6, GRID: 1e6, FUND: 0 });
    const gain = (meters: [string, number][], traded: boolean, who: string): bigint => {
      const trades = traded ? [trade] : [];
      const { balances } = settleSlot({ trades, meters: new Map(meters), balances: start, params });
      return (balances.get(who) ?? 0n) - (start.get(who) ?? 0n);
    };
    const nothing: [string, number][] = [
      ['b', 0],
      ['s', 0],
    ];
    expect(gain(nothing, true, 's')).toBeLessThanOrEqual(gain(nothing, false, 's') - 4_000n);
    expect(gain(nothing, true, 'b')).toBeLessThanOrEqual(gain(nothing, false, 'b') - 4_000n);
  });
});

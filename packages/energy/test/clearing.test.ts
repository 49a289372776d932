import { describe, expect, test } from 'vitest';
import { type ClearingOrder, clearUniform } from '../src/index.ts';
import { uniformVectors, vectorFile } from './vectors.ts';

const order = (id: string, side: 'buy' | 'sell', price: number, qty: number): ClearingOrder => ({
  id,
  side,
  price,
  qty,
});

describe('worked vectors', () => {
  test('all ten are there', () => {
    expect(uniformVectors.map(({ id }) => id)).toEqual(['U1', 'U2', 'U3', 'U4', 'U5', 'U6', 'U7', 'U8', 'U9', 'U10']);
  });

  test.each(uniformVectors)('$id', ({ fee, k_permille: kPermille, orders, expect: wanted }) => {
    const result = clearUniform(orders, { gridFee: fee, kPermille });
    const { volume, price, lo, hi, reason } = result;
    expect({ volume, price, reason }).toEqual({ volume: wanted.volume, price: wanted.price, reason: wanted.reason });
    if (wanted.price !== null) expect([lo, hi]).toEqual([wanted.lo, wanted.hi]);
    expect(Object.fromEntries(result.fills.map(({ id, filled }) => [id, filled]))).toEqual(wanted.alloc);
    expect(result.trades.map(({ buyOrder, sellOrder, wh }) => [buyOrder, sellOrder, wh])).toEqual(wanted.pairs);
  });

  test('all 60 random cases', () => {
    expect(vectorFile.random_cases.cases).toHaveLength(60);
    for (const [fee, rows, volume, price, fills, trades] of vectorFile.random_cases.cases) {
      const orders = rows.map(([id, side, limit, qty]) => order(id, side, limit, qty));
      const result = clearUniform(orders, { gridFee: fee, kPermille: 500 });
      expect([result.volume, result.price]).toEqual([volume, price]);
      expect(result.fills.filter(({ filled }) => filled > 0).map(({ id, filled }) => [id, filled])).toEqual(fills);
      expect(result.trades.map(({ buyOrder, sellOrder, wh }) => [buyOrder, sellOrder, wh])).toEqual(trades);
    }
  });
});

describe('rules', () => {
  const params = { gridFee: 0, kPermille: 500 };

  test('energy CL1: bids and asks match while the bid pays the ask, the fee taken off first', () => {
    const orders = [order('b', 'buy', 440, 10), order('s', 'sell', 400, 10)];
    expect(clearUniform(orders, { gridFee: 40, kPermille: 500 }).volume).toBe(10);
    expect(clearUniform(orders, { gridFee: 41, kPermille: 500 }).volume).toBe(0);
  });

  test('energy CL2: says why nothing traded', () => {
    const buy = order('b', 'buy', 300, 10);
    const sell = order('s', 'sell', 301, 10);
    expect(clearUniform([], params)).toMatchObject({ price: null, reason: 'NO_BIDS' });
    expect(clearUniform([sell], params)).toMatchObject({ price: null, reason: 'NO_BIDS' });
    expect(clearUniform([buy], params)).toMatchObject({ price: null, reason: 'NO_ASKS' });
    expect(clearUniform([buy, sell], params)).toMatchObject({ price: null, reason: 'NO_CROSS', fills: [] });
  });

  test('energy CL2: a bid that cannot pay the fee takes no part', () => {
    const orders = [order('b', 'buy', 30, 10), order('s', 'sell', 0, 10)];
    expect(clearUniform(orders, { gridFee: 40, kPermille: 500 })).toMatchObject({ reason: 'NO_BIDS' });
  });

  test('energy CL3: what is left over bounds the price from both sides', () => {
    const book = [
      order('b1', 'buy', 600, 10),
      order('b2', 'buy', 450, 10),
      order('s1', 'sell', 300, 10),
      order('s2', 'sell', 500, 10),
    ];
    expect(clearUniform(book, params)).toMatchObject({ lo: 450, hi: 500 });
  });

  test('energy CL4: the price moves with k and is floored', () => {
    const book = [order('b', 'buy', 408, 1), order('s', 'sell', 401, 1)];
    expect([0, 500, 999, 1000].map((kPermille) => clearUniform(book, { gridFee: 0, kPermille }).price)).toEqual([
      401, 404, 407, 408,
    ]);
  });

  test('energy CL5: largest remainder first, then the lowest id', () => {
    const sells = [order('s1', 'sell', 300, 10), order('s2', 'sell', 300, 10), order('s3', 'sell', 300, 13)];
    const { fills } = clearUniform([order('b', 'buy', 400, 17), ...sells], params);
    // Shares 5.15, 5.15, 6.69: one Wh is left and goes to s3.
    expect(fills.slice(1).map(({ filled }) => filled)).toEqual([5, 5, 7]);
  });

  test('energy CL6: at most one trade per filled order but one', () => {
    const book = [1, 2, 3].flatMap((n) => [order(`b${n}`, 'buy', 500, 7), order(`s${n}`, 'sell', 400, 7)]);
    expect(clearUniform(book, params).trades).toHaveLength(3);
  });

  test('energy AD-5: the place in the block gains nothing', () => {
    const first = [order('b', 'buy', 500, 100), order('s1', 'sell', 400, 90), order('s2', 'sell', 400, 90)];
    expect(clearUniform(first, params)).toEqual(clearUniform([...first].reverse(), params));
  });

  test('energy AD-20: all prices equal', () => {
    const book = [1, 2, 3, 4].map((n) => order(`b${n}`, 'buy', 400, n)).concat(order('s', 'sell', 400, 5));
    expect(clearUniform(book, params)).toMatchObject({ price: 400, volume: 5 });
  });

  test('energy CX2: 16 000 orders in one slot', () => {
    const book = Array.from({ length: 16_000 }, (_, n) =>
      order(
        `o${String(n).padStart(5, '0')}`,
        n % 2 === 0 ? 'buy' : 'sell',
        300 + ((n * 7) % 300),
        1 + ((n * 13) % 900),
      ),
    );
    const { volume, trades, fills } = clearUniform(book, params);
    expect(trades.reduce((sum, { wh }) => sum + wh, 0)).toBe(volume);
    expect(fills.reduce((sum, { filled }) => sum + filled, 0)).toBe(2 * volume);
    // CX1, CL6: linear in the orders.
    expect(trades.length).toBeLessThan(16_000);
  });

  test('energy AD-15: quantities at the limit do not lose precision', () => {
    const sells = [1, 2, 3].map((n) => order(`s${n}`, 'sell', 300, 1_000_000_000 - n));
    const { fills } = clearUniform([order('b', 'buy', 400, 1_000_000_000), ...sells], params);
    expect(fills.slice(1).map(({ filled }) => filled)).toEqual([333_333_334, 333_333_333, 333_333_333]);
  });

  test.each([
    ['quantity 0', [order('b', 'buy', 400, 0)]],
    ['quantity above 10⁹ Wh', [order('b', 'buy', 400, 1_000_000_001)]],
    ['a fraction', [order('b', 'buy', 400.5, 1)]],
    ['an id twice', [order('b', 'buy', 400, 1), order('b', 'buy', 400, 1)]],
  ])('energy UN1: refuses %s', (_, orders) => {
    expect(() => clearUniform(orders, params)).toThrow(expect.objectContaining({ name: 'EnergyError' }));
  });
});

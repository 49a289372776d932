import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ClearingOrder, clearUniform } from '../src/index.ts';

const book = fc
  .array(
    fc.record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      price: fc.integer({ min: 0, max: 40 }).map((step) => 300 + 8 * step),
      qty: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1_000_000_000 })),
    }),
    { maxLength: 40 },
  )
  .map((rows) => rows.map((row, index): ClearingOrder => ({ ...row, id: `o${String(index).padStart(3, '0')}` })));
const params = fc.record({
  gridFee: fc.constantFrom(0, 20, 40, 350),
  kPermille: fc.integer({ min: 0, max: 1000 }),
});

const filledOf = (result: ReturnType<typeof clearUniform>, id: string): number =>
  result.fills.find((fill) => fill.id === id)?.filled ?? 0;

test('energy I-1, I-2: both sides trade the volume, nobody more than it wanted', () => {
  fc.assert(
    fc.property(book, params, (orders, options) => {
      const result = clearUniform(orders, options);
      for (const side of ['buy', 'sell']) {
        const filled = orders.filter((order) => order.side === side).map(({ id }) => filledOf(result, id));
        expect(filled.reduce((sum, wh) => sum + wh, 0)).toBe(result.volume);
      }
      for (const { id, qty } of orders) {
        expect(filledOf(result, id)).toBeGreaterThanOrEqual(0);
        expect(filledOf(result, id)).toBeLessThanOrEqual(qty);
      }
      for (const { id } of orders) {
        const traded = result.trades.filter(({ buyOrder, sellOrder }) => buyOrder === id || sellOrder === id);
        expect(traded.reduce((sum, { wh }) => sum + wh, 0)).toBe(filledOf(result, id));
      }
    }),
  );
});

test('energy I-3: nobody pays more than its limit, nobody envies', () => {
  fc.assert(
    fc.property(book, params, (orders, options) => {
      const result = clearUniform(orders, options);
      if (result.price === null) return;
      for (const { id, side, price, qty } of orders) {
        const limit = side === 'buy' ? price - options.gridFee : price;
        const gain = side === 'buy' ? limit - result.price : result.price - limit;
        if (filledOf(result, id) > 0) expect(gain).toBeGreaterThanOrEqual(0);
        if (filledOf(result, id) < qty) expect(gain).toBeLessThanOrEqual(0);
      }
    }),
  );
});

test('energy I-9: the order of arrival changes nothing', () => {
  const shuffled = book.chain((orders) =>
    fc.tuple(fc.constant(orders), fc.shuffledSubarray(orders, { minLength: orders.length })),
  );
  fc.assert(
    fc.property(shuffled, params, ([orders, reordered], options) => {
      expect(clearUniform(reordered, options)).toEqual(clearUniform(orders, options));
    }),
  );
});

test('energy I-14: the volume is the best of all prices', () => {
  fc.assert(
    fc.property(book, params, (orders, options) => {
      let best = 0;
      for (const { price } of orders.flatMap((order) => [order, { price: order.price - options.gridFee }])) {
        if (price < 0) continue;
        const wanted = (side: string, takes: (limit: number) => boolean): number =>
          orders
            .filter((order) => order.side === side)
            .filter((order) => takes(side === 'buy' ? order.price - options.gridFee : order.price))
            .reduce((sum, { qty }) => sum + qty, 0);
        const demand = wanted('buy', (limit) => limit >= price);
        const supply = wanted('sell', (limit) => limit <= price);
        best = Math.max(best, Math.min(demand, supply));
      }
      expect(clearUniform(orders, options).volume).toBe(best);
    }),
  );
});

test('energy AD-5: splitting or renaming an order gains at most 1 Wh per order', () => {
  fc.assert(
    fc.property(book, params, (orders, options) => {
      const [first, ...others] = orders;
      if (first === undefined) return;
      const before = filledOf(clearUniform(orders, options), first.id);
      const after = filledOf(clearUniform([...others, { ...first, id: 'a' }], options), 'a');
      expect(Math.abs(after - before)).toBeLessThanOrEqual(1);
    }),
  );
});

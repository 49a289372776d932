/**
 * Clearing of the largest market slot that the specification names (energy CX2).
 *
 * @module
 */
import { type ClearingOrder, clearUniform } from '@fiducia/energy';
import { compare, type Measurement } from './measure.ts';

const ORDERS_PER_SIDE = 8_000;

/** Clearing sorts, checks, fills and pairs: at most ten times the cost of sorting alone. */
const RATIO_MIN = 0.1;

/** Measures one clearing of 16,000 orders against sorting as many orders. */
export async function measureMarket(): Promise<readonly Measurement[]> {
  const orders: ClearingOrder[] = [];
  for (let index = 0; index < ORDERS_PER_SIDE; index++) {
    const scattered = (index * 7_919) % ORDERS_PER_SIDE;
    orders.push({ id: `b${index}`, side: 'buy', price: 300 + (scattered % 321), qty: 1 + (scattered % 997) });
    orders.push({ id: `s${index}`, side: 'sell', price: 300 + ((scattered * 13) % 321), qty: 1 + (scattered % 991) });
  }
  return [
    await compare(
      { name: 'clear 16,000 orders', run: () => clearUniform(orders, { gridFee: 40, kPermille: 500 }) },
      {
        name: 'sort 16,000 orders by price and id',
        run: () => orders.toSorted((a, b) => a.price - b.price || (a.id < b.id ? -1 : 1)),
      },
      RATIO_MIN,
    ),
  ];
}

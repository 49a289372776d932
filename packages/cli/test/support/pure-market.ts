import { clearUniform } from '@fiducia/energy';
import type { MarketInput } from '../../src/input/market-input.ts';
import { DEMO_PRICES, ordersOfRow } from '../../src/scenario/strategy.ts';

/** Volume and price of a row, cleared by the pure functions alone. */
export function clearRow({ participants, rows }: MarketInput, row: number) {
  const data = rows[row];
  if (data === undefined) throw new RangeError(`the input has no row ${row}`);
  const { volume, price } = clearUniform(ordersOfRow(participants, data), DEMO_PRICES);
  return { row, volumeWh: volume, priceMicro: price };
}

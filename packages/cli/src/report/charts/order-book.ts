/**
 * Supply and demand of one market slot, with the clearing price.
 *
 * @module
 */
import { COLOURS } from '../palette.ts';
import type { Chart } from '../render.ts';

/** An order as the clearing sees it, in the price space of the seller. */
interface CurveOrder {
  readonly side: 'buy' | 'sell';
  /** µ¤ per Wh; of a buy the price after the grid fee. */
  readonly priceMicro: number;
  readonly quantityWh: number;
}

/** One cleared market slot to draw. */
export interface OrderBookView {
  /** When, for people, e.g. `winter, day 1, 12:00`. */
  readonly moment: string;
  readonly orders: readonly CurveOrder[];
  readonly volumeWh: number;
  readonly priceMicro: number;
}

interface CurvePoint {
  readonly wh: number;
  readonly price: number;
}

/** Both curves as steps; they cross where the slot clears. */
export function orderBookChart(book: OrderBookView): Chart {
  const bids = cumulate(
    book.orders.filter(({ side }) => side === 'buy').toSorted((a, b) => b.priceMicro - a.priceMicro),
  );
  const asks = cumulate(
    book.orders.filter(({ side }) => side === 'sell').toSorted((a, b) => a.priceMicro - b.priceMicro),
  );
  const prices = [...bids, ...asks].map(({ price }) => price);
  const floor = Math.floor(Math.min(...prices) / 50) * 50;
  const x = {
    field: 'wh',
    type: 'quantitative' as const,
    title: 'Energy offered and wanted, Wh',
    scale: { nice: false },
  };
  const y = {
    field: 'price',
    type: 'quantitative' as const,
    title: null,
    scale: { domain: [floor, Math.ceil(Math.max(...prices) / 50) * 50], zero: false },
    axis: { grid: true, gridDash: [2, 4], tickCount: 6 },
  };
  const curve = (values: readonly CurvePoint[], color: string) => ({
    data: { values: [...values] },
    mark: { type: 'line' as const, interpolate: 'step-after' as const, strokeWidth: 2, color },
    encoding: { x, y, order: { field: 'index', type: 'quantitative' as const } },
  });
  const label = (point: CurvePoint | undefined, text: string, color: string) => ({
    data: { values: [{ ...point, text }] },
    mark: { type: 'text' as const, align: 'left' as const, dx: 4, dy: -9, fontWeight: 600 as const, color },
    encoding: { x, y, text: { field: 'text' } },
  });
  const clearing = [{ wh: book.volumeWh, price: book.priceMicro, origin: 0, floor, text: `${book.priceMicro} µ¤/Wh` }];

  return {
    id: 'orders',
    title: `Supply and demand, ${book.moment}`,
    description: `Demand falls and supply rises in steps; the market slot clears ${book.volumeWh} Wh at ${book.priceMicro} µ¤ per Wh.`,
    spec: {
      width: 330,
      height: 250,
      layer: [
        {
          data: { values: clearing },
          mark: { type: 'rule', strokeDash: [3, 3], color: COLOURS.faint },
          encoding: { x: { ...x, field: 'origin' }, x2: { field: 'wh' }, y },
        },
        {
          data: { values: clearing },
          mark: { type: 'rule', strokeDash: [3, 3], color: COLOURS.faint },
          encoding: { x, y: { ...y, field: 'floor' }, y2: { field: 'price' } },
        },
        curve(bids, COLOURS.demand),
        curve(asks, COLOURS.supply),
        {
          data: { values: clearing },
          mark: { type: 'point', filled: true, size: 70, opacity: 1, color: COLOURS.ink },
          encoding: { x, y },
        },
        {
          data: { values: clearing },
          mark: { type: 'text', align: 'left', dx: 10, dy: -10, fontWeight: 600, fontSize: 13 },
          encoding: { x, y, text: { field: 'text' } },
        },
        label(bids[0], 'demand', COLOURS.demand),
        label(asks[0], 'supply', COLOURS.supply),
      ],
    },
  };
}

/** Corners of a step curve over cumulated energy. */
function cumulate(orders: readonly CurveOrder[]): (CurvePoint & { readonly index: number })[] {
  let wh = 0;
  const points: CurvePoint[] = [];
  for (const { priceMicro, quantityWh } of orders) {
    points.push({ wh, price: priceMicro });
    wh += quantityWh;
    points.push({ wh, price: priceMicro });
  }
  return points.map((point, index) => ({ ...point, index }));
}

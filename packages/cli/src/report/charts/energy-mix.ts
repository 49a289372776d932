/**
 * Where the energy of one day came from.
 *
 * @module
 */
import type { MarketInput, MarketInputRow, MarketRole } from '@fiducia/energy';
import { COLOURS, roleColour } from '../palette.ts';
import type { Chart } from '../render.ts';

/** Sources from the bottom of the stack to its top. */
export const MIX_SOURCES = [
  { source: 'Hydro', colour: roleColour('HYDRO') },
  { source: 'Wind', colour: roleColour('WIND') },
  { source: 'Integrated', colour: roleColour('INTEGRATED') },
  { source: 'Photovoltaics', colour: roleColour('PV') },
  { source: 'Household surplus', colour: roleColour('USER') },
  { source: 'From the grid', colour: roleColour('GRID') },
] as const;

const SOURCE_BY_ROLE: Readonly<Record<MarketRole, string>> = {
  WIND: 'Wind',
  PV: 'Photovoltaics',
  HYDRO: 'Hydro',
  INTEGRATED: 'Integrated',
  USER: 'Household surplus',
};
const SLOTS_PER_DAY = 96;
const KILOWATTS_PER_WH_SLOT = 4 / 1000;

/** Stacked supply over the 96 market slots of a day, the demand as a line on top. */
export function energyMixChart(input: MarketInput, rows: readonly MarketInputRow[]): Chart {
  // The last row once more, so that its step reaches the end of its quarter of an hour.
  const steps = [...rows, ...rows.slice(-1)];
  const values = steps.flatMap((row, slot) => mixOf(input, row).map((part) => ({ hour: slot / 4, ...part })));
  const demand = steps.map((row, slot) => ({ hour: slot / 4, kilowatts: demandWh(row) * KILOWATTS_PER_WH_SLOT }));
  const x = {
    field: 'hour',
    type: 'quantitative' as const,
    title: null,
    scale: { domain: [0, SLOTS_PER_DAY / 4], nice: false },
    axis: { values: [0, 4, 8, 12, 16, 20, 24], labelExpr: "format(datum.value, '02') + ':00'" },
  };
  const peak = demand.reduce((max, point) => (point.kilowatts > max.kilowatts ? point : max), {
    hour: 0,
    kilowatts: 0,
  });
  const [first] = rows;
  return {
    id: 'mix',
    title: 'Energy mix over a day',
    description:
      `Average power by source over day ${(first?.day ?? 0) + 1} of ${first?.season ?? 'the input'}; ` +
      `demand peaks at ${peak.kilowatts.toFixed(1)} kW.`,
    spec: {
      width: 760,
      height: 280,
      layer: [
        {
          data: { values },
          mark: { type: 'area', interpolate: 'step-after', opacity: 0.9 },
          encoding: {
            x,
            y: {
              field: 'kilowatts',
              type: 'quantitative',
              stack: 'zero',
              title: null,
              axis: { gridDash: [2, 4], tickCount: 5 },
            },
            color: {
              field: 'source',
              type: 'nominal',
              legend: null,
              scale: {
                domain: MIX_SOURCES.map(({ source }) => source),
                range: MIX_SOURCES.map(({ colour }) => colour),
              },
            },
            order: { field: 'order', type: 'quantitative' },
          },
        },
        {
          data: { values: demand },
          mark: { type: 'line', interpolate: 'step-after', color: COLOURS.ink, strokeWidth: 1.6 },
          encoding: { x, y: { field: 'kilowatts', type: 'quantitative' } },
        },
      ],
    },
  };
}

function mixOf({ participants }: MarketInput, row: MarketInputRow) {
  const wh = new Map<string, number>(MIX_SOURCES.map(({ source }) => [source, 0]));
  participants.forEach(({ role }, index) => {
    const source = SOURCE_BY_ROLE[role];
    wh.set(source, (wh.get(source) ?? 0) + Math.max(0, -(row.actualWh[index] ?? 0)));
  });
  const supply = [...wh.values()].reduce((sum, value) => sum + value, 0);
  wh.set('From the grid', Math.max(0, demandWh(row) - supply));
  return MIX_SOURCES.map(({ source }, order) => ({
    source,
    order,
    kilowatts: (wh.get(source) ?? 0) * KILOWATTS_PER_WH_SLOT,
  }));
}

function demandWh({ actualWh }: MarketInputRow): number {
  return actualWh.reduce((sum, wh) => sum + Math.max(0, wh), 0);
}

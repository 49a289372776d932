import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { demandWh, selfSufficiencyPermille, supplyWh } from '../src/input/balance.ts';
import { builtInInput } from '../src/input/load.ts';
import { type MarketInput, parseMarketInput } from '../src/input/market-input.ts';
import { ordersOfRow } from '../src/scenario/strategy.ts';
import { clearRow } from './support/pure-market.ts';

const SHARED_INPUT = new URL('../../../../shared/data/community_15min.csv', import.meta.url);

function summarise(input: MarketInput) {
  const cleared = input.rows.map((_, row) => clearRow(input, row));
  const tradedWh = cleared.reduce((sum, { volumeWh }) => sum + volumeWh, 0);
  const value = cleared.reduce((sum, { volumeWh, priceMicro }) => sum + BigInt(volumeWh) * BigInt(priceMicro ?? 0), 0n);
  const prices = cleared.flatMap(({ priceMicro }) => (priceMicro === null ? [] : [priceMicro]));
  return {
    cleared: prices.length,
    tradedWh,
    meanPriceMicro: Number(value / BigInt(tradedWh)),
    priceRange: [Math.min(...prices), Math.max(...prices)],
    bySeason: ['winter', 'spring', 'summer', 'autumn'].map((season) =>
      cleared.reduce((sum, { row, volumeWh }) => sum + (input.rows[row]?.season === season ? volumeWh : 0), 0),
    ),
    demandWh: input.rows.reduce((sum, row) => sum + demandWh(row), 0),
    supplyWh: input.rows.reduce((sum, row) => sum + supplyWh(row), 0),
    selfSufficiencyPermille: selfSufficiencyPermille(input.rows),
  };
}

describe('strategy of the demo', () => {
  it('sells surplus and buys need at prices that depend on the index alone (energy DM1, PA2)', () => {
    const participants = [
      { name: 'wind1', role: 'WIND' },
      { name: 'pv1', role: 'PV' },
      { name: 'hydro1', role: 'HYDRO' },
      { name: 'integrated1', role: 'INTEGRATED' },
      { name: 'user01', role: 'USER' },
      { name: 'user02', role: 'USER' },
    ] as const;
    const row = { season: 'winter', day: 0, slot: 0, actualWh: [], forecastWh: [-10, -20, -30, -40, -50, 60] };
    expect(ordersOfRow(participants, row).map(({ id, side, price, qty }) => [id, side, price, qty])).toEqual([
      ['00s', 'sell', 340, 10],
      ['01s', 'sell', 360, 20],
      ['02s', 'sell', 320, 30],
      ['03s', 'sell', 380, 40],
      ['04s', 'sell', 390, 50],
      ['05b', 'buy', 520, 60],
    ]);
    expect(ordersOfRow(participants, { ...row, forecastWh: [0, 0, 0, 0, 0, 0] })).toEqual([]);
  });

  it('clears the built-in community as the reference models did (energy WG16)', () => {
    expect(summarise(builtInInput())).toEqual({
      cleared: 2688,
      tradedWh: 5_396_052,
      meanPriceMicro: 446,
      priceRange: [320, 560],
      bySeason: [1_642_218, 1_658_047, 891_487, 1_204_300],
      demandWh: 8_836_841,
      supplyWh: 9_909_105,
      selfSufficiencyPermille: 594,
    });
  });

  it.skipIf(!existsSync(SHARED_INPUT))('clears the four-week file as the reference models did (energy DM3)', () => {
    expect(summarise(parseMarketInput(readFileSync(SHARED_INPUT), 'community_15min.csv'))).toEqual({
      cleared: 2688,
      tradedWh: 8_381_384,
      meanPriceMicro: 403,
      priceRange: [320, 580],
      bySeason: [2_162_445, 1_823_005, 2_662_267, 1_733_667],
      demandWh: 11_032_734,
      supplyWh: 14_150_718,
      selfSufficiencyPermille: 769,
    });
  });
});

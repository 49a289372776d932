import { describe, expect, test } from 'vitest';
import { demoOrder, demoOrders, parseMarketCsv, runMarket } from '../src/index.ts';
import { communityCsv } from './community.ts';

const cashOf = (run: ReturnType<typeof runMarket>, ...ids: string[]): bigint[] =>
  ids.map((id) => run.participants.find((participant) => participant.id === id)?.cash ?? 0n);

describe.skipIf(communityCsv === null)('four weeks of the community', () => {
  const input = communityCsv === null ? { participants: [], rows: [] } : parseMarketCsv(communityCsv);
  const honest = runMarket(input);
  const overselling = runMarket(input, { offerPercent: new Map([['wind1', 150]]) });

  test('energy DM2: 21 participants, 2688 rows', () => {
    expect(input.participants).toHaveLength(21);
    expect(input.rows).toHaveLength(2688);
    expect(input.rows.at(-1)).toMatchObject({ season: 'autumn', day: 6, slot: 95 });
  });

  test('energy DM3: the specified result', () => {
    const run = honest;
    const { clearedSlots, tradedWh, meanPriceMicro, demandWh, supplyWh, selfSufficiencyPermille } = run;
    expect({ clearedSlots, tradedWh, meanPriceMicro, demandWh, supplyWh, selfSufficiencyPermille }).toEqual({
      clearedSlots: 2688,
      tradedWh: 8_381_384,
      meanPriceMicro: 403,
      demandWh: 11_032_734,
      supplyWh: 14_150_718,
      selfSufficiencyPermille: 769,
    });
    const prices = run.slots.map(({ clearing }) => clearing.price ?? 0);
    expect([Math.min(...prices), Math.max(...prices)]).toEqual([320, 580]);
    expect([run.fund, run.gridCash, run.debt]).toEqual([428_779_350n, 1_313_437_440n, 0n]);
    expect(Object.fromEntries(run.tradedWhBySeason)).toEqual({
      winter: 2_162_445,
      spring: 1_823_005,
      summer: 2_662_267,
      autumn: 1_733_667,
    });
    expect(cashOf(run, 'wind1', 'pv1', 'hydro1', 'integrated1')).toEqual([
      1_042_065_770n,
      786_148_190n,
      1_168_092_290n,
      1_042_912_960n,
    ]);
  });

  test('energy DM3, PB3: offering 150 % of the forecast loses money', () => {
    const run = overselling;
    expect([run.tradedWh, run.fund, ...cashOf(run, 'wind1')]).toEqual([8_694_639, 511_308_000n, 803_602_595n]);
  });

  test('energy TF4: weekly short ratios of honest and of overselling plants', () => {
    const short = (run: ReturnType<typeof runMarket>, id: string): number[] => [
      ...(run.participants.find((participant) => participant.id === id)?.shortPermille.values() ?? []),
    ];
    expect(['wind1', 'pv1', 'hydro1', 'integrated1'].map((id) => short(honest, id))).toEqual([
      [169, 162, 348, 82],
      [4, 0, 16, 78],
      [142, 70, 94, 109],
      [149, 83, 219, 45],
    ]);
    expect(short(overselling, 'wind1')).toEqual([339, 214, 456, 183]);
    expect(honest.participants.find(({ id }) => id === 'wind1')?.breachPermille).toBe(409);
  });

  test('energy I-4, I-6: money and energy are conserved in every slot', () => {
    const { slots } = honest;
    let before: bigint | undefined;
    for (const { settlement } of slots) {
      const sum = [...settlement.balances.values()].reduce((total, balance) => total + balance, 0n);
      expect(sum).toBe(before ?? sum);
      before = sum;
      const deviations = [...settlement.deviations.values()];
      expect(deviations.reduce((total, { contract }) => total + contract, 0)).toBe(0);
      expect(deviations.reduce((total, { meter }) => total + meter, 0)).toBe(settlement.gridBalancingWh);
    }
  });
});

describe('energy DM1: the strategy', () => {
  test.each([
    ['wind1', 'WIND', 0, -5, { id: '00s', owner: 'wind1', side: 'sell', price: 340, qty: 5 }],
    ['pv1', 'PV', 1, -5, { id: '01s', owner: 'pv1', side: 'sell', price: 360, qty: 5 }],
    ['hydro1', 'HYDRO', 2, -5, { id: '02s', owner: 'hydro1', side: 'sell', price: 320, qty: 5 }],
    ['integrated1', 'INTEGRATED', 3, -5, { id: '03s', owner: 'integrated1', side: 'sell', price: 380, qty: 5 }],
    ['user05', 'USER', 8, -5, { id: '08s', owner: 'user05', side: 'sell', price: 380, qty: 5 }],
    ['user05', 'USER', 8, 5, { id: '08b', owner: 'user05', side: 'buy', price: 600, qty: 5 }],
    ['user05', 'USER', 8, 0, null],
  ] as const)('$0, forecast $3', (id, role, index, forecastWh, order) => {
    expect(demoOrder({ id, role }, index, forecastWh)).toEqual(order);
  });

  test('an offer is scaled toward −∞', () => {
    const row = { season: 'w', day: 0, slot: 0, actualWh: [0], forecastWh: [-3] };
    const orders = demoOrders([{ id: 'wind1', role: 'WIND' }], row, new Map([['wind1', 150]]));
    expect(orders.map(({ qty }) => qty)).toEqual([5]);
  });
});

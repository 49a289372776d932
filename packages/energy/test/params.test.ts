import { describe, expect, test } from 'vitest';
import {
  DEMO_ENERGY_PARAMS,
  type EnergyGenesis,
  type EnergyParams,
  energyModule,
  isEnergyError,
  isMarketId,
  marketSlotAt,
  requireEnergyGenesis,
  requireEnergyParams,
} from '../src/index.ts';

const reasonOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (isEnergyError(error, 'CONFIG') && error.data.code === 'CONFIG')
      return `${error.data.path}: ${error.data.reason}`;
    throw error;
  }
  return 'accepted';
};

test('energy PA2: the demo values pass', () => {
  expect(requireEnergyParams(DEMO_ENERGY_PARAMS)).toBe(DEMO_ENERGY_PARAMS);
  expect(DEMO_ENERGY_PARAMS).toMatchObject({
    retail: 620,
    feedIn: 300,
    penalty: 150,
    zones: [{ id: 'Z1', gridFee: 40 }],
    tolWh: 20,
    tolPermille: 50,
    kPermille: 500,
  });
});

const outOfBounds: readonly (readonly [string, Partial<EnergyParams>])[] = [
  ['feed-in above retail', { feedIn: 621, zones: [{ id: 'Z1', gridFee: 0 }] }],
  ['a fee above the band', { zones: [{ id: 'Z1', gridFee: 321 }] }],
  ['no penalty', { penalty: 0 }],
  ['k above 1000', { kPermille: 1001 }],
  ['a negative k', { kPermille: -1 }],
  ['a bond below the worst case', { bondTiers: [{ minTrustMicro: 0, bondBp: 9_999 }] }],
];
test.each(outOfBounds)('energy PA3, AD-18: %s is out of bounds', (_, change) => {
  expect(reasonOf(() => requireEnergyParams({ ...DEMO_ENERGY_PARAMS, ...change }))).toContain('E_BOUNDS');
});

const malformed: readonly (readonly [string, Partial<EnergyParams>])[] = [
  ['slotSec', { slotSec: 901 }],
  ['openLeadSec', { openLeadSec: 900 }],
  ['readingWindowSec', { readingWindowSec: -1 }],
  ['retail', { retail: 2 ** 32 }],
  ['zones', { zones: [] }],
  ['zones', { zones: [{ id: 'a b', gridFee: 0 }] }],
  ['zones', { zones: [...DEMO_ENERGY_PARAMS.zones, ...DEMO_ENERGY_PARAMS.zones] }],
  ['zones', { zones: [{ id: 'Z1', gridFee: -1 }] }],
  ['tolPermille', { tolPermille: 0.5 }],
  ['maxWorkPerBlock', { maxWorkPerBlock: 1 }],
  ['bondTiers', { bondTiers: [] }],
  ['bondTiers', { bondTiers: [...DEMO_ENERGY_PARAMS.bondTiers].reverse() }],
  ['minimumDeposits', { minimumDeposits: { ...DEMO_ENERGY_PARAMS.minimumDeposits, PV: -1n } }],
  ['chronicShortLimits', { chronicShortLimits: { ...DEMO_ENERGY_PARAMS.chronicShortLimits, PV: 1001 } }],
];
test.each(malformed)('energy PA1: a malformed %s is named', (path, change) => {
  expect(reasonOf(() => requireEnergyParams({ ...DEMO_ENERGY_PARAMS, ...change }))).toContain(`params.${path}`);
});

describe('genesis', () => {
  const genesis: EnergyGenesis = {
    params: DEMO_ENERGY_PARAMS,
    grid: { actor: 'grid', balance: 10n },
    supervisors: [{ id: 'SUPERVISOR', actor: 'supervisor' }],
    accounts: [{ id: 'wind1', actor: 'wind', balance: 5n }],
  };

  test('a complete one passes', () => {
    expect(requireEnergyGenesis(genesis)).toBe(genesis);
    expect(energyModule(genesis)).toMatchObject({ name: 'energy', provides: ['custom'] });
  });

  const broken: readonly (readonly [string, Partial<EnergyGenesis>])[] = [
    ['supervisors', { supervisors: [] }],
    ['ids', { accounts: [{ id: 'GRID', actor: 'wind', balance: 5n }] }],
    ['ids', { accounts: [{ id: 'SUPERVISOR', actor: 'wind', balance: 5n }] }],
    ['ids', { accounts: [{ id: 'wind/1', actor: 'wind', balance: 5n }] }],
    ['actors', { accounts: [{ id: 'wind1', actor: 'grid', balance: 5n }] }],
    ['actors', { grid: { actor: 'Not An Actor', balance: 0n } }],
    ['balances', { grid: { actor: 'grid', balance: -1n } }],
    ['balances', { grid: { actor: 'grid', balance: 2n ** 63n } }],
    ['params', { params: { ...DEMO_ENERGY_PARAMS, slotSec: 1 } }],
  ];
  test.each(broken)('a wrong value of %s is named', (path, change) => {
    expect(reasonOf(() => energyModule({ ...genesis, ...change }))).toContain(path);
  });
});

test('energy UN4: the slot of a moment', () => {
  expect(marketSlotAt(1_389_571_200, 900)).toBe(1_543_968);
  expect(marketSlotAt(1_389_571_200 + 899, 900)).toBe(1_543_968);
  expect(marketSlotAt(1_389_571_200 - 1, 900)).toBe(1_543_967);
});

test('energy UN6: ids sort by their parts', () => {
  const ids = ['a', 'a1', 'aB', 'a_', 'b'];
  expect(ids.every(isMarketId)).toBe(true);
  expect(ids.map((id) => `${id}/x`).sort()).toEqual(ids.map((id) => `${id}/x`));
  for (const id of ['', 'a/b', 'a-b', 'a.b', 'ä', 'x'.repeat(33)]) expect(isMarketId(id)).toBe(false);
});

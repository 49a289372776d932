import { trustPreset } from '@fiducia/trust';
import { expect, test } from 'vitest';
import { type Behaviour, paramsOf, trustCurve, weightsOf } from '../src/trust-curve.ts';

const FAITHFUL: Behaviour = {
  participation: 100,
  correctEvery: 6,
  offenceEvery: 0,
  silentFrom: 251,
  votes: 100,
  deposit: 100,
};
const PAPER = paramsOf('paper', weightsOf('paper'));

test('the weights of a profile are those of the profile', () => {
  expect(PAPER).toEqual(trustPreset('paper'));
  expect(Object.values(weightsOf('default')).reduce((sum, weight) => sum + weight)).toBe(100);
});

test('every point of a curve is a whole number of millionths', () => {
  for (const { composite, historical, dynamic } of trustCurve(PAPER, { ...FAITHFUL, participation: 51 }, 250)) {
    expect([composite, historical, dynamic].every(Number.isSafeInteger)).toBe(true);
  }
});

test('faithful nodes gain, silent ones lose, malicious ones lose more', () => {
  const end = (behaviour: Partial<Behaviour>): number =>
    trustCurve(PAPER, { ...FAITHFUL, ...behaviour }, 250).at(-1)?.composite ?? 0;
  expect(end({})).toBe(1_100_000);
  expect(end({ silentFrom: 150 })).toBeLessThan(end({}));
  expect(end({ offenceEvery: 6 })).toBeLessThan(end({ silentFrom: 150 }));
});

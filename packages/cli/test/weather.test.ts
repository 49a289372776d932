import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateCommunityCsv } from '../src/input/weather/community.ts';
import { householdPeakKilowatts } from '../src/input/weather/household.ts';
import { hydroPower, reservoirLevels } from '../src/input/weather/hydro.ts';
import { jitterPermille, roundHalfUp } from '../src/input/weather/jitter.ts';
import { dailyWeatherAt, normalWindAt, readWeatherSeries } from '../src/input/weather/series.ts';
import { airTemperature, clearSkyIrradiance, photovoltaicPower } from '../src/input/weather/sun.ts';
import { actualWindSpeed, normalWindSpeed, windPower } from '../src/input/weather/wind.ts';

const SHA256 = '6490c5162d6d6355fa94d2aabc398281e9156b88308eb637d6588d3259ba55da';
const FIRST_ROW =
  'winter,0,0,-3750,0,-1618,-2000,207,168,194,114,162,258,158,96,182,234,156,137,118,176,228,140,202,' +
  '-585,0,-1703,-312,302,218,281,166,214,290,310,156,250,310,237,178,186,275,358,203,279';
const SEASONS = ['winter', 'spring', 'summer', 'autumn'];

const text = generateCommunityCsv();
const lines = text.trimEnd().split('\n');
const columns = (lines[0] ?? '').split(',');
const rows = lines.slice(1).map((line) => line.split(','));
const series = readWeatherSeries();

/** Sum of one sign of a column over one season, as a positive number. */
function seasonTotal(season: string, column: string, sign: 1 | -1): number {
  const index = columns.indexOf(column);
  return rows.filter((row) => row[0] === season).reduce((sum, row) => sum + Math.max(0, sign * Number(row[index])), 0);
}

/** Floating-point functions may differ in the last digit between platforms: 1 Wh a row at most. */
function expectWithinPermille(actual: number, expected: number): void {
  expect(Math.abs(actual - expected) / expected).toBeLessThan(0.001);
}

describe('built-in community', () => {
  it('has the bytes of two independent reference implementations (energy WG1, WG13, WG14, WG15)', () => {
    expect(rows).toHaveLength(2688);
    expect(lines[1]).toBe(FIRST_ROW);
    expect(text).toHaveLength(504_401);
    expect(createHash('sha256').update(text, 'utf8').digest('hex')).toBe(SHA256);
  });

  it.each([
    ['winter', 2_816_634, 2_198_335],
    ['spring', 2_308_954, 3_336_072],
    ['summer', 1_701_574, 2_548_182],
    ['autumn', 2_009_679, 1_826_516],
  ])('has the demand and supply of %s (energy WG15)', (season, demandWh, supplyWh) => {
    const actual = columns.filter((column) => column.endsWith('_actual_net_wh'));
    const total = (sign: 1 | -1) => actual.reduce((sum, column) => sum + seasonTotal(season, column, sign), 0);
    expectWithinPermille(total(1), demandWh);
    expectWithinPermille(total(-1), supplyWh);
  });

  it.each([
    ['wind1', [397_577, 654_959, 371_565, 298_050]],
    ['pv1', [235_000, 324_930, 502_972, 187_422]],
    ['hydro1', [937_056, 1_307_424, 137_856, 829_824]],
    ['integrated1', [368_758, 559_243, 540_784, 288_964]],
  ])('has the generation of %s (energy WG15)', (name, generation) => {
    SEASONS.forEach((season, index) => {
      expectWithinPermille(seasonTotal(season, `${name}_actual_net_wh`, -1), generation[index] ?? 0);
    });
  });

  it('gives solar, hydro and households the day before as forecast (energy WG14)', () => {
    const actual = columns.indexOf('pv1_actual_net_wh');
    const forecast = columns.indexOf('pv1_forecast_net_wh');
    for (let slot = 0; slot < 96; slot++) expect(rows[96 + slot]?.[forecast]).toBe(rows[slot]?.[actual]);
  });
});

describe('weather rules', () => {
  it('jitters as published (energy WG2)', () => {
    expect(jitterPermille('wind1', '2014-01-13', 0, 200)).toBe(-40);
    expect(jitterPermille('user01/load', '2014-07-14', 48, 200)).toBe(-1);
  });

  it('interpolates normals, fills the first hour and wraps at midnight (energy WG3)', () => {
    expect(normalWindAt(series, '2014-01-01', 0)).toBe(normalWindAt(series, '2014-01-01', 1));
    expect(normalWindAt(series, '2014-01-13', 24)).toBe(normalWindAt(series, '2014-01-14', 0));
    expect(normalWindAt(series, '2012-02-29', 5)).toBe(normalWindAt(series, '2012-02-28', 5));
    const [start, end] = [normalWindAt(series, '2014-01-13', 6), normalWindAt(series, '2014-01-13', 7)];
    expect(normalWindSpeed(series, '2014-01-13', 25)).toBeCloseTo(start + (end - start) / 4, 12);
    expect(actualWindSpeed(series, 'wind1', '2014-01-13', 0)).not.toBe(
      actualWindSpeed(series, 'integrated1', '2014-01-13', 0),
    );
  });

  it.each([
    [1.9, 0],
    [3, 1155.26],
    [5, 7062.24],
    [6.4, 15_000],
    [16, 0],
  ])('turns %d m/s into %d W at 15 kW rated power (energy WG4, WG5)', (speed, watts) => {
    expect(windPower(speed, 15_000)).toBeCloseTo(watts, 2);
  });

  it.each([
    ['2014-01-13', 32, 19.641],
    ['2014-01-13', 48, 572.802],
    ['2014-04-14', 48, 960.887],
    ['2014-07-14', 24, 97.711],
    ['2014-07-14', 48, 1005.605],
    ['2014-10-13', 60, 430.08],
    ['2014-01-13', 0, 0],
  ])('has the clear-sky irradiance of %s, slot %d (energy WG6, WG7)', (date, slot, irradiance) => {
    expect(clearSkyIrradiance(date, slot)).toBeCloseTo(irradiance, 3);
  });

  it('limits photovoltaic power to the peak and to daylight (energy WG8, WG9)', () => {
    expect(photovoltaicPower(series, 'pv1', '2014-07-14', 0, 12)).toBe(0);
    const noon = photovoltaicPower(series, 'pv1', '2014-07-14', 48, 12);
    expect(noon).toBeGreaterThan(8_000);
    expect(noon).toBeLessThanOrEqual(12_000);
  });

  it('is warmest at 15 hours (energy WG10)', () => {
    const weather = dailyWeatherAt(series, '2014-07-14');
    const temperatures = Array.from({ length: 96 }, (_, slot) => airTemperature(weather, slot));
    expect(temperatures.indexOf(Math.max(...temperatures))).toBeOneOf([59, 60]);
    expect(Math.max(...temperatures)).toBeLessThanOrEqual(weather.temperatureMax);
  });

  it('fills and drains the reservoir (energy WG11)', () => {
    const levels = reservoirLevels(series);
    expect(levels.get('2014-01-13')).toBeCloseTo(64.707, 3);
    expect(levels.get('2014-07-14')).toBeCloseTo(9.519, 3);
    expect(hydroPower(1_000)).toBe(10_000);
    expect(hydroPower(0)).toBe(500);
  });

  it('puts a roof on every odd household (energy WG12, WG13)', () => {
    expect([1, 2, 3, 4, 5].map(householdPeakKilowatts)).toEqual([4, 0, 5, 0, 4]);
  });

  it('rounds half up, below zero too (energy WG)', () => {
    expect([2.5, -2.5, 2.49].map(roundHalfUp)).toEqual([3, -2, 2]);
  });
});

/**
 * The built-in community: 21 participants over four weeks of real weather (energy WG1, WG13, WG14).
 *
 * Floating point is allowed here and nowhere behind it: the generator runs before the ledger, and
 * its integers are the input.
 *
 * @module
 */
import { addDays } from './calendar.ts';
import { householdLoad, householdName, householdPeakKilowatts } from './household.ts';
import { hydroPower, reservoirLevels } from './hydro.ts';
import { roundHalfUp } from './jitter.ts';
import { readWeatherSeries, type WeatherSeries } from './series.ts';
import { photovoltaicPower } from './sun.ts';
import { actualWindSpeed, normalWindSpeed, windPower } from './wind.ts';

/** The Mondays at which the four weeks start (energy WG1). */
const WEEKS: readonly (readonly [season: string, monday: string])[] = [
  ['winter', '2014-01-13'],
  ['spring', '2014-04-14'],
  ['summer', '2014-07-14'],
  ['autumn', '2014-10-13'],
];
const DAYS_PER_WEEK = 7;
const SLOTS_PER_DAY = 96;
const HOUSEHOLDS = 17;
const WIND_PLANT_WATTS = 15_000;
const SOLAR_PLANT_KILOWATTS = 12;
const INTEGRATED_WIND_WATTS = 8_000;
const INTEGRATED_SOLAR_KILOWATTS = 8;

/** One participant as the generator sees it: both functions give net Wh, + = taken from the grid. */
interface Member {
  readonly name: string;
  actual(date: string, quarterHour: number): number;
  forecast(date: string, quarterHour: number): number;
}

/**
 * Generates the built-in input as CSV text in the format of energy DM2: 2,688 rows of 21
 * participants, the same bytes on every machine with correctly rounded elementary functions.
 *
 * @see docs/spec/energy.md, rules WG1 to WG15.
 */
export function generateCommunityCsv(): string {
  const members = createMembers(readWeatherSeries());
  const names = members.map((member) => member.name);
  const header = [
    'season,day,slot',
    ...names.map((name) => `${name}_actual_net_wh`),
    ...names.map((name) => `${name}_forecast_net_wh`),
  ];

  const lines = [header.join(',')];
  for (const [season, monday] of WEEKS) {
    for (let day = 0; day < DAYS_PER_WEEK; day++) {
      const date = addDays(monday, day);
      for (let slot = 0; slot < SLOTS_PER_DAY; slot++) {
        const actual = members.map((member) => member.actual(date, slot));
        const forecast = members.map((member) => member.forecast(date, slot));
        lines.push([season, day, slot, ...actual, ...forecast].join(','));
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

function createMembers(series: WeatherSeries): readonly Member[] {
  const levels = reservoirLevels(series);
  const wind = (name: string, watts: number) => ({
    actual: (date: string, slot: number) => energyWh(windPower(actualWindSpeed(series, name, date, slot), watts)),
    forecast: (date: string, slot: number) => energyWh(windPower(normalWindSpeed(series, date, slot), watts)),
  });
  const solar = (name: string, kilowatts: number) => (date: string, slot: number) =>
    energyWh(photovoltaicPower(series, name, date, slot, kilowatts));

  const windPlant = wind('wind1', WIND_PLANT_WATTS);
  const solarPlant = solar('pv1', SOLAR_PLANT_KILOWATTS);
  const integratedWind = wind('integrated1', INTEGRATED_WIND_WATTS);
  const integratedSolar = solar('integrated1', INTEGRATED_SOLAR_KILOWATTS);

  return [
    {
      name: 'wind1',
      actual: (date, slot) => negative(windPlant.actual(date, slot)),
      forecast: (date, slot) => negative(windPlant.forecast(date, slot)),
    },
    persistent('pv1', (date, slot) => negative(solarPlant(date, slot))),
    persistent('hydro1', (date) => negative(energyWh(hydroPower(levels.get(date) ?? 0)))),
    {
      name: 'integrated1',
      actual: (date, slot) => negative(integratedWind.actual(date, slot) + integratedSolar(date, slot)),
      forecast: (date, slot) =>
        negative(integratedWind.forecast(date, slot) + integratedSolar(addDays(date, -1), slot)),
    },
    ...Array.from({ length: HOUSEHOLDS }, (_, index) => createHousehold(series, index + 1)),
  ];
}

function createHousehold(series: WeatherSeries, user: number): Member {
  const name = householdName(user);
  const peakKilowatts = householdPeakKilowatts(user);
  return persistent(name, (date, slot) => {
    const load = energyWh(householdLoad(series, user, date, slot));
    if (peakKilowatts === 0) return load;
    return load - energyWh(photovoltaicPower(series, name, date, slot, peakKilowatts));
  });
}

/** A member whose forecast is the same slot of the day before (energy WG14). */
function persistent(name: string, actual: Member['actual']): Member {
  return { name, actual, forecast: (date, slot) => actual(addDays(date, -1), slot) };
}

/** Energy of a quarter of an hour at constant power, whole Wh. */
function energyWh(watts: number): number {
  return roundHalfUp(watts * 0.25);
}

/** Generation is given to the grid, hence negative; never −0. */
function negative(wh: number): number {
  return 0 - wh;
}

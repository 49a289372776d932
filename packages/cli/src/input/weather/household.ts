/**
 * Load of the seventeen households (energy WG12, WG13).
 *
 * @module
 */
import { isWeekend } from './calendar.ts';
import { jitterPermille } from './jitter.ts';
import { dailyWeatherAt, type WeatherSeries } from './series.ts';
import { airTemperature } from './sun.ts';

/** Hourly shape of a working day and of a weekend day, permille of the mean. */
const WEEKDAY_SHAPE = [
  550, 480, 450, 440, 450, 550, 850, 1150, 1100, 950, 900, 900, 950, 900, 880, 900, 1000, 1250, 1550, 1650, 1600, 1400,
  1100, 750,
];
const WEEKEND_SHAPE = [
  650, 560, 500, 470, 460, 480, 600, 800, 1050, 1200, 1250, 1250, 1250, 1200, 1150, 1150, 1200, 1350, 1550, 1600, 1550,
  1400, 1150, 850,
];
const LOAD_JITTER_PERMILLE = 200;

/** Name of household `user`, 1 to 17. */
export function householdName(user: number): string {
  return `user${String(user).padStart(2, '0')}`;
}

/** Peak power in kWp of the roof of household `user`; 0 for even numbers (energy WG13). */
export function householdPeakKilowatts(user: number): number {
  if (user % 2 === 0) return 0;
  return user % 4 === 1 ? 4 : 5;
}

/** Load in W of household `user` in one slot, jitter included (energy WG12). */
export function householdLoad(series: WeatherSeries, user: number, date: string, quarterHour: number): number {
  const temperature = airTemperature(dailyWeatherAt(series, date), quarterHour);
  const base = ((500 + 60 * ((7 * user) % 11)) * dailyShape(user, date, quarterHour)) / 1000;
  const heating = (30 + 10 * (user % 4)) * Math.max(0, 15 - temperature);
  const cooling = 20 * Math.max(0, temperature - 22);
  const jitter = jitterPermille(`${householdName(user)}/load`, date, quarterHour, LOAD_JITTER_PERMILLE);
  return ((base + heating + cooling) * (1000 + jitter)) / 1000;
}

/** Shape in permille, shifted by up to an hour per household so that the peaks do not coincide. */
function dailyShape(user: number, date: string, quarterHour: number): number {
  const table = isWeekend(date) ? WEEKEND_SHAPE : WEEKDAY_SHAPE;
  const shifted = (quarterHour + 2 * (user % 5) - 4 + 96) % 96;
  const hour = Math.floor(shifted / 4);
  const start = table[hour] ?? 0;
  const end = table[(hour + 1) % 24] ?? 0;
  return start + ((end - start) * (shifted % 4)) / 4;
}

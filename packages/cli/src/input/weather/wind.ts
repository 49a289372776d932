/**
 * Wind speed and wind power (energy WG3 to WG5).
 *
 * @module
 */
import { jitterPermille } from './jitter.ts';
import { dailyWeatherAt, normalWindAt, normalWindMean, type WeatherSeries } from './series.ts';

/** Height exponent of open land, 10 m to a 50 m hub (energy WG4). */
const HUB_FACTOR = (50 / 10) ** 0.143;
const CUT_IN = 2.5;
const RATED = 8;
const CUT_OUT = 20;
const WIND_JITTER_PERMILLE = 200;

/** Climate-normal wind speed at 10 m in m/s, interpolated between the hours (energy WG3). */
export function normalWindSpeed(series: WeatherSeries, date: string, quarterHour: number): number {
  const hour = Math.floor(quarterHour / 4);
  const start = normalWindAt(series, date, hour);
  const end = normalWindAt(series, date, hour + 1);
  return start + ((end - start) * (quarterHour % 4)) / 4;
}

/** Wind speed of the day at 10 m in m/s: the normal course, scaled to the observed mean (energy WG3). */
export function actualWindSpeed(series: WeatherSeries, name: string, date: string, quarterHour: number): number {
  const observed = dailyWeatherAt(series, date).wind / normalWindMean(series, date);
  const jitter = (1000 + jitterPermille(name, date, quarterHour, WIND_JITTER_PERMILLE)) / 1000;
  return normalWindSpeed(series, date, quarterHour) * observed * jitter;
}

/**
 * Power in W of a turbine (energy WG4, WG5).
 *
 * @param speed - Wind speed at 10 m in m/s.
 * @param ratedPower - Rated power in W.
 */
export function windPower(speed: number, ratedPower: number): number {
  const hubSpeed = speed * HUB_FACTOR;
  if (hubSpeed < CUT_IN || hubSpeed >= CUT_OUT) return 0;
  if (hubSpeed >= RATED) return ratedPower;
  return (ratedPower * (hubSpeed ** 3 - CUT_IN ** 3)) / (RATED ** 3 - CUT_IN ** 3);
}

/**
 * Position of the sun, irradiance and photovoltaic power (energy WG6 to WG10).
 *
 * @module
 */
import { dayOfYear } from './calendar.ts';
import { jitterPermille } from './jitter.ts';
import { type DailyWeather, dailyWeatherAt, type WeatherSeries } from './series.ts';

const RADIANS = Math.PI / 180;
const LATITUDE = 47.6;
const LONGITUDE = -122.3;
const STANDARD_MERIDIAN = -120;
const TILT = 30;

/** Share of the clear-sky irradiance that reaches the ground, by condition (energy WG8). */
const CONDITION_FACTORS: ReadonlyMap<string, number> = new Map([
  ['sun', 1],
  ['fog', 0.6],
  ['drizzle', 0.55],
  ['rain', 0.35],
  ['snow', 0.4],
]);

/** Clear-sky irradiance in W/m² on a plane tilted 30° to the south (energy WG6, WG7). */
export function clearSkyIrradiance(date: string, quarterHour: number): number {
  const day = dayOfYear(date);
  const declination = 23.45 * Math.sin((2 * Math.PI * (284 + day)) / 365) * RADIANS;
  const yearAngle = (2 * Math.PI * (day - 81)) / 364;
  const equationOfTime = 9.87 * Math.sin(2 * yearAngle) - 7.53 * Math.cos(yearAngle) - 1.5 * Math.sin(yearAngle);
  const solarTime = slotHour(quarterHour) + (4 * (LONGITUDE - STANDARD_MERIDIAN) + equationOfTime) / 60;
  const hourAngle = 15 * (solarTime - 12) * RADIANS;

  const cosineAt = (latitude: number): number =>
    Math.sin(declination) * Math.sin(latitude * RADIANS) +
    Math.cos(declination) * Math.cos(latitude * RADIANS) * Math.cos(hourAngle);
  const cosZenith = cosineAt(LATITUDE);
  if (cosZenith <= 0) return 0;

  const zenith = Math.acos(cosZenith) / RADIANS;
  const airMass = 1 / (cosZenith + 0.50572 * (96.07995 - zenith) ** -1.6364);
  const direct = 1353 * 0.7 ** (airMass ** 0.678);
  return direct * Math.max(0, cosineAt(LATITUDE - TILT)) + (0.1 * direct * (1 + Math.cos(TILT * RADIANS))) / 2;
}

/** Air temperature in degrees Celsius, a cosine between the extremes of the day (energy WG10). */
export function airTemperature(weather: DailyWeather, quarterHour: number): number {
  const { temperatureMax: max, temperatureMin: min } = weather;
  return (max + min) / 2 + ((max - min) / 2) * Math.cos((2 * Math.PI * (slotHour(quarterHour) - 15)) / 24);
}

/**
 * Power in W of a photovoltaic plant (energy WG8, WG9).
 *
 * @param peakKilowatts - Nominal peak power in kWp.
 */
export function photovoltaicPower(
  series: WeatherSeries,
  name: string,
  date: string,
  quarterHour: number,
  peakKilowatts: number,
): number {
  const weather = dailyWeatherAt(series, date);
  const condition = CONDITION_FACTORS.get(weather.condition);
  if (condition === undefined) throw new RangeError(`unknown weather condition ${weather.condition} on ${date}`);

  const span = weather.condition === 'sun' ? 50 : 250;
  const jitter = (1000 + jitterPermille(`${name}/pv`, date, quarterHour, span)) / 1000;
  const irradiance = clearSkyIrradiance(date, quarterHour) * condition * jitter;
  const cellTemperature = airTemperature(weather, quarterHour) + 0.03 * irradiance;
  const peak = peakKilowatts * 1000;
  const power = peak * (irradiance / 1000) * 0.86 * (1 - 0.004 * (cellTemperature - 25));
  return Math.min(peak, Math.max(0, power));
}

/** Local standard time of the middle of a slot, in hours. */
function slotHour(quarterHour: number): number {
  return (quarterHour + 0.5) / 4;
}

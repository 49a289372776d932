/**
 * The two weather series behind the built-in community (energy WG): daily observations of Seattle
 * 2012–2015 and the hourly climate normals of 1981–2010, U.S. Government data from NOAA NCDC as
 * shipped by the npm package `vega-datasets`.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { addDays, monthAndDay } from './calendar.ts';

/** One day of `seattle-weather.csv`. */
export interface DailyWeather {
  /** Millimetres. */
  readonly precipitation: number;
  /** Degrees Celsius. */
  readonly temperatureMax: number;
  readonly temperatureMin: number;
  /** Daily mean, metres per second at 10 m. */
  readonly wind: number;
  /** `sun`, `fog`, `drizzle`, `rain` or `snow`. */
  readonly condition: string;
}

/** Both series, indexed by date. */
export interface WeatherSeries {
  /** Observations by `YYYY-MM-DD`, in file order. */
  readonly daily: ReadonlyMap<string, DailyWeather>;
  /** Normal wind of the 24 hours of each calendar day, metres per second, by `MM-DD`. */
  readonly normalWind: ReadonlyMap<string, readonly number[]>;
}

/** Reads both files from the installed `vega-datasets` package. */
export function readWeatherSeries(): WeatherSeries {
  const dataDirectory = new URL('../data/', import.meta.resolve('vega-datasets'));
  const read = (file: string): string => readFileSync(fileURLToPath(new URL(file, dataDirectory)), 'utf8');
  return {
    daily: parseDailyWeather(read('seattle-weather.csv')),
    normalWind: parseNormalWind(read('seattle-weather-hourly-normals.csv')),
  };
}

/** The observation of a day. */
export function dailyWeatherAt(series: WeatherSeries, date: string): DailyWeather {
  const weather = series.daily.get(date);
  if (weather === undefined) throw new RangeError(`the weather series has no day ${date}`);
  return weather;
}

/** Normal wind at an hour 0 to 24 of a day; hour 24 is hour 0 of the next day (energy WG3). */
export function normalWindAt(series: WeatherSeries, date: string, hour: number): number {
  const day = hour === 24 ? addDays(date, 1) : date;
  const wind = normalDay(series, day)[hour % 24];
  if (wind === undefined) throw new RangeError(`the hourly normals have no hour ${hour} on ${day}`);
  return wind;
}

/** Mean of the 24 hourly normals of a day. */
export function normalWindMean(series: WeatherSeries, date: string): number {
  const hours = normalDay(series, date);
  return hours.reduce((sum, wind) => sum + wind, 0) / hours.length;
}

function normalDay(series: WeatherSeries, date: string): readonly number[] {
  const calendarDay = monthAndDay(date);
  // The normals describe a year of 365 days; 29 February uses 28 February.
  const hours = series.normalWind.get(calendarDay === '02-29' ? '02-28' : calendarDay);
  if (hours === undefined) throw new RangeError(`the hourly normals have no day ${calendarDay}`);
  return hours;
}

function parseDailyWeather(text: string): Map<string, DailyWeather> {
  const daily = new Map<string, DailyWeather>();
  for (const [date = '', precipitation, max, min, wind, condition = ''] of dataRows(text)) {
    daily.set(date, {
      precipitation: Number(precipitation),
      temperatureMax: Number(max),
      temperatureMin: Number(min),
      wind: Number(wind),
      condition,
    });
  }
  return daily;
}

function parseNormalWind(text: string): Map<string, readonly number[]> {
  const normals = new Map<string, number[]>();
  for (const [timestamp = '', , , wind] of dataRows(text)) {
    const day = timestamp.slice(5, 10);
    const hours = normals.get(day) ?? [];
    hours[Number(timestamp.slice(11, 13))] = Number(wind);
    normals.set(day, hours);
  }
  // The file starts at 01:00 of 1 January: the missing first hour repeats the second (energy WG).
  const firstDay = normals.get('01-01');
  if (firstDay?.[1] !== undefined) firstDay[0] = firstDay[1];
  return normals;
}

function dataRows(text: string): string[][] {
  const [, ...lines] = text.trim().split('\n');
  return lines.map((line) => line.trim().split(','));
}

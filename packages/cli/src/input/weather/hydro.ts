/**
 * The hydro plant and its reservoir (energy WG11).
 *
 * @module
 */
import type { WeatherSeries } from './series.ts';

const INITIAL_LEVEL_MM = 60;
const RUN_OFF = 1 / 20;
const PLANT_POWER = 10_000;

/** Reservoir level in mm after each day of the series, by date. */
export function reservoirLevels(series: WeatherSeries): ReadonlyMap<string, number> {
  const levels = new Map<string, number>();
  let level = INITIAL_LEVEL_MM;
  for (const [date, weather] of series.daily) {
    level = level * (1 - RUN_OFF) + weather.precipitation;
    levels.set(date, level);
  }
  return levels;
}

/** Power in W of the hydro plant at a reservoir level, constant over the day. */
export function hydroPower(level: number): number {
  return PLANT_POWER * Math.min(1, Math.max(0.05, (level * RUN_OFF) / 5));
}

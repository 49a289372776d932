/**
 * Calendar arithmetic on `YYYY-MM-DD` texts.
 *
 * @module
 */

const DAY_MS = 86_400_000;

/** The day `days` after `date`; negative values go back. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Day of the year, 1 January = 1. */
export function dayOfYear(date: string): number {
  return (Date.parse(date) - Date.parse(`${date.slice(0, 4)}-01-01`)) / DAY_MS + 1;
}

/** Whether the day is a Saturday or a Sunday. */
export function isWeekend(date: string): boolean {
  return new Date(Date.parse(date)).getUTCDay() % 6 === 0;
}

/** The `MM-DD` part of a date. */
export function monthAndDay(date: string): string {
  return date.slice(5);
}

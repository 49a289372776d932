/**
 * Numbers for people.
 *
 * @module
 */

const MICRO_PER_POINT = 10_000;
const LARGE_WH = 10_000_000;

/** A count with thin spaces between groups of three digits, independent of the locale. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** Millionths of trust as points with one decimal and a true minus sign. */
export function formatPoints(micro: number): string {
  return (micro / MICRO_PER_POINT).toFixed(1).replace('-', '−');
}

/** Energy in kWh with one decimal, or in MWh where kWh would be unwieldy. */
export function formatEnergy(wh: number): { readonly value: string; readonly unit: 'kWh' | 'MWh' } {
  const isLarge = wh >= LARGE_WH;
  return { value: (wh / (isLarge ? 1e6 : 1e3)).toFixed(1), unit: isLarge ? 'MWh' : 'kWh' };
}

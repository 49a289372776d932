/**
 * Numbers for people.
 *
 * @module
 */

import type { DemoFinality } from './scenario/result.ts';

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

/** What became of blocks, up to which one, and how soon. */
export function describeFinality({ kind, height, time, certificates }: DemoFinality): string {
  const { p50Rounds, p99Rounds } = time;
  const what = kind === 'settle' ? 'settled, which is a hint and no proof,' : 'final';
  const rounds = `${p50Rounds} rounds, ${p99Rounds} for 99 of 100 blocks`;
  const carried = kind === 'checkpoint' ? `, ${formatCount(certificates)} certificates on the chain` : '';
  return height === 0 ? 'no block yet' : `${what} up to block ${formatCount(height)} after ${rounds}${carried}`;
}

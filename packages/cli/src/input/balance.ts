/**
 * Physical balance of the input, before any market (energy DM3).
 *
 * @module
 */
import type { MarketRow } from './market-input.ts';

/** Energy taken by all participants with a net need in a row; Wh. */
export function demandWh({ actualWh }: MarketRow): number {
  return actualWh.reduce((sum, wh) => sum + Math.max(0, wh), 0);
}

/** Energy given by all participants with a net surplus in a row; Wh. */
export function supplyWh({ actualWh }: MarketRow): number {
  return actualWh.reduce((sum, wh) => sum + Math.max(0, -wh), 0);
}

/** Share of the demand that supply of the same slot could cover, permille, floored; 0 without demand. */
export function selfSufficiencyPermille(rows: readonly MarketRow[]): number {
  const demand = rows.reduce((sum, row) => sum + demandWh(row), 0);
  const covered = rows.reduce((sum, row) => sum + Math.min(supplyWh(row), demandWh(row)), 0);
  return demand === 0 ? 0 : Math.floor((1000 * covered) / demand);
}

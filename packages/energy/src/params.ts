/**
 * Parameters of the market and their bounds (energy PA1–PA3).
 *
 * @module
 */
import type { ClearingParams } from './clearing.ts';
import { EnergyError } from './errors.ts';
import type { SettlementParams } from './settlement.ts';
import {
  isMarketId,
  type MarketId,
  type MicroMoney,
  ORDER_WH_MAX,
  type Permille,
  PRICE_MAX,
  type PriceMicro,
} from './units.ts';

/** Roles that take part in the market and need admission. */
export type MarketRole = 'WIND' | 'PV' | 'HYDRO' | 'INTEGRATED' | 'USER';

/** Every role, the system's own included; `GRID` and `SUPERVISOR` exist in genesis only (energy TX1). */
export type Role = MarketRole | 'GRID' | 'SUPERVISOR';

/** Roles in the order of their encoding. */
export const ROLES: readonly Role[] = ['WIND', 'PV', 'HYDRO', 'INTEGRATED', 'GRID', 'USER', 'SUPERVISOR'];

/** Roles that may trade, in the order of their encoding. */
export const MARKET_ROLES: readonly MarketRole[] = ['WIND', 'PV', 'HYDRO', 'INTEGRATED', 'USER'];

/** One price zone: a market of its own (energy ST2, BI2). */
export interface Zone {
  /** Name of the zone. */
  readonly id: MarketId;
  /** Grid fee in µ¤/Wh. */
  readonly gridFee: PriceMicro;
}

/** Sell bond by market trust (energy TF5). */
export interface BondTier {
  /** Lowest market trust of the tier, in µ (1 000 000 is full trust). */
  readonly minTrustMicro: number;
  /** Bond in basis points of the worst case, at least 10 000 (energy PA3). */
  readonly bondBp: number;
}

/** Parameters of the market (energy PA1); checked by {@link requireEnergyParams}. */
export interface EnergyParams {
  /** Length of a market slot in seconds: 300, 900, 1800 or 3600. */
  readonly slotSec: number;
  /** The gate closes this long before the slot starts. */
  readonly gateLeadSec: number;
  /** Orders are accepted from this long before the slot starts; more than `gateLeadSec`. */
  readonly openLeadSec: number;
  /** Readings are accepted for this long after the slot has ended. */
  readonly readingWindowSec: number;
  /** A settlement is final this long after it was made. */
  readonly disputeWindowSec: number;
  /** Price of energy given beyond any contract, µ¤/Wh; lower end of the price band. */
  readonly feedIn: PriceMicro;
  /** Price of energy taken beyond any contract, µ¤/Wh; upper end of the price band. */
  readonly retail: PriceMicro;
  /** Penalty in µ¤ per Wh beyond the tolerance, at least 1. */
  readonly penalty: PriceMicro;
  /** Price zones, sorted by id, at least one. */
  readonly zones: readonly Zone[];
  /** Tolerance of a delivery in Wh. */
  readonly tolWh: number;
  /** Tolerance of a delivery as a share of the contract. */
  readonly tolPermille: Permille;
  /** Place of the clearing price between the lowest and the highest price that clears. */
  readonly kPermille: Permille;
  /** Most orders that a participant may place per slot and side, cancelled ones included. */
  readonly maxOrdersPerSide: number;
  /** Most orders per zone and slot, cancelled ones included; up to 65 535. */
  readonly maxOrdersPerSlot: number;
  /** Most orders, trades and participants that the start of one block visits, at least 2. */
  readonly maxWorkPerBlock: number;
  /** Sell bond by market trust, best tier first; below the last tier selling is barred. */
  readonly bondTiers: readonly BondTier[];
  /** Least deposit in µ¤ per role. */
  readonly minimumDeposits: Readonly<Record<MarketRole, MicroMoney>>;
  /**
   * Share of sold energy that may stay undelivered over 672 slots before it counts as an offence (energy TF4);
   * `null` for no limit. The limits are fitted to one data set, see {@link CHRONIC_SHORT_LIMITS}.
   */
  readonly chronicShortLimits: Readonly<Record<MarketRole, Permille | null>>;
}

/** Limits of energy TF4, fitted to the four weeks of the community data; wrong for any other input. */
export const CHRONIC_SHORT_LIMITS: Readonly<Record<MarketRole, Permille | null>> = {
  WIND: 450,
  PV: 150,
  HYDRO: 200,
  INTEGRATED: 300,
  USER: null,
};

/** Values of the worked vectors and of the demo (energy PA2), with one zone `Z1`; chronicShort is off. */
export const DEMO_ENERGY_PARAMS: EnergyParams = {
  slotSec: 900,
  gateLeadSec: 900,
  openLeadSec: 86_400,
  readingWindowSec: 3_600,
  disputeWindowSec: 86_400,
  feedIn: 300,
  retail: 620,
  penalty: 150,
  zones: [{ id: 'Z1', gridFee: 40 }],
  tolWh: 20,
  tolPermille: 50,
  kPermille: 500,
  maxOrdersPerSide: 8,
  maxOrdersPerSlot: 16_000,
  maxWorkPerBlock: 20_000,
  bondTiers: [
    { minTrustMicro: 800_000, bondBp: 10_000 },
    { minTrustMicro: 600_000, bondBp: 12_500 },
    { minTrustMicro: 400_000, bondBp: 15_000 },
  ],
  minimumDeposits: { WIND: 0n, PV: 0n, HYDRO: 0n, INTEGRATED: 0n, USER: 0n },
  chronicShortLimits: { WIND: null, PV: null, HYDRO: null, INTEGRATED: null, USER: null },
};

/**
 * Checks parameters against energy PA1 and PA3.
 *
 * @returns `params`, unchanged.
 * @throws {@link EnergyError} with `CONFIG` naming the parameter; a break of PA3 has the reason `E_BOUNDS`.
 */
export function requireEnergyParams(params: EnergyParams): EnergyParams {
  requireThat([300, 900, 1800, 3600].includes(params.slotSec), 'slotSec', 'must be 300, 900, 1800 or 3600');
  for (const key of ['gateLeadSec', 'readingWindowSec', 'disputeWindowSec'] as const) {
    requireRange(key, params[key], 0, DURATION_SEC_MAX);
  }
  requireRange('openLeadSec', params.openLeadSec, params.gateLeadSec + 1, DURATION_SEC_MAX);
  for (const key of ['feedIn', 'retail', 'penalty'] as const) requireRange(key, params[key], 0, PRICE_MAX);
  requireRange('tolWh', params.tolWh, 0, ORDER_WH_MAX);
  requireRange('tolPermille', params.tolPermille, 0, 1000);
  requireRange('maxOrdersPerSide', params.maxOrdersPerSide, 1, 64);
  requireRange('maxOrdersPerSlot', params.maxOrdersPerSlot, 1, 65_535);
  requireRange('maxWorkPerBlock', params.maxWorkPerBlock, 2, 1_000_000);
  requireBand(params);
  requireBondTiers(params.bondTiers);
  for (const role of MARKET_ROLES) {
    const deposit = params.minimumDeposits[role];
    requireThat(deposit >= 0n && deposit < 2n ** 63n, `minimumDeposits.${role}`, 'must be 0 to 2^63 - 1');
    const limit = params.chronicShortLimits[role];
    if (limit !== null) requireRange(`chronicShortLimits.${role}`, limit, 0, 1000);
  }
  return params;
}

/** The part of the parameters that clearing needs. */
export function clearingParamsOf(params: EnergyParams, gridFee: PriceMicro): ClearingParams {
  return { gridFee, kPermille: params.kPermille };
}

/** The part of the parameters that settlement needs. */
export function settlementParamsOf(params: EnergyParams, gridFee: PriceMicro): SettlementParams {
  const { retail, feedIn, penalty, tolWh, tolPermille } = params;
  return { gridFee, retail, feedIn, penalty, tolWh, tolPermille };
}

const DURATION_SEC_MAX = 366 * 86_400;
const ZONES_MAX = 64;
const BOND_TIERS_MAX = 16;

/** PA3: within these bounds no deviation from a contract pays (energy PB1, PB2). */
function requireBand(params: EnergyParams): void {
  const bounds = (condition: boolean, path: string): void => requireThat(condition, path, 'E_BOUNDS');
  bounds(params.feedIn <= params.retail, 'feedIn');
  bounds(params.penalty >= 1, 'penalty');
  bounds(Number.isSafeInteger(params.kPermille) && params.kPermille >= 0 && params.kPermille <= 1000, 'kPermille');
  requireRange('zones.length', params.zones.length, 1, ZONES_MAX);
  let previous = '';
  for (const { id, gridFee } of params.zones) {
    requireThat(isMarketId(id) && id > previous, 'zones', `id ${id} is not a market id, or not in ascending order`);
    requireRange(`zones.${id}.gridFee`, gridFee, 0, PRICE_MAX);
    bounds(params.feedIn + gridFee <= params.retail, `zones.${id}.gridFee`);
    previous = id;
  }
}

function requireBondTiers(tiers: readonly BondTier[]): void {
  requireRange('bondTiers.length', tiers.length, 1, BOND_TIERS_MAX);
  let previous = Number.POSITIVE_INFINITY;
  for (const { minTrustMicro, bondBp } of tiers) {
    requireRange('bondTiers.minTrustMicro', minTrustMicro, 0, 10_000_000);
    requireThat(minTrustMicro < previous, 'bondTiers', 'the best tier comes first');
    requireThat(
      Number.isSafeInteger(bondBp) && bondBp >= 10_000 && bondBp <= 1_000_000,
      'bondTiers.bondBp',
      'E_BOUNDS',
    );
    previous = minTrustMicro;
  }
}

function requireRange(path: string, value: number, min: number, max: number): void {
  requireThat(
    Number.isSafeInteger(value) && value >= min && value <= max,
    path,
    `must be ${min} to ${max}, is ${value}`,
  );
}

function requireThat(condition: boolean, path: string, reason: string): void {
  if (!condition) throw new EnergyError({ code: 'CONFIG', path: `params.${path}`, reason });
}

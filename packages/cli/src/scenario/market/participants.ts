/**
 * Who takes part in the market of the demo: participants, grid operator, supervisor (energy DM5, DM6).
 *
 * @module
 */

import { type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import type { MarketInput, MarketInputParticipant, MarketRole } from '@fiducia/energy';

/** A participant with its keys, its limits and the node it sends through. */
export interface MarketParticipant extends MarketInputParticipant {
  /** Key of its account. */
  readonly account: KeyPair;
  /** Id of its one meter. */
  readonly meterId: string;
  /** Key inside the meter. */
  readonly meter: KeyPair;
  /** Largest generation in W. */
  readonly capGenW: number;
  /** Largest load in W. */
  readonly capLoadW: number;
  /** Number of its gateway node, 1 to 6. */
  readonly gateway: number;
}

/** Number of the node through which the grid operator and the supervisor send. */
export const SYSTEM_GATEWAY = 5;

const GATEWAYS: Readonly<Record<MarketRole, number>> = { WIND: 1, PV: 2, HYDRO: 3, INTEGRATED: 4, USER: 6 };
const QUARTERS_PER_HOUR = 4;
const CAPACITY_STEP_W = 1_000;

/** The participants of an input in column order. */
export function marketParticipants({ participants, rows }: MarketInput): readonly MarketParticipant[] {
  return participants.map(({ id, role }, index) => {
    let exportWh = 0;
    let importWh = 0;
    for (const { actualWh, forecastWh } of rows) {
      const [actual, forecast] = [actualWh[index] ?? 0, forecastWh[index] ?? 0];
      importWh = Math.max(importWh, actual, forecast);
      exportWh = Math.max(exportWh, -actual, -forecast);
    }
    return {
      id,
      role,
      account: keyPairFromSeed(`fiducia-demo/participant/${id}`),
      meterId: `${id}_meter`,
      meter: keyPairFromSeed(`fiducia-demo/meter/${id}`),
      capGenW: roundUpWatts(exportWh),
      capLoadW: roundUpWatts(importWh),
      gateway: GATEWAYS[role],
    };
  });
}

/** Key of the grid operator, a participant in the market's genesis. */
export function gridKeyPair(): KeyPair {
  return keyPairFromSeed('fiducia-demo/grid');
}

/** Wh of a quarter of an hour as W, rounded up to the next 1000 (energy DM6). */
function roundUpWatts(wh: number): number {
  return Math.ceil((wh * QUARTERS_PER_HOUR) / CAPACITY_STEP_W) * CAPACITY_STEP_W;
}

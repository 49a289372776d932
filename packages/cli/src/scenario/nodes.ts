/**
 * The six consensus nodes of the paper's system (energy DM5).
 *
 * @module
 */

/** Role of a consensus node. */
export type NodeRole = 'WIND' | 'PV' | 'HYDRO' | 'INTEGRATED' | 'GRID' | 'USER';

/** Who a consensus node is. */
export interface NodeProfile {
  /** 1 to 6; node n has index n − 1 in the genesis configuration. */
  readonly number: number;
  readonly role: NodeRole;
  /** Name for people. */
  readonly label: string;
}

/** Wind, photovoltaics, hydro, integrated generation, grid operator, household community. */
export const NODE_PROFILES: readonly NodeProfile[] = [
  { number: 1, role: 'WIND', label: 'Wind' },
  { number: 2, role: 'PV', label: 'Photovoltaics' },
  { number: 3, role: 'HYDRO', label: 'Hydro' },
  { number: 4, role: 'INTEGRATED', label: 'Integrated' },
  { number: 5, role: 'GRID', label: 'Grid operator' },
  { number: 6, role: 'USER', label: 'Households' },
];

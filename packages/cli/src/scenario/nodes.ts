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
  readonly node: number;
  readonly role: NodeRole;
  /** Name for people. */
  readonly label: string;
}

/** Wind, photovoltaics, hydro, integrated generation, grid operator, household community. */
export const NODE_PROFILES: readonly NodeProfile[] = [
  { node: 1, role: 'WIND', label: 'Wind' },
  { node: 2, role: 'PV', label: 'Photovoltaics' },
  { node: 3, role: 'HYDRO', label: 'Hydro' },
  { node: 4, role: 'INTEGRATED', label: 'Integrated' },
  { node: 5, role: 'GRID', label: 'Grid operator' },
  { node: 6, role: 'USER', label: 'Households' },
];

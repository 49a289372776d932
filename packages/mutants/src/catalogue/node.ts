/**
 * Bugs whose part of the project a later issue builds.
 *
 * @module
 */
import type { WaitingMutant } from '../mutant.ts';

/** Bugs that cannot be planted yet. */
export const WAITING_MUTANTS: readonly WaitingMutant[] = [
  {
    id: 'MUT-46',
    reason: 'the API of the node is built by a later issue',
  },
];

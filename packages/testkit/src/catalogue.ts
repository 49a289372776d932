/**
 * All requirements, in the order of contract section 12.
 *
 * @module
 */
import type { KitItem } from './item.ts';
import { determinism } from './items/ck-01-determinism.ts';
import { immutability } from './items/ck-02-immutability.ts';
import { codec } from './items/ck-03-codec.ts';
import { numbers } from './items/ck-04-numbers.ts';
import { totality } from './items/ck-05-totality.ts';
import { ownBlocks } from './items/ck-06-own-blocks.ts';
import { mutations } from './items/ck-07-mutations.ts';
import { orderAndTime } from './items/ck-08-order-and-time.ts';
import { forkChoice } from './items/ck-09-fork-choice.ts';
import { proofs } from './items/ck-10-proofs.ts';
import { directives } from './items/ck-11-directives.ts';
import { handover } from './items/ck-12-handover.ts';
import { safety } from './items/ck-13-safety.ts';
import { liveness } from './items/ck-14-liveness.ts';
import { crashPoints } from './items/ck-15-crash-points.ts';
import { equivocation } from './items/ck-16-equivocation.ts';
import { switching } from './items/ck-17-switching.ts';
import { lateJoiner } from './items/ck-18-late-joiner.ts';
import { validatorChanges } from './items/ck-19-validator-changes.ts';
import { traits } from './items/ck-20-traits.ts';
import { replay } from './items/ck-21-replay.ts';
import { vectors } from './items/ck-22-vectors.ts';
import { createPlantedFaultsItem } from './items/ck-23-planted-faults.ts';
import { floors } from './items/ck-24-floors.ts';

const PLUGIN_ITEMS: readonly KitItem[] = [
  determinism,
  immutability,
  codec,
  numbers,
  totality,
  ownBlocks,
  mutations,
  orderAndTime,
  forkChoice,
  proofs,
  directives,
  handover,
  safety,
  liveness,
  crashPoints,
  equivocation,
  switching,
  lateJoiner,
  validatorChanges,
  traits,
  replay,
  vectors,
  floors,
];

/** Every requirement that the kit tries. */
export const CATALOGUE: readonly KitItem[] = [...PLUGIN_ITEMS, createPlantedFaultsItem(PLUGIN_ITEMS)].sort((a, b) =>
  a.id < b.id ? -1 : 1,
);

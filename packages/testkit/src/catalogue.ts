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
import { ownBlocks } from './items/ck-06-own-blocks.ts';
import { mutations } from './items/ck-07-mutations.ts';

/** Every requirement that the kit tries. */
export const CATALOGUE: readonly KitItem[] = [determinism, immutability, codec, numbers, ownBlocks, mutations];

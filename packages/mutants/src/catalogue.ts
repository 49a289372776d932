/**
 * All planted bugs.
 *
 * @module
 */
import { ADDED_MUTANTS } from './catalogue/added.ts';
import { CHAIN_MUTANTS } from './catalogue/chain.ts';
import { FINALITY_MUTANTS } from './catalogue/finality.ts';
import { HOST_MUTANTS } from './catalogue/host.ts';
import { LEDGER_MUTANTS } from './catalogue/ledger.ts';
import { PBFT_MUTANTS } from './catalogue/pbft.ts';
import { POW_MUTANTS } from './catalogue/pow.ts';
import { STORE_MUTANTS } from './catalogue/store.ts';
import { TRUST_MUTANTS } from './catalogue/trust.ts';
import { mutantOf, type Patch } from './mutant.ts';

/** Every patch, in the order of the specification. */
export const PATCHES: readonly Patch[] = [
  ...FINALITY_MUTANTS,
  ...PBFT_MUTANTS,
  ...CHAIN_MUTANTS,
  ...POW_MUTANTS,
  ...LEDGER_MUTANTS,
  ...HOST_MUTANTS,
  ...STORE_MUTANTS,
  ...TRUST_MUTANTS,
  ...ADDED_MUTANTS,
].toSorted((a, b) => (mutantOf(a) < mutantOf(b) ? -1 : mutantOf(a) > mutantOf(b) ? 1 : 0));

/** @throws `Error` if there is no such patch. */
export function requirePatch(id: string): Patch {
  const patch = PATCHES.find((other) => other.id === id);
  if (patch === undefined) throw new Error(`there is no planted bug ${id}`);
  return patch;
}

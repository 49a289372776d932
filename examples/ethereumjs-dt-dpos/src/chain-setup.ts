/** What all nodes of the chain agree on. */

import type { GenesisState } from '@ethereumjs/common';
import { Common } from '@ethereumjs/common';
import { createAddressSigner, createChainConfig } from '@fiducia/adapter-ethereumjs';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { sha256 } from '@noble/hashes/sha2.js';
import { genesisJournal, REGISTRY_CODE } from './registry.ts';

export const SLOT_MS = 1_000;
export const GENESIS_SECONDS = 1_800_000_000;
export const EPOCH_BLOCKS = 10;
export const DEPOSIT = 1_000n;

export const REGISTRY: `0x${string}` = '0x00000000000000000000000000000000000f1d01';
export const TRUST_ACCOUNT: `0x${string}` = '0x00000000000000000000000000000000000f1d02';

export const plugin = dtDpos();

/** Four seats for the candidates of most trust; whoever proves malicious has no weight. */
export const consensusConfig = {
  preset: 'minimal',
  slotMs: SLOT_MS,
  driftMs: 500,
  committee: { size: 4, mode: 'top' },
  electionLagEpochs: 0,
  depositTarget: DEPOSIT,
  trust: { epochRounds: EPOCH_BLOCKS, decayT: 20 },
} as const;

/** Sealers before the first block. One of them may turn malicious. */
export const GENESIS_SEALERS = ['wind', 'solar', 'mallory', 'hydro', 'tidal'] as const;
/** Joins by a transaction. */
export const NEWCOMER = 'wave';

/** A secret key that anybody can guess, as is right for an example. */
export function secretKeyOf(name: string): Uint8Array {
  return sha256(new TextEncoder().encode(`example sealer ${name}`));
}

export function addressOf(name: string): `0x${string}` {
  return createAddressSigner({ secretKey: secretKeyOf(name) }).self as `0x${string}`;
}

/** A fresh `Common` for one node. */
export function createCommon(): Common {
  return new Common({
    chain: createChainConfig({
      name: 'trusted-meters',
      chainId: 7_357,
      algorithm: plugin.name,
      genesisSeconds: GENESIS_SECONDS,
    }),
  });
}

/** Accounts of sealers with some ether, and the registry with its members. */
export function createGenesisState(): GenesisState {
  const accounts = [...GENESIS_SEALERS, NEWCOMER].map((name) => [addressOf(name), '0xde0b6b3a7640000'] as const);
  const journal = genesisJournal(GENESIS_SEALERS.map(addressOf), DEPOSIT);
  return { ...Object.fromEntries(accounts), [REGISTRY]: ['0x0', REGISTRY_CODE, journal] };
}

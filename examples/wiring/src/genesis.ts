import { type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import type { DefaultModuleOptions } from '@fiducia/node';

/** The validators of the chain. Keys out of names are for examples only. */
export const MEMBERS: readonly KeyPair[] = ['ada', 'ben', 'cleo'].map(keyPairFromSeed);

/** First block of the default ledger, the same on all nodes. */
export const GENESIS: DefaultModuleOptions['genesis'] = {
  chainName: 'wiring',
  timestamp: 0,
  minimumFee: 1n,
  accounts: [],
  supervisors: { keys: [], threshold: 0 },
  admission: 'open',
  depositMin: 0n,
  unbondingBlocks: 10,
  candidates: MEMBERS.map(({ address }) => {
    return { id: address, owner: address, deposit: 100n, category: 'USER', signatures: [] };
  }),
  ballots: [],
};

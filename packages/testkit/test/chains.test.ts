import { createBareChain } from '@fiducia/simulator';
import { describe } from 'vitest';
import type { ChainSubject } from '../src/index.ts';
import { sha256 } from '../src/inspect/hash.ts';
import { describeChain } from '../src/vitest.ts';
import { ledgerInMemory, MEMBERS, storedLedger, TRANSACTIONS } from './support/ledger-chain.ts';

const options = { genesisTimestamp: 1_000_000, chainName: 'bare', sha256 };
const LEDGER = { authors: MEMBERS, transactions: TRANSACTIONS } as const;
const SUBJECTS: readonly ChainSubject[] = [
  { ...LEDGER, name: 'memory-ledger', isVolatile: true, create: ledgerInMemory },
  { ...LEDGER, name: 'stored-ledger', losesPower: true, create: () => storedLedger() },
  {
    name: 'bare-chain',
    authors: ['ada', 'ben'],
    isVolatile: true,
    create: () => ({
      open: () => createBareChain({ ...options, payloadOf: ({ timestamp }) => Uint8Array.of(timestamp & 255) }),
    }),
  },
];

describe('chains meet what a host relies on (contract section 11)', () => {
  for (const subject of SUBJECTS) describeChain(subject);
});

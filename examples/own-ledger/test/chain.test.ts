import { createBlockFormat } from '@fiducia/host';
import { describeChain } from '@fiducia/testkit/vitest';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe } from 'vitest';
import { createGuestBook } from '../src/ledger.ts';

const format = createBlockFormat({ chainId: new Uint8Array(32).fill(1), sha256 });
const GUESTS = ['ada', 'ben', 'cleo'];
const MEMBERS = GUESTS.map((actor) => ({ kind: 'admission', actor, deposit: 1n, category: 'GUEST' }) as const);

function createPlace() {
  const written = new Set<string>();
  return {
    open: () => createGuestBook(format, MEMBERS, written).chain,
    fill: (height: number) => void written.add(`line ${height}`),
  };
}

describe('forty lines meet what a host relies on (contract section 11)', () => {
  describeChain({ name: 'guest-book', authors: GUESTS, isVolatile: true, create: createPlace });
});

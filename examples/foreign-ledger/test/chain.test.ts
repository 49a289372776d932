import { describeChain } from '@fiducia/testkit/vitest';
import { describe } from 'vitest';
import { createMemoryDisk, type Disk } from '../src/kv/journal.ts';
import { Pool } from '../src/kv/pool.ts';
import { allocate } from '../src/kv/store.ts';
import { KvChainPort } from '../src/port/chain-port.ts';

const MEMBERS = ['ada', 'ben', 'cleo'];
const CHAIN_ID = new Uint8Array(32).fill(7);
const ALLOCATION = allocate(MEMBERS.map((id) => ({ id, balance: 10, stake: 20 })));

/** A disk whose power can be cut; what it is writing at that moment is torn. */
function createPoweredDisk() {
  const disk = createMemoryDisk();
  let left = Number.POSITIVE_INFINITY;
  const powered: Disk = {
    read: () => disk.read(),
    append(text) {
      if (left-- > 0) return disk.append(text);
      if (left === -1) disk.append(text.slice(0, text.length / 2));
      throw new Error('no power');
    },
  };
  const power = (writes: number): void => {
    left = writes;
  };
  return { powered, power };
}

function createPlace() {
  const { powered, power } = createPoweredDisk();
  let pool = new Pool(() => true);
  return {
    open() {
      power(Number.POSITIVE_INFINITY);
      pool = new Pool((_from, _text, signature) => signature === 'aa');
      return new KvChainPort(CHAIN_ID, ALLOCATION, pool, powered);
    },
    fill(height: number) {
      pool.add({ from: 'ada', nonce: height - 1, call: ['put', 'height', String(height)], signature: 'aa' });
    },
    losePower: power,
  };
}

describe('the port meets what a host relies on (contract section 11)', () => {
  describeChain({ name: 'kv', authors: MEMBERS, losesPower: true, create: createPlace });
});

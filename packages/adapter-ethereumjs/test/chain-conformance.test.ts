import { createBlockchain } from '@ethereumjs/blockchain';
import { Common } from '@ethereumjs/common';
import { MerklePatriciaTrie } from '@ethereumjs/mpt';
import { MerkleStateManager } from '@ethereumjs/statemanager';
import { type DB, type DBObject, MapDB } from '@ethereumjs/util';
import { createVM } from '@ethereumjs/vm';
import { describeChain } from '@fiducia/testkit/vitest';
import { describe } from 'vitest';
import {
  createAddressCrypto,
  createChainConfig,
  createEthereumChainPort,
  createStateDirectives,
} from '../src/index.ts';
import { GENESIS_MS, MEMBERS, REGISTRY_FACTS } from './support.ts';

const CHAIN_ID = new Uint8Array(32).fill(3);
const common = new Common({
  chain: createChainConfig({ name: 'tried', chainId: 7_359, algorithm: 'hosted', genesisSeconds: GENESIS_MS / 1_000 }),
});
const genesisState = { [MEMBERS[0] as `0x${string}`]: '0xde0b6b3a7640000' } as const;
const { sha256 } = createAddressCrypto();

/** Databases that fail together. */
function createPlace() {
  let left = Number.POSITIVE_INFINITY;
  const spend = (): void => {
    if (left-- <= 0) throw new Error('no power');
  };
  class PoweredDB<K extends string | number | Uint8Array, V extends Uint8Array | string | DBObject> extends MapDB<
    K,
    V
  > {
    override put(...parts: Parameters<MapDB<K, V>['put']>) {
      spend();
      return super.put(...parts);
    }

    override async batch(...[operations]: Parameters<MapDB<K, V>['batch']>): Promise<void> {
      spend();
      for (const operation of operations) {
        if (operation.type === 'put') await super.put(operation.key, operation.value);
        else await super.del(operation.key);
      }
    }
  }
  const blocks: DB<Uint8Array | string | number, Uint8Array | string | DBObject> = new PoweredDB();
  const state: DB<string, string | Uint8Array> = new PoweredDB();
  const records: DB<string, Uint8Array> = new PoweredDB();
  return {
    async open() {
      left = Number.POSITIVE_INFINITY;
      const trie = new MerklePatriciaTrie({ common, useKeyHashing: true, db: state });
      const stateManager = new MerkleStateManager({ common, trie });
      const blockchain = await createBlockchain({ common, genesisState, db: blocks });
      const vm = await createVM({ common, blockchain, stateManager });
      const { stateRoot } = blockchain.genesisBlock.header;
      if (!(await stateManager.hasStateRoot(stateRoot))) await stateManager.generateCanonicalGenesis(genesisState);
      return createEthereumChainPort({
        ...{ blockchain, vm },
        facts: REGISTRY_FACTS,
        store: records,
        identity: { chainId: CHAIN_ID, sha256 },
        directives: createStateDirectives({ weiPerUnit: 1n }),
      });
    },
    losePower(afterWrites: number) {
      left = afterWrites;
    },
  };
}

describe('the port meets what a host relies on (contract section 11)', () => {
  describeChain({ name: 'ethereumjs', authors: MEMBERS, losesPower: true, create: createPlace });
});

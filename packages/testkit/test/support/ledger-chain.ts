/** The ledger as the subject of the suite of chains, in memory and on a store whose power can be cut. */
import type { Bytes } from '@fiducia/consensus';
import {
  createLedger,
  createMemoryStore,
  createTransaction,
  type KvStore,
  type Ledger,
  openLedger,
  transfer,
} from '@fiducia/ledger';
import { createStubCrypto } from '@fiducia/simulator';
import type { ChainPlace, ChainTransactions } from '../../src/index.ts';
import { sha256 } from '../../src/inspect/hash.ts';
import { createForger } from './ledger-forger.ts';

const crypto = createStubCrypto({ sha256 });
const RICH = crypto.identity('rich');
/** Who makes blocks. */
export const MEMBERS = ['wind', 'solar', 'hydro'].map((name) => crypto.identity(name).address);
const GENESIS = {
  chainName: 'chains',
  timestamp: 1_000_000,
  minimumFee: 1n,
  accounts: [RICH.address, ...MEMBERS].map((actor) => ({ actor, balance: 1_000_000n })),
  supervisors: { keys: [], threshold: 0 },
  admission: 'open',
  depositMin: 1_000n,
  unbondingBlocks: 5,
  candidates: MEMBERS.map((id) => ({ id, owner: id, deposit: 5_000n, category: 'WIND', signatures: [] })),
  ballots: [],
  consensus: new Uint8Array(),
} as const;

/** Puts a transfer for every height into the pool of the ledger that is open. */
async function fillLedger(ledger: Ledger, height: number): Promise<void> {
  const bytes = createTransaction(transfer, {
    chainId: ledger.chainId,
    nonce: height - 1,
    fee: 1n,
    payload: { to: MEMBERS[height % MEMBERS.length] ?? '', amount: 7n },
    signer: RICH,
  });
  await ledger.submit(bytes);
}

const CHAIN_ID = createLedger({ genesis: GENESIS, crypto }).chainId;
const POOR = crypto.identity('poor');
const SECOND = crypto.identity('wind');

/** A transfer to the first member. */
function pay(signer: typeof RICH, nonce: number, { fee = 1n, amount = 7n, chainId = CHAIN_ID } = {}): Bytes {
  return createTransaction(transfer, { chainId, nonce, fee, payload: { to: MEMBERS[0] ?? '', amount }, signer });
}

/** What users of the ledger do, and what they must not. */
export const TRANSACTIONS: ChainTransactions = {
  valid: [pay(RICH, 0), pay(SECOND, 0), pay(RICH, 1)],
  invalid: {
    'leaves out a nonce': [pay(RICH, 1)],
    'exchanges two nonces': [pay(RICH, 1), pay(RICH, 0)],
    'spends more than there is': [pay(RICH, 0, { amount: 1_000_000n })],
    'spends more than is left': [pay(RICH, 0, { amount: 600_000n }), pay(RICH, 1, { amount: 600_000n })],
    'pays a fee that nobody has': [pay(POOR, 0)],
    'pays less than the least fee': [pay(RICH, 0, { fee: 0n })],
    'signed for another chain': [pay(RICH, 0, { chainId: new Uint8Array(32) })],
    'has it signed by somebody else': [pay({ ...POOR, address: RICH.address }, 0)],
  },
};

/** A ledger that forgets everything. */
export function ledgerInMemory(): ChainPlace {
  let ledger = createLedger({ genesis: GENESIS, crypto });
  return {
    open() {
      ledger = createLedger({ genesis: GENESIS, crypto });
      return ledger;
    },
    fill: (height) => fillLedger(ledger, height),
    submit: async (transaction) => void (await ledger.submit(transaction)),
    forge: createForger(GENESIS, CHAIN_ID),
  };
}

/** A store that refuses everything once its power is gone. */
class PoweredStore implements KvStore {
  readonly #store = createMemoryStore();
  #writes = Number.POSITIVE_INFINITY;

  get(table: string, key: Bytes) {
    return this.#store.get(table, key);
  }

  range(...parts: Parameters<KvStore['range']>) {
    return this.#store.range(...parts);
  }

  async commit(writes: Parameters<KvStore['commit']>[0]): Promise<void> {
    if (this.#writes-- <= 0) throw new Error('no power');
    return this.#store.commit(writes);
  }

  async close(): Promise<void> {}

  power(writes: number): void {
    this.#writes = writes;
  }
}

/** A ledger on a store that can lose its power. @param wrap - Puts something between the two. */
export function storedLedger(wrap: (store: KvStore) => KvStore = (store) => store): ChainPlace {
  const powered = new PoweredStore();
  const store = wrap(powered);
  let ledger: Ledger | undefined;
  return {
    async open() {
      powered.power(Number.POSITIVE_INFINITY);
      ledger = await openLedger({ genesis: GENESIS, crypto, store });
      return ledger;
    },
    async fill(height) {
      if (ledger !== undefined) await fillLedger(ledger, height);
    },
    submit: async (transaction) => void (await ledger?.submit(transaction)),
    forge: createForger(GENESIS, CHAIN_ID),
    losePower: (afterWrites) => powered.power(afterWrites),
  };
}

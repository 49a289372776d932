/**
 * The first block of the demo chain and of the experiments (energy DM5).
 *
 * @module
 */
import type { Bytes, Millis } from '@fiducia/consensus';
import { type Crypto, type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import { type GenesisConfig, signAdmission, type TransactionSigner } from '@fiducia/ledger';
import { NODE_PROFILES } from './nodes.ts';

/** A core account with funds. */
export type GenesisAccount = GenesisConfig['accounts'][number];

/** What the genesis of a network depends on. */
export interface GenesisParts {
  readonly genesisTime: Millis;
  /** Deposit of every node: all that is required, so that it favours nobody. */
  readonly deposit: bigint;
  /** Blocks that the deposit of a leaver stays locked. */
  readonly unbondingBlocks: number;
  /** Canonical encoding of the eras. */
  readonly consensus: Bytes;
  /** Keys of the six nodes in the order of their index. */
  readonly keyPairs: readonly KeyPair[];
  readonly crypto: Crypto;
  readonly accounts: readonly GenesisAccount[];
}

/** Least fee of a transaction: low enough to ignore, high enough to see that fees are booked. */
export const MINIMUM_FEE = 1n;

/** Deposit of every node in base units: enough for five ballots of weight 1. */
export const NODE_DEPOSIT = 1_000n;

/** Funds of every core account, for fees (energy DM6). */
export const CORE_BALANCE = 1_000_000_000n;

/** Key of the supervisor, who admits nodes and participants; 1 of 1 in the demo (energy SV3). */
export function supervisorKeyPair(): KeyPair {
  return keyPairFromSeed('fiducia-demo/supervisor');
}

/** Key of a node by its number: it signs for consensus, and its account receives the income. */
export function nodeKeyPair(number: number): KeyPair {
  return keyPairFromSeed(`fiducia-demo/node/${number}`);
}

/** Signs transactions of an account with a key in memory. */
export function transactionSigner(keyPair: KeyPair, crypto: Crypto): TransactionSigner {
  return {
    address: keyPair.address,
    sign: (scope, domain, data) => crypto.sign(keyPair, scope, domain, data),
  };
}

/**
 * Genesis with six members in the order of their index, each admitted with the supervisor's
 * signature, full deposits, and ballots of weight 1 from each to the five others: V = M = U.
 */
export function createGenesis(parts: GenesisParts): GenesisConfig {
  const { genesisTime, deposit, unbondingBlocks, consensus, keyPairs, crypto, accounts } = parts;
  const supervisor = supervisorKeyPair();
  const ids = keyPairs.map(({ address }) => address);
  return {
    chainName: 'fiducia-demo',
    timestamp: genesisTime,
    minimumFee: MINIMUM_FEE,
    accounts: [...ids.map((actor) => ({ actor, balance: CORE_BALANCE })), ...accounts],
    supervisors: { keys: [supervisor.address], threshold: 1 },
    admission: 'supervised',
    depositMin: deposit,
    unbondingBlocks,
    candidates: ids.map((id, index) => {
      const category = NODE_PROFILES[index]?.role ?? '';
      const approval = { id, category, deposit, expiry: 0 };
      return {
        id,
        owner: id,
        deposit,
        category,
        signatures: [signAdmission(approval, transactionSigner(supervisor, crypto))],
      };
    }),
    ballots: ids.flatMap((from) => ids.filter((to) => to !== from).map((to) => ({ from, to, weight: 1n }))),
    consensus,
  };
}

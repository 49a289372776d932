/**
 * What a comparison of protocols gives back.
 *
 * @module
 */
import type { ConsensusName, FinalityGadget } from '../scenario/result.ts';

/** Settings of a comparison, complete. */
export interface CompareOptions {
  /** Protocols to run, in this order; at least one. */
  readonly consensus: readonly ConsensusName[];
  /** Finality gadget beside each of them, `null` for none. Every block of PBFT is final without one. */
  readonly finality: FinalityGadget | null;
  /** Seed of the transactions and of the simulated network; 0 to 2^32 − 1. */
  readonly seed: number;
  /** Whether the transactions of every market slot are sent in another order; each signer keeps its own. */
  readonly shuffle: boolean;
  /** Units added to one transfer, up to a million; anything but `0n` makes it another list of transactions. */
  readonly amendment: bigint;
}

/** How long blocks took to become settled or final, virtual ms, nearest rank. */
export interface FinalityTimes {
  /** Half of the blocks were not slower. */
  readonly p50: number;
  /** 99 of 100 blocks were not slower. */
  readonly p99: number;
}

/** The transactions under one protocol. */
export interface CompareRun {
  /** Protocol. */
  readonly consensus: ConsensusName;
  /**
   * What its finality is: `settle`, by depth and for wallets only; `checkpoint` or `instant`, irreversible by proof.
   */
  readonly finality: 'settle' | 'checkpoint' | 'instant';
  /** Root of the application subtree of the state, the same on all six nodes; hex. */
  readonly applicationStateRoot: string;
  /** Height of the chain. */
  readonly blocks: number;
  /** Distinct blocks that at least one node rejected. */
  readonly rejectedBlocks: number;
  /** Gossip messages, one for every recipient. */
  readonly messages: number;
  /** Bytes of these messages. */
  readonly bytes: number;
  /** From the time in a block's header until node 1 reported it, by depth or by proof as `finality` says. */
  readonly finalityMs: FinalityTimes;
}

/** The JSON object that `fiducia compare --json` prints. */
export interface CompareResult {
  /** One run per protocol. */
  readonly runs: readonly CompareRun[];
  /** Transactions that every chain executed; the bad ones, which every chain refused, are not counted. */
  readonly transactions: number;
  /** Seed of the transactions and of the simulated network. */
  readonly seed: number;
}

/** Where a running comparison stands. */
export interface CompareProgress {
  /** Protocol that runs. */
  readonly consensus: ConsensusName;
  /** Rounds played under it. */
  readonly round: number;
  /** Rounds to play under it. */
  readonly rounds: number;
}

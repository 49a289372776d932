/**
 * What a run of the demo gives back.
 *
 * @module
 */
import type { Tier } from '@fiducia/trust';
import type { DemoInput } from '../input/load.ts';
import type { NodeRole } from './nodes.ts';

/** Composite trust R of one node and its four parts, millionths of full trust (trust R1). */
export interface NodeTrust {
  /** R: what the election weighs. */
  readonly composite: number;
  /** H: behaviour and participation in the window; may be negative. */
  readonly historical: number;
  /** V: ballots of the others. */
  readonly votes: number;
  /** M: deposit. */
  readonly deposit: number;
  /** D: rewards minus idle loss and penalties. */
  readonly dynamic: number;
}

/** What is said about a node under every protocol. */
export interface NodeBasics {
  /** 1 to 6. */
  readonly node: number;
  /** Part that it plays in the energy system (energy DM5). */
  readonly role: NodeRole;
  /**
   * Slots it was elected to lead, whether its block came or not. Under PoW, where nobody is elected
   * before the block is there, the blocks of the adopted chain that it produced. Under PBFT turns to propose.
   */
  readonly elections: number;
}

/** One node after the last block, under a protocol with trust: DT-DPoS. */
export interface TrustedNodeSummary extends NodeBasics {
  /** Its consensus score. */
  readonly trust: NodeTrust;
  /** Class of the composite trust (trust C1). */
  readonly tier: Tier;
}

/** One node after the last block, under a protocol without trust: DPoS, PoS, PoW and PBFT. */
export interface BondedNodeSummary extends NodeBasics {
  /** Blocks of the adopted chain that it produced. */
  readonly blocks: number;
  /** What is left of its deposit on the ledger, as decimal text; base units. */
  readonly deposit: string;
  /** Whether it is jailed, so that it can no longer vote or withdraw. */
  readonly jailed: boolean;
}

/** One node after the last block. All nodes of a run are of one kind. */
export type NodeSummary = TrustedNodeSummary | BondedNodeSummary;

/** Whether a node was summarised under a protocol with trust. */
export function hasTrust(summary: NodeSummary): summary is TrustedNodeSummary {
  return 'trust' in summary;
}

/** The JSON object that `fiducia demo --json` prints. */
export interface DemoSummary {
  /** Protocol that the nodes agreed by. */
  readonly consensus: ConsensusName;
  /** What became irreversible, and how soon. */
  readonly finality: DemoFinality;
  /**
   * Consensus slots played, and the sum of all elections. Under PoW and PBFT spans of as much time, in which elections are
   * as many as blocks, and as turns to propose.
   */
  readonly rounds: number;
  /** Height of the chain. Under PoW the sum of all elections. */
  readonly blocks: number;
  /** The six nodes, node 1 first. */
  readonly nodes: readonly NodeSummary[];
  /** State root of the ledger at the last height, read from each node's own state; hex. */
  readonly stateRoots: readonly string[];
  /** Consensus root (trust G3) at the last height, read from each node's own state; hex. */
  readonly consensusRoots: readonly string[];
  /** What was traded in the market slots that have cleared. */
  readonly energy: {
    /** Wh traded in all cleared market slots. */
    readonly tradedWh: number;
    /** Volume-weighted mean clearing price in µ¤ per Wh, floored; 0 without a trade. */
    readonly meanPriceMicro: number;
    /** Market slots cleared. */
    readonly slots: number;
  };
  /** Checks of the conservation laws, done while the chain grew. */
  readonly conserved: {
    /** Whether the sum of all money stayed the same after every block (energy I-4). */
    readonly money: boolean;
    /** Whether positions summed to zero in every settled market slot (energy I-6). */
    readonly energy: boolean;
  };
  /** Distinct blocks that at least one honest node rejected. */
  readonly rejectedBlocks: number;
  /** Offences booked on the chain. */
  readonly evidence: number;
  /** Seed of the simulated network. */
  readonly seed: number;
  /** Hash of everything the simulator did (simulation E4); equal seeds give equal hashes. */
  readonly traceHash: string;
}

/** What the nodes said about the finality of blocks. */
export interface DemoFinality {
  /**
   * What was said: `settle`, deep enough to be a hint for wallets; `checkpoint` or `instant`, irreversible by proof.
   */
  readonly kind: 'settle' | 'checkpoint' | 'instant';
  /** Highest block that every node said it about; 0 if there is none. */
  readonly height: number;
  /** Certificates of a gadget that the blocks of the chain carry; 0 without one. */
  readonly certificates: number;
  /** Times between a block's timestamp and the moment when node 1 said it, or node 2 if that is malicious; nearest rank. */
  readonly time: {
    /** Half of the blocks were not slower, virtual ms. */
    readonly p50Ms: number;
    /** 99 of 100 blocks were not slower, virtual ms. */
    readonly p99Ms: number;
    /** `p50Ms` in rounds of 15 minutes, to two decimals. */
    readonly p50Rounds: number;
    /** `p99Ms` in rounds of 15 minutes, to two decimals. */
    readonly p99Rounds: number;
  };
  /** Whether no node left a block of which it had said so, and no two nodes said it of two blocks of one height. */
  readonly holds: boolean;
}

/** A market slot that the chain cleared. */
export interface ClearedSlot {
  /** Row of the input, from 0. */
  readonly row: number;
  /** Energy traded in Wh. */
  readonly volumeWh: number;
  /** Clearing price in µ¤ per Wh; `null` if nothing crossed. */
  readonly priceMicro: number | null;
  /** Net energy that the meters of all participants read, Wh; `null` before the settlement. */
  readonly meteredWh: number | null;
}

/** What the report shows beyond the summary. */
export interface DemoHistory {
  /**
   * Index 0 to 5 of the elected leader of each consensus slot, slot 1 first. Under PoW of the author of
   * each block, block 1 first.
   */
  readonly leaders: readonly number[];
  /** Rounds, from 1, that stayed without a block. */
  readonly emptySlots: readonly number[];
  /** Composite trust of the six nodes after each consensus slot, slot 1 first; µ. Empty without trust. */
  readonly compositeTrust: readonly (readonly number[])[];
  /** Market slots that the chain cleared, in order. */
  readonly slots: readonly ClearedSlot[];
  /** Market slots that the chain settled. */
  readonly settledSlots: number;
  /** Money of every market account, free and locked, as decimal text (energy UN2); µ¤. */
  readonly balances: Readonly<Record<string, string>>;
  /** Transactions of the participants that no node took, by code; empty unless somebody ran out of means. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Physical self-sufficiency of the cleared rows (energy DM3); permille. */
  readonly selfSufficiencyPermille: number;
}

/** Everything a run of the demo found out. */
export interface DemoResult {
  /** The figures that the command prints as JSON. */
  readonly summary: DemoSummary;
  /** What happened slot by slot. */
  readonly history: DemoHistory;
  /** Market input that was played. */
  readonly input: DemoInput;
  /** Settings, defaults filled in. */
  readonly options: DemoOptions;
  /** Signature library that checked the signatures: `native` libsecp256k1 or portable `noble`. */
  readonly signatureLibrary: 'native' | 'noble';
}

/** Names of the protocols that a demo can be played under. */
export type ConsensusName = 'dt-dpos' | 'dpos' | 'pos' | 'pow' | 'pbft';

/** Names of the finality gadgets that a demo can be played with. */
export type FinalityGadget = 'checkpoint';

/** What a malicious node does in every slot it leads. */
export type MaliciousAct = 'invalid' | 'equivocate';

/** How leaders are drawn (trust S1, S2). */
export type LeaderSchedule = 'wrr' | 'lottery';

/** Names of the trust profiles (trust T). */
export type TrustProfile = 'paper' | 'default';

/** Settings of a demo, complete. */
export interface DemoOptions {
  /** Protocol that the nodes agree by. */
  readonly consensus: ConsensusName;
  /** Finality gadget beside it, `null` for none. Every block of PBFT is final without one. */
  readonly finality: FinalityGadget | null;
  /** Consensus slots to play, at least 21. */
  readonly rounds: number;
  /** Node 1 to 6 that acts maliciously in every slot it leads; 0 for none. */
  readonly malicious: number;
  /** What that node does; PoW knows `invalid` only. */
  readonly act: MaliciousAct;
  /** Seed of the simulated network; 0 to 2^32 − 1. */
  readonly seed: number;
  /** How leaders are drawn; `null` under every protocol but DT-DPoS. */
  readonly schedule: LeaderSchedule | null;
  /** Trust profile (trust T); `null` under every protocol but DT-DPoS. */
  readonly profile: TrustProfile | null;
}

/** Where a running demo stands, reported after every consensus slot. */
export interface DemoProgress {
  /** Consensus slots played so far. */
  readonly round: number;
  /** Consensus slots to play. */
  readonly rounds: number;
  /** The figures so far, named as in {@link DemoSummary}. */
  readonly summary: {
    readonly blocks: number;
    readonly nodes: readonly NodeSummary[];
    readonly rejectedBlocks: number;
    readonly evidence: number;
    readonly tradedWh: number;
  };
}

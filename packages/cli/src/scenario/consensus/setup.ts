/**
 * What a consensus protocol brings to the scenario. Everything else, from the market to the keys of the
 * nodes, is the same under all of them.
 *
 * @module
 */
import type { ActorId, Bytes, ConsensusPlugin, HashFunction, Millis, Tip } from '@fiducia/consensus';
import type { BuildRequest, ClockPort, CryptoPort } from '@fiducia/consensus/ports';
import type { TraceEvent } from '@fiducia/host';
import type { RandomStream } from '@fiducia/simulator';
import type { Tier } from '@fiducia/trust';
import type { MaliciousAct, NodeTrust } from '../result.ts';

/** What a protocol is told about the network. */
export interface SetupParts {
  /** Length of a round: a consensus slot, or the mean time between blocks of proof of work. */
  readonly slotMs: Millis;
  /** Deposit of every node in base units. */
  readonly deposit: bigint;
}

/** One protocol, configured for the six nodes. */
export interface ConsensusSetup {
  readonly plugin: ConsensusPlugin;
  /** Configuration as an era names it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Length of a round. */
  readonly slotMs: Millis;
  /** Deposit of every node in base units. */
  readonly deposit: bigint;
  /** Blocks that the deposit of a leaver stays locked: longer than its offences are punished. */
  readonly unbondingBlocks: number;
  /** Whether nodes have VRF keys, registered in genesis. */
  readonly usesVrf: boolean;
  /** Whether nodes send round votes (trust F8). */
  readonly usesRoundVotes: boolean;
  /** Searches nonces in virtual time, for protocols with work. */
  readonly createMiner?: (parts: MinerParts) => CryptoPort['mine'];
  /** Makes a request one that every honest node must reject; for protocols whose blocks come from one node alone. */
  readonly corrupt?: (request: BuildRequest) => BuildRequest;
  /**
   * Plugins of the machines that the malicious node runs with its one key, in place of an adversary beside its host; for
   * protocols in which blocks need votes.
   */
  readonly machines?: (act: MaliciousAct) => readonly ConsensusPlugin[];
  /** Names the block that a trace says a node refused before anybody published it. */
  readonly refusedProposal?: (trace: TraceEvent) => string | undefined;
  /** Reads elections from blocks and states. */
  readonly createReader: (context: ReaderContext) => ConsensusReader;
}

/** What a miner in virtual time runs on. */
interface MinerParts {
  readonly clock: ClockPort;
  readonly random: RandomStream;
  /** Nodes that mine, all with the same power. */
  readonly miners: number;
}

/** What a reader may use. */
export interface ReaderContext {
  readonly chainId: Bytes;
  readonly genesisTime: Millis;
  readonly sha256: HashFunction;
}

/** Trust of one node, under a protocol with trust. */
export interface TrustStanding {
  readonly trust: NodeTrust;
  readonly tier: Tier;
}

/** Reads the elections of one protocol; it decides nothing. */
export interface ConsensusReader {
  /** Round of a block: its slot, or the one that its timestamp lies in. */
  slotOf(block: Tip<unknown>): number;
  /** Leaders that a block adds to those known with its parent, its author last. */
  leadersOf(block: Tip<unknown>, parent: Tip<unknown>): readonly ActorId[];
  /** Leaders of the slots after the head, up to `untilSlot`: they left none of them a block. */
  leadersAfter(head: Tip<unknown>, untilSlot: number): readonly ActorId[];
  /** Trust after a block by candidate; absent for protocols without trust. */
  readonly trustAfter?: (block: Tip<unknown>) => ReadonlyMap<ActorId, TrustStanding>;
}

/**
 * What the checkers of invariants see of a run.
 *
 * @module
 */
import type {
  ActorId,
  BlockId,
  ConsensusHeader,
  ConsensusPlugin,
  Era,
  Height,
  Millis,
  Tip,
  Validator,
} from '@fiducia/consensus';
import type { CryptoPort } from '@fiducia/consensus/ports';
import type { ConsensusHost } from '@fiducia/host';
import type { Ledger } from '@fiducia/ledger';
import type { Simulation } from '../simulation.ts';

/** Labels of the invariants, in the order of simulation section 7. */
export const INVARIANT_IDS = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
  'I11',
  'I12',
  'I13',
  'I14',
] as const;

/** Label of an invariant of simulation section 7. */
export type InvariantId = (typeof INVARIANT_IDS)[number];

/** An invariant that did not hold. */
export interface Violation {
  /** Which one; `E6`: an assertion of a node failed, or something in it threw (simulation E6). */
  readonly invariant: InvariantId | 'E6';
  /** Node at which it showed; `null` if it concerns several. */
  readonly node: string | null;
  /** Virtual time at which it was found. */
  readonly at: Millis;
  /** What was seen and what should have been. */
  readonly reason: string;
}

/**
 * One node of a run, through all its lives. Checkers read its properties anew whenever they need them: after a restart
 * {@link WorldNode.host} and {@link WorldNode.ledger} are others.
 */
export interface WorldNode {
  /** Name in the simulation. */
  readonly name: string;
  /** Position among the nodes, from 0. */
  readonly index: number;
  /** Who signs with its key; `null` for a node that only follows. */
  readonly actorId: ActorId | null;
  /** Whether it follows the protocol. Of two nodes with one key neither does. */
  readonly isHonest: boolean;
  /** Whether it runs now. */
  readonly isUp: boolean;
  /** Consensus of its present life. */
  readonly host: ConsensusHost;
  /** Ledger of its present life. */
  readonly ledger: Ledger;
  /** Counts its lives, from 0. */
  readonly incarnation: number;
  /** Counts its stores, from 0: another number means that it lost all that it had stored. */
  readonly storeGeneration: number;
  /**
   * False once its disk wrote a record in the place of another: what stood there is gone for good, however soundly the
   * store was opened again. Absent: never.
   */
  readonly isStoreWhole?: boolean;
  /** What its own clock told it last; absent: virtual time. */
  now?(): Millis;
  /** What a client is told about a transaction, where the node has an interface for it (simulation I14). */
  readTransaction?(id: string): Promise<TransactionAnswer>;
}

/** What a node tells a client about a transaction. */
export interface TransactionAnswer {
  /** `unknown`: neither waiting nor adopted here; `included`: in an adopted block that may still be reverted. */
  readonly status: 'unknown' | 'pending' | 'included' | 'final';
  /** Block that it stands in; `null` if it stands in none. */
  readonly blockId: BlockId | null;
  /** Height of that block. */
  readonly height: Height | null;
}

/** A block as an {@link Oracle} judges it. */
export interface JudgedBlock {
  /** The block. */
  readonly header: ConsensusHeader;
  /** Its parent with the state after it, derived from genesis by fresh rules. */
  readonly parent: Tip<unknown>;
  /** The ancestor at a height below that of the block, genesis included. */
  readonly ancestorAt: (height: number) => ConsensusHeader | undefined;
}

/**
 * A second opinion on a protocol, written from its specification and not from its code: without one, a rule that is
 * wrong everywhere is wrong in the same way at the checker.
 */
export interface Oracle {
  /** Why the author of a block was not entitled to it, or `null` (simulation I7). */
  readonly whyIneligible?: (block: JudgedBlock) => string | null;
  /** What a block adds to the weight of its branch (simulation I8). */
  readonly weightOf?: (block: JudgedBlock) => bigint;
  /** Which of two branches is better before weights are compared: positive for `a` (simulation I8). */
  readonly compare?: (a: Tip<unknown>, b: Tip<unknown>) => number;
  /** How far the time of a block may lie ahead of the clock of a node that takes it (simulation I7). */
  readonly aheadMaxMs?: Millis;
}

/** What must happen after the network has healed (simulation I10). */
export interface LivenessGoal {
  /** Nodes that must recover, by name; everything else may be dead for ever. */
  readonly core: readonly string[];
  /** Since when nothing goes wrong any more between them; of a later goal: since when the one before is reached. */
  readonly healedAt: Millis;
  /** Time in which their heads must be equal for an instant. */
  readonly agreeWithinMs: Millis;
  /** Time in which each must have adopted a block above the highest head at healing. */
  readonly growWithinMs: Millis;
  /** Time in which each must know a final block above the highest head at healing; `null` where nothing becomes final. */
  readonly finalWithinMs: Millis | null;
}

/** A run as its checkers see it. All of it may be read at any time between two events. */
export interface World {
  /** Time and messages. */
  readonly simulation: Pick<Simulation, 'now' | 'note' | 'onSend'>;
  /** Duration of a slot, or the mean time between two blocks. */
  readonly slotMs: Millis;
  /** All nodes, those that are down included. */
  readonly nodes: readonly WorldNode[];
  /** Protocols of the chain by height. */
  readonly eras: readonly Era[];
  /** Plugins that the eras name. */
  readonly plugins: readonly ConsensusPlugin[];
  /** Validators that genesis hands to the first era. */
  readonly genesisValidators: readonly Validator[];
  /** Checks claims. */
  readonly crypto: CryptoPort;
  /** Makes a ledger at the genesis of this run, in memory and without a network. */
  createLedger(): Ledger;
  /** Whether the faulty nodes are as few as the protocol tolerates; otherwise disagreement must leave evidence. */
  readonly isWithinTolerance: boolean;
  /** A second opinion on the protocol. */
  readonly oracle?: Oracle;
  /** Set once the liveness phase begins, and anew when it is reached; absent: nothing is demanded (simulation I10). */
  readonly liveness?: LivenessGoal;
}

/** One checker of one invariant; nodes never see it. */
export interface Invariant {
  /** Which invariant it checks. */
  readonly id: InvariantId;
  /** Begins to watch a life of a node; called before its host starts, at first and after each restart. */
  watch?(node: WorldNode): void;
  /** Called between two events; costs nothing to speak of unless something happened that it must look at. */
  afterEvent?(): void;
  /**
   * Reads what takes time, between two stretches of the run in which nothing else happens: now and then, and before
   * the end. Disks do not fail meanwhile.
   */
  settle?(): Promise<void>;
  /** Looks at everything once more at the end of a run; nodes must still be readable. */
  finish?(): Promise<void>;
}

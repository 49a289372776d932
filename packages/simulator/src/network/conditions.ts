/**
 * How links behave, and what became of the messages on them (simulation section 3).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import { requireInteger, SimulationError } from '../errors.ts';

/** How the links behave. */
export interface NetworkConditions {
  /**
   * One-way delay of each copy, drawn uniformly, both ends included; integers from 0 to 3 600 000.
   * @default { min: 20, max: 80 }
   */
  readonly delayMs?: { readonly min: Millis; readonly max: Millis };
  /** A delay with a heavy tail, in place of `delayMs`. */
  readonly delay?: HeavyTailDelay;
  /**
   * Gossip copies that never arrive, in permille of all. Requests and answers run over connections,
   * which repeat what is lost after 200, 400, 800 … ms, eight times in all.
   * @default 0
   */
  readonly lossPermille?: number;
  /** Gossip messages that arrive twice, in permille of those not lost. @default 0 */
  readonly duplicatePermille?: number;
  /** Gossip messages that arrive once more much later, in permille of those not lost. @default 0 */
  readonly lateReplayPermille?: number;
  /** Longest time between a message and its late replay, 1 to 3 600 000. @default 10_000 */
  readonly lateReplayWithinMs?: Millis;
  /**
   * How many later messages of its link may overtake a gossip message, 0 to 20. One copy in four is held back at
   * its arrival until a drawn number of others, at most this many, has passed it, or 500 ms are over.
   * Delays alone make messages overtake each other, too: this makes it happen on quiet and steady links.
   * @default 0
   */
  readonly reorderWindow?: number;
  /** Nodes with a slow uplink. Absent: what is sent leaves at once. */
  readonly bandwidth?: Bandwidth;
  /**
   * Peers that each node dials, 1 to 1 000, drawn from the stream `topology/index`; a link works both ways. Only
   * linked nodes are peers. Gossip is relayed: a node passes a message that it accepted on to its other links, once.
   * Absent: every node is linked with every other, and gossip goes straight to all.
   */
  readonly outboundLinks?: number;
}

/**
 * Delays of which few are very long: the scale of each is `meanMs / 2`, times 3/2 with probability 1/2, times 3/2
 * again with probability 1/2 and so on, and the delay is uniform between half and one and a half of the scale. The
 * share of delays above `x` falls as `x^-1.7`, so their variance has no bound but `maxMs`.
 */
export interface HeavyTailDelay {
  /** Names the distribution. */
  readonly kind: 'heavyTail';
  /** Mean before the longest are cut to `maxMs`; integer from 1 to 60 000. */
  readonly meanMs: Millis;
  /** Longest delay; integer from `meanMs` to 3 600 000. */
  readonly maxMs: Millis;
}

/** A limit on what some nodes can send. Copies queue for the uplink; what would wait over 10 s is dropped. */
export interface Bandwidth {
  /** Rate of each uplink, 1 to 1 000 000. A message counts 40 bytes more than its content. */
  readonly kbitPerSecond: number;
  /** Names of the nodes that are limited. */
  readonly nodes: readonly string[];
}

/** A message that left a node, as an all-seeing observer of the network reads it. */
export interface SentMessage {
  /** When it was sent. */
  readonly time: Millis;
  /** Name of the sending node. */
  readonly from: string;
  /** Name of the recipient, or `null` for gossip to all. */
  readonly to: string | null;
  /** Channel it was sent on. */
  readonly channel: string;
  /** Content. */
  readonly bytes: Uint8Array;
}

/** What happened to the copies of gossip and direct messages so far; `clogged`, `throttled` and `cut` count requests, too. */
export interface NetworkCounts {
  /** Calls of `send`. */
  readonly sent: number;
  /** Copies handed to a node. */
  readonly delivered: number;
  /** Copies lost by chance. */
  readonly lost: number;
  /** Copies stopped by a partition, when sent or in flight. */
  readonly blocked: number;
  /** Additional copies made. */
  readonly duplicated: number;
  /** Copies that will arrive once more, late. */
  readonly replayed: number;
  /** Copies that drew more than four times the mean of delays with a heavy tail. */
  readonly delayed: number;
  /** Copies that the reorder window let others overtake. */
  readonly reordered: number;
  /** Copies, questions and answers that had to wait for the end of a clog. */
  readonly clogged: number;
  /** Copies, questions and answers that had to wait for, or were dropped by, a busy uplink. */
  readonly throttled: number;
  /** Copies, questions and answers stopped by a one-way cut. */
  readonly cut: number;
  /** Copies for a node that was down when they were sent. */
  readonly unheard: number;
}

/** Conditions with every default filled in. */
export interface CheckedConditions {
  readonly delayMs: { readonly min: Millis; readonly max: Millis };
  readonly heavyTail: HeavyTailDelay | null;
  /** What takes longer is in the tail. */
  readonly longDelayMs: Millis;
  readonly lossPermille: number;
  readonly duplicatePermille: number;
  readonly lateReplayPermille: number;
  readonly lateReplayWithinMs: Millis;
  readonly reorderWindow: number;
  readonly kbitPerSecond: number;
  readonly throttledNodes: ReadonlySet<string>;
  readonly outboundLinks: number | null;
}

const TAIL_MEANS = 4;
const DELAY_MAX_MS = 3_600_000;
const MEAN_MAX_MS = 60_000;
const PERMILLE_ALL = 1_000;
const REORDER_WINDOW_MAX = 20;
const KBIT_PER_SECOND_MAX = 1_000_000;
const OUTBOUND_LINKS_MAX = 1_000;

/** Fills in defaults and refuses what no network can be. */
export function requireConditions(conditions: NetworkConditions): CheckedConditions {
  const checked: CheckedConditions = {
    delayMs: conditions.delayMs ?? { min: 20, max: 80 },
    heavyTail: conditions.delay ?? null,
    longDelayMs: conditions.delay === undefined ? Number.POSITIVE_INFINITY : TAIL_MEANS * conditions.delay.meanMs,
    lossPermille: conditions.lossPermille ?? 0,
    duplicatePermille: conditions.duplicatePermille ?? 0,
    lateReplayPermille: conditions.lateReplayPermille ?? 0,
    lateReplayWithinMs: conditions.lateReplayWithinMs ?? 10_000,
    reorderWindow: conditions.reorderWindow ?? 0,
    kbitPerSecond: conditions.bandwidth?.kbitPerSecond ?? KBIT_PER_SECOND_MAX,
    throttledNodes: new Set(conditions.bandwidth?.nodes),
    outboundLinks: conditions.outboundLinks ?? null,
  };
  requireInteger('network.delayMs.min', checked.delayMs.min, 0, DELAY_MAX_MS);
  requireInteger('network.delayMs.max', checked.delayMs.max, checked.delayMs.min, DELAY_MAX_MS);
  requireHeavyTail(checked.heavyTail);
  requireInteger('network.lossPermille', checked.lossPermille, 0, PERMILLE_ALL);
  requireInteger('network.duplicatePermille', checked.duplicatePermille, 0, PERMILLE_ALL);
  requireInteger('network.lateReplayPermille', checked.lateReplayPermille, 0, PERMILLE_ALL);
  requireInteger('network.lateReplayWithinMs', checked.lateReplayWithinMs, 1, DELAY_MAX_MS);
  requireInteger('network.reorderWindow', checked.reorderWindow, 0, REORDER_WINDOW_MAX);
  requireInteger('network.bandwidth.kbitPerSecond', checked.kbitPerSecond, 1, KBIT_PER_SECOND_MAX);
  requireInteger('network.outboundLinks', checked.outboundLinks ?? 1, 1, OUTBOUND_LINKS_MAX);
  return checked;
}

function requireHeavyTail(delay: HeavyTailDelay | null): void {
  if (delay === null) return;
  if (delay.kind !== 'heavyTail') {
    throw new SimulationError({ code: 'INVALID_OPTION', path: 'network.delay.kind', reason: 'must be heavyTail' });
  }
  requireInteger('network.delay.meanMs', delay.meanMs, 1, MEAN_MAX_MS);
  requireInteger('network.delay.maxMs', delay.maxMs, delay.meanMs, DELAY_MAX_MS);
}

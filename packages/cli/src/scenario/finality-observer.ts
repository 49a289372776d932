/**
 * What the nodes say about the finality of blocks, how soon, and whether they keep to it.
 *
 * @module
 */
import type { BlockId, ConsensusHeader, Height, Millis } from '@fiducia/consensus';
import type { BlockImportedEvent, ConsensusHost, HeadChangedEvent } from '@fiducia/host';
import type { DemoFinality } from './result.ts';

/** Follows the hosts of a network. */
export interface FinalityObserver {
  /** What they said so far. */
  read(): DemoFinality;
}

/** What is followed. */
export interface FinalityObserverParts {
  readonly kind: DemoFinality['kind'];
  /** All hosts; they agree, or the run has found a defect. */
  readonly hosts: readonly ConsensusHost[];
  /** The host whose chain and times are read. */
  readonly observer: ConsensusHost;
  /** Virtual time. */
  readonly now: () => Millis;
  /** Length of a round. */
  readonly roundMs: Millis;
}

/** Starts to follow hosts; call it after they have started and before the first block. */
export function observeFinality(parts: FinalityObserverParts): FinalityObserver {
  const { kind, hosts, observer, now, roundMs } = parts;
  const event = kind === 'settle' ? 'settled' : 'finalized';
  const times = measureTimes(observer, event, now);
  const idAt = new Map<Height, BlockId>();
  const heights = hosts.map(() => 0);
  let holds = true;
  for (const [index, host] of hosts.entries()) {
    host.events.on(event, ({ header }: { readonly header: ConsensusHeader }) => {
      const { id, height } = header;
      holds &&= (idAt.get(height) ?? id) === id;
      idAt.set(height, id);
      heights[index] = Math.max(heights[index] ?? 0, height);
    });
    host.events.on('headChanged', ({ tip, reverted, applied }: HeadChangedEvent) => {
      const forkHeight = tip.header.height - applied.length;
      if (reverted.length > 0) holds &&= forkHeight >= (heights[index] ?? 0);
    });
  }
  const certificates = countCertificates(observer);

  return {
    read() {
      const sorted = times().toSorted((a, b) => a - b);
      const rank = (percent: number): Millis => sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0;
      const [p50Ms, p99Ms] = [rank(50), rank(99)];
      const inRounds = (time: Millis): number => Math.round((time * 100) / roundMs) / 100;
      return {
        kind,
        height: Math.min(...heights),
        certificates: certificates(),
        time: { p50Ms, p99Ms, p50Rounds: inRounds(p50Ms), p99Rounds: inRounds(p99Ms) },
        holds,
      };
    },
  };
}

/**
 * Measures from the timestamp of each adopted block to the report that covers it. What precedes a final block is no
 * longer in memory at the report, so timestamps are kept here.
 */
function measureTimes(host: ConsensusHost, event: 'settled' | 'finalized', now: () => Millis): () => readonly Millis[] {
  const open = new Map<Height, Millis>();
  const times: Millis[] = [];
  let covered = 0;
  host.events.on('headChanged', ({ tip, applied }: HeadChangedEvent) => {
    for (const id of applied) {
      const header = id === tip.header.id ? tip.header : host.tipOf(id)?.header;
      if (header !== undefined && header.height > covered) open.set(header.height, header.timestamp);
    }
  });
  host.events.on(event, ({ header }: { readonly header: ConsensusHeader }) => {
    // A block that is final at once is reported before it is adopted.
    open.set(header.height, header.timestamp);
    for (; covered < header.height; covered++) {
      const timestamp = open.get(covered + 1);
      if (timestamp !== undefined) times.push(now() - timestamp);
      open.delete(covered + 1);
    }
  });
  return () => times;
}

/** Counts the certificates in the adopted blocks of a host. */
function countCertificates(host: ConsensusHost): () => number {
  const countOf = new Map<BlockId, number>();
  let total = 0;
  host.events.on('blockImported', ({ header, facts }: BlockImportedEvent) => {
    const count = facts.filter(({ kind }) => kind === 'certificate').length;
    if (count > 0) countOf.set(header.id, count);
  });
  host.events.on('headChanged', ({ reverted, applied }: HeadChangedEvent) => {
    for (const id of applied) total += countOf.get(id) ?? 0;
    for (const id of reverted) total -= countOf.get(id) ?? 0;
  });
  return () => total;
}

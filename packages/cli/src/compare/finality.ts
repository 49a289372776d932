/**
 * Measures how long blocks take to become settled or final.
 *
 * @module
 */
import type { BlockId, ConsensusHeader, Millis } from '@fiducia/consensus';
import type { ConsensusHost } from '@fiducia/host';
import type { FinalityTimes } from './result.ts';

/** Watches one host. */
export interface FinalityWatch {
  /** Times of all blocks that were reported so far; zeros if there were none. */
  read(): FinalityTimes;
}

/**
 * Starts to watch. A report about a block counts for all its ancestors too.
 *
 * @param event - `settled` for protocols without proofs, `finalized` for the others.
 * @param now - Virtual time.
 */
export function watchFinality(host: ConsensusHost, event: 'settled' | 'finalized', now: () => Millis): FinalityWatch {
  const times = new Map<BlockId, Millis>();
  host.events.on(event, ({ header }: { readonly header: ConsensusHeader }) => {
    for (let block = host.tipOf(header.id); block !== undefined; block = host.tipOf(block.header.parentId)) {
      const { id, height, timestamp } = block.header;
      if (height === 0 || times.has(id)) return;
      times.set(id, now() - timestamp);
    }
  });
  return {
    read() {
      const sorted = [...times.values()].sort((a, b) => a - b);
      const rank = (percent: number) => sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0;
      return { p50: rank(50), p99: rank(99) };
    },
  };
}

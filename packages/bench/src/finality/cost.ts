/**
 * What finality adds to DT-DPoS: time, bytes, messages.
 *
 * @module
 */

import type { Height } from '@fiducia/consensus';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import type { ChainNode } from '@fiducia/simulator';
import { type BenchNetwork, createBenchNetwork } from './network.ts';

/** Figures of one chain. */
export interface FinalityCost {
  readonly seats: number;
  /** Blocks between checkpoints; `null` without the gadget. */
  readonly every: number | null;
  /** Blocks measured, after as many as it takes until finality has started. */
  readonly blocks: number;
  /** Library that checks signatures. */
  readonly backend: string;
  /** Blocks that one node gets through in a second of processor time. */
  readonly blocksPerSecond: number;
  /** Mean size of a block. */
  readonly bytesPerBlock: number;
  /** Part of it that certificates take, mean over all blocks. */
  readonly certificateBytesPerBlock: number;
  /** Bytes that one node receives between two blocks, mean. */
  readonly receivedBytesPerBlock: number;
  /** Messages that one node receives between two blocks, mean. */
  readonly receivedMessagesPerBlock: number;
  /** Slots from the slot of a block until the observer knows it to be final, mean; `null` without the gadget. */
  readonly finalityMeanSlots: number | null;
  /** The same for the block that waited longest. */
  readonly finalityMaxSlots: number | null;
}

/** What to measure. */
export interface FinalityCostOptions {
  readonly seats: number;
  readonly every: number | null;
  /** Blocks to measure; with a gadget a multiple of `every` gives each phase the same share. */
  readonly blocks: number;
  /** Whether blocks carry the round votes of all seats, or nothing. */
  readonly votesInRounds: boolean;
}

const SLOT_MS = 1_000;

/**
 * Runs DT-DPoS with hash seeds, which need no VRF and so cost least: what the gadget adds weighs more than it would
 * beside a dearer protocol.
 */
export async function measureFinalityCost(options: FinalityCostOptions): Promise<FinalityCost> {
  const { seats, every, blocks, votesInRounds } = options;
  const network = await createBenchNetwork({
    seats,
    production: {
      plugin: dtDpos(),
      config: { slotMs: SLOT_MS, seedMode: 'blockHash', committee: { size: seats, mode: 'all' } },
    },
    ...(every !== null && { finality: { plugin: checkpointFinality(), config: { every } } }),
    votesInRounds,
  });
  const waits = watchFinality(network.observer);
  const first = 3 * (every ?? 4);
  await network.runTo(first);
  const before = reading(network);
  waits.clear();
  const start = process.cpuUsage();
  await network.runTo(first + blocks);
  const { user, system } = process.cpuUsage(start);
  const after = reading(network);
  const count = after.height - before.height;
  const sizes = await readSizes(network.observer, before.height, after.height);
  await network.stop();
  const slots = [...waits.values()];
  return {
    seats,
    every,
    blocks: count,
    backend: network.backend,
    blocksPerSecond: rounded((count * seats * 1_000_000) / (user + system)),
    bytesPerBlock: rounded(sizes.block / count),
    certificateBytesPerBlock: rounded(sizes.certificates / count),
    receivedBytesPerBlock: rounded((after.bytes - before.bytes) / seats / count),
    receivedMessagesPerBlock: rounded((after.messages - before.messages) / seats / count),
    finalityMeanSlots: every === null ? null : rounded(slots.reduce((sum, wait) => sum + wait, 0) / slots.length),
    finalityMaxSlots: every === null ? null : rounded(Math.max(...slots)),
  };
}

/** Slots that each block waited until it was final at one node, by height. */
function watchFinality({ host, ports }: ChainNode): Map<Height, number> {
  const waits = new Map<Height, number>();
  const pending = new Map<Height, number>();
  host.events.on('headChanged', ({ tip }) => pending.set(tip.header.height, tip.header.timestamp));
  host.events.on('finalized', ({ header }) => {
    for (const [height, timestamp] of pending) {
      if (height > header.height) continue;
      waits.set(height, (ports.clock.now() - timestamp) / SLOT_MS);
      pending.delete(height);
    }
  });
  return waits;
}

function reading({ observer, traffic }: BenchNetwork) {
  let messages = 0;
  let bytes = 0;
  for (const channel of traffic.values()) {
    messages += channel.messages;
    bytes += channel.bytes;
  }
  return { height: observer.host.head().header.height, messages, bytes };
}

async function readSizes({ ledger }: ChainNode, from: Height, to: Height) {
  let block = 0;
  let certificates = 0;
  for (let height = from + 1; height <= to; height++) {
    const stored = await ledger.read({ kind: 'height', height });
    if (stored === null) throw new Error(`no block at height ${height}`);
    block += stored.block.bytes.length;
    for (const { data } of stored.block.certificates) certificates += data.length;
  }
  return { block, certificates };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/**
 * Messages of PBFT per block, beside the formula of its specification (pbft section 10).
 *
 * @module
 */

import type { Height } from '@fiducia/consensus';
import { pbft } from '@fiducia/consensus-pbft';
import { type BenchNetwork, createBenchNetwork, type Traffic } from './network.ts';

/** Messages per block of one network without faults. */
export interface PbftMessages {
  readonly seats: number;
  /** Blocks measured. */
  readonly blocks: number;
  /** PROPOSAL, PREPARE and COMMIT, one for every recipient. */
  readonly messagesPerBlock: number;
  /** 2n² − n − 1. */
  readonly formula: number;
  /** Their size, block and envelopes included. */
  readonly messageBytesPerBlock: number;
  /** Finished blocks with their seals, which the formula leaves out: for those who do not vote, or missed a vote. */
  readonly announcementsPerBlock: number;
  /** Their size. */
  readonly announcementBytesPerBlock: number;
}

const BLOCK_TIME_MS = 1_000;
/** Blocks before the count starts. */
const FIRST: Height = 2;

/** Counts what the nodes of a network send for a number of blocks, all of which pass in their first round. */
export async function countPbftMessages(seats: number, blocks: number): Promise<PbftMessages> {
  const network = await createBenchNetwork({
    seats,
    production: { plugin: pbft(), config: { blockTimeMs: BLOCK_TIME_MS, roundTimeoutMs: 4_000 } },
    votesInRounds: false,
  });
  const { messages: votesBefore, announcements: announcedBefore } = await readAfter(network, FIRST);
  const { messages: votes, announcements: announced } = await readAfter(network, FIRST + blocks);
  await network.stop();
  const perBlock = (after: number, before: number): number => (after - before) / blocks;
  return {
    seats,
    blocks,
    messagesPerBlock: perBlock(votes.messages, votesBefore.messages),
    formula: 2 * seats ** 2 - seats - 1,
    messageBytesPerBlock: Math.round(perBlock(votes.bytes, votesBefore.bytes)),
    announcementsPerBlock: perBlock(announced.messages, announcedBefore.messages),
    announcementBytesPerBlock: Math.round(perBlock(announced.bytes, announcedBefore.bytes)),
  };
}

/** Traffic when the block of a height is done everywhere and the next one is not begun. */
async function readAfter({ runTo, simulation, observer, traffic }: BenchNetwork, height: Height) {
  await runTo(height);
  const { timestamp } = observer.host.head().header;
  await simulation.runUntil(timestamp + BLOCK_TIME_MS - 1);
  const reached = observer.host.head().header.height;
  if (reached !== height) throw new Error(`height ${reached} in place of ${height}`);
  return { messages: copyOf(traffic.get('messages')), announcements: copyOf(traffic.get('provenBlocks')) };
}

function copyOf(traffic: Traffic = { messages: 0, bytes: 0 }): Traffic {
  return { ...traffic };
}

/**
 * PoW: whoever finds a nonce extends the chain; searches take virtual time only.
 *
 * @module
 */
import type { ConsensusPlugin, Millis } from '@fiducia/consensus';
import { encodeTarget, type PowConfig, pow } from '@fiducia/consensus-pow';
import type { ConsensusReader, ConsensusSetup, ReaderContext, SetupParts } from './setup.ts';
import { createVirtualMiner } from './virtual-miner.ts';

/**
 * Blocks per round on average. Times between blocks vary so much that one block per round would miss the
 * market's windows: a reading counts for an hour, and of 250 such times one in e^4 lasts four rounds or more.
 */
export const BLOCKS_PER_ROUND = 5;

/** Configures PoW at test difficulty. */
export function setUpPow({ slotMs, deposit }: SetupParts): ConsensusSetup {
  const plugin = pow();
  const spacingMs = slotMs / BLOCKS_PER_ROUND;
  const raw = { preset: 'test', spacingMs };
  const config = plugin.parseConfig(raw);
  return {
    plugin: plugin as ConsensusPlugin,
    config: raw,
    slotMs,
    deposit,
    // Nobody bonds anything for this protocol, so nothing has to stay locked.
    unbondingBlocks: 1,
    usesVrf: false,
    usesRoundVotes: false,
    createMiner: ({ clock, random, miners }) => createVirtualMiner(clock, random, miners * spacingMs),
    corrupt: (request) => ({ ...request, digest: digestOfOtherWork(config) }),
    createReader: (context) => createReader(slotMs, context),
  };
}

/** A target that is not due; `WRONG_TARGET` (pos-pow H3). */
function digestOfOtherWork({ genesisTarget }: PowConfig): Uint8Array {
  return encodeTarget(genesisTarget >> 1n);
}

/** Without slots nobody is elected before the block is there: its author is. */
function createReader(slotMs: Millis, { genesisTime }: ReaderContext): ConsensusReader {
  return {
    slotOf: ({ header }) => Math.floor((header.timestamp - genesisTime) / slotMs),
    leadersOf: ({ header }) => [header.author],
    leadersAfter: () => [],
  };
}

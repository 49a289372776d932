/**
 * PBFT: the nodes take turns to propose, and a block that a quorum commits to is final at once.
 *
 * @module
 */
import type { ConsensusPlugin, Millis } from '@fiducia/consensus';
import { type PbftConfig, type PbftState, pbft, proposerAt } from '@fiducia/consensus-pbft';
import type { TraceEvent } from '@fiducia/host';
import { nodeKeyPair } from '../genesis.ts';
import { NODE_PROFILES } from '../nodes.ts';
import { shiftBuilds } from './machines.ts';
import type { ConsensusReader, ConsensusSetup, ReaderContext, SetupParts } from './setup.ts';

/** Duration of the first round of votes at a height: far above twice the delay of the network (pbft R6). */
const ROUND_TIMEOUT_MS: Millis = 4_000;

/** How far blocks of the malicious node lie off the earliest time: enough for `TIME_TOO_EARLY` (pbft R1). */
const TIMESTAMP_SHIFT_MS: Millis = 1;

/** Configures PBFT with a seat for each of the six nodes, and a block per round. */
export function setUpPbft({ slotMs, deposit }: SetupParts): ConsensusSetup {
  const plugin = pbft();
  const validators = NODE_PROFILES.map(({ number }) => nodeKeyPair(number).address);
  const raw = { blockTimeMs: slotMs, roundTimeoutMs: ROUND_TIMEOUT_MS, validators };
  const config = plugin.parseConfig(raw);
  const honest = plugin as ConsensusPlugin;
  return {
    plugin: honest,
    config: raw,
    slotMs,
    deposit,
    unbondingBlocks: config.evidenceBlocks + 1,
    usesVrf: false,
    usesRoundVotes: false,
    machines: (act) =>
      act === 'invalid'
        ? [shiftBuilds(honest, -TIMESTAMP_SHIFT_MS)]
        : [honest, shiftBuilds(honest, TIMESTAMP_SHIFT_MS)],
    refusedProposal,
    createReader: (context) => createReader(config, slotMs, context),
  };
}

/** Blocks are judged before anybody votes for them, so that a bad one never gets as far as an import. */
function refusedProposal({ source, event, data }: TraceEvent): string | undefined {
  const isRefused = source === 'plugin' && event === 'proposalRefused' && data.code === 'BLOCK_INVALID';
  return isRefused ? `${data.height}/${data.round}` : undefined;
}

/** A turn is a round of votes: whoever proposes in vain loses it to the next seat. */
function createReader(config: PbftConfig, slotMs: Millis, { genesisTime }: ReaderContext): ConsensusReader {
  return {
    slotOf: ({ header }) => Math.floor((header.timestamp - genesisTime) / slotMs),
    leadersOf: ({ header }, parent) => {
      const proposers = NODE_PROFILES.map((_, round) => proposerAt(parent.state as PbftState, round, config));
      return proposers.slice(0, proposers.indexOf(header.author) + 1);
    },
    leadersAfter: () => [],
  };
}

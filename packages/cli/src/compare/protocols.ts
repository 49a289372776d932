/**
 * The protocols of a comparison: those of the demo, and PBFT.
 *
 * @module
 */
import type { ConsensusPlugin, Millis } from '@fiducia/consensus';
import { pbft } from '@fiducia/consensus-pbft';
import { PROTOCOLS } from '../scenario/consensus/protocols.ts';
import type { ConsensusSetup, SetupParts } from '../scenario/consensus/setup.ts';
import { nodeKeyPair } from '../scenario/genesis.ts';
import { NODE_PROFILES } from '../scenario/nodes.ts';
import { requireDemoOptions } from '../scenario/options.ts';
import type { CompareProtocol } from './result.ts';

/** What a comparison does with a protocol. */
interface ComparedProtocol {
  /** Name for people. */
  readonly label: string;
  /** Configures it. */
  readonly setUp: (parts: SetupParts) => ComparedSetup;
}

/** One protocol, configured. */
export type ComparedSetup = Omit<ConsensusSetup, 'corrupt' | 'createReader'>;

/** Duration of the first round of votes at a height: far above twice the delay of the network. */
const ROUND_TIMEOUT_MS: Millis = 4_000;

const ofDemo = (consensus: keyof typeof PROTOCOLS): ComparedProtocol => ({
  label: PROTOCOLS[consensus].label,
  setUp: (parts) => PROTOCOLS[consensus].setUp(requireDemoOptions({ consensus }), parts),
});

/** All of them by name; the order is that of the help. */
export const COMPARE_PROTOCOLS: Readonly<Record<CompareProtocol, ComparedProtocol>> = {
  'dt-dpos': ofDemo('dt-dpos'),
  dpos: ofDemo('dpos'),
  pos: ofDemo('pos'),
  pow: ofDemo('pow'),
  pbft: { label: 'PBFT', setUp: setUpPbft },
};

/** Names in the order of the help. */
export const COMPARE_NAMES = Object.keys(COMPARE_PROTOCOLS) as readonly CompareProtocol[];

/** Configures PBFT with a seat for each of the six nodes, and a block per round. */
function setUpPbft({ slotMs, deposit }: SetupParts): ComparedSetup {
  const plugin = pbft();
  const validators = NODE_PROFILES.map(({ number }) => nodeKeyPair(number).address);
  const raw = { blockTimeMs: slotMs, roundTimeoutMs: ROUND_TIMEOUT_MS, validators };
  return {
    plugin: plugin as ConsensusPlugin,
    config: raw,
    slotMs,
    deposit,
    unbondingBlocks: plugin.parseConfig(raw).evidenceBlocks + 1,
    usesVrf: false,
    usesRoundVotes: false,
  };
}

/**
 * Networks whose chains have one identity, whatever protocol they run on.
 *
 * @module
 */
import type { ConsensusReader } from '../scenario/consensus/setup.ts';
import { NODE_DEPOSIT } from '../scenario/genesis.ts';
import { createNetwork, type Network } from '../scenario/network.ts';
import { COMPARE_NAMES, COMPARE_PROTOCOLS, type ComparedSetup } from './protocols.ts';
import type { CompareProtocol } from './result.ts';
import { compareMarket } from './workload/market.ts';
import { REFUSED_TRANSACTIONS } from './workload/refused.ts';
import { COMPARE_GENESIS_TIME } from './workload/timeline.ts';

/** Length of a round: short beside a market slot, so that every market slot has blocks for all its transactions. */
export const ROUND_MS = 60_000;

/** What genesis says in place of one protocol's eras. */
const COMMON_CONSENSUS = 'fiducia-compare';

const NO_ELECTIONS: ConsensusReader = { slotOf: () => 0, leadersOf: () => [], leadersAfter: () => [] };

/** Configures a protocol for six nodes without a malicious one. */
export function setUpForComparison(name: CompareProtocol): ComparedSetup {
  return COMPARE_PROTOCOLS[name].setUp({ slotMs: ROUND_MS, deposit: NODE_DEPOSIT });
}

/**
 * Builds a network; nothing runs before it is started. One genesis means one chain id, so what is signed for one of
 * these networks holds on all of them.
 */
export function createCompareNetwork(seed: number, consensus: ComparedSetup): Promise<Network> {
  const { module, accounts } = compareMarket(REFUSED_TRANSACTIONS);
  // Longer than offences are punished under any of the protocols.
  const unbondingBlocks = Math.max(...COMPARE_NAMES.map((name) => setUpForComparison(name).unbondingBlocks));
  return createNetwork({
    seed,
    genesisTime: COMPARE_GENESIS_TIME,
    // Nobody is malicious, and nobody reads elections.
    consensus: { ...consensus, corrupt: (request) => request, createReader: () => NO_ELECTIONS },
    malicious: 0,
    act: 'invalid',
    ledgerModules: [module],
    accounts,
    common: { consensus: new TextEncoder().encode(COMMON_CONSENSUS), unbondingBlocks },
  });
}

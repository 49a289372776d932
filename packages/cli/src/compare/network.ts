/**
 * Networks whose chains have one identity, whatever protocol they run on.
 *
 * @module
 */
import {
  CONSENSUS_NAMES,
  type ConfiguredConsensus,
  PROTOCOLS,
  setUpConsensus,
} from '../scenario/consensus/protocols.ts';
import { NODE_DEPOSIT } from '../scenario/genesis.ts';
import { createNetwork, type Network } from '../scenario/network.ts';
import { requireDemoOptions } from '../scenario/options.ts';
import type { ConsensusName, FinalityGadget } from '../scenario/result.ts';
import { compareMarket } from './workload/market.ts';
import { REFUSED_TRANSACTIONS } from './workload/refused.ts';
import { COMPARE_GENESIS_TIME } from './workload/timeline.ts';

/** Length of a round: short beside a market slot, which has five of them, so that all its transactions find a block. */
export const ROUND_MS = 180_000;

/** What genesis says in place of one protocol's eras. */
const COMMON_CONSENSUS = 'fiducia-compare';

/**
 * Configures a protocol for six nodes without a malicious one.
 *
 * @param finality - Gadget beside it, left out where every block is final already.
 */
export function setUpForComparison(name: ConsensusName, finality: FinalityGadget | null = null): ConfiguredConsensus {
  const gadget = PROTOCOLS[name].checkpoint === undefined ? null : finality;
  const options = requireDemoOptions({ consensus: name, finality: gadget });
  return setUpConsensus(options, { slotMs: ROUND_MS, deposit: NODE_DEPOSIT });
}

/**
 * Builds a network; nothing runs before it is started. One genesis means one chain id, so what is signed for one of
 * these networks holds on all of them.
 */
export function createCompareNetwork(seed: number, configured: ConfiguredConsensus): Promise<Network> {
  const { module, accounts } = compareMarket(REFUSED_TRANSACTIONS);
  return createNetwork({
    seed,
    genesisTime: COMPARE_GENESIS_TIME,
    ...configured,
    malicious: 0,
    act: 'invalid',
    ledgerModules: [module],
    accounts,
    common: { consensus: new TextEncoder().encode(COMMON_CONSENSUS), unbondingBlocks: commonUnbondingBlocks() },
  });
}

/** Longer than offences are punished under any of the protocols, with the gadget or without. */
function commonUnbondingBlocks(): number {
  const blocks = CONSENSUS_NAMES.map((name) => {
    const { consensus, gadget } = setUpForComparison(name, 'checkpoint');
    return Math.max(consensus.unbondingBlocks, gadget?.evidenceBlocks ?? 0);
  });
  return Math.max(...blocks);
}

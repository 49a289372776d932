/**
 * The experiments of Fig. 4 with six complete nodes: signed, gossiped, executed by everybody.
 *
 * @module
 */
import { observeChain } from '../scenario/chain-observer.ts';
import { setUpDtDpos } from '../scenario/consensus/dt-dpos.ts';
import { NODE_DEPOSIT } from '../scenario/genesis.ts';
import { createNetwork } from '../scenario/network.ts';
import type { LeaderSchedule } from '../scenario/result.ts';
import {
  EXPERIMENT_ROUNDS,
  type ExperimentName,
  type ExperimentResult,
  MALICIOUS_NODE,
  summariseLeaders,
} from './result.ts';

/** Any time will do, as long as it is always the same one. */
const GENESIS_TIME = 1_389_571_200_000;

/** Delays differ with the seed; the counts must not. */
const DEFAULT_SEED = 1;

/** What a test may vary. */
export interface NodesExperimentOptions {
  /** Seed of the simulated network. @default 1 */
  readonly seed?: number;
  /** Trust parameters that differ from the profile `paper`. */
  readonly trust?: Readonly<Record<string, number>>;
}

/**
 * Plays one experiment at node level: 250 consensus slots of one second, no market, no loss.
 *
 * @see docs/spec/trust.md, "Node level", rules F8, F9, S4 to S8.
 */
export async function runNodesExperiment(
  name: ExperimentName,
  schedule: LeaderSchedule,
  options: NodesExperimentOptions = {},
): Promise<ExperimentResult> {
  const { seed = DEFAULT_SEED, trust = {} } = options;
  const seedMode = schedule === 'lottery' ? 'fixed' : 'blockHash';
  const network = await createNetwork({
    seed,
    genesisTime: GENESIS_TIME,
    consensus: setUpDtDpos({ preset: 'paper', schedule, seedMode, trust }, NODE_DEPOSIT),
    malicious: name === 'fig4b' ? MALICIOUS_NODE : 0,
    act: 'invalid',
    ledgerModules: [],
    accounts: [],
  });
  const actors = network.nodes.map(({ keyPair }) => keyPair.address);

  await network.start();
  const chain = observeChain(network.observer.node.host, network.reader, actors);
  for (let slot = 1; slot <= EXPERIMENT_ROUNDS; slot++) await network.runSlot(slot);
  const { leaders } = chain.read(EXPERIMENT_ROUNDS);
  const { height } = network.observer.node.host.head().header;
  await network.stop();

  return { ...summariseLeaders(leaders), rounds: EXPERIMENT_ROUNDS, blocks: height, level: 'nodes', schedule };
}

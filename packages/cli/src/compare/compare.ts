/**
 * The same signed transactions under several protocols: what is left is what the protocols decide.
 *
 * @module
 */
import { FiduciaCommandError } from '../failure.ts';
import { CONSENSUS_NAMES, type ConfiguredConsensus } from '../scenario/consensus/protocols.ts';
import { type FinalityObserver, observeFinality } from '../scenario/finality-observer.ts';
import type { Network } from '../scenario/network.ts';
import { requireDemoOptions } from '../scenario/options.ts';
import type { ConsensusName } from '../scenario/result.ts';
import { type Consignment, planSending, requireCarried, requireOneApplicationRoot } from './carry.ts';
import { createCompareNetwork, ROUND_MS, setUpForComparison } from './network.ts';
import type { CompareOptions, CompareProgress, CompareResult, CompareRun } from './result.ts';
import { createRefusedTransactions } from './workload/refused.ts';
import { MARKET_SLOT_MS, PHASES } from './workload/timeline.ts';
import { createWorkload, shuffleWithinPhases } from './workload/workload.ts';

/** Most units that can be added to a transfer; far below what a member has. */
export const AMENDMENT_MAX = 1_000_000n;

/** Rounds until all market slots with orders are settled. */
const ROUNDS = ((PHASES + 1) * MARKET_SLOT_MS) / ROUND_MS - 1;

/** What `fiducia compare` runs when nothing is said. */
export const DEFAULT_COMPARE_OPTIONS: CompareOptions = {
  consensus: CONSENSUS_NAMES,
  finality: null,
  seed: 1,
  shuffle: false,
  amendment: 0n,
};

/**
 * Runs the same signed transactions under each protocol, in virtual time on six nodes, among them a hundred bad ones.
 *
 * @param options - Missing ones take their default.
 * @param onProgress - Called after every round; an observer only.
 * @throws {@link FiduciaCommandError} with `INVALID_OPTION`; with `CHECK_FAILED` if a chain executed anything but the good transactions, each
 *   in its market slot, or if its nodes disagree about its state or give up
 *   what was final; with `NODE_FAULTED` if Fiducia has a defect.
 * @example
 * ```ts long
 * const { runs } = await runCompare({ consensus: ['dt-dpos', 'pow'] });
 * new Set(runs.map(({ applicationStateRoot }) => applicationStateRoot)).size; // 1
 * ```
 */
export async function runCompare(
  options: Partial<CompareOptions> = {},
  onProgress: (progress: CompareProgress) => void = () => undefined,
): Promise<CompareResult> {
  const complete = requireCompareOptions(options);
  const runs: CompareRun[] = [];
  let consignment: Consignment | undefined;
  for (const consensus of complete.consensus) {
    const configured = setUpForComparison(consensus, complete.finality);
    const network = await createCompareNetwork(complete.seed, configured);
    // One chain id: what was signed for the first chain holds on the others.
    consignment ??= createConsignment(network, complete);
    runs.push(await runProtocol(consensus, configured, network, consignment, onProgress));
  }
  return { runs, transactions: consignment?.transactions.length ?? 0, seed: complete.seed };
}

function requireCompareOptions(options: Partial<CompareOptions>): CompareOptions {
  const complete = { ...DEFAULT_COMPARE_OPTIONS, ...options };
  const fail = (option: string, reason: string): never => {
    throw new FiduciaCommandError({ code: 'INVALID_OPTION', option, reason });
  };
  const { consensus, finality, seed, amendment } = complete;
  if (consensus.length === 0 || consensus.some((name) => !CONSENSUS_NAMES.includes(name))) {
    fail('consensus', `must name protocols out of ${CONSENSUS_NAMES.join(', ')}`);
  }
  requireDemoOptions({ seed, finality });
  if (amendment < 0n || amendment > AMENDMENT_MAX) fail('amendment', `must be from 0 to ${AMENDMENT_MAX}`);
  return complete;
}

/** Signs what is sent: good transactions as the options ask for, and the bad ones. */
export function createConsignment(
  { crypto, observer, simulation }: Network,
  { seed, shuffle, amendment }: Pick<CompareOptions, 'seed' | 'shuffle' | 'amendment'>,
): Consignment {
  const { chainId } = observer.node.ledger;
  const workload = createWorkload({ seed, chainId, crypto, amendment });
  const refused = createRefusedTransactions(workload, seed);
  const { transactions } = workload;
  return {
    transactions: shuffle ? shuffleWithinPhases(transactions, simulation.random('topology')) : transactions,
    refused,
  };
}

async function runProtocol(
  consensus: ConsensusName,
  configured: ConfiguredConsensus,
  network: Network,
  consignment: Consignment,
  onProgress: (progress: CompareProgress) => void,
): Promise<CompareRun> {
  const { host } = network.observer.node;
  const rejected = collectRejected(network);
  const traffic = countTraffic(network);
  await network.start();
  const finality = watchFinality(network, configured);
  const surprises = planSending(network, consignment);
  for (let round = 1; round <= ROUNDS; round++) {
    await network.runSlot(round);
    if (surprises[0] !== undefined) throw surprises[0];
    onProgress({ consensus, round, rounds: ROUNDS });
  }
  await network.settle();
  await network.stop();
  await requireCarried(network, consignment);
  const { kind, time, holds } = finality.read();
  if (!holds) {
    throw new FiduciaCommandError({ code: 'CHECK_FAILED', subject: 'a block that was settled or final was given up' });
  }
  return {
    consensus,
    finality: kind,
    applicationStateRoot: requireOneApplicationRoot(network),
    blocks: host.head().header.height,
    rejectedBlocks: rejected.size,
    ...traffic,
    finalityMs: { p50: time.p50Ms, p99: time.p99Ms },
  };
}

function collectRejected({ nodes }: Network): ReadonlySet<string> {
  const rejected = new Set<string>();
  for (const { node } of nodes) {
    node.host.events.on('blockRejected', ({ id }) => {
      if (id !== null) rejected.add(id);
    });
  }
  return rejected;
}

/** Counts what is gossiped; it grows while the network runs. */
function countTraffic({ simulation, nodes }: Network): Readonly<Pick<CompareRun, 'messages' | 'bytes'>> {
  const traffic = { messages: 0, bytes: 0 };
  simulation.onSend(({ to, bytes }) => {
    const recipients = to === null ? nodes.length - 1 : 1;
    traffic.messages += recipients;
    traffic.bytes += recipients * bytes.length;
  });
  return traffic;
}

function watchFinality(network: Network, { consensus, gadget }: ConfiguredConsensus): FinalityObserver {
  return observeFinality({
    kind: (gadget ?? consensus).plugin.traits.finality,
    hosts: network.nodes.map(({ node }) => node.host),
    observer: network.observer.node.host,
    now: () => network.simulation.now(),
    roundMs: ROUND_MS,
  });
}

/**
 * The demo: six nodes, a market behind them, and one that turns malicious (energy DM4 to DM8).
 *
 * @module
 */
import { runMarket } from '@fiducia/energy';
import { CANDIDATES } from '@fiducia/ledger';
import { builtInInput, type DemoInput } from '../input/load.ts';
import { type ChainObserver, type ChainReading, observeChain } from './chain-observer.ts';
import { setUpConsensus } from './consensus/protocols.ts';
import type { ConsensusSetup } from './consensus/setup.ts';
import { type FinalityObserver, observeFinality } from './finality-observer.ts';
import { NODE_DEPOSIT } from './genesis.ts';
import { createDemoMarket, type MarketAgents } from './market/market.ts';
import { type MarketObserver, observeMarket } from './market/observer.ts';
import { DEMO_GENESIS_TIME, SLOT_SECONDS } from './market/timeline.ts';
import { createNetwork, type Network } from './network.ts';
import { requireDemoOptions } from './options.ts';
import type { ClearedSlot, DemoOptions, DemoProgress, DemoResult, DemoSummary, NodeSummary } from './result.ts';

/** A running demo and those who watch it. */
interface Run {
  readonly options: DemoOptions;
  readonly network: Network;
  readonly chain: ChainObserver;
  readonly finality: FinalityObserver;
  readonly market: MarketObserver;
  readonly agents: MarketAgents;
  /** Ids of the blocks that an honest node rejected, or names of those that it refused before. */
  readonly rejected: ReadonlySet<string>;
}

/**
 * Plays the demo in virtual time and reads the outcome from the states of the nodes.
 *
 * @param options - Missing ones take their default.
 * @param input - Market input. @default the built-in community
 * @param onProgress - Called after every consensus slot; an observer only.
 * @param recordFolder - Existing folder that gets a recording `node-N.jsonl` of every honest node.
 * @throws {@link FiduciaCommandError} with `INVALID_OPTION`, `CRYPTO_UNAVAILABLE`, `FILE_ACCESS` for a recording that
 *   cannot be made, or `NODE_FAULTED` if Fiducia has a defect.
 * @see docs/spec/energy.md, rules DM4 to DM8.
 * @example
 * ```ts long
 * const { summary } = await runDemo({ rounds: 100, malicious: 0 });
 * summary.nodes.map(({ elections }) => elections);
 * ```
 */
export async function runDemo(
  options: Partial<DemoOptions> = {},
  input?: DemoInput,
  onProgress: (progress: DemoProgress) => void = () => undefined,
  recordFolder?: string,
): Promise<DemoResult> {
  const complete = requireDemoOptions(options);
  const demoInput = input ?? builtInInput();
  const demoMarket = createDemoMarket(demoInput);
  const consensus = setUpConsensus(complete, { slotMs: SLOT_SECONDS * 1000, deposit: NODE_DEPOSIT });
  const network = await createNetwork({
    seed: complete.seed,
    genesisTime: DEMO_GENESIS_TIME,
    ...consensus,
    malicious: complete.malicious,
    act: complete.act,
    ledgerModules: [demoMarket.module],
    accounts: demoMarket.accounts,
    ...(recordFolder !== undefined && { recordFolder }),
  });

  await network.start();
  const { node } = network.observer;
  const actors = network.nodes.map(({ keyPair }) => keyPair.address);
  const run: Run = {
    options: complete,
    network,
    chain: observeChain(node.host, network.reader, actors),
    finality: observeFinality({
      kind: (consensus.gadget ?? consensus.consensus).plugin.traits.finality,
      hosts: network.nodes.map((member) => member.node.host),
      observer: node.host,
      now: () => network.simulation.now(),
      roundMs: SLOT_SECONDS * 1000,
    }),
    market: observeMarket(node, demoMarket.zone, demoInput.market.rows.length),
    rejected: collectRejected(network, consensus.consensus),
    agents: demoMarket.start(network),
  };
  for (let slot = 1; slot <= complete.rounds; slot++) {
    await network.runSlot(slot);
    onProgress(progressOf(run, slot));
  }
  await network.settle();
  await network.stop();
  return resultOf(run, demoInput);
}

function collectRejected({ nodes }: Network, { refusedProposal }: ConsensusSetup): ReadonlySet<string> {
  const rejected = new Set<string>();
  for (const { node, isMalicious } of nodes) {
    if (isMalicious) continue;
    node.host.events.on('trace', (trace) => {
      const name = refusedProposal?.(trace);
      if (name !== undefined) rejected.add(name);
    });
    node.host.events.on('blockRejected', ({ id }) => {
      if (id !== null) rejected.add(id);
    });
  }
  return rejected;
}

function progressOf(run: Run, slot: number): DemoProgress {
  const { network, chain, market, rejected, options } = run;
  return {
    round: slot,
    rounds: options.rounds,
    summary: {
      blocks: network.observer.node.host.head().header.height,
      nodes: summariseNodes(run, chain.read(slot)),
      rejectedBlocks: rejected.size,
      evidence: chain.offences(),
      tradedWh: market.tradedWh(),
    },
  };
}

function resultOf(run: Run, input: DemoInput): DemoResult {
  const { options, network, chain, finality, market, rejected, agents } = run;
  const reading = chain.read(options.rounds);
  const { leaders, emptySlots, compositeTrust } = reading;
  const { slots, settledSlots, balances, isEnergyConserved } = market.read();
  const { participants, rows } = input.market;
  const summary: DemoSummary = {
    consensus: options.consensus,
    finality: finality.read(),
    rounds: options.rounds,
    blocks: network.observer.node.host.head().header.height,
    nodes: summariseNodes(run, reading),
    stateRoots: network.nodes.map(({ node }) => hex(node.ledger.stateAt()?.root)),
    consensusRoots: network.nodes.map(({ node }) => hex(node.host.consensusRoot())),
    energy: summariseEnergy(slots),
    conserved: { money: market.isMoneyConserved(), energy: isEnergyConserved },
    rejectedBlocks: rejected.size,
    evidence: chain.offences(),
    seed: options.seed,
    traceHash: network.simulation.traceHash(),
  };
  const { selfSufficiencyPermille } = runMarket({ participants, rows: rows.slice(0, slots.length) });
  return {
    summary,
    history: {
      leaders,
      emptySlots,
      compositeTrust,
      slots,
      settledSlots,
      balances,
      refusals: agents.refusals(),
      selfSufficiencyPermille,
    },
    input,
    options,
    signatureLibrary: network.crypto.backend,
  };
}

function summariseNodes(
  { network, chain }: Run,
  { leaders, authors }: Pick<ChainReading, 'leaders' | 'authors'>,
): readonly NodeSummary[] {
  const standings = chain.standings();
  const state = network.observer.node.ledger.stateAt();
  const height = network.observer.node.host.head().header.height;
  return network.nodes.map(({ number, role, keyPair }, index): NodeSummary => {
    const count = (indices: readonly number[]) => indices.filter((one) => one === index).length;
    const basics = { node: number, role, elections: count(leaders) };
    const standing = standings?.get(keyPair.address);
    const record = state?.get(CANDIDATES, keyPair.address);
    if (standings !== undefined && standing !== undefined) return { ...basics, ...standing };
    if (standings !== undefined || record === undefined) throw new Error(`node ${number} is not in the register`);
    const jailed = record.jailedUntil > height;
    return { ...basics, blocks: count(authors), deposit: String(record.deposit), jailed };
  });
}

function summariseEnergy(slots: readonly ClearedSlot[]): DemoSummary['energy'] {
  let tradedWh = 0;
  let value = 0n;
  for (const { volumeWh, priceMicro } of slots) {
    tradedWh += volumeWh;
    value += BigInt(volumeWh) * BigInt(priceMicro ?? 0);
  }
  const meanPriceMicro = tradedWh === 0 ? 0 : Number(value / BigInt(tradedWh));
  return { tradedWh, meanPriceMicro, slots: slots.length };
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('hex');
}

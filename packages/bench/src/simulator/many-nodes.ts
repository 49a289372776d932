/**
 * A thousand nodes that mine, each with eight outbound links: how long a thousand blocks take that every node imports
 * through host and engine, and how long the same messages take without nodes.
 *
 * @module
 */
import type { HashFunction, Millis } from '@fiducia/consensus';
import { pow } from '@fiducia/consensus-pow';
import type { HostLimits } from '@fiducia/host';
import {
  createBareChain,
  createBareNode,
  createSimulation,
  createStubCrypto,
  type NetworkConditions,
  type SimulatedPorts,
  type Simulation,
  withSimulatedMining,
} from '@fiducia/simulator';
import { startWatch } from './watch.ts';

/** How much to run. */
export interface ManyNodesOptions {
  readonly nodes: number;
  /** Those among them that mine, as most nodes of public networks do not. */
  readonly miners: number;
  /** Height that every node reaches. */
  readonly blocks: number;
}

/** What it took. */
export interface ManyNodes extends ManyNodesOptions {
  readonly outboundLinks: number;
  /** Blocks that nodes imported, over all nodes, those of lost branches included. */
  readonly imports: number;
  /** Blocks that nodes took back. */
  readonly reverted: number;
  readonly events: number;
  readonly simulatedSeconds: number;
  /** Processor time of one run on one core. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly microsecondsPerImport: number;
  /** Processor time of the event loop alone, carrying as many messages of the same size over the same links. */
  readonly bareCpuSeconds: number;
  readonly bareMessages: number;
  /** Most memory of the process so far. */
  readonly peakMegabytes: number;
  readonly traceHash: string;
}

const START: Millis = 1_700_000_000_000;
const SPACING_MS: Millis = 10_000;
/** Of all nodes together, at the target of the first block one block in {@link SPACING_MS}. */
const GENESIS_HASHES = 65_536;
const NETWORK: NetworkConditions = { delayMs: { min: 20, max: 200 }, outboundLinks: 8 };
/** Public nodes keep the states of some hours, and these shall fit into the memory of one machine a thousand times. */
const LIMITS: Partial<HostLimits> = { retentionBlocks: 128, recordsKeptMax: 4, heldBlocksMax: 4 };
/** Bytes of a block without transactions. */
const BLOCK_BYTES = 300;

/** Runs both. */
export async function measureManyNodes(options: ManyNodesOptions, sha256: HashFunction): Promise<ManyNodes> {
  const bare = await runBare(options, sha256);
  const whole = await runWhole(options, sha256);
  return {
    ...options,
    outboundLinks: NETWORK.outboundLinks ?? 0,
    ...whole,
    microsecondsPerImport: Math.round((whole.cpuSeconds * 1e7) / whole.imports) / 10,
    ...bare,
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1_024),
  };
}

async function runWhole({ nodes: count, miners, blocks }: ManyNodesOptions, sha256: HashFunction) {
  const crypto = createStubCrypto({ sha256 });
  const remembering = crypto.recall === undefined ? {} : { recall: crypto.recall };
  const simulation = createSimulation({ seed: 1, startTime: START, sha256, network: NETWORK });
  const plugin = pow();
  const eras = [{ fromHeight: 1, production: { name: plugin.name, config: { spacingMs: SPACING_MS } } }];
  const hashesPerSecond = (GENESIS_HASHES * 1_000) / (SPACING_MS * miners);
  const counts = { imports: 0, reverted: 0 };
  const heights = new Int32Array(count);
  const nodes = Array.from({ length: count }, (_, index) => {
    const ports = simulation.addNode(`node-${index}`);
    const power = { clock: ports.clock, power: { hashesPerSecond }, random: simulation.random(`workload/${index}`) };
    const node = createBareNode({
      ports,
      chain: createBareChain({ genesisTimestamp: START, chainName: 'bench', sha256, ...remembering }),
      crypto: withSimulatedMining(crypto, power),
      signer: index < miners ? crypto.createSigner(ports.name) : null,
      plugins: [plugin],
      eras,
      hostLimits: LIMITS,
    });
    node.host.events.on('blockImported', () => {
      counts.imports += 1;
    });
    node.host.events.on('headChanged', ({ tip, reverted }) => {
      counts.reverted += reverted.length;
      heights[index] = tip.header.height;
    });
    return node;
  });
  const stop = startWatch();
  for (const node of nodes) await node.start();
  while (Math.min(...heights) < blocks) await simulation.runUntil(simulation.now() + SPACING_MS);
  return { ...counts, ...figuresOf(simulation), ...stop() };
}

/** Every message is a block of some node; whoever gets it accepts it, and the network carries it on. */
async function runBare({ nodes: count, blocks }: ManyNodesOptions, sha256: HashFunction) {
  const simulation = createSimulation({ seed: 1, startTime: START, sha256, network: NETWORK });
  const nodes = Array.from({ length: count }, (_, index) => simulation.addNode(`node-${index}`));
  for (const { net } of nodes) net.subscribe('blocks', async () => 'accept');
  const random = simulation.random('workload');
  for (let block = 0; block < blocks; block++) {
    const { net } = nodes[random.integer(0, count - 1)] as SimulatedPorts;
    const bytes = new Uint8Array(BLOCK_BYTES).fill(block);
    simulation.schedule(START + block * SPACING_MS, 'block', () => net.send(null, 'blocks', bytes));
  }
  const stop = startWatch();
  await simulation.runUntil(START + blocks * SPACING_MS);
  const { cpuSeconds } = stop();
  return { bareCpuSeconds: cpuSeconds, bareMessages: simulation.networkCounts().delivered };
}

function figuresOf(simulation: Simulation) {
  return {
    events: simulation.eventCount(),
    simulatedSeconds: (simulation.now() - START) / 1_000,
    traceHash: simulation.traceHash(),
  };
}

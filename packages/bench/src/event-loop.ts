/**
 * The bare event loop: the messages of a network whose nodes only pass blocks on.
 *
 * @module
 */
import type { HashFunction } from '@fiducia/consensus';
import { createSimulation, type SimulatedPorts } from '@fiducia/simulator';

/** A network that passes blocks on. */
export interface EventLoopOptions {
  /** Nodes. */
  readonly nodes: number;
  /** Peers that each node dials. */
  readonly outboundLinks: number;
  /** Blocks, each made by the next node. */
  readonly blocks: number;
  /** Size of a block. */
  readonly blockBytes: number;
  /** For streams and trace. */
  readonly sha256: HashFunction;
}

/** What it took to carry the blocks to all nodes. */
export interface EventLoopFigures {
  /** Processor time of this process. */
  readonly cpuMs: number;
  /** Blocks handed to a node; every node but the maker gets each block once. */
  readonly deliveries: number;
  /** Events that ran. */
  readonly events: number;
  /** Trace hash of the run. */
  readonly traceHash: string;
}

const BLOCK_INTERVAL_MS = 10_000;

/** Carries blocks to all nodes, without anything that nodes do with them: what a simulation costs by itself. */
export async function measureEventLoop(options: EventLoopOptions): Promise<EventLoopFigures> {
  const { nodes, outboundLinks, blocks, blockBytes, sha256 } = options;
  const simulation = createSimulation({ seed: 1, startTime: 0, sha256, network: { outboundLinks } });
  const ports = Array.from({ length: nodes }, (_, index) => simulation.addNode(`node-${index}`));
  for (const { net } of ports) net.subscribe('blocks', async () => 'accept');
  for (let index = 0; index < blocks; index++) {
    sendBlock(ports[index % nodes], index * BLOCK_INTERVAL_MS, new Uint8Array(blockBytes).fill(index));
  }

  const start = process.cpuUsage();
  await simulation.runUntil(blocks * BLOCK_INTERVAL_MS);
  const { user, system } = process.cpuUsage(start);
  const { delivered } = simulation.networkCounts();
  if (delivered !== blocks * (nodes - 1)) throw new Error(`${delivered} deliveries`);
  return {
    cpuMs: Math.round((user + system) / 1_000),
    deliveries: delivered,
    events: simulation.eventCount(),
    traceHash: simulation.traceHash(),
  };
}

function sendBlock(maker: SimulatedPorts | undefined, atMs: number, block: Uint8Array): void {
  maker?.clock.schedule(atMs, () => maker.net.send(null, 'blocks', block));
}

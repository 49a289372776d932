/**
 * Nodes that note what arrives on the channel `news`.
 *
 * @module
 */
import { createSimulation, type NetworkConditions, type SimulatedPorts, type Simulation } from '../../src/index.ts';
import { sha256 } from './hash.ts';

/** A message that reached a node. */
interface Arrival {
  readonly to: string;
  readonly from: string;
  readonly at: number;
  readonly value: number;
}

/** Simulated nodes with everything that they got. */
export interface NewsNetwork {
  readonly simulation: Simulation;
  /** At least two nodes, `n0`, `n1`, … */
  readonly nodes: readonly [SimulatedPorts, SimulatedPorts, ...SimulatedPorts[]];
  readonly arrivals: readonly Arrival[];
  /** Puts a listener on ports, as for those of a restarted node. */
  listen(ports: SimulatedPorts): void;
}

/** Creates `size` nodes that start at time 0 and accept everything. */
export function createNewsNetwork(size: number, network: NetworkConditions = {}, seed = 1): NewsNetwork {
  const simulation = createSimulation({ seed, startTime: 0, sha256, network });
  const arrivals: Arrival[] = [];
  const listen = (ports: SimulatedPorts): void => {
    ports.net.subscribe('news', async (from, bytes) => {
      arrivals.push({ to: ports.name, from, at: simulation.now(), value: bytes[0] ?? -1 });
      return 'accept';
    });
  };
  const nodes = Array.from({ length: size }, (_, index) => simulation.addNode(`n${index}`));
  nodes.forEach(listen);
  return { simulation, nodes: nodes as [SimulatedPorts, SimulatedPorts, ...SimulatedPorts[]], arrivals, listen };
}

/** Gossips a numbered message at each of `count` times. */
export function gossipEvery(simulation: Simulation, node: SimulatedPorts, count: number, gapMs: number): void {
  for (let index = 0; index < count; index++) {
    simulation.schedule(simulation.now() + index * gapMs, 'gossip', () =>
      node.net.send(null, 'news', Uint8Array.of(index % 256)),
    );
  }
}

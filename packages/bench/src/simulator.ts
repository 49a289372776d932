/**
 * What the simulator adds to the nodes that it runs.
 *
 * @module
 */
import { createCrypto } from '@fiducia/crypto';
import { createSimulation, type SimulatedPorts } from '@fiducia/simulator';
import { compare, type Measurement } from './measure.ts';

const NODES = 6;
const MESSAGES = 1_000;
const DELIVERIES = MESSAGES * (NODES - 1);
const MESSAGE = new Uint8Array(256).fill(7);

/** Delivering a message, traced, costs at most as much as hashing 20 short inputs: far less than a signature. */
const RATIO_MIN = 0.05;

/** Measures deliveries of gossip among six nodes that do nothing with it. */
export async function measureSimulator(): Promise<readonly Measurement[]> {
  const { sha256 } = await createCrypto();
  return [
    await compare(
      {
        name: 'simulate 5,000 deliveries of 256 bytes',
        run: async () => {
          const simulation = createSimulation({
            seed: 1,
            startTime: 0,
            sha256,
            network: { delayMs: { min: 1, max: 9 } },
          });
          const nodes = Array.from({ length: NODES }, (_, index) => simulation.addNode(`node-${index}`));
          for (const { net } of nodes) net.subscribe('gossip', async () => 'accept');
          for (let index = 0; index < MESSAGES; index++) gossip(nodes[index % NODES], index);
          await simulation.runUntil(MESSAGES + 10);
          if (simulation.networkCounts().delivered !== DELIVERIES) throw new Error('messages got lost');
        },
      },
      {
        name: 'hash 5,000 times 256 bytes',
        run: () => {
          for (let index = 0; index < DELIVERIES; index++) sha256(MESSAGE);
        },
      },
      RATIO_MIN,
    ),
  ];
}

function gossip(node: SimulatedPorts | undefined, atMs: number): void {
  node?.clock.schedule(atMs, () => node.net.send(null, 'gossip', MESSAGE));
}

/**
 * Deterministic simulation of whole networks.
 *
 * @packageDocumentation
 */
export {
  type ByzantineBlock,
  type ByzantineProducer,
  type ByzantineProducerOptions,
  createByzantineProducer,
} from './byzantine-producer.ts';
export { type ChainNode, type ChainNodeOptions, createChainNode } from './chain-node.ts';
export { isSimulationError, SimulationError, type SimulationErrorData } from './errors.ts';
export {
  type CheckedNode,
  type DoubleSign,
  type DoubleSignMonitor,
  monitorDoubleSigns,
  requireCommonPrefix,
  requireEqualHeads,
  requireEqualStates,
} from './invariants.ts';
export type { NetworkConditions, NetworkCounts, SentMessage } from './network.ts';
export {
  createRandomStream,
  createXoshiro256,
  type RandomLabel,
  type RandomPurpose,
  type RandomStream,
} from './random.ts';
export { createSimulation, type SimulatedPorts, type Simulation, type SimulationOptions } from './simulation.ts';
export { createStubCrypto, type StubCrypto, type StubIdentity } from './stub-crypto.ts';

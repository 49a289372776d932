/**
 * Deterministic simulation of whole networks: many complete nodes in one process, under virtual
 * time, over a network that delays, loses, duplicates, reorders and splits, all decided by one seed.
 *
 * Host, ledger and plugins run unchanged; the simulator only stands in for their clock, network and
 * log. Equal seeds give equal runs, and {@link Simulation.traceHash} proves it. Rules are cited as
 * `simulation E2`; they live in `docs/spec/simulation.md`.
 *
 * @example
 * ```ts
 * import { createCrypto, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
 * import { createChainNode, createSimulation, requireEqualHeads } from '@fiducia/simulator';
 *
 * const crypto = await createCrypto();
 * const simulation = createSimulation({
 *   seed: 1,
 *   startTime: Date.UTC(2026, 0, 1),
 *   sha256: crypto.sha256,
 *   network: { delayMs: { min: 20, max: 200 }, lossPermille: 50 },
 * });
 *
 * const members = ['ada', 'ben', 'cleo', 'dan'].map((name) => ({ name, keyPair: keyPairFromSeed(name) }));
 * const nodes = members.map(({ name, keyPair }) =>
 *   createChainNode({
 *     ports: simulation.addNode(name),
 *     signer: createMemorySigner({ keyPair, crypto }),
 *     genesisValidators: members.map((member) => ({ id: member.keyPair.address, weight: 1n })),
 *     plugins: [roundRobin()],
 *     eras: [{ fromHeight: 1, production: { name: 'round-robin', config: {} } }],
 *     genesis,
 *     crypto,
 *   }),
 * );
 * for (const node of nodes) await node.start();
 *
 * simulation.schedule(simulation.now() + 10_000, 'split', () => simulation.partition([['ada', 'ben']]));
 * simulation.schedule(simulation.now() + 30_000, 'heal', () => simulation.heal());
 * await simulation.runUntil(simulation.now() + 60_500);
 * requireEqualHeads(nodes);
 * console.log(simulation.traceHash());
 * ```
 *
 * Not for: measuring throughput (virtual time costs nothing), real sockets or disks, ports that need
 * worker threads or timers of the platform, and proofs. A run without a violation is evidence about
 * its seed and nothing more.
 *
 * @packageDocumentation
 */
export {
  type ByzzFuzzOptions,
  type ByzzFuzzPlan,
  drawByzzFuzz,
  drawMutation,
  type Mutation,
  type NetworkFault,
  type ProcessFault,
} from './adversary/byzz-fuzz.ts';
export { createDisguise } from './adversary/create-disguise.ts';
export {
  ACCUSABLE_STRATEGIES,
  countDeeds,
  type Disguise,
  type DisguiseOptions,
  STRATEGIES,
  type StrategyName,
} from './adversary/disguise.ts';
export { type BareChain, type BareChainOptions, createBareChain } from './bare-chain.ts';
export { type BareNode, type BareNodeOptions, createBareNode } from './bare-node.ts';
export {
  type ByzantineBlock,
  type ByzantineProducer,
  type ByzantineProducerOptions,
  createByzantineProducer,
} from './byzantine-producer.ts';
export { type ChainNode, type ChainNodeOptions, createChainNode } from './chain-node.ts';
export { isSimulationError, SimulationError, type SimulationErrorData } from './errors.ts';
export type { FinishedEvent } from './event-loop.ts';
export { createInvariants, type InvariantsOptions } from './invariants/create.ts';
export { createSlotOracle } from './invariants/slot-oracle.ts';
export {
  type CheckedNode,
  type DoubleSign,
  type DoubleSignMonitor,
  monitorDoubleSigns,
  requireCommonPrefix,
  requireEqualHeads,
  requireEqualStates,
  requireIntegrity,
} from './invariants.ts';
export { type HashPower, withSimulatedMining } from './machine/simulated-mining.ts';
export type { Bandwidth, HeavyTailDelay, NetworkConditions, NetworkCounts, SentMessage } from './network/conditions.ts';
export type { LinkDirection } from './network/links.ts';
export type { ClockSettings } from './process/clock.ts';
export type { ProcessCounts } from './process/processes.ts';
export {
  createRandomStream,
  createXoshiro256,
  type RandomLabel,
  type RandomPurpose,
  type RandomStream,
} from './random.ts';
export { type ByzzFuzzRunOptions, drawByzzFuzzRun } from './run/byzz-fuzz-run.ts';
export {
  type CampaignSettings,
  type CampaignSummary,
  emptySummary,
  mergeSummaries,
  type SeedOutcome,
  type SeedViolation,
  summariseSeed,
} from './run/campaign-summary.ts';
export type { FaultCoverage, FaultKind, MessageFaultKind, WriteFaultKind } from './run/coverage.ts';
export { type DrawOptions, drawFaultPlan } from './run/draw-plan.ts';
export {
  countPlanItems,
  type FaultPlan,
  type FaultProfile,
  type OutsideFate,
  type PlannedAdversary,
  type PlannedClock,
  type PlannedClog,
  type PlannedCrash,
  type PlannedCut,
  type PlannedDiskFault,
  type PlannedDiskLoss,
  type PlannedFault,
  type PlannedPartition,
  type PlannedPause,
  type PlannedTransaction,
  type TimedFaultKind,
} from './run/fault-plan.ts';
export {
  BLOCKS_MIN,
  type CryptoFactory,
  type FaultRunOptions,
  type FaultRunResult,
  runFaultPlan,
} from './run/run-plan.ts';
export { countSeeds, cutSeeds, type SeedRange, shardOf, uniteSeeds, withoutSeeds } from './run/seed-ranges.ts';
export {
  INVARIANT_IDS,
  type Invariant,
  type InvariantId,
  type JudgedBlock,
  type LivenessGoal,
  type Oracle,
  type TransactionAnswer,
  type Violation,
  type World,
  type WorldNode,
} from './run/world.ts';
export { parseFaultPlan } from './seeds/parse-plan.ts';
export {
  formatStoredSeed,
  parseStoredSeed,
  replayStoredSeed,
  type SeedExpectation,
  type SeedReplay,
  type StoredSeed,
  simulateCommandOf,
} from './seeds/stored-seed.ts';
export { withSharedResults } from './shared-crypto.ts';
export { type ShrinkOptions, type ShrinkResult, shrinkFaultPlan } from './shrink/shrink-plan.ts';
export { createSimulation, type SimulatedPorts, type Simulation, type SimulationOptions } from './simulation.ts';
export type {
  CrashDamage,
  DiskConditions,
  DiskCounts,
  DiskFaults,
  DiskMoment,
  DiskOperation,
  DiskPart,
} from './storage/conditions.ts';
export { createDisk, type DiskOptions, type SimulatedDisk } from './storage/disk.ts';
export type { GuardLane, GuardRecord, GuardRecords, GuardState } from './storage/guard-records.ts';
export { createStubCrypto, type StubCrypto, type StubIdentity, type StubSignerOptions } from './stub-crypto.ts';
export type { ConfigSource, ConfiguredPlugin, LaterEra, Subject } from './subject.ts';
export { runTranscript, type TranscriptOptions } from './transcript/run-transcript.ts';
export type { TwinsViolation } from './twins/checks.ts';
export {
  runTwins,
  type TwinsResult,
  type TwinsRunOptions,
  type TwinsSetting,
  type TwinsSubject,
} from './twins/run-twins.ts';
export {
  createTwinsSpace,
  enumerateTwins,
  type LeaderMode,
  type TwinsOptions,
  type TwinsRange,
  type TwinsScenario,
  type TwinsSpace,
} from './twins/scenario.ts';

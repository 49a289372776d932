/**
 * Builds the network of a plan: simulation, machines, checkers.
 *
 * @module
 */
import type { Bytes, ConsensusHeader, Millis } from '@fiducia/consensus';
import type { CryptoPort } from '@fiducia/consensus/ports';
import { createLedger } from '@fiducia/ledger';
import { createDisguise } from '../adversary/create-disguise.ts';
import type { Disguise } from '../adversary/disguise.ts';
import { requireInteger } from '../errors.ts';
import { createInvariants } from '../invariants/create.ts';
import { type ChainSetup, Machine } from '../machine/machine.ts';
import { withSimulatedMining } from '../machine/simulated-mining.ts';
import { createRandomStream } from '../random.ts';
import { createSimulation, type SimulatedPorts, type Simulation } from '../simulation.ts';
import { createStubCrypto, type StubCrypto } from '../stub-crypto.ts';
import { erasOf, faultyMax, pluginsOf } from '../subject.ts';
import { nodeNameOf } from './fault-plan.ts';
import { claims, createGenesis, createModules, votesInRounds } from './genesis.ts';
import type { FaultRunOptions } from './run-plan.ts';
import { faultyNodesOf } from './tolerance.ts';
import type { Invariant, LivenessGoal, Violation, World } from './world.ts';

/** A network with everything that the runner needs of it. */
export interface RunWorld {
  readonly simulation: Simulation;
  readonly crypto: StubCrypto;
  /** One for each node of the plan. */
  readonly machines: readonly Machine[];
  /** Second machines with the keys of adversaries. */
  readonly twins: ReadonlyMap<Machine, Machine>;
  readonly slotMs: Millis;
  readonly invariants: readonly Invariant[];
  /** Found so far. */
  readonly violations: Violation[];
  /** What checkers see. */
  readonly view: World;
  report(violation: Violation): void;
  setLiveness(goal: LivenessGoal): void;
  /** Most blocks that an honest node has adopted. */
  blocks(): number;
  /** Time of the newest block that an honest node has adopted. */
  lastBlockAt(): Millis;
}

const START: Millis = 1_700_000_000_000;
/** A hundred times what the busiest seeds come to, and some minutes of computing. */
const EVENTS_MAX = 10_000_000;
const TWIN_SUFFIX = '-twin';

/** Creates it; nothing has started. */
export async function createRunWorld(options: FaultRunOptions): Promise<RunWorld> {
  const { subject, seed, plan, sha256 } = options;
  const crypto = typeof options.crypto === 'function' ? await options.crypto() : createStubCrypto({ sha256 });
  const simulation = createSimulation({ seed, startTime: START, sha256, network: plan.conditions });
  const names = Array.from({ length: plan.nodes }, (_, index) => nodeNameOf(index));
  const members = names.map((name) => crypto.identity(name).address);
  const genesis = createGenesis({ subject, members, crypto, timestamp: START });
  const vrfKeyOf = (index: number) => crypto.identity(`${nodeNameOf(index)}/vrf`).publicKey;
  const setup: ChainSetup = {
    genesis,
    modules: createModules({ subject, members, vrfKeyOf }),
    plugins: pluginsOf(subject),
    eras: erasOf(subject, members),
    genesisValidators: members.map((id) => ({ id, weight: 1n })),
    votesInRounds: votesInRounds(subject),
  };

  const isMined = claims(subject, 'work', members);
  const invariants: Invariant[] = [];
  const twins = new Map<Machine, Machine>();
  const hashesPerSecond = subject.hashesPerSecond ?? 1_000 / (subject.slotMs * plan.nodes);
  const createCrypto = ({ index, clock }: SimulatedPorts): CryptoPort => {
    if (!isMined) return crypto;
    return withSimulatedMining(crypto, {
      clock,
      power: { hashesPerSecond },
      random: simulation.random(`workload/${index}`),
    });
  };
  const onLife = (machine: Machine): void => {
    for (const invariant of invariants) invariant.watch?.(machine);
    options.onLife?.(machine);
  };
  const disguises = createDisguises(options, names, simulation, crypto);
  const listeners = disguises.flat().filter(({ arrived }) => arrived !== undefined);
  const onArrival = (bytes: Bytes): void => {
    for (const listener of listeners) listener.arrived?.(bytes);
  };
  const create = (name: string, keyName: string, disguises: readonly Disguise[]): Machine => {
    const { disk } = plan;
    const told = disguises.length === 0 && listeners.length > 0 && { onArrival };
    return new Machine({ setup, simulation, name, keyName, crypto, createCrypto, disk, disguises, onLife, ...told });
  };
  const machines = names.map((name, index) => create(name, name, disguises[index] ?? []));
  for (const machine of machines) {
    const twin = machine.disguises.find((disguise) => disguise.twin !== undefined)?.twin;
    if (twin !== undefined) twins.set(machine, create(`${machine.name}${TWIN_SUFFIX}`, machine.name, [twin]));
  }
  return assemble(options, { simulation, crypto, machines, twins, setup, invariants, isMined });
}

/** For each node, none for an honest one. */
function createDisguises(
  { subject, plan }: FaultRunOptions,
  nodes: readonly string[],
  simulation: Simulation,
  crypto: StubCrypto,
): readonly (readonly Disguise[])[] {
  const adversaries = new Map(plan.adversaries.map((adversary) => [adversary.node, adversary]));
  return nodes.map((name, index) => {
    const adversary = adversaries.get(index);
    if (adversary === undefined) return [];
    const { strategy, also, mutations: faults } = adversary;
    const random = simulation.random(`adversary/${index}`);
    const createSigner = () => crypto.createSigner(name);
    const options = { name, random, slotMs: subject.slotMs, nodes, createSigner, ...(faults && { faults }) };
    const strategies = also === undefined ? [strategy] : [strategy, also];
    return strategies.map((each) => createDisguise(each, options));
  });
}

interface Parts extends Pick<RunWorld, 'simulation' | 'crypto' | 'machines' | 'twins'> {
  readonly setup: ChainSetup;
  readonly invariants: Invariant[];
  readonly isMined: boolean;
}

function assemble(options: FaultRunOptions, parts: Parts): RunWorld {
  const { subject, plan, invariants: ids, seed, sha256, eventsMax = EVENTS_MAX } = options;
  const { simulation, crypto, machines, twins, setup, invariants, isMined } = parts;
  const violations: Violation[] = [];
  const report = (violation: Violation): void => void violations.push(violation);
  const random = createRandomStream({ seed, label: 'workload', sha256 });
  const idle = { now: () => simulation.now(), schedule: () => () => undefined, entropy: () => new Uint8Array(32) };
  const checking = isMined
    ? withSimulatedMining(crypto, { clock: idle, power: { hashesPerSecond: 1 }, random })
    : crypto;
  const view: World & { liveness?: LivenessGoal } = {
    simulation,
    slotMs: subject.slotMs,
    nodes: [...machines, ...twins.values()],
    eras: setup.eras,
    plugins: setup.plugins,
    genesisValidators: setup.genesisValidators,
    crypto: checking,
    createLedger: () => createLedger({ genesis: setup.genesis, modules: setup.modules, crypto: checking }),
    isWithinTolerance: faultyNodesOf(plan).size <= faultyMax(subject, plan.nodes),
    ...(subject.oracle && { oracle: subject.oracle }),
  };
  invariants.push(...createInvariants({ world: view, ...(ids && { ids }), report }));
  const watching = invariants.filter(({ afterEvent }) => afterEvent !== undefined);
  requireInteger('eventsMax', eventsMax, 1, Number.MAX_SAFE_INTEGER);
  let events = 0;
  simulation.afterEvent(({ node }) => {
    events += 1;
    if (events > eventsMax) throw new RangeError(`more than ${eventsMax} events, the last one at ${node ?? 'no node'}`);
    for (const invariant of watching) invariant.afterEvent?.();
  });
  return {
    simulation,
    crypto,
    machines,
    twins,
    slotMs: subject.slotMs,
    invariants,
    violations,
    view,
    report,
    setLiveness: (goal) => {
      view.liveness = goal;
    },
    blocks: () => Math.max(0, ...headsOf(machines).map(({ height }) => height)),
    lastBlockAt: () => Math.max(START, ...headsOf(machines).map(({ timestamp }) => timestamp)),
  };
}

function headsOf(machines: readonly Machine[]): readonly ConsensusHeader[] {
  return machines.filter(({ isHonest, isReadable }) => isHonest && isReadable).map(({ host }) => host.head().header);
}

/**
 * Runs one scenario of twins: real hosts, real engines, chains without accounts.
 *
 * @module
 */
import {
  type ActorId,
  type Bytes,
  type ConsensusRules,
  compareActors,
  type HashFunction,
  type Millis,
} from '@fiducia/consensus';
import type { Block, ChainPort, SignerPort } from '@fiducia/consensus/ports';
import { createBareChain } from '../bare-chain.ts';
import { type BareNode, createBareNode } from '../bare-node.ts';
import { createSimulation, type Simulation } from '../simulation.ts';
import { createStubCrypto, type StubCrypto } from '../stub-crypto.ts';
import { configFor, erasOf, pluginsOf, type Subject } from '../subject.ts';
import { TwinsChecks, type TwinsViolation } from './checks.ts';
import type { LeaderMode, TwinsScenario } from './scenario.ts';

/** What a protocol looks like for one scenario. */
export interface TwinsSetting {
  /** Ids of the nodes; node `i` of the scenario is `members[i]`. */
  readonly members: readonly ActorId[];
  /** Node that leads each round; protocols that rotate by themselves need not look. */
  readonly leaders: readonly number[];
}

/** A protocol that twins run under. */
export interface TwinsSubject {
  /** Names it in results. */
  readonly name: string;
  /**
   * Whether it rotates, from the lowest id at height 1 and in order of ids, or gets its leaders from
   * {@link TwinsSetting.leaders}.
   */
  readonly leaders: LeaderMode;
  /** Plugins and configuration for one scenario. */
  subjectFor(setting: TwinsSetting): Subject;
  /**
   * Time that a message takes, drawn for each from the position of the scenario. With some variety a round that ends in
   * the middle of a step of the protocol cuts it short for some and not for others.
   */
  readonly delayMs: { readonly min: Millis; readonly max: Millis };
  /** Duration of each round from the start of the chain; the last one holds for all that follow. */
  readonly roundsMs: readonly Millis[];
  /** Within which time after the last round every honest node must have more final blocks (simulation I10). */
  readonly livenessMs: Millis;
  /** How many more. */
  readonly livenessBlocks: number;
}

/** What {@link runTwins} needs. */
export interface TwinsRunOptions {
  /** The protocol. */
  readonly subject: TwinsSubject;
  /** What happens to it. */
  readonly scenario: TwinsScenario;
  /** SHA-256, for everything. */
  readonly sha256: HashFunction;
}

/** What one scenario showed. */
export interface TwinsResult {
  /** Position of the scenario in its space. */
  readonly index: number;
  /** What did not hold; empty if all is well. */
  readonly violations: readonly TwinsViolation[];
  /** Highest final block before the network was healed. */
  readonly finalHeightBefore: number;
  /** Highest final block at the end. */
  readonly finalHeight: number;
  /** Pieces of evidence against the twins that honest nodes found. */
  readonly offences: number;
  /** Nodes that those are against, in order. */
  readonly offenders: readonly number[];
  /** Virtual time from the end of the last round until every honest node was alive again. */
  readonly recoveryMs: Millis;
  /** Events of the simulation. */
  readonly events: number;
  /** SHA-256 over all of them (simulation E4). */
  readonly traceHash: string;
}

const START: Millis = 1_700_000_000_000;

/** Encoding a state costs more than applying a block to it. */
const HEIGHTS_BETWEEN_STATES = 4;

/** How often it is looked whether the network is alive again. */
const STEPS = 100;

/** One machine of a run. */
interface TwinsMachine {
  readonly node: BareNode;
  readonly isHonest: boolean;
}

interface Assembly {
  readonly machines: readonly TwinsMachine[];
  readonly members: readonly ActorId[];
  readonly checks: TwinsChecks;
}

/**
 * Runs one scenario: every node and every second machine as a host of its own, in every round the partition that the
 * scenario asks for, also for what is under way; then everything is healed.
 *
 * Honest nodes must never have two final blocks that exclude each other (I1), never take one back (I2), never sign twice
 * for one place (I5), never be accused (I6), go on within the bound afterwards (I10), and know the same after a block (I12).
 *
 * @throws `SimulationError` with `EVENT_FAILED` if a host fails.
 * @see docs/spec/simulation.md, section 5.
 * @example
 * ```ts
 * for (const scenario of enumerateTwins({ nodes: 4, twins: 1, rounds: 4, from: 4_711, to: 4_712 })) {
 *   const { violations } = await runTwins({ subject: twins, scenario, sha256 });
 *   if (violations.length > 0) console.log(scenario, violations);
 * }
 * ```
 */
export async function runTwins(options: TwinsRunOptions): Promise<TwinsResult> {
  const { subject, scenario, sha256 } = options;
  const { delayMs, roundsMs } = subject;
  const simulation = createSimulation({ seed: scenario.index, startTime: START, sha256, network: { delayMs } });
  const { machines, members, checks } = assemble(options, simulation);
  const names = machines.map(({ node }) => node.name);
  // Nobody has a peer to ask at the start, so nobody waits for an answer (contract H-44).
  simulation.partition(names.map((name) => [name]));
  for (const { node } of machines) await node.start();

  let now = START;
  for (const [round, mask] of scenario.partitions.entries()) {
    simulation.partition([names.filter((_, machine) => ((mask >> machine) & 1) === 1)]);
    now += roundsMs[Math.min(round, roundsMs.length - 1)] ?? 0;
    await simulation.runUntil(now);
  }
  const finalHeightBefore = checks.finalHeightMax;
  const recoveryMs = await recover(options, simulation, machines, checks);
  return {
    index: scenario.index,
    violations: checks.violations,
    finalHeightBefore,
    finalHeight: checks.finalHeightMax,
    offences: checks.offences,
    offenders: members.flatMap((id, node) => (checks.offenders.has(id) ? [node] : [])),
    recoveryMs,
    events: simulation.eventCount(),
    traceHash: simulation.traceHash(),
  };
}

/** I10: twins go on as they like, but hear everything now. */
async function recover(
  { subject: { livenessMs, livenessBlocks } }: TwinsRunOptions,
  simulation: Simulation,
  machines: readonly TwinsMachine[],
  checks: TwinsChecks,
): Promise<Millis> {
  simulation.heal();
  const healedAt = simulation.now();
  const goal = checks.finalHeightMax + livenessBlocks;
  const late = () => machines.find(({ node, isHonest }) => isHonest && checks.finalHeightOf(node.name) < goal);
  for (let step = 1; step <= STEPS && late() !== undefined; step++) {
    await simulation.runUntil(healedAt + Math.ceil((livenessMs * step) / STEPS));
  }
  const stuck = late();
  if (stuck !== undefined) {
    const { name } = stuck.node;
    const reason = `has height ${checks.finalHeightOf(name)} final, ${livenessMs} ms after everything was healed, and should have ${goal}`;
    checks.report('I10', name, reason);
  }
  return simulation.now() - healedAt;
}

function assemble({ subject, scenario, sha256 }: TwinsRunOptions, simulation: Simulation): Assembly {
  const crypto = createStubCrypto({ sha256 });
  const keys = keysInOrder(crypto, scenario, subject.leaders);
  const members = keys.map((key) => crypto.identity(key).address);
  const setting = subject.subjectFor({ members, leaders: scenario.leaders });
  const chainOptions = { genesisTimestamp: START, chainName: 'twins', sha256 };
  const { chainId, decode: decodeAnew } = createBareChain(chainOptions);
  const decode = decodeOnce(decodeAnew);
  const checks = new TwinsChecks(() => simulation.now(), rulesOf(setting, members, { chainId, sha256 }));
  const parts = {
    crypto,
    plugins: pluginsOf(setting),
    eras: erasOf(setting, members),
    genesisValidators: members.map((id) => ({ id, weight: 1n })),
  };
  const doubled = new Set(members.slice(0, scenario.twins));
  const machines = Array.from({ length: scenario.nodes + scenario.twins }, (_, machine): TwinsMachine => {
    const index = machine % scenario.nodes;
    const isSecond = machine >= scenario.nodes;
    const isHonest = index >= scenario.twins;
    const name = `node-${index}${isSecond ? '-twin' : ''}`;
    const key: SignerPort = crypto.createSigner(keys[index] ?? '');
    const node = createBareNode({
      ...parts,
      ports: simulation.addNode(name),
      // Two machines of one node build different blocks.
      chain: { ...createBareChain({ ...chainOptions, payloadOf: () => Uint8Array.of(machine) }), decode },
      signer: isHonest ? checks.watchSigner(name, key) : key,
    });
    if (isHonest) checks.watch(name, node.host, (actor) => !doubled.has(actor));
    recordStates(node, isHonest ? checks : null, simulation);
    return { node, isHonest };
  });
  return { machines, members, checks };
}

/** What a state hides from every effect shows in the trace, and at the next node (simulation E4, I12). */
function recordStates({ name, host }: BareNode, checks: TwinsChecks | null, simulation: Simulation): void {
  host.events.on('headChanged', ({ tip: { header } }) => {
    const { id, height } = header;
    if (height % HEIGHTS_BETWEEN_STATES !== 0) return;
    for (const [what, root] of [
      ['consensus state', host.consensusRoot(id)],
      ['gadget state', host.gadgetRoot(id)],
    ] as const) {
      if (root === null) continue;
      simulation.note(name, what, root);
      checks?.compareState(name, what, id, root);
    }
  });
}

/** What one machine sends reaches all others as the same bytes, whose block is the same everywhere. */
function decodeOnce(decode: ChainPort['decode']): ChainPort['decode'] {
  const blocks = new WeakMap<Bytes, Block | null>();
  return (bytes, part) => {
    if (part === 'header') return decode(bytes, part);
    const known = blocks.get(bytes);
    if (known !== undefined) return known;
    const block = decode(bytes, part);
    blocks.set(bytes, block);
    return block;
  };
}

/** Names of the keys of all nodes, such that ids rotate in the order of nodes from the first leader on. */
function keysInOrder(crypto: StubCrypto, { nodes, leaders }: TwinsScenario, mode: LeaderMode): readonly string[] {
  const idOf = (key: string): ActorId => crypto.identity(key).address;
  const keys = Array.from({ length: nodes }, (_, index) => `key-${index}`);
  keys.sort((a, b) => compareActors(idOf(a), idOf(b)));
  const first = mode === 'rotation' ? (leaders[0] ?? 0) : 0;
  return keys.map((_, index) => keys[(index - first + nodes) % nodes] ?? '');
}

function rulesOf(
  { production, finality }: Subject,
  members: readonly ActorId[],
  context: { readonly chainId: Uint8Array; readonly sha256: HashFunction },
): readonly ConsensusRules<unknown>[] {
  return [production, ...(finality === undefined ? [] : [finality])].map(({ plugin, config }) => {
    const protocol = `${plugin.name}@1` as const;
    return plugin.createRules(plugin.parseConfig(configFor(config, members)), { ...context, era: 0, protocol });
  });
}

/**
 * A short life of a small network under the subject: what all requirements about rules and engines are tried on.
 *
 * @module
 */
import type {
  ActorId,
  BlockId,
  Bytes,
  ConsensusHeader,
  ConsensusPlugin,
  ConsensusRules,
  Era,
  EraStart,
  Millis,
  RulesContext,
} from '@fiducia/consensus';
import type { CryptoPort } from '@fiducia/consensus/ports';
import { createRecordWriter, type HostRecord } from '@fiducia/host';
import type { ConfigSource } from '@fiducia/simulator';
import { sha256 } from '../inspect/hash.ts';
import { type ConformanceSubject, configFor, hashesPerSecondOf, pluginUnderTest } from '../subject.ts';
import { DOUBLE_MACHINES, liveEventfully } from './eventful-life.ts';
import { type ApplyCall, createJournal, type Journal, journalPlugin, type VerifyCall } from './journal.ts';
import { createNetwork, type NetworkOptions } from './network.ts';

/** Calls of one engine, from its start to its end. */
export interface EngineSession {
  readonly node: number;
  readonly self: ActorId | null;
  readonly records: readonly HostRecord[];
}

/** What was seen of one network. */
export interface Sample {
  readonly configName: string;
  readonly seed: number;
  readonly plugin: ConsensusPlugin;
  /** Parsed. */
  readonly config: unknown;
  readonly context: RulesContext;
  readonly members: readonly ActorId[];
  readonly start: EraStart;
  readonly journal: Journal;
  /** Headers that were accepted, each once, in the order in which the first node took them. */
  readonly accepted: readonly VerifyCall[];
  /** Blocks that were applied, each once. */
  readonly applied: readonly ApplyCall[];
  readonly sessions: readonly EngineSession[];
  /** What nodes refused, as `code by author at height`. */
  readonly rejections: readonly string[];
  /** Faults of hosts, e.g. a plugin that threw. */
  readonly faults: readonly string[];
  /** What hosts would not do for their own engines, with how often, e.g. sign without a guard. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly proofs: readonly { readonly header: ConsensusHeader; readonly proof: Bytes }[];
  /** Blocks that left an adopted branch, over all nodes. */
  readonly reverted: readonly BlockId[];
  /** Height of the head of each node at the end. */
  readonly heights: readonly number[];
  readonly slots: number;
  readonly slotMs: Millis;
  readonly crypto: CryptoPort;
  readonly traceHash: string;
  /** Recording of the first node, as lines of a file. */
  readonly recording: readonly string[];
  /** Plugins of a node, as a recording is read with. */
  readonly plugins: readonly ConsensusPlugin[];
  /** New rules, as a host makes them. */
  createRules(): ConsensusRules<unknown>;
}

/** How a sample is taken. */
export interface SampleOptions {
  readonly subject: ConformanceSubject;
  readonly configName: string;
  readonly config: ConfigSource;
  readonly seed: number;
  readonly slots: number;
  readonly nodeCount: number;
  /** Candidates without a node. */
  readonly idleCandidates: number;
  /** Whether everything happens that a chain lives through, a member that signs twice included. @defaultValue false */
  readonly isEventful?: boolean;
}

/** The first part of a life is undisturbed, then the network is cut for a while. */
const CUT_AT_PERMILLE = 400;
const HEAL_AT_PERMILLE = 600;
const PERMILLE = 1_000;
const CONDITIONS = { delayMs: { min: 5, max: 80 } };
/** Whoever fell behind may still build on a branch that has lost for good, and does nothing wrong. */
export const HARMLESS_REJECTIONS: readonly string[] = ['BELOW_FINALIZED'];
/** What a host says when it does not do what its own engine asks for. */
const REFUSALS: readonly string[] = [
  'BUILD_IMPOSSIBLE',
  'GUARD_MISSING',
  'OWN_BLOCK_REJECTED',
  'OWN_PROOF_REJECTED',
  'PERSIST_UNKNOWN_BLOCK',
  'PUBLISH_UNKNOWN_BLOCK',
  'SIGNATURE_CONFLICT',
  'SIGNATURE_REFUSED',
];

/** Takes a sample. Whatever the plugin does, it resolves. */
export async function takeSample(options: SampleOptions): Promise<Sample> {
  const { subject, config, configName, seed, slots, nodeCount, idleCandidates, isEventful = false } = options;
  const { plugin } = pluginUnderTest(subject);
  const journal = createJournal();
  const plugins = pluginsFor(subject, plugin);
  const seen = createObservations(plugins);
  const network = await createNetwork({
    name: subject.name,
    seed,
    nodeCount,
    idleCandidates,
    conditions: CONDITIONS,
    hashesPerSecond: hashesPerSecondOf(subject, nodeCount),
    ...(isEventful && keysWithDoubles(nodeCount)),
    eras: (members) => erasFor(subject, config, members),
    plugins: (index) => pluginsFor(subject, index === 0 ? journalPlugin(plugin, journal) : plugin),
    onRecord: seen.onRecord,
    onNode: seen.onNode,
  });
  const cutOff = Math.floor(nodeCount / (plugin.traits.forks ? 2 : 4));
  const { slotMs } = subject;
  try {
    if (isEventful) await liveEventfully(network, slots, slotMs);
    else await live(network, slotMs, slots, cutOff);
  } catch (thrown) {
    seen.faults.push(thrown instanceof Error ? thrown.message : String(thrown));
  }
  const heights = network.nodes.map(({ host }) => heightOf(host));
  const traceHash = network.simulation.traceHash();
  await network.stop().catch((thrown: unknown) => seen.faults.push(String(thrown)));

  const { rules } = journal;
  // Static checks start rules, too, and on headers that are none.
  const isParent = (id: BlockId): boolean => journal.verified.some(({ header }) => header.parentId === id);
  const begun = journal.starts.find(({ start }) => isParent(start.parent.id)) ?? journal.starts.at(-1);
  if (rules === null || begun === undefined) throw new Error(`no node started: ${seen.faults.join('; ')}`);
  return {
    configName,
    seed,
    plugin,
    config: rules.config,
    context: rules.context,
    members: network.members,
    start: begun.start,
    journal,
    accepted: firstOfEach(journal.verified.filter(({ verdict }) => verdict.kind === 'accept')),
    applied: firstOfEach(journal.applied),
    sessions: sessionsOf(seen.records, plugin, network.members),
    rejections: seen.rejections,
    faults: seen.faults,
    refusals: seen.refusals,
    proofs: seen.proofs,
    reverted: seen.reverted,
    heights,
    slots,
    slotMs: subject.slotMs,
    crypto: network.cryptoOf(0),
    traceHash,
    recording: seen.recording,
    plugins,
    createRules: () => plugin.createRules(rules.config, rules.context),
  };
}

/** Payments, a partition, and its end: in halves where branches may compete, else a minority that waits. */
async function live(
  network: Awaited<ReturnType<typeof createNetwork>>,
  slotMs: number,
  slots: number,
  cutOff: number,
): Promise<void> {
  const { simulation, nodes } = network;
  const group = nodes.slice(nodes.length - cutOff).map(({ name }) => name);
  const cutAt = Math.floor((slots * CUT_AT_PERMILLE) / PERMILLE);
  const healAt = Math.floor((slots * HEAL_AT_PERMILLE) / PERMILLE);
  for (let slot = 0; slot < slots; slot++) {
    if (slot === cutAt) simulation.partition([group]);
    if (slot === healAt) simulation.heal();
    await network.pay(slot % nodes.length, BigInt(slot + 1));
    await network.run(slotMs);
  }
}

/** One key per node, and more machines, which do not start by themselves, with those of the last ones. */
function keysWithDoubles(nodeCount: number): Pick<NetworkOptions, 'keys' | 'late'> {
  const keys = Array.from({ length: nodeCount }, (_, index) => `node-${index}`);
  const doubles = keys.toReversed().slice(0, DOUBLE_MACHINES);
  return { keys: [...keys, ...doubles], late: doubles.map((_, index) => nodeCount + index) };
}

interface Observations {
  readonly records: Map<number, HostRecord[]>;
  readonly rejections: string[];
  readonly faults: string[];
  readonly refusals: Map<string, number>;
  readonly proofs: { header: ConsensusHeader; proof: Bytes }[];
  readonly reverted: BlockId[];
  readonly recording: string[];
  readonly onRecord: NonNullable<NetworkOptions['onRecord']>;
  readonly onNode: NonNullable<NetworkOptions['onNode']>;
}

function createObservations(plugins: readonly ConsensusPlugin[]): Observations {
  const seen: Omit<Observations, 'onRecord' | 'onNode'> = {
    records: new Map(),
    rejections: [],
    faults: [],
    refusals: new Map(),
    proofs: [],
    reverted: [],
    recording: [],
  };
  const write = createRecordWriter({ plugins, sha256, write: (line) => seen.recording.push(line) });
  return {
    ...seen,
    onRecord(index, record) {
      const list = seen.records.get(index) ?? [];
      list.push(record);
      seen.records.set(index, list);
      if (index === 0) write(record);
    },
    onNode({ host, name }) {
      host.events.on('blockRejected', ({ code, header }) => {
        if (HARMLESS_REJECTIONS.includes(code)) return;
        seen.rejections.push(`${name} refused the block of ${header?.author} at height ${header?.height}: ${code}`);
      });
      host.events.on('trace', ({ source, event }) => {
        if (source !== 'host' || !REFUSALS.includes(event)) return;
        seen.refusals.set(event, (seen.refusals.get(event) ?? 0) + 1);
      });
      host.events.on('headChanged', ({ reverted }) => seen.reverted.push(...reverted));
      host.events.on('finalized', ({ header, proof }) => {
        if (proof !== undefined) seen.proofs.push({ header, proof });
      });
    },
  };
}

/** One session per engine of the plugin; a new one begins with every start. Second machines have the last keys. */
function sessionsOf(
  records: ReadonlyMap<number, readonly HostRecord[]>,
  plugin: ConsensusPlugin,
  members: readonly ActorId[],
): readonly EngineSession[] {
  const sessions: EngineSession[] = [];
  for (const [node, list] of records) {
    const own = list.filter(({ protocol }) => protocol.startsWith(`${plugin.name}@`));
    const starts = own.flatMap(({ kind }, index) => (kind === 'engineStarted' ? [index] : []));
    for (const [position, from] of starts.entries()) {
      sessions.push({
        node,
        self: members[node] ?? members[2 * members.length - 1 - node] ?? null,
        records: own.slice(from, starts[position + 1]),
      });
    }
  }
  return sessions;
}

/** The only era of a sample, under a configuration of the plugin under test. */
export function erasFor(
  { production, finality }: ConformanceSubject,
  config: ConfigSource,
  members: readonly ActorId[],
): Era[] {
  const own = finality === undefined ? config : production.config;
  return [
    {
      fromHeight: 1,
      production: { name: production.plugin.name, config: configFor(own, members) },
      ...(finality && { finality: { name: finality.plugin.name, config: configFor(config, members) } }),
    },
  ];
}

/** Plugins of a node, with the one under test as given. */
export function pluginsFor(
  { production, finality }: ConformanceSubject,
  tested: ConsensusPlugin,
): readonly ConsensusPlugin[] {
  return finality === undefined ? [tested] : [production.plugin, tested];
}

function firstOfEach<T extends { readonly header: ConsensusHeader }>(calls: readonly T[]): readonly T[] {
  const known = new Map<BlockId, T>();
  for (const call of calls) if (!known.has(call.header.id)) known.set(call.header.id, call);
  return [...known.values()];
}

function heightOf(host: { head(): { readonly header: ConsensusHeader } }): number {
  try {
    return host.head().header.height;
  } catch {
    return 0;
  }
}

/**
 * Chains that live through loss, delay, one partition that heals, and machines that crash and come back with
 * the records of their guard.
 */
import type { BlockId } from '@fiducia/consensus';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import { type ChainNode, requireCommonPrefix, requireEqualStates, requireIntegrity } from '../../src/index.ts';
import { START } from './chain.ts';
import { createSubjectNetwork, type SubjectNetwork, type SubjectNetworkOptions } from './network.ts';
import { type Subject, type SubjectName, subjectOf } from './subjects.ts';

/** What is asked of a run. */
export interface CampaignOptions {
  readonly consensus: SubjectName;
  readonly seed: number;
  /** Height to reach at least. */
  readonly blocks: number;
  /** Whether the checkpoint gadget runs beside the protocol. */
  readonly hasCheckpoints?: boolean;
  /** Most nodes to cut off, if not as many as the hint of the protocol tolerates. */
  readonly minority?: number;
}

/** What came out of a run. */
export interface CampaignResult {
  /** Least height of a node. */
  readonly height: number;
  /** Depth of the protocol's hint at the end, in blocks. */
  readonly depth: number;
  /** Blocks announced as settled by nodes that were not cut off. */
  readonly settled: number;
  /** Those among them that their node took back: violations of safety. */
  readonly broken: number;
  /** Blocks that nodes of the cut-off minority announced as settled and took back: what a hint cannot promise. */
  readonly brokenInMinority: number;
  /** Heights of which some node announced a final block. */
  readonly finals: number;
  /** Final blocks that left an adopted branch, or that share their height with another one. */
  readonly finalsBroken: number;
  /** Blocks that left an adopted branch, over all nodes. */
  readonly reverted: number;
  /** Most blocks that one change of the head took back at a node that was not cut off. */
  readonly deepest: number;
  /** New blocks in twenty slots, beginning fifteen slots after the last fault. */
  readonly blocksAfterFaults: number;
  /** Slots after that until all heads were equal. */
  readonly slotsToAgree: number;
  readonly restarts: number;
  readonly accusations: number;
  readonly doubleSigns: number;
  readonly rejections: readonly string[];
  readonly lost: number;
  readonly events: number;
  readonly traceHash: string;
}

const CONDITIONS = { delayMs: { min: 5, max: 400 }, lossPermille: 100 };
/** A node asks for what it missed block by block, and needs up to this long for it. */
const GRACE_SLOTS = 15;
const LIVENESS_SLOTS = 20;
/** Of twenty slots; mined blocks come at random times. */
const BLOCKS_AFTER_FAULTS_MIN = 8;
const SLOTS_TO_AGREE_MAX = 60;

interface Watch {
  readonly node: (node: ChainNode, index: number) => void;
  readonly counts: {
    settled: number;
    broken: number;
    brokenInMinority: number;
    reverted: number;
    deepest: number;
    accusations: number;
    finals: number;
    finalsBroken: number;
  };
  readonly rejections: string[];
  /** Times that a node was put together. */
  starts: number;
  /** Machines in the minority of a partition, or that were a moment ago: nobody should rely on what they settle. */
  readonly cutOff: Set<number>;
  /** Machines that lost their blocks and hear of all branches again, the abandoned ones too. */
  readonly relearning: Set<number>;
}

interface Action {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly run: () => void | Promise<void>;
}

/** Runs one seed; throws if nodes end in different states or their books do not balance. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { consensus, seed, blocks, minority, hasCheckpoints = false } = options;
  const watch = createWatch();
  const subject = { ...subjectOf(consensus), ...(minority !== undefined && { minority }) };
  const network = await createSubjectNetwork({
    subject,
    seed,
    conditions: CONDITIONS,
    onNode: watch.node,
    ...(hasCheckpoints && { gadget: gadgetOf(subject) }),
  });
  const { simulation, nodes, monitor } = network;
  const { slotMs } = subject;

  const actions = [...actionsOf(network, watch), ...drawPayments(network, blocks)];
  actions.sort((a, b) => a.at - b.at);
  for (const { at, run } of actions) {
    await simulation.runUntil(START + at);
    await run();
  }
  const runSlots = (count: number) => simulation.runUntil(simulation.now() + count * slotMs);
  const height = () => Math.min(...nodes.map(heightOf));
  const before = height();
  await runSlots(LIVENESS_SLOTS);
  const blocksAfterFaults = height() - before;
  for (let slot = 0; height() < blocks && slot < blocks * 4; slot++) await runSlots(1);

  const depth = depthOf(network);
  await requireCommonPrefix(nodes, depth);
  const slotsToAgree = await runUntilEqual(network, runSlots);
  const [head, ...others] = new Set(nodes.map(({ host }) => host.head().header.id));
  // States far below a final block are gone, so those of the heads are compared.
  if (head !== undefined && others.length === 0) requireEqualStates(nodes, head);
  for (const node of nodes) await requireIntegrity(node);
  const result = {
    height: height(),
    depth,
    ...watch.counts,
    blocksAfterFaults,
    slotsToAgree,
    restarts: watch.starts - nodes.length,
    doubleSigns: monitor.found().length,
    rejections: watch.rejections,
    lost: simulation.networkCounts().lost,
    events: simulation.eventCount(),
    traceHash: simulation.traceHash(),
  };
  for (const node of nodes) await node.stop();
  return result;
}

/** Nobody elects the committee of miners. */
function gadgetOf({ name }: Subject): NonNullable<SubjectNetworkOptions['gadget']> {
  return (members) => {
    const committee = name === 'pow' ? { committee: members, every: 1, delay: 2 } : {};
    return { plugin: checkpointFinality(), config: { every: 2, ...committee } };
  };
}

const heightOf = ({ host }: ChainNode): number => host.head().header.height;

function createWatch(): Watch {
  const settled = new Map<string, Map<BlockId, 'connected' | 'cutOff'>>();
  const counts = {
    settled: 0,
    broken: 0,
    brokenInMinority: 0,
    reverted: 0,
    deepest: 0,
    accusations: 0,
    finals: 0,
    finalsBroken: 0,
  };
  const finals = new Map<number, BlockId>();
  const watch: Watch = {
    counts,
    rejections: [],
    starts: 0,
    cutOff: new Set(),
    relearning: new Set(),
    node({ name, host }, index) {
      watch.starts += 1;
      const own = settled.get(name) ?? new Map<BlockId, 'connected' | 'cutOff'>();
      settled.set(name, own);
      host.events.on('settled', ({ header }) => {
        if (own.has(header.id)) return;
        const isCutOff = watch.cutOff.has(index) || watch.relearning.has(index);
        own.set(header.id, isCutOff ? 'cutOff' : 'connected');
        if (!isCutOff) counts.settled += 1;
      });
      const final = new Set<BlockId>();
      host.events.on('finalized', ({ header: { height, id } }) => {
        final.add(id);
        if (!finals.has(height)) counts.finals += 1;
        else if (finals.get(height) !== id) counts.finalsBroken += 1;
        finals.set(height, id);
      });
      host.events.on('headChanged', ({ reverted }) => {
        counts.finalsBroken += reverted.filter((id) => final.has(id)).length;
        counts.reverted += reverted.length;
        if (watch.relearning.has(index)) return;
        if (!watch.cutOff.has(index)) counts.deepest = Math.max(counts.deepest, reverted.length);
        for (const id of reverted) {
          const when = own.get(id);
          if (when === 'connected') counts.broken += 1;
          if (when === 'cutOff') counts.brokenInMinority += 1;
        }
      });
      host.events.on('evidenceFound', () => (counts.accusations += 1));
      host.events.on('blockRejected', ({ code }) => {
        // Whoever fell behind may still build on a branch that has lost for good, and does nothing wrong.
        if (code !== 'BELOW_FINALIZED') watch.rejections.push(code);
      });
    },
  };
  return watch;
}

/** When what goes wrong, in milliseconds from the start. */
interface Plan {
  readonly cutAt: number;
  readonly healAt: number;
  readonly cutOff: ReadonlySet<number>;
  readonly restarts: readonly {
    readonly index: number;
    readonly crashAt: number;
    readonly recoverAt: number;
    readonly store: 'kept' | 'lost';
  }[];
}

/**
 * One partition of 5 to 20 slots, which cuts off fewer nodes than the hint tolerates; machines that are down for
 * up to ten slots before and after it, and one that restarts at once in the middle. Half of those outside of the
 * majority of a partition lose their blocks. So at no time are more machines in trouble than the hint tolerates.
 */
function drawPlan({ subject, simulation, nodes }: SubjectNetwork): Plan {
  const { slotMs, minority } = subject;
  const random = simulation.random('topology');
  const anyTime = (from: number, until: number): number => random.integer(from * slotMs, until * slotMs);
  const cutAt = anyTime(25, 35);
  const healAt = cutAt + anyTime(5, 20);
  const size = random.integer(1, minority);
  const cutOff = new Set<number>();
  while (cutOff.size < size) cutOff.add(random.integer(0, nodes.length - 1));
  const restart = (crashAt: number, downMs: number) => ({
    index: random.integer(0, nodes.length - 1),
    crashAt,
    recoverAt: crashAt + downMs,
    store: random.chance(500) ? ('kept' as const) : ('lost' as const),
  });
  const between = restart(random.integer(cutAt, healAt), 0);
  const restarts = [
    restart(anyTime(1, 10), anyTime(0, 10)),
    // Whoever loses its blocks is out for a while, which the majority cannot afford now.
    cutOff.has(between.index) ? between : { ...between, store: 'kept' as const },
    restart(healAt + anyTime(GRACE_SLOTS, GRACE_SLOTS + 10), anyTime(0, 10)),
  ];
  return { cutAt, healAt, cutOff, restarts };
}

function actionsOf(network: SubjectNetwork, watch: Watch): readonly Action[] {
  const { simulation, subject } = network;
  const { cutAt, healAt, cutOff, restarts } = drawPlan(network);
  const graceMs = GRACE_SLOTS * subject.slotMs;
  const isolate = (): void => {
    for (const index of cutOff) watch.cutOff.add(index);
    simulation.partition([[...cutOff].map((index) => `node-${index}`)]);
  };
  const topology: readonly Action[] = [
    { at: cutAt, run: isolate },
    { at: healAt, run: () => simulation.heal() },
    { at: healAt + graceMs, run: () => watch.cutOff.clear() },
  ];
  const crashes = restarts.flatMap(({ index, crashAt, recoverAt, store }): readonly Action[] => [
    {
      at: crashAt,
      run() {
        if (store === 'lost') watch.relearning.add(index);
        return network.crash(index);
      },
    },
    { at: recoverAt, run: async () => void (await network.recover(index, { store })) },
    { at: Math.max(recoverAt, healAt) + graceMs, run: () => void watch.relearning.delete(index) },
  ]);
  return [...topology, ...crashes];
}

/** A payment at one machine in every slot, so that blocks of different builders differ. */
function drawPayments(network: SubjectNetwork, slots: number): readonly Action[] {
  const { subject, simulation, nodes } = network;
  const random = simulation.random('workload');
  return Array.from({ length: slots }, (_, slot) => {
    const index = random.integer(0, nodes.length - 1);
    const at = slot * subject.slotMs + random.integer(0, subject.slotMs - 1);
    return { at, run: () => network.pay(index, BigInt(slot + 1)) };
  });
}

function depthOf({ rules, nodes }: SubjectNetwork): number {
  const [node] = nodes;
  const { finality } = rules;
  return node !== undefined && finality.kind === 'settle' ? finality.depth(node.host.head().state) : 0;
}

/** Heads are compared shortly before a slot ends, when what is 400 ms under way has arrived. */
async function runUntilEqual(network: SubjectNetwork, runSlots: (count: number) => Promise<void>): Promise<number> {
  const { simulation, subject, nodes } = network;
  const heads = () => new Set(nodes.map(({ host }) => host.head().header.id));
  const slot = Math.floor((simulation.now() - START) / subject.slotMs);
  await simulation.runUntil(START + (slot + 2) * subject.slotMs - 50);
  let slots = 0;
  for (; heads().size > 1 && slots < SLOTS_TO_AGREE_MAX; slots++) await runSlots(1);
  return slots;
}

/** What a run must show, and did not. */
export function faultsOf(result: CampaignResult, blocks: number): readonly string[] {
  const { height, broken, finalsBroken, blocksAfterFaults, slotsToAgree, accusations, doubleSigns, rejections } =
    result;
  const checks: readonly (readonly [string, boolean])[] = [
    ['too low', height >= blocks],
    ['a settled block was taken back', broken === 0],
    ['two final blocks of one height, or one taken back', finalsBroken === 0],
    ['hardly alive after the faults', blocksAfterFaults >= BLOCKS_AFTER_FAULTS_MIN],
    ['no agreement', slotsToAgree < SLOTS_TO_AGREE_MAX],
    ['an honest node was accused', accusations === 0],
    ['an honest node signed twice', doubleSigns === 0],
    [`refused ${rejections.join()}`, rejections.length === 0],
  ];
  return checks.flatMap(([fault, isMet]) => (isMet ? [] : [fault]));
}

import type { Effect } from '@fiducia/consensus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type CheckpointState, type checkpointFinality, decodeVote, encodeVote } from '../src/index.ts';
import { justifiedRef } from '../src/state.ts';
import { EMPTY, type GuardFault, TestGuard, type TestNode, validators, World } from './support.ts';

/** What a mutated run leaves out: a mark of the guard, the guard at a restart, votes above b + 1, rule F5 or V6. */
type Fault = GuardFault | 'amnesia' | 'strict hand-over' | 'no F5' | 'no V6' | 'none';

const FAULTS: readonly Fault[] = ['none', 'target', 'source', 'amnesia', 'strict hand-over', 'no F5', 'no V6'];

afterEach(() => {
  vi.doUnmock('../src/handover.ts');
  vi.resetModules();
});

async function pluginWith(fault: Fault): Promise<Plugin> {
  vi.resetModules();
  if (fault === 'no F5') {
    // The old committee goes on above the boundary as if nothing ended there; the rival branch learns of the end.
    vi.doMock('../src/handover.ts', async (original) => {
      const module = await original<typeof import('../src/handover.ts')>();
      return {
        ...module,
        isHandover: (...[state, link, context]: Parameters<typeof module.isHandover>) =>
          state.checkpoints.get(link.target.number) !== link.target.id && module.isHandover(state, link, context),
      };
    });
  }
  const plugin = (await import('../src/index.ts')).checkpointFinality();
  if (fault === 'strict hand-over') return withoutVotesAbove(plugin);
  return fault === 'no V6' ? withHastyVotes(plugin) : plugin;
}

/** Engines that see everything justified count for the fork choice at once, while the fork choice itself waits. */
function withHastyVotes(plugin: Plugin): Plugin {
  return {
    ...plugin,
    createEngine(config, rules, context) {
      const engine = plugin.createEngine?.(config, rules, context);
      return {
        start: (start, now) => engine?.start(start, now) ?? [],
        on(input, now) {
          if (input.kind !== 'headChanged') return engine?.on(input, now) ?? [];
          const { state } = input.head;
          const forkStart = justifiedRef(state).number;
          return engine?.on({ ...input, head: { ...input.head, state: { ...state, forkStart } } }, now) ?? [];
        },
      };
    },
  };
}

/** Engines that vote for no target above the one after a pending boundary. */
function withoutVotesAbove(plugin: Plugin): Plugin {
  return {
    ...plugin,
    createEngine(config, rules, context) {
      const engine = plugin.createEngine?.(config, rules, context);
      let handover: CheckpointState['handover'] = null;
      const allowed = (effect: Effect): boolean => {
        const link = effect.kind === 'send' ? decodeVote(effect.payload) : undefined;
        return link === undefined || handover === null || link.target.number <= handover.boundary + 1;
      };
      return {
        start: (start, now) => engine?.start(start, now).filter(allowed) ?? [],
        on(input, now) {
          if (input.kind === 'headChanged') handover = input.head.state.handover;
          return engine?.on(input, now).filter(allowed) ?? [];
        },
      };
    },
  };
}

type Plugin = ReturnType<typeof checkpointFinality>;

/** Voters 0 and 1 never see each other's group, 2 moves between them, 3 signs what it is asked. */
class Schedule {
  readonly world: World;
  readonly #fault: Fault;
  readonly #guards = new Map<string, TestGuard>();

  constructor(world: World, fault: Fault) {
    this.world = world;
    this.#fault = fault;
  }

  /** Signer and node start, or start again; the node knows nothing but what the signer wrote down. */
  crash(name: number): TestNode {
    if (this.#fault === 'amnesia') this.#guards.delete(String(name));
    return this.move(name);
  }

  /** The signer keeps running and gets a node that knows nothing: another group's view. */
  move(name: number): TestNode {
    const mark = this.#fault === 'target' || this.#fault === 'source' ? this.#fault : undefined;
    const guard = this.#guards.get(String(name)) ?? new TestGuard(mark);
    this.#guards.set(String(name), guard);
    return this.world.start(name, guard);
  }

  /** Voter 3 votes for whatever is asked. */
  byzantine(source: string, target: string): void {
    const [from, to] = [source, target].map((name) => {
      const block = this.world.blocks.get(name);
      if (block === undefined) throw new Error(`no block ${name}`);
      return { number: block.header.height, id: name };
    });
    if (from === undefined || to === undefined) throw new Error('no link');
    this.world.say(3, encodeVote({ term: 0, source: from, target: to, handover: EMPTY }));
  }

  /** All blocks that any node holds final. */
  finals(): string[] {
    return [...new Set([...this.world.nodes.values()].flatMap((node) => node.finals))].sort();
  }
}

/** Extends `parent` by a block with what `builder` offers, and hands the branch to `receivers`. */
function extend(
  schedule: Schedule,
  name: string,
  parent: string,
  builder: TestNode,
  receivers: readonly TestNode[],
): void {
  const block = schedule.world.block(name, parent, { ...builder.body(parent), evidence: [] });
  for (const node of receivers) node.receiveBranch(block);
}

/** Group {0, 2, 3} finalises A1. */
function voteForA(schedule: Schedule): void {
  const { world } = schedule;
  const [zero, two] = [schedule.move(0), schedule.move(2)];
  world.connect([0, 2, 3]);
  extend(schedule, 'A1', 'g', zero, [zero, two]);
  schedule.byzantine('g', 'A1');
  extend(schedule, 'A2', 'A1', zero, [two, zero]);
  schedule.byzantine('A1', 'A2');
  expect(zero.finals).toEqual(['A1']);
}

/** SCH-1: the signing record is lost or kept at a crash. */
async function runAmnesia(fault: Fault): Promise<Schedule> {
  const schedule = await scheduleWith(fault);
  const { world } = schedule;
  voteForA(schedule);
  const [one, two] = [schedule.crash(1), schedule.crash(2)];
  world.connect([1, 2, 3]);
  extend(schedule, 'B1', 'g', one, [one, two]);
  schedule.byzantine('g', 'B1');
  extend(schedule, 'B2', 'B1', one, [one, two]);
  schedule.byzantine('B1', 'B2');
  return schedule;
}

/** SCH-2: the record is there, but voter 2 no longer knows that A1 is justified. */
async function runSurround(fault: Fault): Promise<Schedule> {
  const schedule = await scheduleWith(fault);
  const { world } = schedule;
  voteForA(schedule);
  const [one, two] = [schedule.move(1), schedule.move(2)];
  world.connect([1, 2, 3]);
  world.block('B1', 'g');
  world.block('B2', 'B1');
  const tip = world.block('B3', 'B2');
  for (const node of [one, two]) node.receiveBranch(tip);
  schedule.byzantine('g', 'B3');
  extend(schedule, 'B4', 'B3', one, [one, two]);
  schedule.byzantine('B3', 'B4');
  return schedule;
}

/** SCH-3: voter 2 changes its group between any two votes. */
async function runDoubleTarget(fault: Fault): Promise<Schedule> {
  const schedule = await scheduleWith(fault);
  const { world } = schedule;
  const [zero, one] = [schedule.move(0), schedule.move(1)];
  const steps = [
    { block: 'A1', parent: 'g', resident: zero },
    { block: 'B1', parent: 'g', resident: one },
    { block: 'A2', parent: 'A1', resident: zero },
    { block: 'B2', parent: 'B1', resident: one },
  ];
  for (const { block, parent, resident } of steps) {
    world.connect([resident.name, 2, 3]);
    extend(schedule, block, parent, resident, [resident, schedule.move(2)]);
    schedule.byzantine(parent, block);
  }
  return schedule;
}

/** SCH-4: four honest voters, boundary b at k = 4, a split right above it. */
async function runDeadlock(fault: Fault): Promise<Schedule> {
  const schedule = await scheduleWith(fault, { grace: 3 });
  const { world } = schedule;
  const nodes = [0, 1, 2, 3].map((name) => schedule.move(name));
  const [zero, one, two, three] = nodes as [TestNode, TestNode, TestNode, TestNode];
  world.block('c1', 'g', { validators: validators(4, 5, 6, 7) });
  world.block('c2', 'c1');
  world.block('c3', 'c2');
  const boundary = world.block('b', 'c3');
  for (const node of nodes) node.receiveBranch(boundary);
  extend(schedule, 'X5', 'b', zero, [zero, one]);
  extend(schedule, 'Y5', 'b', two, [two, three]);
  expect(schedule.finals()).toEqual([]);
  extend(schedule, 'X6', 'X5', zero, nodes);
  extend(schedule, 'X7', 'X6', zero, nodes);
  extend(schedule, 'X8', 'X7', zero, nodes);
  return schedule;
}

/** SCH-5: eight honest voters, boundary b at k = 2; the next committee never sees a block of X. */
async function runAboveBoundary(fault: Fault): Promise<Schedule> {
  const schedule = await scheduleWith(fault, { grace: 1 });
  const { world } = schedule;
  const old = [0, 1, 2, 3].map((name) => schedule.move(name));
  const next = [4, 5, 6, 7].map((name) => schedule.move(name));
  const [zero, four] = [old[0], next[0]] as [TestNode, TestNode];
  world.block('c1', 'g', { validators: validators(4, 5, 6, 7) });
  const boundary = world.block('b', 'c1');
  for (const node of [...old, ...next]) node.receiveBranch(boundary);
  extend(schedule, 'X3', 'b', zero, old);
  extend(schedule, 'X4', 'X3', zero, old);
  extend(schedule, 'Y3', 'b', four, next);
  extend(schedule, 'Y4', 'Y3', four, next);
  return schedule;
}

/** SCH-6: two blocks between checkpoints; voter 3 is silent after the first two votes. */
async function runLeftBehind(fault: Fault): Promise<Schedule> {
  const schedule = await scheduleWith(fault, { every: 2, delay: 1 });
  const { world } = schedule;
  const nodes = [0, 1, 2].map((name) => schedule.move(name));
  const [zero, one] = nodes as [TestNode, TestNode, TestNode];
  for (const [name, parent] of [
    ['a1', 'g'],
    ['A1', 'a1'],
    ['a3', 'A1'],
    ['A2', 'a3'],
    ['a5', 'A2'],
    ['A3', 'a5'],
  ] as const) {
    const block = world.block(name, parent);
    for (const node of nodes) node.receiveBranch(block);
  }
  // Voter 0 alone sees the block that justifies A2, right above the checkpoint A3.
  extend(schedule, 'a7', 'A3', zero, [zero]);
  extend(schedule, 'B2', 'a3', one, nodes);
  for (let height = 5, parent = 'B2'; height <= 11; height++) {
    const name = height % 2 === 0 ? `B${height / 2}` : `b${height}`;
    extend(schedule, name, parent, one, nodes);
    parent = name;
  }
  return schedule;
}

async function scheduleWith(fault: Fault, config: Record<string, unknown> = {}): Promise<Schedule> {
  const plugin = await pluginWith(fault);
  return new Schedule(new World({ plugin, config, trustsProofs: fault === 'no F5' }), fault);
}

describe('finality-checkpoint SCH-1 amnesia, with real engines', () => {
  it.each(FAULTS)('fault: %s', async (fault) => {
    const schedule = await runAmnesia(fault);
    expect(schedule.finals()).toEqual(fault === 'amnesia' ? ['A1', 'B1'] : ['A1']);
    if (fault === 'none') expect(schedule.world.node(2).guard.refused).toEqual(['target']);
  });
});

describe('finality-checkpoint SCH-2 surround, with real engines', () => {
  it.each(FAULTS)('fault: %s', async (fault) => {
    const schedule = await runSurround(fault);
    expect(schedule.finals()).toEqual(fault === 'source' ? ['A1', 'B3'] : ['A1']);
    if (fault === 'none') expect(schedule.world.node(2).guard.refused).toContain('source');
  });
});

describe('finality-checkpoint SCH-3 double target, with real engines', () => {
  it.each(FAULTS)('fault: %s', async (fault) => {
    const schedule = await runDoubleTarget(fault);
    expect(schedule.finals()).toEqual(fault === 'target' ? ['A1', 'B1'] : ['A1']);
  });
});

describe('finality-checkpoint SCH-4 and H2: hand-over deadlock, with real engines', () => {
  it.each(FAULTS)('fault: %s', async (fault) => {
    const schedule = await runDeadlock(fault);
    const terms = [0, 1, 2, 3].map((name) => schedule.world.node(name).head.state.term.number);
    if (fault === 'strict hand-over') {
      expect(schedule.finals()).toEqual([]);
      expect(terms).toEqual([0, 0, 0, 0]);
      return;
    }
    // Without F5 blocks above the boundary become final too, which is for SCH-5 to find.
    expect(schedule.finals()).toContain('b');
    if (fault !== 'no F5') expect(terms).toEqual([1, 1, 1, 1]);
  });
});

describe('finality-checkpoint SCH-5 finality above the boundary, with real engines', () => {
  it.each(FAULTS)('fault: %s', async (fault) => {
    const schedule = await runAboveBoundary(fault);
    expect(schedule.finals()).toEqual(fault === 'no F5' ? ['X3', 'Y3', 'b'] : ['Y3', 'b']);
  });
});

describe('finality-checkpoint SCH-6 and V6: source left behind, with real engines', () => {
  it.each(FAULTS)('fault: %s', async (fault) => {
    const schedule = await runLeftBehind(fault);
    const { guard } = schedule.world.node(0);
    if (fault === 'no V6') {
      expect(guard.refused).toContain('source');
      expect(schedule.finals()).toEqual([]);
      return;
    }
    expect(guard.refused).toEqual([]);
    expect(schedule.finals()).toEqual(['B4']);
  });
});

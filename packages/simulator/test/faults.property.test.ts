import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRandomStream,
  type NetworkConditions,
  type RandomLabel,
  type SimulatedPorts,
  type Simulation,
} from '../src/index.ts';
import { sha256 } from './support/hash.ts';
import { createNewsNetwork, gossipEvery } from './support/news-network.ts';

const NAMES = ['n0', 'n1', 'n2', 'n3', 'n4'] as const;
const END_MS = 3_000;

const name = fc.constantFrom(...NAMES);
const link = fc.tuple(name, name).filter(([from, to]) => from !== to);
const permille = fc.integer({ min: 0, max: 500 });

const conditions: fc.Arbitrary<NetworkConditions> = fc.record(
  {
    delay: fc.constant({ kind: 'heavyTail', meanMs: 50, maxMs: 2_000 } as const),
    lossPermille: permille,
    duplicatePermille: permille,
    lateReplayPermille: permille,
    lateReplayWithinMs: fc.integer({ min: 1, max: 1_000 }),
    reorderWindow: fc.integer({ min: 0, max: 20 }),
    bandwidth: fc.record({ kbitPerSecond: fc.integer({ min: 8, max: 1_000 }), nodes: fc.subarray([...NAMES]) }),
    outboundLinks: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: [] },
);

/** Something that happens to the network at a time. */
type Fault =
  | { readonly kind: 'kill' | 'restart'; readonly node: string }
  | { readonly kind: 'pause'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'cut'; readonly link: readonly [string, string] }
  | { readonly kind: 'clog'; readonly link: readonly [string, string]; readonly forMs: number }
  | { readonly kind: 'partition' | 'heal'; readonly group: readonly string[] }
  | { readonly kind: 'clock'; readonly node: string; readonly offsetMs: number }
  | { readonly kind: 'conditions'; readonly conditions: NetworkConditions };

const duration = fc.integer({ min: 1, max: 800 });
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constantFrom('kill', 'restart'), node: name }),
  fc.record({ kind: fc.constant('pause'), node: name, forMs: duration }),
  fc.record({ kind: fc.constant('cut'), link }),
  fc.record({ kind: fc.constant('clog'), link, forMs: duration }),
  fc.record({ kind: fc.constantFrom('partition', 'heal'), group: fc.subarray([...NAMES]) }),
  fc.record({ kind: fc.constant('clock'), node: name, offsetMs: fc.integer({ min: -500, max: 500 }) }),
  fc.record({ kind: fc.constant('conditions'), conditions }),
);
const schedule = fc.array(fc.tuple(fc.integer({ min: 0, max: END_MS }), fault), { maxLength: 25 });

interface Outcome {
  readonly traceHash: string;
  readonly counts: unknown;
  /** Things that a process did after its end. */
  readonly afterlife: readonly string[];
}

/** Five busy nodes under a schedule of faults. */
async function play(seed: number, faults: readonly (readonly [number, Fault])[]): Promise<Outcome> {
  const { simulation, nodes } = createNewsNetwork(NAMES.length, {}, seed);
  const afterlife: string[] = [];
  const live = (ports: SimulatedPorts): void => {
    const check = (what: string): void => {
      if (!ports.isAlive()) afterlife.push(`${ports.name}/${ports.incarnation} ${what}`);
    };
    ports.net.serve('blocks', async () => {
      check('answers');
      return Uint8Array.of(1);
    });
    ports.net.subscribe('news', async () => {
      check('hears');
      return 'accept';
    });
    const tick = (): void => {
      check('ticks');
      ports.net.send(null, 'news', new Uint8Array(20));
      void ports.net.request(NAMES[simulation.now() % 5] ?? 'n0', 'blocks', new Uint8Array(5), 400).then(() => {
        check('gets an answer');
      });
      ports.clock.schedule(ports.clock.now() + 97, tick);
    };
    tick();
  };
  for (const node of nodes) live(node);
  for (const [at, planned] of faults) {
    simulation.schedule(at, planned.kind, () => inflict(simulation, planned, live));
  }
  await simulation.runUntil(END_MS + 1_000);
  const counts = [simulation.networkCounts(), simulation.processCounts(), simulation.eventCount()];
  return { traceHash: simulation.traceHash(), counts, afterlife };
}

/** Does what the schedule says now. */
function inflict(simulation: Simulation, fault: Fault, live: (ports: SimulatedPorts) => void): void {
  const now = simulation.now();
  switch (fault.kind) {
    case 'kill':
      simulation.kill(fault.node);
      break;
    case 'restart':
      simulation.kill(fault.node);
      live(simulation.restart(fault.node));
      break;
    case 'pause':
      simulation.pause(fault.node, now + fault.forMs);
      break;
    case 'cut':
      simulation.cut([{ from: fault.link[0], to: fault.link[1] }]);
      break;
    case 'clog':
      simulation.clog(fault.link[0], fault.link[1], now + fault.forMs);
      break;
    case 'partition':
      simulation.partition([fault.group]);
      break;
    case 'heal':
      simulation.heal(fault.group);
      break;
    case 'clock':
      simulation.setClock(fault.node, { offsetMs: fault.offsetMs, driftPpm: fault.offsetMs });
      break;
    case 'conditions':
      simulation.setConditions(fault.conditions);
      break;
  }
}

describe('simulation E4: any schedule of faults', () => {
  it('has equal traces for equal seeds, and processes that are silent after their end', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(1_000), schedule, async (seed, faults) => {
        const [first, second] = [await play(seed, faults), await play(seed, faults)];
        expect(second).toEqual(first);
        expect(first.afterlife).toEqual([]);
        expect((await play(seed + 1, faults)).traceHash).not.toBe(first.traceHash);
      }),
      { numRuns: 60 },
    ));
});

describe('simulation E3: draws', () => {
  it('of delays do not depend on what else the conditions do to a message', () =>
    fc.assert(
      fc.asyncProperty(permille, permille, permille, async (lossPermille, duplicatePermille, lateReplayPermille) => {
        const arrivalsWith = async (network: NetworkConditions): Promise<ReadonlySet<string>> => {
          const { simulation, nodes, arrivals } = createNewsNetwork(3, network);
          gossipEvery(simulation, nodes[0], 50, 100);
          await simulation.runUntil(60_000);
          return new Set(arrivals.map(({ to, value, at }) => `${to} ${value} ${at}`));
        };
        const calm = await arrivalsWith({});
        const rough = await arrivalsWith({ lossPermille, duplicatePermille, lateReplayPermille });
        const messageOf = (arrival: string): string => arrival.split(' ').slice(0, 2).join(' ');
        const arrived = new Set([...rough].map(messageOf));
        for (const arrival of calm) expect(rough.has(arrival)).toBe(arrived.has(messageOf(arrival)));
      }),
      { numRuns: 30 },
    ));

  it('of one purpose do not shift those of another, whatever happens', () =>
    fc.assert(
      fc.asyncProperty(conditions, async (network) => {
        const { simulation, nodes } = createNewsNetwork(5, network);
        const purposes: readonly RandomLabel[] = ['workload', 'storage/0', 'adversary', 'network', 'topology', 'clock'];
        const drawn = purposes.map((label) => [simulation.random(label).nextUint64()]);
        gossipEvery(simulation, nodes[0], 20, 10);
        await simulation.runUntil(END_MS);
        for (const [index, label] of purposes.entries()) {
          const fresh = createRandomStream({ seed: 1, label, sha256 });
          expect([...(drawn[index] ?? []), simulation.random(label).nextUint64()]).toEqual([
            fresh.nextUint64(),
            fresh.nextUint64(),
          ]);
        }
      }),
      { numRuns: 30 },
    ));

  it('of one sender do not shift those of another', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(40), async (others) => {
        const { simulation, nodes, arrivals } = createNewsNetwork(3, { lossPermille: 100, duplicatePermille: 100 });
        gossipEvery(simulation, nodes[1], others, 7);
        gossipEvery(simulation, nodes[0], 30, 10);
        await simulation.runUntil(END_MS);
        const alone = createNewsNetwork(3, { lossPermille: 100, duplicatePermille: 100 });
        gossipEvery(alone.simulation, alone.nodes[0], 30, 10);
        await alone.simulation.runUntil(END_MS);
        expect(arrivals.filter(({ from }) => from === 'n0')).toEqual(alone.arrivals);
      }),
      { numRuns: 20 },
    ));
});

describe('simulation section 3: pauses', () => {
  it('keep the order of what they hold back, and let nothing run before their end', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(1_000), { maxLength: 40 }),
        fc.array(fc.tuple(fc.nat(1_000), duration), { maxLength: 5 }),
        async (timers, pauses) => {
          const { simulation, nodes } = createNewsNetwork(2);
          const ran: { readonly due: number; readonly index: number; readonly at: number }[] = [];
          for (const [index, due] of timers.entries()) {
            nodes[1].clock.schedule(due, () => ran.push({ due, index, at: simulation.now() }));
          }
          const windows = pauses.map(([at, forMs]) => ({ begin: at, end: at + forMs }));
          for (const { begin, end } of windows) simulation.schedule(begin, 'pause', () => simulation.pause('n1', end));
          await simulation.runUntil(END_MS);

          const inOrder = [...ran].sort((a, b) => a.due - b.due || a.index - b.index);
          expect(ran).toEqual(inOrder);
          expect(ran).toHaveLength(timers.length);
          for (const { due, at } of ran) {
            expect(windows.some(({ begin, end }) => begin < at && at < end)).toBe(false);
            const isHeld = windows.some(({ begin, end }) => begin < due && due < end);
            expect(at > due).toBe(isHeld);
          }
        },
      ),
    ));
});

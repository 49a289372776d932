import { describe, expect, it } from 'vitest';
import { createSimulation, type NetworkConditions, type SimulatedPorts, type Simulation } from '../src/index.ts';
import { sha256 } from './support/hash.ts';

interface Arrival {
  readonly to: string;
  readonly from: string;
  readonly at: number;
  readonly value: number;
}

function createNetwork(size: number, network: NetworkConditions, seed = 1) {
  const simulation = createSimulation({ seed, startTime: 0, sha256, network });
  const arrivals: Arrival[] = [];
  const nodes = Array.from({ length: size }, (_, index) => simulation.addNode(`n${index}`));
  for (const node of nodes) {
    node.net.subscribe('news', async (from, bytes) => {
      arrivals.push({ to: node.name, from, at: simulation.now(), value: bytes[0] ?? -1 });
      return 'accept';
    });
  }
  return { simulation, nodes: nodes as [SimulatedPorts, SimulatedPorts, ...SimulatedPorts[]], arrivals };
}

function sendEvery(simulation: Simulation, node: SimulatedPorts, count: number, gapMs: number): void {
  for (let index = 0; index < count; index++) {
    simulation.schedule(index * gapMs, 'send', () => node.net.send(null, 'news', Uint8Array.of(index % 256)));
  }
}

describe('simulated network', () => {
  it('delivers gossip to all others and a direct message to one', async () => {
    const { simulation, nodes, arrivals } = createNetwork(4, { delayMs: { min: 5, max: 5 } });
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    nodes[1].net.send('n3', 'news', Uint8Array.of(2));
    nodes[1].net.send('stranger', 'news', Uint8Array.of(3));
    await simulation.runUntil(100);
    expect(arrivals).toEqual([
      { to: 'n1', from: 'n0', at: 5, value: 1 },
      { to: 'n2', from: 'n0', at: 5, value: 1 },
      { to: 'n3', from: 'n0', at: 5, value: 1 },
      { to: 'n3', from: 'n1', at: 5, value: 2 },
    ]);
  });

  it('delays within the given range and lets messages overtake each other', async () => {
    const { simulation, nodes, arrivals } = createNetwork(2, { delayMs: { min: 10, max: 90 } });
    sendEvery(simulation, nodes[0], 200, 1);
    await simulation.runUntil(1_000);
    const delays = arrivals.map((arrival) => arrival.at - arrival.value);
    expect(delays).toHaveLength(200);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...delays)).toBeLessThanOrEqual(90);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(60);
    const order = arrivals.map((arrival) => arrival.value);
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
  });

  it('loses and duplicates the given share', async () => {
    const { simulation, nodes, arrivals } = createNetwork(2, { lossPermille: 200, duplicatePermille: 100 });
    sendEvery(simulation, nodes[0], 10_000, 1);
    await simulation.runUntil(20_000);
    const counts = simulation.networkCounts();
    expect(counts.sent).toBe(10_000);
    expect(counts.lost).toBeGreaterThan(1_800);
    expect(counts.lost).toBeLessThan(2_200);
    expect(counts.duplicated).toBeGreaterThan(680);
    expect(counts.duplicated).toBeLessThan(920);
    expect(counts.delivered).toBe(10_000 - counts.lost + counts.duplicated);
    expect(arrivals).toHaveLength(counts.delivered);
  });

  it('draws the same delays whether or not messages are lost (simulation E3)', async () => {
    const timesWith = async (lossPermille: number): Promise<Map<number, number>> => {
      const { simulation, nodes, arrivals } = createNetwork(2, { lossPermille });
      sendEvery(simulation, nodes[0], 100, 100);
      await simulation.runUntil(20_000);
      return new Map(arrivals.map((arrival) => [arrival.value, arrival.at]));
    };
    const [all, some] = [await timesWith(0), await timesWith(300)];
    expect(some.size).toBeLessThan(all.size);
    for (const [value, at] of some) expect(all.get(value)).toBe(at);
  });

  it('stops messages between the groups of a partition, also in flight, until it heals', async () => {
    const { simulation, nodes, arrivals } = createNetwork(4, { delayMs: { min: 10, max: 10 } });
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    simulation.schedule(5, 'cut', () => simulation.partition([['n0', 'n1']]));
    simulation.schedule(20, 'inside', () => nodes[0].net.send(null, 'news', Uint8Array.of(2)));
    simulation.schedule(28, 'crossing the heal', () => nodes[1].net.send('n3', 'news', Uint8Array.of(3)));
    simulation.schedule(30, 'heal', () => simulation.heal());
    simulation.schedule(40, 'after', () => nodes[0].net.send(null, 'news', Uint8Array.of(4)));
    await simulation.runUntil(25);
    expect(nodes[0].net.peers()).toEqual(['n1']);
    expect(nodes[2]?.net.peers()).toEqual(['n3']);
    await simulation.runUntil(100);
    expect(nodes[0].net.peers()).toEqual(['n1', 'n2', 'n3']);
    expect(arrivals.map(({ to, value }) => `${value}->${to}`)).toEqual(['1->n1', '2->n1', '4->n1', '4->n2', '4->n3']);
    expect(simulation.networkCounts()).toMatchObject({ blocked: 5, delivered: 5 });
  });

  it('refuses partitions of unknown nodes and of one node in two groups', () => {
    const { simulation } = createNetwork(2, {});
    expect(() => simulation.partition([['n7']])).toThrow(/UNKNOWN_NODE/);
    expect(() => simulation.partition([['n0'], ['n0']])).toThrow(/INVALID_OPTION/);
  });

  it('delivers no more after a subscriber left', async () => {
    const { simulation, nodes, arrivals } = createNetwork(2, {});
    let extra = 0;
    const leave = nodes[1].net.subscribe('news', async () => {
      extra += 1;
      return 'ignore';
    });
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    await simulation.runUntil(100);
    leave();
    nodes[0].net.send(null, 'news', Uint8Array.of(2));
    await simulation.runUntil(200);
    expect(extra).toBe(1);
    expect(arrivals).toHaveLength(2);
  });

  it('shows every sent message to observers', async () => {
    const { simulation, nodes } = createNetwork(3, { lossPermille: 1_000 });
    const seen: string[] = [];
    const stop = simulation.onSend(({ from, to, channel, bytes }) => seen.push(`${from}>${to}:${channel}:${bytes}`));
    nodes[0].net.send(null, 'news', Uint8Array.of(9));
    nodes[1].net.send('n2', 'other', Uint8Array.of(8));
    stop();
    nodes[1].net.send('n2', 'other', Uint8Array.of(7));
    expect(seen).toEqual(['n0>null:news:9', 'n1>n2:other:8']);
  });

  it.each([
    ['delay', { delayMs: { min: 5, max: 4 } }],
    ['loss', { lossPermille: 1_001 }],
    ['duplication', { duplicatePermille: 0.5 }],
  ])('refuses an impossible %s', (_case, network) => {
    expect(() => createNetwork(1, network)).toThrow(/INVALID_OPTION/);
  });
});

describe('requests', () => {
  const ask = async (
    simulation: Simulation,
    node: SimulatedPorts,
    peer: string,
  ): Promise<{ at: number; answer: readonly number[] | null } | undefined> => {
    let result: { at: number; answer: readonly number[] | null } | undefined;
    simulation.schedule(simulation.now(), 'ask', async () => {
      const answer = await node.net.request(peer, 'blocks', Uint8Array.of(3), 1_000);
      result = { at: simulation.now(), answer: answer && [...answer] };
    });
    await simulation.runUntil(simulation.now() + 5_000);
    return result;
  };

  it('returns the answer after both ways, and a refusal as null', async () => {
    const { simulation, nodes } = createNetwork(2, { delayMs: { min: 10, max: 10 } });
    const stop = nodes[1].net.serve('blocks', async (from, bytes) =>
      from === 'n0' ? Uint8Array.of(...bytes, 4) : null,
    );
    expect(await ask(simulation, nodes[0], 'n1')).toEqual({ at: 20, answer: [3, 4] });
    stop();
    expect(await ask(simulation, nodes[0], 'n1')).toEqual({ at: 5_020, answer: null });
  });

  it('times out on the virtual clock when the peer is unknown, cut off or silent', async () => {
    const { simulation, nodes } = createNetwork(3, { delayMs: { min: 10, max: 10 } });
    nodes[1].net.serve('blocks', () => new Promise(() => undefined));
    expect(await ask(simulation, nodes[0], 'stranger')).toEqual({ at: 1_000, answer: null });
    expect(await ask(simulation, nodes[0], 'n1')).toEqual({ at: 6_000, answer: null });
    simulation.partition([['n0']]);
    expect(await ask(simulation, nodes[0], 'n2')).toEqual({ at: 11_000, answer: null });
  });

  it('leaves no event behind once it was answered', async () => {
    const { simulation, nodes } = createNetwork(2, {});
    nodes[1].net.serve('blocks', async () => Uint8Array.of(1));
    expect((await ask(simulation, nodes[0], 'n1'))?.answer).toEqual([1]);
    // The call, the question and the answer; the time-out was called off.
    expect(simulation.eventCount()).toBe(3);
  });

  it.each([
    ['while the question leaves', 0, 5],
    ['while the question arrives', 15, 25],
    ['while the answer leaves', 15, 45],
    ['while the answer arrives', 35, 45],
  ])('fails when the link is cut %s', async (_when, cutAt, healAt) => {
    const { simulation, nodes } = createNetwork(2, { delayMs: { min: 20, max: 20 } });
    nodes[1].net.serve('blocks', async () => Uint8Array.of(1));
    simulation.schedule(cutAt, 'cut', () => simulation.partition([['n0']]));
    simulation.schedule(healAt, 'heal', () => simulation.heal());
    expect(await ask(simulation, nodes[0], 'n1')).toEqual({ at: 1_000, answer: null });
  });

  it('repeats lost parts of a request, which costs time only', async () => {
    const { simulation, nodes } = createNetwork(2, { delayMs: { min: 10, max: 10 }, lossPermille: 300 });
    nodes[1].net.serve('blocks', async () => Uint8Array.of(1));
    const durations: number[] = [];
    simulation.schedule(0, 'ask', async () => {
      for (let count = 0; count < 200; count++) {
        const begin = simulation.now();
        if ((await nodes[0].net.request('n1', 'blocks', Uint8Array.of(3), 60_000)) !== null) {
          durations.push(simulation.now() - begin);
        }
      }
    });
    await simulation.runUntil(1_000_000);
    // Eight lost attempts in a row end a connection: 3 in 100 000 here.
    expect(durations.length).toBeGreaterThan(197);
    // Without loss 20 ms; one repetition of either part 200 ms more, two of one part 600 ms more.
    for (const extra of [20, 220, 420, 620]) expect(durations).toContain(extra);
    const quick = durations.filter((duration) => duration === 20).length;
    expect(Math.abs(quick - 200 * 0.49)).toBeLessThan(45);
  });

  it('gives up when everything is lost', async () => {
    const { simulation, nodes } = createNetwork(2, { lossPermille: 1_000 });
    nodes[1].net.serve('blocks', async () => Uint8Array.of(1));
    expect(await ask(simulation, nodes[0], 'n1')).toEqual({ at: 1_000, answer: null });
  });

  it('ignores an answer that comes after the time-out', async () => {
    const { simulation, nodes } = createNetwork(2, { delayMs: { min: 600, max: 600 } });
    nodes[1].net.serve('blocks', async () => Uint8Array.of(1));
    expect(await ask(simulation, nodes[0], 'n1')).toEqual({ at: 1_000, answer: null });
  });
});

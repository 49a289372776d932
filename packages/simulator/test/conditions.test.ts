import { describe, expect, it } from 'vitest';
import { createRandomStream, type NetworkConditions, type RandomLabel } from '../src/index.ts';
import { requireConditions } from '../src/network/conditions.ts';
import { drawDelay, leastDelay } from '../src/network/delay.ts';
import { sha256 } from './support/hash.ts';
import { createNewsNetwork, gossipEvery } from './support/news-network.ts';

const STEADY = { delayMs: { min: 10, max: 10 } };

describe('simulation section 3: heavy-tailed delay', () => {
  const draw = (count: number, delay: NetworkConditions['delay'] & object): readonly number[] => {
    const random = createRandomStream({ seed: 1, label: 'network/0', sha256 });
    const conditions = requireConditions({ delay });
    return Array.from({ length: count }, () => drawDelay(random, conditions));
  };

  it('has the given mean, few long delays, and none above the longest', () => {
    const delays = draw(200_000, { kind: 'heavyTail', meanMs: 60, maxMs: 60_000 });
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
    expect(mean).toBeGreaterThan(57);
    expect(mean).toBeLessThan(63);
    const shareAbove = (limit: number): number => delays.filter((delay) => delay > limit).length / delays.length;
    const least = delays.reduce((shortest, delay) => Math.min(shortest, delay));
    expect(least).toBe(15);
    expect(leastDelay(requireConditions({ delay: { kind: 'heavyTail', meanMs: 60, maxMs: 60_000 } }))).toBe(least);
    // A uniform delay of this mean never exceeds 120 ms; here 7 in 100 do, and more than 1 in 1 000 takes over 1.2 s.
    expect(shareAbove(120)).toBeGreaterThan(0.06);
    expect(shareAbove(1_200)).toBeGreaterThan(0.001);
    expect(shareAbove(1_200)).toBeLessThan(0.006);
    // Ten times the delay is 10^1.7 = 50 times as rare.
    const ratio = shareAbove(200) / shareAbove(2_000);
    expect(ratio).toBeGreaterThan(30);
    expect(ratio).toBeLessThan(80);

    expect(new Set(draw(20_000, { kind: 'heavyTail', meanMs: 60, maxMs: 90 })).has(90)).toBe(true);
    expect(draw(20_000, { kind: 'heavyTail', meanMs: 60, maxMs: 90 }).every((delay) => delay <= 90)).toBe(true);
  });

  it('stays exact for the largest values', () => {
    for (const delay of draw(100_000, { kind: 'heavyTail', meanMs: 60_000, maxMs: 3_600_000 })) {
      expect(Number.isSafeInteger(delay) && delay >= 15_000 && delay <= 3_600_000).toBe(true);
    }
  });
});

describe('simulation section 3: late replay', () => {
  it('lets the given share of messages come once more, within the given time', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(2, {
      ...STEADY,
      lateReplayPermille: 300,
      lateReplayWithinMs: 5_000,
    });
    gossipEvery(simulation, nodes[0], 200, 1);
    await simulation.runUntil(20_000);
    const { replayed, delivered } = simulation.networkCounts();
    expect(replayed).toBeGreaterThan(40);
    expect(replayed).toBeLessThan(80);
    expect(delivered).toBe(200 + replayed);
    const lateness = arrivals.map(({ at, value }) => at - value - 10).filter((afterMs) => afterMs > 0);
    expect(lateness).toHaveLength(replayed);
    expect(Math.max(...lateness)).toBeLessThanOrEqual(5_000);
    expect(Math.max(...lateness)).toBeGreaterThan(4_000);
  });
});

describe('simulation section 3: reorder', () => {
  it('lets at most as many messages overtake one as the window has, on a link whose delay is constant', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(2, { ...STEADY, reorderWindow: 5 });
    gossipEvery(simulation, nodes[0], 250, 3);
    await simulation.runUntil(5_000);
    const order = arrivals.map(({ value }) => value);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, index) => index));
    const overtakers = order.map((value, place) => order.slice(0, place).filter((other) => other > value).length);
    expect(Math.max(...overtakers)).toBe(5);
    expect(simulation.networkCounts().reordered).toBeGreaterThan(30);
    expect(simulation.networkCounts().reordered).toBeLessThan(95);
  });

  it('lets go of a message that nothing overtakes after 500 ms', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(2, { ...STEADY, reorderWindow: 20 });
    gossipEvery(simulation, nodes[0], 40, 1_000);
    await simulation.runUntil(60_000);
    const delays = new Set(arrivals.map(({ at, value }) => at - value * 1_000));
    expect(delays).toEqual(new Set([10, 510]));
    expect(simulation.networkCounts().reordered).toBe(0);
  });

  it('forgets what it holds back when the recipient crashes', async () => {
    const { simulation, nodes, arrivals, listen } = createNewsNetwork(2, { ...STEADY, reorderWindow: 20 });
    gossipEvery(simulation, nodes[0], 20, 1);
    simulation.schedule(100, 'crash', () => simulation.kill('n1'));
    await simulation.runUntil(100);
    const before = arrivals.length;
    expect(before).toBeLessThan(20);
    listen(simulation.restart('n1'));
    await simulation.runUntil(5_000);
    expect(arrivals).toHaveLength(before);
  });
});

describe('simulation section 3: bandwidth', () => {
  // 960 bytes and 40 of headers are 8 000 bits: 80 ms at 100 kbit/s.
  const LARGE = new Uint8Array(960);

  it('sends the copies of a slow node one after the other, and those of others at once', async () => {
    const network = { ...STEADY, bandwidth: { kbitPerSecond: 100, nodes: ['n0'] } };
    const { simulation, nodes, arrivals } = createNewsNetwork(3, network);
    nodes[0].net.send(null, 'news', LARGE);
    nodes[1].net.send(null, 'news', LARGE);
    await simulation.runUntil(1_000);
    expect(arrivals.map(({ from, to, at }) => `${from}>${to}@${at}`)).toEqual([
      'n1>n0@10',
      'n1>n2@10',
      'n0>n1@90',
      'n0>n2@170',
    ]);
    expect(simulation.networkCounts().throttled).toBe(1);
  });

  it('holds for questions and answers, and drops what would wait for over ten seconds', async () => {
    const network = { ...STEADY, bandwidth: { kbitPerSecond: 100, nodes: ['n1'] } };
    const { simulation, nodes, arrivals } = createNewsNetwork(2, network);
    nodes[1].net.serve('blocks', async () => LARGE);
    let answeredAt = 0;
    void nodes[0].net.request('n1', 'blocks', LARGE, 10_000).then(() => (answeredAt = simulation.now()));
    await simulation.runUntil(1_000);
    expect(answeredAt).toBe(100);

    for (let count = 0; count < 200; count++) nodes[1].net.send(null, 'news', LARGE);
    await simulation.runUntil(60_000);
    // 125 copies take ten seconds; one more may begin to wait.
    expect(arrivals).toHaveLength(126);
    expect(simulation.networkCounts()).toMatchObject({ throttled: 199, delivered: 126 });
  });
});

describe('changing conditions', () => {
  it('takes effect for what is sent from then on, and what is left out returns to its default', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(2, { ...STEADY, lossPermille: 1_000 });
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    simulation.setConditions({ delayMs: { min: 30, max: 30 } });
    nodes[0].net.send(null, 'news', Uint8Array.of(2));
    simulation.setConditions({ ...STEADY, duplicatePermille: 1_000 });
    nodes[0].net.send(null, 'news', Uint8Array.of(3));
    await simulation.runUntil(100);
    expect(arrivals.map(({ at, value }) => `${value}@${at}`)).toEqual(['3@10', '3@10', '2@30']);
  });

  it('is part of the trace (simulation E4)', () => {
    const hashes = [5, 6].map((lossPermille) => {
      const { simulation } = createNewsNetwork(2);
      simulation.setConditions({ lossPermille });
      return simulation.traceHash();
    });
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it.each<[string, NetworkConditions]>([
    ['mean', { delay: { kind: 'heavyTail', meanMs: 0, maxMs: 10 } }],
    ['longest delay', { delay: { kind: 'heavyTail', meanMs: 50, maxMs: 49 } }],
    ['distribution', { delay: { kind: 'normal', meanMs: 50, maxMs: 500 } as never }],
    ['replay', { lateReplayPermille: 1_001 }],
    ['time of replay', { lateReplayPermille: 1, lateReplayWithinMs: 0 }],
    ['window', { reorderWindow: 21 }],
    ['bandwidth', { bandwidth: { kbitPerSecond: 0, nodes: [] } }],
    ['topology', { outboundLinks: 0 }],
  ])('refuses an impossible %s', (_case, network) => {
    const { simulation } = createNewsNetwork(2);
    expect(() => simulation.setConditions(network)).toThrow(/INVALID_OPTION/);
  });
});

describe('simulation E3: parts of a stream', () => {
  it('have their own draws; their labels are checked like all others', () => {
    const draw = (label: RandomLabel): bigint => createRandomStream({ seed: 1, label, sha256 }).nextUint64();
    expect(draw('network/3/replay')).not.toBe(draw('network/3'));
    expect(draw('network/3/replay')).not.toBe(draw('network/3/reorder'));
    expect(() => draw('network/3/')).toThrow(/INVALID_OPTION/);
    expect(() => draw('network/3/Replay' as RandomLabel)).toThrow(/INVALID_OPTION/);
  });
});

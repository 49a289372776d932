import { describe, expect, it } from 'vitest';
import { createRandomStream, createSimulation, isSimulationError, type Simulation } from '../src/index.ts';
import { sha256 } from './support/hash.ts';

const START = 1_700_000_000_000;

function simulate(seed = 1): Simulation {
  return createSimulation({ seed, startTime: START, sha256 });
}

describe('simulation E2: event loop', () => {
  it('runs events by time, and events of one time in the order they were planned', async () => {
    const simulation = simulate();
    const seen: string[] = [];
    simulation.schedule(START + 20, 'late', () => void seen.push('late'));
    simulation.schedule(START + 10, 'first', () => void seen.push('first'));
    simulation.schedule(START + 10, 'second', () => void seen.push('second'));
    simulation.schedule(START - 5, 'past', () => void seen.push(`past@${simulation.now() - START}`));
    await simulation.runUntil(START + 20);
    expect(seen).toEqual(['past@0', 'first', 'second', 'late']);
    expect(simulation.eventCount()).toBe(4);
  });

  it('finishes all promises of an event before the next event of the same time', async () => {
    const simulation = simulate();
    const seen: string[] = [];
    simulation.schedule(START, 'async', async () => {
      for (let depth = 0; depth < 500; depth++) await Promise.resolve();
      seen.push('deep');
    });
    simulation.schedule(START, 'detached', () => {
      void (async () => {
        for (let depth = 0; depth < 500; depth++) await new Promise<void>((resolve) => resolve());
        seen.push('detached');
      })();
    });
    simulation.schedule(START, 'sync', () => void seen.push('sync'));
    await simulation.runUntil(START);
    expect(seen).toEqual(['deep', 'detached', 'sync']);
  });

  it('continues where it stopped and includes the end', async () => {
    const simulation = simulate();
    const seen: number[] = [];
    const tick = (at: number): void =>
      simulation.schedule(at, 'tick', () => {
        seen.push(at - START);
        tick(at + 10);
      });
    tick(START + 10);
    await simulation.runUntil(START + 20);
    expect(seen).toEqual([10, 20]);
    expect(simulation.now()).toBe(START + 20);
    await simulation.runUntil(START + 35);
    expect(seen).toEqual([10, 20, 30]);
    expect(simulation.now()).toBe(START + 35);
  });

  it('stops in one run and in many with the same trace', async () => {
    const run = async (stops: readonly number[]): Promise<string> => {
      const simulation = simulate();
      const node = simulation.addNode('a');
      for (let at = 0; at < 100; at += 7) node.clock.schedule(START + at, () => void node.clock.entropy());
      for (const stop of stops) await simulation.runUntil(START + stop);
      return simulation.traceHash();
    };
    expect(await run([100])).toBe(await run([0, 13, 14, 50, 100]));
  });

  it('refuses to go back, to run twice at once, and names that are taken', async () => {
    const simulation = simulate();
    simulation.addNode('a');
    expect(() => simulation.addNode('a')).toThrow(/DUPLICATE_NODE/);
    expect(() => simulation.addNode('')).toThrow(/INVALID_OPTION/);
    await expect(simulation.runUntil(START - 1)).rejects.toThrow(/TIME_PASSED/);
    const running = simulation.runUntil(START + 1);
    await expect(simulation.runUntil(START + 2)).rejects.toThrow(/ALREADY_RUNNING/);
    await running;
  });
});

describe('simulation E6: failing events', () => {
  const failures: readonly [string, () => void | Promise<void>][] = [
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ];

  it.each(failures)('names event, time and seed when a callback %s, and goes on behind it', async (_how, callback) => {
    const simulation = simulate(77);
    let later = false;
    simulation.schedule(START + 5, 'bad luck', callback);
    simulation.schedule(START + 6, 'later', () => {
      later = true;
    });
    const error = await simulation.runUntil(START + 10).catch((caught: unknown) => caught);
    expect(isSimulationError(error, 'EVENT_FAILED')).toBe(true);
    expect(error).toMatchObject({
      data: { event: 'bad luck', node: null, at: START + 5, seed: 77, reason: 'broken' },
      cause: { message: 'broken' },
    });
    expect(later).toBe(false);
    await simulation.runUntil(START + 10);
    expect(later).toBe(true);
  });

  it('names the node whose timer or handler failed', async () => {
    const simulation = simulate();
    const [alice, bob] = [simulation.addNode('alice'), simulation.addNode('bob')];
    alice.clock.schedule(START + 1, () => {
      throw new Error('timer');
    });
    await expect(simulation.runUntil(START + 1)).rejects.toMatchObject({ data: { node: 'alice', event: 'timer' } });

    bob.net.subscribe('news', async () => {
      throw new Error('handler');
    });
    alice.net.send(null, 'news', new Uint8Array());
    await expect(simulation.runUntil(START + 500)).rejects.toMatchObject({
      data: { node: 'bob', event: 'deliver/news', reason: 'handler' },
    });
  });

  it('reports a rejection that comes in a later event under the event that began it', async () => {
    const simulation = simulate();
    let fail: (error: Error) => void = () => undefined;
    simulation.schedule(START + 1, 'begin', () => new Promise<void>((_resolve, reject) => (fail = reject)));
    simulation.schedule(START + 2, 'end', () => fail(new Error('too late')));
    await expect(simulation.runUntil(START + 3)).rejects.toMatchObject({ data: { event: 'begin', at: START + 2 } });
  });
});

describe('clock port', () => {
  it('shows virtual time, calls back once and not after cancellation', async () => {
    const simulation = simulate();
    const { clock } = simulation.addNode('a');
    const seen: number[] = [];
    clock.schedule(START + 30, () => seen.push(clock.now() - START));
    const cancel = clock.schedule(START + 10, () => seen.push(-1));
    clock.schedule(START - 1, () => {
      seen.push(clock.now() - START);
      cancel();
    });
    await simulation.runUntil(START + 100);
    expect(seen).toEqual([0, 30]);
    expect(simulation.eventCount()).toBe(2);
  });

  it('simulation E3: draws entropy per node from the seed', () => {
    const [first, second, other] = [simulate(1), simulate(1), simulate(2)].map((simulation) => {
      const nodes = [simulation.addNode('a'), simulation.addNode('b')];
      return nodes.map((node) => node.clock.entropy());
    });
    expect(first).toEqual(second);
    expect(first).not.toEqual(other);
    expect(first?.[0]).not.toEqual(first?.[1]);
    const stream = createRandomStream({ seed: 1, label: 'clock/1', sha256 });
    expect(first?.[1]).toEqual(stream.bytes(32));
  });
});

describe('log port', () => {
  it('returns entries per era and protocol in order, without truncated heights', async () => {
    const { log } = simulate().addNode('a');
    const entry = (height: number, protocol: 'x@1' | 'y@1') => ({
      era: 0,
      protocol,
      height,
      bytes: Uint8Array.of(height),
    });
    for (const height of [1, 2, 3]) await log.append(entry(height, 'x@1'));
    await log.append(entry(1, 'y@1'));
    await log.truncate(0, 'x@1', 1);

    const heightsOf = async (protocol: 'x@1' | 'y@1'): Promise<number[]> => {
      const heights: number[] = [];
      for await (const stored of log.read(0, protocol)) heights.push(stored.height);
      return heights;
    };
    expect(await heightsOf('x@1')).toEqual([2, 3]);
    expect(await heightsOf('y@1')).toEqual([1]);
  });
});

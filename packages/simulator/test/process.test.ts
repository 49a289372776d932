import { describe, expect, it } from 'vitest';
import { createRandomStream, type FinishedEvent, isSimulationError } from '../src/index.ts';
import { sha256 } from './support/hash.ts';
import { createNewsNetwork } from './support/news-network.ts';

const STEADY = { delayMs: { min: 10, max: 10 } };
const ENTRY = { era: 0, protocol: 'x@1', height: 1, bytes: Uint8Array.of(1) } as const;

describe('simulation section 3: crash', () => {
  it('ends timers, deliveries and subscriptions of a process for ever', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(2, STEADY);
    const seen: string[] = [];
    nodes[1].clock.schedule(50, () => seen.push('timer'));
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    simulation.schedule(5, 'crash', () => simulation.kill('n1'));
    simulation.schedule(20, 'later', () => nodes[0].net.send(null, 'news', Uint8Array.of(2)));
    await simulation.runUntil(100);
    expect(seen).toEqual([]);
    expect(arrivals).toEqual([]);
    expect(simulation.networkCounts()).toMatchObject({ sent: 2, delivered: 0, unheard: 1 });
    expect(simulation.processCounts()).toEqual({ killed: 1, restarted: 0, paused: 0 });
  });

  it('ignores everything that is left of the process does, and never settles a promise of its ports', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(2, STEADY);
    const [zombie] = nodes;
    const settled: string[] = [];
    nodes[1].net.serve('blocks', async () => Uint8Array.of(1));
    const note = (name: string) => () => settled.push(name);
    zombie.net.request('n1', 'blocks', Uint8Array.of(1), 1_000).then(note('pending request'), note('failed'));
    simulation.schedule(5, 'crash', () => {
      simulation.kill('n0');
      const before = simulation.traceHash();
      zombie.net.send(null, 'news', Uint8Array.of(1));
      zombie.net.subscribe('news', async () => 'accept');
      zombie.net.serve('blocks', async () => null);
      zombie.net.penalise('n1', 'LATE');
      zombie.clock.schedule(50, note('timer'));
      zombie.net.request('n1', 'blocks', Uint8Array.of(1), 1_000).then(note('late request'), note('failed'));
      Promise.resolve(zombie.log.append(ENTRY)).then(note('append'), note('failed'));
      Promise.resolve(zombie.log.truncate(0, 'x@1', 1)).then(note('truncate'), note('failed'));
      zombie.log.read(0, 'x@1')[Symbol.asyncIterator]().next().then(note('read'), note('failed'));
      zombie.recorder({ kind: 'engineStopped', era: 0, protocol: 'x@1', now: 5 });
      zombie.fail(new Error('not any more'));
      expect(zombie.net.peers()).toEqual([]);
      expect(zombie.isAlive()).toBe(false);
      expect(simulation.traceHash()).toBe(before);
    });
    await simulation.runUntil(5_000);
    expect(settled).toEqual([]);
    expect(arrivals).toEqual([]);
  });

  it('may strike in the midst of an event of the node, whose failure then is none', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(2, STEADY);
    const reached: string[] = [];
    nodes[0].net.subscribe('news', async () => {
      simulation.kill('n0');
      nodes[0].net.send(null, 'news', Uint8Array.of(2));
      await nodes[0].log.append(ENTRY);
      reached.push('after the write');
      return 'accept';
    });
    nodes[0].clock.schedule(30, () => {
      reached.push('timer');
    });
    nodes[1].clock.schedule(1, () => nodes[1].net.send(null, 'news', Uint8Array.of(1)));
    await simulation.runUntil(100);
    expect(reached).toEqual([]);
    expect(arrivals.map(({ to, value }) => `${value}->${to}`)).toEqual(['1->n0']);

    nodes[1].clock.schedule(110, () => {
      simulation.kill('n1');
      throw new Error('torn away');
    });
    await simulation.runUntil(200);
    expect(simulation.processCounts().killed).toBe(2);
  });

  it('does not answer a question that the process was working on', async () => {
    const { simulation, nodes } = createNewsNetwork(2, STEADY);
    let finish: (answer: Uint8Array) => void = () => undefined;
    nodes[1].net.serve('blocks', () => new Promise((resolve) => (finish = resolve)));
    let answer: Uint8Array | null | undefined;
    void nodes[0].net.request('n1', 'blocks', Uint8Array.of(1), 500).then((bytes) => (answer = bytes));
    simulation.schedule(20, 'crash', () => {
      simulation.kill('n1');
      finish(Uint8Array.of(7));
    });
    await simulation.runUntil(499);
    expect(answer).toBeUndefined();
    await simulation.runUntil(500);
    expect(answer).toBeNull();
  });

  it('lets messages arrive that were sent before', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(2, STEADY);
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    simulation.schedule(5, 'crash', () => simulation.kill('n0'));
    await simulation.runUntil(100);
    expect(arrivals).toEqual([{ to: 'n1', from: 'n0', at: 10, value: 1 }]);
  });

  it('hides a node that is down from its peers, and does nothing to it a second time', async () => {
    const { simulation, nodes } = createNewsNetwork(3);
    simulation.kill('n2');
    simulation.kill('n2');
    simulation.pause('n2', 1_000);
    expect(nodes[0].net.peers()).toEqual(['n1']);
    expect(simulation.processCounts()).toEqual({ killed: 1, restarted: 0, paused: 0 });
  });
});

describe('simulation section 3: restart', () => {
  it('brings the machine back with new ports; nothing of the old process reaches them', async () => {
    const { simulation, nodes, arrivals, listen } = createNewsNetwork(2, { delayMs: { min: 50, max: 50 } });
    const old = nodes[1];
    const leave = old.net.subscribe('news', async () => 'ignore');
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    simulation.schedule(10, 'crash', () => simulation.kill('n1'));
    simulation.schedule(20, 'restart', () => {
      const ports = simulation.restart('n1');
      expect(ports).toMatchObject({ name: 'n1', index: 1, incarnation: 1 });
      expect([ports.isAlive(), old.isAlive()]).toEqual([true, false]);
      listen(ports);
      leave();
    });
    simulation.schedule(30, 'send', () => nodes[0].net.send(null, 'news', Uint8Array.of(2)));
    await simulation.runUntil(200);
    expect(arrivals).toEqual([{ to: 'n1', from: 'n0', at: 80, value: 2 }]);
    expect(nodes[0].net.peers()).toEqual(['n1']);
    expect(simulation.processCounts()).toEqual({ killed: 1, restarted: 1, paused: 0 });
  });

  it('keeps the log and goes on with the streams (simulation E3)', async () => {
    const { simulation, nodes } = createNewsNetwork(2);
    await nodes[1].log.append(ENTRY);
    const drawn = [nodes[1].clock.entropy()];
    simulation.kill('n1');
    nodes[1].clock.entropy();
    const ports = simulation.restart('n1');
    drawn.push(ports.clock.entropy());
    const stream = createRandomStream({ seed: 1, label: 'clock/1', sha256 });
    expect(drawn).toEqual([stream.bytes(32), stream.bytes(32)]);
    const entries = [];
    for await (const entry of ports.log.read(0, 'x@1')) entries.push(entry);
    expect(entries).toEqual([ENTRY]);
  });

  it('refuses a node that runs, and a stranger', () => {
    const { simulation } = createNewsNetwork(2);
    expect(() => simulation.restart('n0')).toThrow(/NODE_RUNNING/);
    for (const misuse of [simulation.kill, simulation.restart]) {
      expect(() => misuse.call(simulation, 'stranger')).toThrow(/UNKNOWN_NODE/);
    }
    expect(() => simulation.pause('stranger', 10)).toThrow(/UNKNOWN_NODE/);
    expect(() => simulation.setClock('stranger', {})).toThrow(/UNKNOWN_NODE/);
  });
});

describe('simulation section 3: pause', () => {
  it('holds back timers, deliveries, questions and answers, in their order, while the clock goes on', async () => {
    const { simulation, nodes } = createNewsNetwork(2, STEADY);
    const [other, paused] = nodes;
    const seen: string[] = [];
    const note = (what: string): void => void seen.push(`${what}@${paused.clock.now()}`);
    paused.net.subscribe('news', async (_from, bytes) => {
      note(`message ${bytes[0]}`);
      return 'accept';
    });
    paused.net.serve('blocks', async () => {
      note('question');
      return Uint8Array.of(1);
    });
    other.net.serve('blocks', async () => Uint8Array.of(2));
    for (const at of [15, 40, 100, 101]) paused.clock.schedule(at, () => note(`timer ${at}`));
    simulation.schedule(25, 'ask', () => {
      void paused.net.request('n0', 'blocks', Uint8Array.of(1), 10_000).then(() => note('answer'));
    });
    simulation.schedule(20, 'send', () => other.net.send(null, 'news', Uint8Array.of(1)));
    simulation.schedule(24, 'ask', () => void other.net.request('n1', 'blocks', Uint8Array.of(1), 10_000));
    simulation.schedule(36, 'send', () => other.net.send(null, 'news', Uint8Array.of(2)));
    simulation.schedule(28, 'pause', () => simulation.pause('n1', 100));
    await simulation.runUntil(99);
    expect(seen).toEqual(['timer 15@15']);
    await simulation.runUntil(200);
    expect(seen.slice(1)).toEqual([
      'message 1@100',
      'question@100',
      'timer 40@100',
      'answer@100',
      'message 2@100',
      'timer 100@100',
      'timer 101@101',
    ]);
    expect(simulation.processCounts().paused).toBe(1);
  });

  it('lasts to the later of two ends, and ends with the process', async () => {
    const { simulation, nodes } = createNewsNetwork(2);
    const seen: number[] = [];
    for (const at of [20, 60, 120]) nodes[1].clock.schedule(at, () => seen.push(simulation.now()));
    simulation.schedule(10, 'pause', () => simulation.pause('n1', 50));
    simulation.schedule(11, 'pause', () => simulation.pause('n1', 100));
    simulation.schedule(12, 'pause', () => simulation.pause('n1', 30));
    await simulation.runUntil(200);
    expect(seen).toEqual([100, 100, 120]);
    expect(simulation.processCounts().paused).toBe(1);

    nodes[1].clock.schedule(220, () => seen.push(-1));
    simulation.pause('n1', 300);
    simulation.schedule(250, 'crash', () => simulation.kill('n1'));
    simulation.schedule(260, 'restart', () => {
      simulation.restart('n1').clock.schedule(270, () => seen.push(simulation.now()));
    });
    await simulation.runUntil(400);
    expect(seen).toEqual([100, 100, 120, 270]);
  });

  it('can begin again while what was held back is coming', async () => {
    const { simulation, nodes } = createNewsNetwork(2);
    const seen: string[] = [];
    for (const at of [20, 30, 40]) {
      nodes[1].clock.schedule(at, () => {
        seen.push(`${at}@${simulation.now()}`);
        if (at === 20) simulation.pause('n1', 200);
      });
    }
    simulation.pause('n1', 100);
    await simulation.runUntil(500);
    expect(seen).toEqual(['20@100', '30@200', '40@200']);
  });
});

describe('simulation E2: observers of events', () => {
  it('are told every event after all that it caused, with its node', async () => {
    const { simulation, nodes } = createNewsNetwork(2, STEADY);
    const seen: (FinishedEvent | string)[] = [];
    const stop = simulation.afterEvent((event) => seen.push(event));
    nodes[0].clock.schedule(5, async () => {
      await Promise.resolve();
      seen.push('caused');
    });
    simulation.schedule(6, 'scenario', () => nodes[0].net.send(null, 'news', Uint8Array.of(1)));
    await simulation.runUntil(50);
    stop();
    simulation.schedule(60, 'unseen', () => undefined);
    await simulation.runUntil(100);
    expect(seen).toEqual([
      'caused',
      { time: 5, label: 'timer', node: 'n0' },
      { time: 6, label: 'scenario', node: null },
      { time: 16, label: 'deliver/news', node: 'n1' },
    ]);
  });

  it('fail the run when they throw (simulation E6)', async () => {
    const { simulation } = createNewsNetwork(2);
    simulation.afterEvent(() => {
      throw new Error('broken law');
    });
    simulation.schedule(5, 'any', () => undefined);
    const error = await simulation.runUntil(10).catch((caught: unknown) => caught);
    expect(isSimulationError(error, 'EVENT_FAILED')).toBe(true);
    expect(error).toMatchObject({ data: { event: 'any', reason: 'broken law' } });
  });
});

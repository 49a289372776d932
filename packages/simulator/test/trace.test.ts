import type { ConsensusHeader } from '@fiducia/consensus';
import type { HostRecord } from '@fiducia/host';
import { describe, expect, it } from 'vitest';
import { createSimulation, type SimulatedPorts, type Simulation } from '../src/index.ts';
import { Trace, type TraceData } from '../src/trace.ts';
import { sha256 } from './support/hash.ts';

async function chatter(seed: number, change?: (simulation: Simulation, nodes: SimulatedPorts[]) => void) {
  const simulation = createSimulation({ seed, startTime: 0, sha256, network: { lossPermille: 100 } });
  const nodes = ['a', 'b', 'c'].map((name) => simulation.addNode(name));
  for (const node of nodes) {
    node.net.subscribe('ping', async (from, bytes) => {
      const [hops = 0] = bytes;
      if (hops > 0) node.net.send(from, 'ping', Uint8Array.of(hops - 1));
      return 'accept';
    });
    node.clock.schedule(10, () => node.net.send(null, 'ping', Uint8Array.of(20)));
  }
  change?.(simulation, nodes);
  await simulation.runUntil(10_000);
  return simulation.traceHash();
}

describe('simulation E4: trace hash', () => {
  it('is equal for equal seeds and differs for different ones', async () => {
    const first = await chatter(1);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await chatter(1)).toBe(first);
    expect(await chatter(2)).not.toBe(first);
  });

  it.each<[string, (simulation: Simulation, nodes: SimulatedPorts[]) => void]>([
    ['a timer that is set and cancelled', (_simulation, [a]) => a?.clock.schedule(5, () => undefined)()],
    ['an event that does nothing', (simulation) => simulation.schedule(9_999, 'nothing', () => undefined)],
    ['one more byte on the wire', (_simulation, [a]) => a?.net.send('b', 'void', Uint8Array.of(0))],
    ['a penalty', (_simulation, [a]) => a?.net.penalise('b', 'SPAM')],
    ['a use of entropy', (_simulation, [a]) => void a?.clock.entropy()],
    ['a healed partition', (simulation) => simulation.heal()],
    [
      'a line in the log',
      (_simulation, [a]) => void a?.log.append({ era: 0, protocol: 'x@1', height: 1, bytes: Uint8Array.of(1) }),
    ],
    ['a different verdict on a message', (_simulation, [a]) => void a?.net.subscribe('ping', async () => 'reject')],
  ])('changes with %s', async (_case, change) => {
    expect(await chatter(1, change)).not.toBe(await chatter(1));
  });

  it('may be read at any time without changing it', async () => {
    const read = await chatter(1, (simulation) => {
      const ask = (at: number): void => simulation.schedule(at, 'ask', () => void simulation.traceHash());
      ask(100);
      ask(200);
    });
    const unread = await chatter(1, (simulation) => {
      simulation.schedule(100, 'ask', () => undefined);
      simulation.schedule(200, 'ask', () => undefined);
    });
    expect(read).toBe(unread);
  });
});

describe('simulation E4: engine calls', () => {
  const header = (id: string): ConsensusHeader => ({
    id,
    parentId: 'p',
    height: 1,
    timestamp: 5,
    author: 'a',
    protocol: 'x@1',
    digest: new Uint8Array(),
    sealHash: new Uint8Array(),
    seal: new Uint8Array(),
  });
  const tip = (id: string, state: unknown) => ({ header: header(id), state, totalWeight: 1n });
  const place = { era: 0, protocol: 'x@1', now: 7 } as const;
  const engine = { chainId: new Uint8Array(32), self: null, plugin: { name: 'x', config: {} }, version: '1.0.0' };
  const start = (entropy: number) =>
    ({ head: tip('h', 0), finalized: header('f'), log: [], entropy: Uint8Array.of(entropy), behind: false }) as const;
  const timer = (at: number) => [{ kind: 'setTimer', timerId: 't', at }] as const;
  const hashOf = (record: HostRecord): string => {
    const simulation = createSimulation({ seed: 1, startTime: 0, sha256 });
    simulation.addNode('a').recorder(record);
    return simulation.traceHash();
  };

  it('enter the trace with input and effects', () => {
    const records: HostRecord[] = [
      { ...place, engine, kind: 'engineStarted', start: start(1), effects: [] },
      { ...place, engine, kind: 'engineStarted', start: start(2), effects: [] },
      { ...place, engine, kind: 'engineStarted', start: start(1), effects: timer(8) },
      { ...place, kind: 'inputHandled', input: { kind: 'timerElapsed', timerId: 't' }, effects: [] },
      { ...place, kind: 'inputHandled', input: { kind: 'timerElapsed', timerId: 'u' }, effects: [] },
      { ...place, kind: 'inputHandled', input: { kind: 'timerElapsed', timerId: 't' }, effects: timer(8) },
      { ...place, kind: 'inputHandled', input: { kind: 'timerElapsed', timerId: 't' }, effects: timer(9) },
      { ...place, kind: 'inputHandled', input: { kind: 'timerElapsed', timerId: 't' }, effects: null },
      { ...place, kind: 'inputHandled', input: { kind: 'headChanged', head: tip('h', 0) }, effects: [] },
      { ...place, kind: 'inputHandled', input: { kind: 'headChanged', head: tip('i', 0) }, effects: [] },
      { ...place, kind: 'engineStopped' },
      { ...place, kind: 'engineStopped', now: 8 },
    ];
    expect(new Set(records.map(hashOf)).size).toBe(records.length);
  });

  it('leave states out, which may have no canonical form', () => {
    const after = (state: unknown): HostRecord => ({
      ...place,
      kind: 'inputHandled',
      input: { kind: 'headChanged', head: tip('h', state) },
      effects: [],
    });
    expect(hashOf(after(() => 1))).toBe(hashOf(after(2)));
  });
});

describe('canonical trace records', () => {
  const hashOf = (data: TraceData): string => new Trace(sha256).record(1).data(data).hash();

  it('do not depend on the order of properties or on the kind of map', () => {
    expect(hashOf({ a: 1, b: [2n, 'x'] })).toBe(hashOf({ b: [2n, 'x'], a: 1 }));
    expect(hashOf(new Map([['a', 1]]))).toBe(hashOf({ a: 1 }));
  });

  it('keep values apart that look alike', () => {
    const values: TraceData[] = [null, undefined, false, true, 0, 1, -1, 2 ** 32, 1n, '1', 'a', Uint8Array.of(1)];
    values.push(0.25, 0.5, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY);
    values.push([], [1], [[1]], ['1'], {}, { a: 1 }, { a: undefined }, [1, 1], 2 ** 53 - 1, -(2 ** 53) + 1);
    expect(new Set(values.map(hashOf)).size).toBe(values.length);
  });

  it('continue over blocks, whatever their sizes', () => {
    const whole = new Trace(sha256);
    const hashes = new Set<string>();
    for (let index = 0; index < 100; index++) {
      whole.record(2).bytes(new Uint8Array(index * 37));
      hashes.add(whole.hash());
    }
    whole.record(2).bytes(new Uint8Array(100_000));
    hashes.add(whole.hash());
    expect(hashes.size).toBe(101);
  });
});

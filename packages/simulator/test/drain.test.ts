import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDrain, type Drain } from '../src/drain.ts';
import { createSimulation } from '../src/index.ts';
import { sha256 } from './support/hash.ts';

afterEach(() => vi.unstubAllGlobals());

/** As in a browser: neither `setImmediate` nor `process`. */
function inBrowser<T>(create: () => T): T {
  vi.stubGlobal('setImmediate', undefined);
  vi.stubGlobal('process', undefined);
  try {
    return create();
  } finally {
    vi.unstubAllGlobals();
  }
}

async function stepsBefore(wait: () => Promise<void>): Promise<number> {
  await Promise.resolve();
  let steps = 0;
  const walk = async (): Promise<void> => {
    for (; steps < 2_000; steps++) await Promise.resolve();
  };
  void walk();
  await wait();
  return steps;
}

describe('simulation E2: waiting for an empty microtask queue', () => {
  const drains: readonly [string, () => Drain][] = [
    ['Node', () => createDrain()],
    ['a browser', () => inBrowser(createDrain)],
  ];

  it.each(drains)('lets chains of promises finish in %s', async (_platform, create) => {
    const drain = create();
    expect(await stepsBefore(() => drain.fromMicrotask())).toBe(2_000);
    expect(await stepsBefore(() => drain.throughMacrotask())).toBe(2_000);
  });

  it('gives the same trace on every platform (simulation E4)', async () => {
    const create = () => createSimulation({ seed: 3, startTime: 0, sha256, network: { lossPermille: 100 } });
    const run = async (simulation: ReturnType<typeof create>): Promise<string> => {
      const nodes = ['a', 'b', 'c'].map((name) => simulation.addNode(name));
      for (const node of nodes) {
        node.net.subscribe('ping', async (from, bytes) => {
          await Promise.resolve();
          const [hops = 0] = bytes;
          if (hops > 0) node.net.send(from, 'ping', Uint8Array.of(hops - 1));
          return 'accept';
        });
        node.net.send(null, 'ping', Uint8Array.of(200));
      }
      await simulation.runUntil(60_000);
      expect(simulation.eventCount()).toBeGreaterThan(30);
      return simulation.traceHash();
    };
    expect(await run(inBrowser(create))).toBe(await run(create()));
  });

  it('gives the process a turn now and then', async () => {
    const simulation = createSimulation({ seed: 1, startTime: 0, sha256 });
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      setImmediate(turn);
    };
    for (let at = 0; at < 2_560; at++) simulation.schedule(at, 'nothing', () => undefined);
    const started = setImmediate(turn);
    await simulation.runUntil(3_000);
    clearImmediate(started);
    expect(turns).toBeGreaterThanOrEqual(10);
  });
});

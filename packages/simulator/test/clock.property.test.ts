import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSimulation, type SimulatedPorts, type Simulation } from '../src/index.ts';
import { sha256 } from './support/hash.ts';

const START = 1_700_000_000_000;
const offsets = fc.integer({ min: -10_000, max: 10_000 });
const drifts = fc.integer({ min: -500, max: 500 });

function simulate(clock: { offsetMs?: number; driftPpm?: number }): { simulation: Simulation; node: SimulatedPorts } {
  const simulation = createSimulation({ seed: 1, startTime: START, sha256 });
  return { simulation, node: simulation.addNode('a', { clock }) };
}

describe('simulation section 3: clock offset and drift', () => {
  it('shows offset and drift in whole milliseconds, rounded down', async () => {
    const { simulation, node } = simulate({ offsetMs: -3_000, driftPpm: 500 });
    const seen: number[] = [];
    for (const at of [0, 1_999, 2_000, 10_001]) {
      simulation.schedule(START + at, 'look', () => void seen.push(node.clock.now() - START));
    }
    await simulation.runUntil(START + 20_000);
    expect(seen).toEqual([-3_000, -1_001, -999, 7_006]);
  });

  it('lets a clock that is set back stand still, and delays the timers that would come too early', async () => {
    const { simulation, node } = simulate({ offsetMs: 5_000 });
    const seen: [number, number][] = [];
    node.clock.schedule(START + 6_000, () => seen.push([simulation.now() - START, node.clock.now() - START]));
    expect(node.clock.now()).toBe(START + 5_000);
    simulation.setClock('a', { offsetMs: -1_000 });
    expect(node.clock.now()).toBe(START + 5_000);
    await simulation.runUntil(START + 5_999);
    expect(node.clock.now()).toBe(START + 5_000);
    await simulation.runUntil(START + 10_000);
    expect(seen).toEqual([[7_000, 6_000]]);
  });

  it('never decreases, whatever is set when', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(5_000), offsets, drifts), { maxLength: 20 }), async (steps) => {
        const { simulation, node } = simulate({});
        let last = node.clock.now();
        for (const [waitMs, offsetMs, driftPpm] of steps) {
          simulation.setClock('a', { offsetMs, driftPpm });
          await simulation.runUntil(simulation.now() + waitMs);
          const now = node.clock.now();
          expect(now).toBeGreaterThanOrEqual(last);
          last = now;
        }
      }),
    ));

  it('calls a timer at the first millisecond at which the clock shows its time', () =>
    fc.assert(
      fc.asyncProperty(offsets, drifts, fc.integer({ min: 0, max: 40_000_000 }), async (offsetMs, driftPpm, inMs) => {
        const { simulation, node } = simulate({ offsetMs, driftPpm });
        const at = node.clock.now() + inMs;
        const fired: number[] = [];
        node.clock.schedule(at, () => fired.push(simulation.now(), node.clock.now()));
        await simulation.runUntil(START + 50_000_000);
        const [virtual = 0, local = 0] = fired;
        expect(fired).toHaveLength(2);
        expect(local).toBeGreaterThanOrEqual(at);
        const before = virtual - 1 + offsetMs + Math.floor(((virtual - 1 - START) * driftPpm) / 1_000_000);
        if (inMs > 0) expect(before).toBeLessThan(at);
      }),
    ));

  it('does not influence other nodes, and no stream (simulation E3)', async () => {
    const run = async (driftPpm: number): Promise<unknown> => {
      const simulation = createSimulation({ seed: 1, startTime: START, sha256 });
      const nodes = [simulation.addNode('a', { clock: { driftPpm } }), simulation.addNode('b')];
      await simulation.runUntil(START + 1_000_000);
      return [nodes[1]?.clock.now(), nodes.map((node) => node.clock.entropy()), simulation.random('clock').bytes(8)];
    };
    expect(await run(500)).toEqual(await run(0));
  });

  it.each([{ offsetMs: 3_600_001 }, { driftPpm: -10_001 }, { offsetMs: 0.5 }])('refuses %o', (clock) => {
    expect(() => simulate(clock)).toThrow(/INVALID_OPTION/);
  });

  it('cancels a timer that was put off', async () => {
    const { simulation, node } = simulate({ offsetMs: 5_000 });
    let count = 0;
    const cancel = node.clock.schedule(START + 6_000, () => {
      count += 1;
    });
    simulation.setClock('a', { offsetMs: 0 });
    await simulation.runUntil(START + 2_000);
    cancel();
    await simulation.runUntil(START + 10_000);
    expect(count).toBe(0);
  });
});

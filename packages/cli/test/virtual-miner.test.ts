import { createHash } from 'node:crypto';
import type { MiningTask } from '@fiducia/consensus/ports';
import { createRandomStream, createSimulation } from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { createVirtualMiner, drawExponential } from '../src/scenario/consensus/virtual-miner.ts';

const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());
const stream = (seed: number) => createRandomStream({ seed, label: 'workload/0', sha256 });
const TASK: MiningTask = { algorithm: 'sha256d', data: new Uint8Array(32), target: 2n ** 256n - 1n, startNonce: 0n };

describe('mining in virtual time (pos-pow M4)', () => {
  it('draws exponential times: mean, deviation and tail', () => {
    const mean = 180_000;
    const random = stream(1);
    const draws = Array.from({ length: 50_000 }, () => drawExponential(random, mean) / mean);
    const average = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    const variance = draws.reduce((sum, draw) => sum + (draw - average) ** 2, 0) / draws.length;
    // Five standard errors each.
    expect(Math.abs(average - 1)).toBeLessThan(0.023);
    expect(Math.abs(variance - 1)).toBeLessThan(0.064);
    const tail = draws.filter((draw) => draw > 3).length / draws.length;
    expect(Math.abs(tail - Math.exp(-3))).toBeLessThan(0.005);
  });

  it('finds after as much virtual time as was drawn, and the same with the same seed', async () => {
    const expected = (() => {
      const random = stream(7);
      return { nonce: random.bytes(8), delay: drawExponential(random, 1_000) };
    })();
    const simulation = createSimulation({ seed: 1, startTime: 0, sha256 });
    const { clock } = simulation.addNode('miner');
    let found: { readonly nonce: Uint8Array | null; readonly at: number } | undefined;
    void createVirtualMiner(
      clock,
      stream(7),
      1_000,
    )(TASK, new AbortController().signal).then((nonce) => {
      found = { nonce, at: clock.now() };
    });
    await simulation.runUntil(expected.delay - 1);
    expect(found).toBeUndefined();
    await simulation.runUntil(expected.delay);
    expect(found).toEqual({ nonce: expected.nonce, at: expected.delay });
  });

  it('answers nothing once it is cancelled', async () => {
    const simulation = createSimulation({ seed: 1, startTime: 0, sha256 });
    const { clock } = simulation.addNode('miner');
    const search = new AbortController();
    const answer = createVirtualMiner(clock, stream(1), 1_000)(TASK, search.signal);
    search.abort();
    expect(await answer).toBeNull();
    await simulation.runUntil(1_000_000);
    expect(simulation.eventCount()).toBeLessThanOrEqual(1);
  });
});

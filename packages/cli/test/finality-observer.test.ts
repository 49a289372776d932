import type { ConsensusHost } from '@fiducia/host';
import { describe, expect, it } from 'vitest';
import { observeFinality } from '../src/scenario/finality-observer.ts';

const ROUND_MS = 1_000;

/** A host that tells what a test makes it tell. */
function fakeHost() {
  const listeners = new Map<string, ((event: unknown) => void)[]>();
  const emit = (name: string, event: unknown): void => {
    for (const listener of listeners.get(name) ?? []) listener(event);
  };
  const headerOf = (height: number, branch = '') => ({
    id: `${height}${branch}`,
    height,
    timestamp: height * ROUND_MS,
  });
  const events = {
    on(name: string, listener: (event: unknown) => void) {
      listeners.set(name, [...(listeners.get(name) ?? []), listener]);
    },
  };
  return {
    host: {
      events,
      tipOf: (id: string) => ({ header: headerOf(Number.parseInt(id, 10)) }),
    } as unknown as ConsensusHost,
    adopt(height: number, reverted: readonly string[] = [], applied: readonly string[] = [String(height)]) {
      emit('headChanged', { tip: { header: { ...headerOf(height), id: applied.at(-1) } }, reverted, applied });
    },
    include(height: number, certificates: number) {
      const facts = Array.from({ length: certificates }, () => ({ kind: 'certificate' }));
      emit('blockImported', { header: headerOf(height), facts: [...facts, { kind: 'evidence' }] });
    },
    finalise: (height: number, branch = '') => emit('finalized', { header: headerOf(height, branch) }),
  };
}

function observeTwo() {
  const [first, second] = [fakeHost(), fakeHost()];
  let time = 0;
  const { read } = observeFinality({
    kind: 'checkpoint',
    hosts: [first.host, second.host],
    observer: first.host,
    now: () => time,
    roundMs: ROUND_MS,
  });
  const at = (now: number): void => {
    time = now;
  };
  return { first, second, read, at };
}

describe('finality of a run', () => {
  it('is that of the slowest node, and a report covers all blocks before it', () => {
    const { first, second, read, at } = observeTwo();
    expect(read()).toEqual({
      kind: 'checkpoint',
      height: 0,
      certificates: 0,
      time: { p50Ms: 0, p99Ms: 0, p50Rounds: 0, p99Rounds: 0 },
      holds: true,
    });
    for (const height of [1, 2, 3, 4]) first.adopt(height);
    at(4_500);
    first.finalise(3);
    second.finalise(2);
    // Blocks 1, 2 and 3 took 3.5, 2.5 and 1.5 rounds.
    expect(read()).toMatchObject({
      height: 2,
      time: { p50Ms: 2_500, p99Ms: 3_500, p50Rounds: 2.5, p99Rounds: 3.5 },
      holds: true,
    });
  });

  it('counts the certificates of the adopted chain', () => {
    const { first, read } = observeTwo();
    first.include(1, 2);
    first.adopt(1);
    first.include(2, 1);
    first.adopt(2);
    expect(read().certificates).toBe(3);
    first.adopt(2, ['2'], ['2b']);
    expect(read().certificates).toBe(2);
  });

  it('does not hold where a node leaves what it called final', () => {
    const { first, read } = observeTwo();
    for (const height of [1, 2, 3]) first.adopt(height);
    first.finalise(2);
    first.adopt(3, ['3'], ['3b']);
    expect(read().holds).toBe(true);
    first.adopt(3, ['3b', '2'], ['2c', '3c']);
    expect(read().holds).toBe(false);
  });

  it('does not hold where two nodes call two blocks of one height final', () => {
    const { first, second, read } = observeTwo();
    first.finalise(2);
    second.finalise(2);
    expect(read().holds).toBe(true);
    second.finalise(3, 'b');
    first.finalise(3);
    expect(read().holds).toBe(false);
  });
});

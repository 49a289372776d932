import { describe, expect, it } from 'vitest';
import { World } from './world.ts';

describe('pbft PT-01: without faults', () => {
  it.each([1, 2, 3, 4, 7])('%i validators make one block per block time, final after three delays', (validators) => {
    const world = new World({ validators, delayMs: { min: 100, max: 100 } }).start();
    for (let height = 1; height <= 5; height++) {
      const due = world.genesis.header.timestamp + height * world.config.blockTimeMs;
      // Building and checking a block take a millisecond each in this world.
      world.runUntil(due + (validators === 1 ? 0 : 300) + 2);
      expect(world.nodes.map((node) => node.height)).toEqual(world.nodes.map(() => height));
    }
    expect(world.counts.get('roundChange')).toBeUndefined();
  });
});

describe('pbft R2 to R4: messages per block', () => {
  it.each([4, 7, 10, 22])('%i validators send 2n² − n − 1', (n) => {
    const world = new World({ validators: n }).start();
    world.runFor(5 * world.config.blockTimeMs + 1_000);
    expect(world.height()).toBe(5);
    const perBlock = (kind: string) => (world.counts.get(kind) ?? 0) / 5;
    expect(perBlock('proposal')).toBe(n - 1);
    expect(perBlock('prepare')).toBe(n * (n - 1));
    expect(perBlock('commit')).toBe(n * (n - 1));
    const total = perBlock('proposal') + perBlock('prepare') + perBlock('commit');
    expect(total).toBe(2 * n * n - n - 1);
    process.stdout.write(`\nn = ${n}: ${total} messages per block\n`);
  });

  it.each([4, 7, 10, 22])('pbft R6 to R8: a round change of %i validators adds n(n − 1) + (n − 1)', (n) => {
    // The round ends before anything is repeated.
    const world = new World({ validators: n, config: { roundTimeoutMs: 800 } });
    world.isLost = (message) => message.kind === 'proposal' && message.round === 0;
    world.start();
    world.runFor(world.config.blockTimeMs + world.config.roundTimeoutMs + 500);
    expect(world.height()).toBe(1);
    // The proposer of round 0 has prepared its own block, which nobody else has seen.
    expect(Object.fromEntries(world.counts)).toMatchObject({
      roundChange: n * (n - 1),
      proposal: n - 1,
      prepare: n * (n - 1) + (n - 1),
      commit: n * (n - 1),
    });
  });
});

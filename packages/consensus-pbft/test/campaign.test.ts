import { createRandomStream } from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { STRATEGIES } from './adversaries.ts';
import { nodeId, sha256 } from './support.ts';
import { type Strategy, World } from './world.ts';

/** With `CAMPAIGN_SEEDS=200` the full size of the specification. */
const SEEDS = Number(process.env.CAMPAIGN_SEEDS ?? 3);
const BLOCKS = Number(process.env.CAMPAIGN_BLOCKS ?? 50);

interface Result {
  readonly strategies: readonly string[];
  readonly virtualMs: number;
  readonly offenders: readonly string[];
  readonly highestRound: number;
  readonly traceHash: string;
}

/** Loss, delay, a partition that heals, a restart, and f Byzantine validators; any violation throws. */
function runSeed(seed: number, n: number): Result {
  const f = Math.floor((n - 1) / 3);
  const topology = createRandomStream({ seed, label: 'topology', sha256 });
  const names = Object.keys(STRATEGIES);
  const byzantine = new Map<number, Strategy>();
  const strategies: string[] = [];
  while (byzantine.size < f) {
    const index = topology.integer(0, n - 1);
    if (byzantine.has(index)) continue;
    const name = names[topology.integer(0, names.length - 1)] ?? 'silent';
    strategies.push(name);
    byzantine.set(index, STRATEGIES[name] ?? (() => false));
  }
  let highestRound = 0;
  const world = new World({
    seed,
    validators: n,
    byzantine,
    config: { blockTimeMs: 500, roundTimeoutMs: 1_500 },
    delayMs: { min: 5, max: 400 },
    lossPermille: 100,
    onLine(line) {
      const round = /roundEntered height=\d+ round=(\d+)/.exec(line)?.[1];
      highestRound = Math.max(highestRound, Number(round ?? 0));
    },
  }).start();
  const until = (height: number) => {
    const done = world.runFor(40_000_000, () => world.height() >= height);
    if (!done) throw new Error(`seed ${seed}, n = ${n}: stuck at ${world.height()} with ${strategies}`);
  };

  until(topology.integer(2, 15));
  const cut = new Set(world.nodes.filter(() => topology.integer(0, 1) === 1));
  world.isLinked = (from, to) => cut.has(from) === cut.has(to);
  world.runFor(topology.integer(1_000, 60_000));
  world.isLinked = () => true;
  until(world.height() + topology.integer(1, 10));
  const victim = world.honest[topology.integer(0, world.honest.length - 1)];
  victim?.crash();
  world.runFor(topology.integer(10, 20_000));
  victim?.start();
  until(BLOCKS);

  return {
    strategies,
    virtualMs: world.now - world.genesis.header.timestamp,
    offenders: [...world.offenders],
    highestRound,
    traceHash: world.traceHash(),
  };
}

describe('pbft section 7: safety and liveness with f Byzantine validators, loss of 10 %, delays of 5 to 400 ms, a partition and a restart', () => {
  it.each([4, 7, 10])(
    'n = %i: one chain, no honest contradiction, no false accusation, and it goes on',
    (n) => {
      let highestRound = 0;
      let virtualMs = 0;
      const offences = new Map<string, number>();
      for (let seed = 1; seed <= SEEDS; seed++) {
        const result = runSeed(seed, n);
        highestRound = Math.max(highestRound, result.highestRound);
        virtualMs += result.virtualMs;
        if (result.offenders.length === 0) continue;
        for (const name of result.strategies) offences.set(name, (offences.get(name) ?? 0) + 1);
      }
      const figures = {
        n,
        seeds: SEEDS,
        blocks: BLOCKS,
        highestRound,
        msPerBlock: Math.round(virtualMs / SEEDS / BLOCKS),
      };
      process.stdout.write(`\n${JSON.stringify({ ...figures, runsWithEvidence: Object.fromEntries(offences) })}\n`);
    },
    3_600_000,
  );

  it('simulation E4: one seed leaves one trace, another another', () => {
    const [first, again, other] = [runSeed(5, 4), runSeed(5, 4), runSeed(6, 4)];
    expect(again.traceHash).toBe(first.traceHash);
    expect(other.traceHash).not.toBe(first.traceHash);
  });

  it('pbft M3: an equivocating proposer is found out by honest nodes that pass on what they hear', () => {
    const world = new World({
      gossips: true,
      byzantine: new Map([[1, STRATEGIES.equivocating ?? (() => false)]]),
    }).start();
    world.runFor(60_000);
    expect([...world.offenders]).toEqual([nodeId(1)]);
    expect(world.height()).toBeGreaterThan(10);
  });
});

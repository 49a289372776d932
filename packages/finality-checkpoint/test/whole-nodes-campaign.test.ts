import { describe, expect, it } from 'vitest';
import { heightOf, start, voteTwice } from './whole-nodes.ts';

/** `FIDUCIA_CAMPAIGN=full` runs what is promised; otherwise a sample of it. */
const FULL = process.env.FIDUCIA_CAMPAIGN === 'full';
const SEEDS = { dpos: FULL ? 200 : 2, 'dt-dpos': FULL ? 200 : 0, pos: FULL ? 200 : 0, pow: FULL ? 200 : 0 };
const BLOCKS = 50;

describe.each(Object.entries(SEEDS).filter(([, seeds]) => seeds > 0))(
  '%s with the gadget, on whole nodes',
  (name, seeds) => {
    it(`${seeds} seeds of at least ${BLOCKS} blocks, with loss, a partition, a crash and a member that cheats`, {
      timeout: 7_200_000,
    }, async () => {
      let [blocks, finals] = [0, 0];
      for (let seed = 1; seed <= seeds; seed++) {
        const run = await start(name as keyof typeof SEEDS, seed);
        const { network } = run;
        const { simulation, nodes } = network;
        await run.run(12);
        if (name !== 'pow') await voteTwice(network, seed % 6);
        const names = nodes.map((node) => node.name);
        const cut = 1 + (seed % 3);
        simulation.partition([names.slice(0, cut), names.slice(cut)]);
        await run.run(10);
        simulation.heal();
        const index = seed % nodes.length;
        await network.crash(index);
        await run.run(4);
        await network.recover(index, { store: 'kept' });
        for (let slot = 0; slot < 200 && Math.min(...nodes.map(heightOf)) < BLOCKS; slot++) await run.run(1);
        await run.run(8);

        const heights = run.finalHeights();
        expect(run.broken, `${name}, seed ${seed}`).toEqual([]);
        for (const ids of run.finals.values()) expect(ids.size, `${name}, seed ${seed}`).toBe(1);
        expect(Math.min(...nodes.map(heightOf)), `${name}, seed ${seed}`).toBeGreaterThanOrEqual(BLOCKS);
        expect(Math.min(...heights), `${name}, seed ${seed}`).toBeGreaterThan(BLOCKS - 15);
        const cheat = network.crypto.identity(network.keyOf(seed % 6 < nodes.length ? seed % 6 : 0)).address;
        for (const { offender } of run.evidence) expect(offender, `${name}, seed ${seed}`).toBe(cheat);
        blocks += Math.max(...nodes.map(heightOf));
        finals += run.finals.size;
      }
      process.stdout.write(`\n${name}: ${seeds} seeds, ${blocks} blocks, ${finals} of them announced as final\n`);
    });
  },
);

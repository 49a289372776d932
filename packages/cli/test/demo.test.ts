import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEMO_BALANCE, DEMO_GRID_BALANCE, runMarket } from '@fiducia/energy';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtInInput, type DemoInput, readInputFile } from '../src/input/load.ts';
import { runDemo } from '../src/scenario/demo.ts';
import type { DemoProgress, DemoResult } from '../src/scenario/result.ts';

const SHARED_INPUT = fileURLToPath(new URL('../../../../shared/data/community_15min.csv', import.meta.url));

/** The demo with all defaults, played once for all assertions, on the file where it is there. */
describe('demo of 250 rounds', () => {
  let input: DemoInput;
  let result: DemoResult;
  const progress: DemoProgress[] = [];
  beforeAll(async () => {
    input = existsSync(SHARED_INPUT) ? await readInputFile(SHARED_INPUT) : builtInInput();
    result = await runDemo({}, input, (step) => progress.push(step));
  }, 240_000);

  it('is Fig. 4(b) at node level with a market beside it (energy DM4, DM5, DM6, DM7, DM8)', () => {
    const { summary } = result;
    expect(summary.nodes.map(({ elections }) => elections)).toEqual([47, 48, 48, 49, 49, 9]);
    expect(summary).toMatchObject({ rounds: 250, blocks: 241, rejectedBlocks: 9, evidence: 9, seed: 1 });
    expect(summary.nodes.map(({ role }) => role)).toEqual(['WIND', 'PV', 'HYDRO', 'INTEGRATED', 'GRID', 'USER']);
    expect(summary.nodes.at(-1)).toMatchObject({ tier: 'MALICIOUS' });
  });

  it('leaves exactly the slots of the malicious node empty', () => {
    const { leaders, emptySlots } = result.history;
    expect(emptySlots).toEqual(leaders.flatMap((leader, index) => (leader === 5 ? [index + 1] : [])));
  });

  it('ends with one state on all six nodes', () => {
    const { stateRoots, consensusRoots } = result.summary;
    expect([stateRoots.length, new Set(stateRoots).size]).toEqual([6, 1]);
    expect([consensusRoots.length, new Set(consensusRoots).size]).toEqual([6, 1]);
    expect(stateRoots[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(consensusRoots[0]).not.toBe(stateRoots[0]);
  });

  it('clears every market slot like the pure clearing of its row (energy CL1, CL4, DM1)', () => {
    const pure = runMarket({ participants: input.market.participants, rows: input.market.rows.slice(0, 236) });
    expect(result.history.slots.map(({ volumeWh, priceMicro }) => [volumeWh, priceMicro])).toEqual(
      pure.slots.map(({ clearing }) => [clearing.volume, clearing.price]),
    );
    expect(result.summary.energy).toEqual({
      tradedWh: pure.tradedWh,
      meanPriceMicro: pure.meanPriceMicro,
      slots: 236,
    });
  });

  it('settles 230 market slots on what the meters read (energy TX10, SE1)', () => {
    expect(result.history.settledSlots).toBe(230);
    for (const { row, meteredWh } of result.history.slots.slice(0, 230)) {
      expect(meteredWh).toBe(input.market.rows[row]?.actualWh.reduce((sum, wh) => sum + wh, 0));
    }
  });

  it('leaves every account with what the plain loop leaves it (energy SE2, SE3, TX24)', () => {
    const settled = runMarket({ participants: input.market.participants, rows: input.market.rows.slice(0, 230) });
    const expected = Object.fromEntries(settled.participants.map(({ id, cash }) => [id, String(DEMO_BALANCE + cash)]));
    expect(result.history.balances).toEqual({
      ...expected,
      GRID: String(DEMO_GRID_BALANCE + settled.gridCash),
      FUND: String(settled.fund),
    });
  });

  it('takes every transaction of the participants (energy DM6, DM7)', () => {
    expect(result.history.refusals).toEqual({});
  });

  it('conserves money after every block and energy in every settled slot (energy I-4, I-6)', () => {
    expect(result.summary.conserved).toEqual({ money: true, energy: true });
  });

  it('reports progress after every slot', () => {
    expect(progress.map(({ round }) => round)).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
    expect(progress.at(-1)?.summary).toMatchObject({ blocks: 241, tradedWh: result.summary.energy.tradedWh });
    for (const { round, summary } of progress) {
      expect(summary.nodes.reduce((sum, { elections }) => sum + elections, 0)).toBe(round);
    }
  });
});

describe('short demos', () => {
  let attacked: DemoResult;
  beforeAll(async () => {
    attacked = await runDemo({ rounds: 30 });
  });

  it('are the same twice with one seed, and different with another', async () => {
    const again = await runDemo({ rounds: 30 });
    const other = await runDemo({ rounds: 30, seed: 2 });
    expect(again.summary).toEqual(attacked.summary);
    expect(other.summary.traceHash).not.toBe(attacked.summary.traceHash);
    expect(other.summary.nodes).toEqual(attacked.summary.nodes);
  });

  it('trade the same energy whether somebody attacks or not', async () => {
    const peaceful = await runDemo({ rounds: 30, malicious: 0 });
    expect(attacked.summary.rejectedBlocks).toBeGreaterThan(0);
    expect(peaceful.summary).toMatchObject({ blocks: 30, rejectedBlocks: 0, evidence: 0 });
    expect(peaceful.summary.energy).toEqual(attacked.summary.energy);
  });

  it('book double production, reject none of its blocks and lose no slot (trust F7, S8)', async () => {
    const { summary, history } = await runDemo({ rounds: 30, act: 'equivocate' });
    const led = history.leaders.filter((leader) => leader === 5).length;
    expect(history.emptySlots).toEqual([]);
    expect(summary).toMatchObject({ blocks: 30, rejectedBlocks: 0, evidence: led });
    expect(new Set(summary.stateRoots).size).toBe(1);
  });

  it('refuse settings outside their range', async () => {
    await expect(runDemo({ rounds: 20 })).rejects.toMatchObject({ data: { code: 'INVALID_OPTION', option: 'rounds' } });
    await expect(runDemo({ malicious: 7 })).rejects.toMatchObject({ data: { option: 'malicious' } });
  });
});

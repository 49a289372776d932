import { describe, expect, it } from 'vitest';
import { type CampaignResult, runCampaign } from './support/campaign.ts';

const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1);
const BLOCKS = 60;

describe.each(['round-robin', 'dt-dpos'] as const)('%s under loss, delay and a partition that heals', (plugin) => {
  it('ends with equal heads and states, and the honest accuse nobody (simulation I1, I4, I5, I10, I12)', {
    timeout: 180_000,
  }, async () => {
    const results: CampaignResult[] = [];
    for (const seed of SEEDS) results.push(await runCampaign({ plugin, seed, blocks: BLOCKS }));
    const faulty = results.flatMap(({ height, slotsToAgree, accusations, doubleSigns, rejections }, index) => {
      const isSound = height >= BLOCKS && slotsToAgree <= 8 && rejections.length === 0;
      return isSound && accusations === 0 && doubleSigns.length === 0 ? [] : [SEEDS[index]];
    });
    expect(faulty).toEqual([]);
    // The faults were real: branches were left, and every seed ran differently.
    expect(results.reduce((sum, { reverted }) => sum + reverted, 0)).toBeGreaterThan(200);
    expect(new Set(results.map(({ traceHash }) => traceHash)).size).toBe(SEEDS.length);
  });

  it('gives one trace for one seed, twice in one process (simulation E4)', async () => {
    const [first, second] = [
      await runCampaign({ plugin, seed: 7, blocks: 20 }),
      await runCampaign({ plugin, seed: 7, blocks: 20 }),
    ];
    expect(second).toEqual(first);
  });
});

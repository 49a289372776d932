import { describe, expect, it } from 'vitest';
import { type CampaignResult, faultsOf, runCampaign } from './support/campaign.ts';
import { PROTOCOLS } from './support/subjects.ts';

/** A few seeds for every day; `npm run campaign` runs as many as wanted. */
const SEEDS = Array.from({ length: 6 }, (_, index) => index + 1);
const BLOCKS = 60;

describe.each(['round-robin', ...PROTOCOLS, 'dpos-vrf'] as const)(
  '%s under loss, delay, restarts and a healed partition',
  (consensus) => {
    it('is safe up to its hint, lives on, and accuses no honest node (simulation I1, I4, I5, I10, I12)', {
      timeout: 180_000,
    }, async () => {
      const results: CampaignResult[] = [];
      for (const seed of SEEDS) results.push(await runCampaign({ consensus, seed, blocks: BLOCKS }));
      const faulty = results.flatMap((result, index) =>
        faultsOf(result, BLOCKS).map((fault) => `seed ${SEEDS[index]}: ${fault}`),
      );
      expect(faulty).toEqual([]);
      // The faults were real: branches were left, machines came back, and every seed ran differently.
      const sum = (read: (result: CampaignResult) => number) => results.reduce((total, item) => total + read(item), 0);
      expect(sum(({ reverted }) => reverted)).toBeGreaterThan(50);
      expect(sum(({ restarts }) => restarts)).toBe(3 * SEEDS.length);
      expect(sum(({ lost }) => lost)).toBeGreaterThan(200);
      expect(new Set(results.map(({ traceHash }) => traceHash)).size).toBe(SEEDS.length);
      // The hint was tested, not only waited for.
      if (consensus !== 'round-robin') expect(sum(({ settled }) => settled)).toBeGreaterThan(500);
    });

    it('gives one trace for one seed, twice in one process (simulation E4)', async () => {
      const options = { consensus, seed: 7, blocks: 20 };
      expect(await runCampaign(options)).toEqual(await runCampaign(options));
    });
  },
);

describe.each([
  ['pbft', false],
  ['dpos', true],
] as const)('%s, with the checkpoint gadget: %s, under the same faults', (consensus, hasCheckpoints) => {
  it('never leaves a final block and goes on making them (simulation I1, I2)', { timeout: 60_000 }, async () => {
    for (const seed of [1, 2]) {
      const result = await runCampaign({ consensus, seed, blocks: BLOCKS, hasCheckpoints });
      expect(faultsOf(result, BLOCKS)).toEqual([]);
      expect(result.finalsBroken).toBe(0);
      expect(result.finals).toBeGreaterThan(BLOCKS / 3);
      expect(result.restarts).toBe(3);
    }
  });
});

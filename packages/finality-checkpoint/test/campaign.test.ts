import { describe, expect, it } from 'vitest';
import { type CampaignOptions, runCampaign } from './campaign.ts';

/** `FIDUCIA_CAMPAIGN=full` runs what is promised; otherwise a sample of it. */
const FULL = process.env.FIDUCIA_CAMPAIGN === 'full';
const SEEDS = FULL ? 2_000 : 12;
const BROKEN_SEEDS = FULL ? 300 : 9;
const TIMEOUT_MS = 3_600_000;

const COMMITTEES = [
  [4, 1],
  [7, 2],
  [10, 3],
] as const;

function optionsOf(seed: number): CampaignOptions {
  const [members, byzantine] = COMMITTEES[seed % 3] ?? [4, 1];
  const every = 1 + (seed % 2);
  return {
    seed,
    members,
    byzantine,
    chaos: 16,
    calm: 12 + 12 * every,
    config: { every, delay: seed % 4 === 0 ? 1 : 0, grace: 1 + (seed % 2) },
    handover: seed % 5 === 0,
    split: false,
  };
}

describe('random lives', () => {
  it(`${SEEDS} seeds with less than a third Byzantine: at least five final checkpoints, no two in conflict`, {
    timeout: TIMEOUT_MS,
  }, () => {
    let [finals, terms] = [0, 0];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = runCampaign(optionsOf(seed));
      expect(result.conflicts, `seed ${seed}`).toEqual([]);
      expect(result.finals, `seed ${seed}`).toBeGreaterThanOrEqual(5);
      const cheats = COMMITTEES[seed % 3]?.[1] ?? 0;
      const honestAccused = [...result.offenders].filter((id) => Number(id.slice('member-'.length)) >= cheats);
      expect(honestAccused, `seed ${seed}`).toEqual([]);
      finals += result.finals;
      terms += result.terms;
    }
    process.stdout.write(`\n${SEEDS} seeds: ${finals} final checkpoints, ${terms} changes of committee\n`);
    expect(terms).toBeGreaterThan(0);
  });

  it(`${BROKEN_SEEDS} seeds with more than a third Byzantine: conflicts come with evidence against a third (simulation I6)`, {
    timeout: TIMEOUT_MS,
  }, () => {
    let broken = 0;
    for (let seed = 1; seed <= BROKEN_SEEDS; seed++) {
      const [members, tolerated] = COMMITTEES[seed % 3] ?? [4, 1];
      const byzantine = tolerated + 1 + (seed % 2);
      const options = { ...optionsOf(seed), members, byzantine, split: true, handover: false, calm: 16 };
      const result = runCampaign(options);
      if (result.conflicts.length === 0) continue;
      broken++;
      expect(result.offenders.size * 3, `seed ${seed}`).toBeGreaterThanOrEqual(result.members);
      for (const id of result.offenders) expect(Number(id.slice('member-'.length))).toBeLessThan(byzantine);
    }
    process.stdout.write(`\n${broken} of ${BROKEN_SEEDS} seeds ended in conflict\n`);
    expect(broken).toBeGreaterThan(BROKEN_SEEDS / 4);
  });
});

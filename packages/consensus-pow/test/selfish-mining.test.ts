import { createRandomStream, type RandomStream } from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { sha256 } from './support/rules.ts';

const BLOCKS = 200_000;
/** Half of all ids, drawn from 0 to 999 999. */
const ID_RANGE = 1_000_000;

/**
 * Share of the blocks that a selfish miner gets (Eyal and Sirer, arXiv 1311.0243), where every node breaks
 * ties by the lower id.
 *
 * @param idMax - The attacker publishes its first secret block at once if its id, which it knows before
 *   anybody else, is above this: then it would probably lose the tie.
 */
function revenueOf(alphaPermille: number, idMax: number, random: RandomStream): number {
  let attacker = 0;
  let honest = 0;
  let lead = 0;
  let ownId = 0;
  for (let block = 0; block < BLOCKS; block++) {
    const isAttacker = random.chance(alphaPermille);
    if (lead === 0) {
      if (!isAttacker) {
        honest += 1;
        continue;
      }
      ownId = random.integer(0, ID_RANGE - 1);
      if (ownId > idMax) attacker += 1;
      else lead = 1;
    } else if (isAttacker) {
      lead += 1;
    } else if (lead === 1) {
      // The race: all honest nodes extend the block with the lower id.
      const winsTie = ownId < random.integer(0, ID_RANGE - 1);
      block++;
      if (random.chance(alphaPermille)) attacker += 2;
      else if (winsTie) [attacker, honest] = [attacker + 1, honest + 1];
      else honest += 2;
      lead = 0;
    } else if (lead === 2) {
      attacker += 2;
      lead = 0;
    } else {
      attacker += 1;
      lead -= 1;
    }
  }
  return attacker / (attacker + honest);
}

/** Revenue by theory, equation 8 of the paper, if half of the honest power works on the attacker's block. */
function theory(alpha: number): number {
  const gamma = 0.5;
  const won = alpha * (1 - alpha) ** 2 * (4 * alpha + gamma * (1 - 2 * alpha)) - alpha ** 3;
  return won / (1 - alpha * (1 + (2 - alpha) * alpha));
}

const streamOf = (seed: number) => createRandomStream({ seed, label: 'adversary', sha256 });

describe('selfish mining against the tie rule of pos-pow F2', () => {
  it.each([100, 150, 200, 250, 300, 350, 400, 450])('with %i permille of the power earns what theory says', (alpha) => {
    const revenue = revenueOf(alpha, ID_RANGE, streamOf(alpha));
    expect(Math.abs(revenue - theory(alpha / 1_000))).toBeLessThan(0.02);
  });

  it('does not pay below a quarter of the power, and pays above', () => {
    expect(revenueOf(230, ID_RANGE, streamOf(1))).toBeLessThan(0.23);
    expect(revenueOf(270, ID_RANGE, streamOf(1))).toBeGreaterThan(0.27);
  });

  it.each([
    [200, 0.01],
    [250, 0.02],
  ])('gives a miner with %i permille that holds back only low ids an edge of less than %d', (alpha, edgeMax) => {
    const share = alpha / 1_000;
    const best = Math.max(...[100_000, 300_000, 500_000].map((idMax) => revenueOf(alpha, idMax, streamOf(2))));
    expect(best - share).toBeGreaterThan(0);
    expect(best - share).toBeLessThan(edgeMax);
  });
});

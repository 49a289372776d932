import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeRetarget, medianTimePast, workOf } from '../src/index.ts';
import { GENESIS_TIME, TestChain } from './support/rules.ts';

const SPACING = 10_000;
const WINDOW = 20;
const DRIFT = 120_000;
const raw = { spacingMs: SPACING, windowBlocks: WINDOW, genesisTarget: 2n ** 230n, powLimit: 2n ** 250n };

/** Time that the network needs for a block at full power, in proportion to the work it asks for. */
function gapOf(chain: TestChain, powerPercent: number): number {
  const usual = workOf(chain.config.genesisTarget);
  return Math.max(1, Number((BigInt(SPACING) * 100n * workOf(chain.state.target)) / (usual * BigInt(powerPercent))));
}

const earliest = (chain: TestChain) => medianTimePast(chain.state.timestamps) + 1;

describe('difficulty', () => {
  it.each([400, 25])(
    'follows a change of hash power to %i percent within two windows up to a quarter, within three up to a tenth (pos-pow D1, D4)',
    (percent) => {
      const windowBlocks = 60;
      const chain = new TestChain({ ...raw, windowBlocks });
      let now = GENESIS_TIME;
      const mine = (blocks: number, powerPercent: number) => {
        for (let count = 0; count < blocks; count++) {
          now += gapOf(chain, powerPercent);
          chain.add(now);
        }
      };
      const followed = () => Number((before * 100_000n) / chain.state.target) / (percent * 1_000);
      mine(3 * windowBlocks - 1, 100);
      const before = chain.state.target;
      // The medians lag by half of their blocks, so every window still contains a little of the one before.
      mine(2 * windowBlocks, percent);
      expect(Math.abs(followed() - 1)).toBeLessThan(0.25);
      mine(windowBlocks, percent);
      expect(Math.abs(followed() - 1)).toBeLessThan(0.1);
      mine(2 * windowBlocks, percent);
      const start = now;
      mine(windowBlocks, percent);
      expect(Math.abs((now - start) / windowBlocks / SPACING - 1)).toBeLessThan(0.05);
    },
  );

  it('windows add up to the time that passed, whatever the timestamps: nothing accumulates (pos-pow D2, T1, T2)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10 * SPACING }), { minLength: 100, maxLength: 100 }), (gaps) => {
        const chain = new TestChain(raw);
        let sum = 0;
        let boundary = GENESIS_TIME;
        for (const gap of gaps) {
          const median = medianTimePast(chain.state.timestamps);
          // A timestamp above the median never lowers it, so no window has a negative length.
          chain.add(median + gap);
          expect(medianTimePast(chain.state.timestamps)).toBeGreaterThanOrEqual(median);
          if (chain.state.windowStart === boundary) continue;
          sum += chain.state.windowStart - boundary;
          boundary = chain.state.windowStart;
        }
        expect(sum).toBe(boundary - GENESIS_TIME);
      }),
      { numRuns: 30 },
    );
  });
});

/** Timestamps that a majority of 51 % may choose, mixed with honest ones. */
type Attack = (chain: TestChain, height: number, now: number) => number;

/** Bitcoin's attack: as early as allowed, except for the last block of a window, as late as allowed. */
const timeWarp: Attack = (chain, height, now) => ((height + 1) % WINDOW === 0 ? now + DRIFT : earliest(chain));

/** Times lag for three windows and catch up in one. */
const saw: Attack = (chain, height, now) => (Math.floor(height / WINDOW) % 4 === 3 ? now + DRIFT : earliest(chain));

/** Runs an attacker with 51 of 100 blocks, in real time; returns how long the blocks took. */
function runAttack(attack: Attack, windows: number): { readonly chain: TestChain; readonly elapsedMs: number } {
  const chain = new TestChain(raw);
  let now = GENESIS_TIME;
  for (let height = 1; height < windows * WINDOW; height++) {
    now += gapOf(chain, 100);
    const isAttacker = (height * 51) % 100 < 51;
    const honest = Math.max(now, earliest(chain));
    chain.add(isAttacker ? Math.max(attack(chain, height, now), earliest(chain)) : honest, now);
  }
  return { chain, elapsedMs: now - GENESIS_TIME };
}

describe('a time-warp attacker with 51 % of the blocks', () => {
  it.each([
    ['stretches windows at their ends', timeWarp],
    ['lags and catches up', saw],
  ])('who %s changes the difficulty by at most the clamp per window (pos-pow D3)', (_case, attack) => {
    const { chain } = runAttack(attack, 30);
    for (let height = 2; height < 30 * WINDOW; height++) {
      const [old, next] = [chain.targetAt(height - 1), chain.targetAt(height)];
      expect(next <= old * 4n && next >= old / 4n).toBe(true);
    }
  });

  it.each([
    ['stretches windows at their ends', timeWarp],
    ['lags and catches up', saw],
  ])(
    'who %s gains no blocks over many windows: consecutive windows share their boundary (pos-pow D2, T3)',
    (_case, attack) => {
      const windows = 100;
      const { elapsedMs } = runAttack(attack, windows);
      const fair = (windows * WINDOW - 1) * SPACING;
      expect(elapsedMs).toBeGreaterThan(fair * 0.9);
    },
  );

  it('would make blocks ever cheaper if windows did not share their boundary', () => {
    // The control: the same attack on windows from their own first to their own last block.
    let target = raw.genesisTarget;
    for (let window = 0; window < 6; window++) {
      const startOfWindow = GENESIS_TIME + window * WINDOW;
      const endOfWindow = GENESIS_TIME + window * WINDOW * SPACING + DRIFT;
      target = computeRetarget({
        target,
        actualMs: endOfWindow - startOfWindow,
        expectedMs: WINDOW * SPACING,
        clamp: 4,
        powLimit: raw.powLimit,
      });
    }
    expect(target / raw.genesisTarget).toBeGreaterThan(100n);
  });
});

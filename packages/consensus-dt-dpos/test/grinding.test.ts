import {
  advanceSeeds,
  type Bytes,
  contributeSeed,
  contributingSlots,
  type SeedPipeline,
  startSeeds,
} from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { advanceWrr, electCommittee, nextSeed, type Seat } from '../src/index.ts';
import { carryPriorities } from '../src/schedule.ts';
import { CONTEXT, configOf, keyedCensus, sha256, TestChain } from './support.ts';

/** With `GRINDING_EPOCHS=10000` the full size of the specification. */
const EPOCHS = Number(process.env.GRINDING_EPOCHS ?? 200);
const VARIANTS = 1_024;
const { committee, trust } = configOf({ preset: 'default' });
const ROUNDS = trust.epochRounds;
const WEIGHT = 1_000_000;

/** Candidates for 21 seats, a third of which are the adversary's. */
const CANDIDATES = 3 * committee.size;
const WEIGHTS: readonly number[] = Array.from({ length: CANDIDATES }, () => WEIGHT);

const bytesOf = (...values: number[]): Bytes => sha256(new Uint8Array(new Float64Array(values).buffer));

const seatsDrawn = (seed: Bytes): readonly number[] =>
  electCommittee(WEIGHTS, committee, seed, sha256).toSorted((a, b) => a - b);

/** Share of the seats that one party has. */
function shareOf(positions: readonly number[], isOwn: (position: number) => boolean): number {
  return positions.filter(isOwn).length / positions.length;
}

/** Mixes what honest leaders publish in all contributing rounds of an epoch. */
function honestEpoch(pipeline: SeedPipeline, rounds = contributingSlots(ROUNDS)): SeedPipeline {
  let filled = pipeline;
  for (let round = 0; round < rounds; round++) {
    filled = contributeSeed(filled, bytesOf(pipeline.epoch, round), CONTEXT);
  }
  return filled;
}

describe('randomness-vrf B3, trust X9: grinding of 2^10 variants for seats of DT-DPoS', () => {
  /** Ways to arrange one's candidates among the others: which third of the positions is one's own. */
  const arrangements = Array.from({ length: VARIANTS }, (_, variant) => {
    const order = WEIGHTS.map((_weight, position) => [bytesOf(variant, position).join(), position] as const);
    order.sort(([a], [b]) => (a < b ? -1 : 1));
    return new Set(order.slice(0, CANDIDATES / 3).map(([, position]) => position));
  });
  const best = (positions: readonly number[]): number => {
    const shares = arrangements.map((own) => shareOf(positions, (position) => own.has(position)));
    return shares.indexOf(Math.max(...shares));
  };
  const share = (positions: readonly number[], variant: number): number =>
    shareOf(positions, (position) => arrangements[variant]?.has(position) ?? false);

  it('of its candidates gains less than one percentage point, since they are fixed before the seed', () => {
    let pipeline = startSeeds(CONTEXT.chainId, CONTEXT);
    const chosen = new Map<number, number>();
    let [own, foreseen, epochs] = [0, 0, 0];
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      const positions = seatsDrawn(pipeline.seed);
      const variant = chosen.get(epoch);
      if (variant !== undefined) {
        own += share(positions, variant);
        // What the same search would reach if candidates could still move once the seed is known.
        foreseen += share(positions, best(positions));
        epochs++;
      }
      pipeline = honestEpoch(pipeline);
      // Candidates of epoch x are fixed at the end of epoch x - 3. The best guess about its seed is that nobody
      // will contribute to it.
      chosen.set(epoch + 3, best(seatsDrawn(advanceSeeds(pipeline, epoch + 3, CONTEXT).seed)));
      pipeline = advanceSeeds(pipeline, epoch + 1, CONTEXT);
    }
    process.stdout.write(
      `\ngrinding of candidates: ${epochs} epochs, share ${(own / epochs).toFixed(4)}, foreseen ${(foreseen / epochs).toFixed(4)}\n`,
    );
    expect(Math.abs(own / epochs - 1 / 3)).toBeLessThan(0.01);
    expect(foreseen / epochs).toBeGreaterThan(1 / 3 + 0.1);
  });

  it('of the last block of an epoch gains nothing with VRF outputs, and much with block hashes', () => {
    const raw = { preset: 'minimal', electionLagEpochs: 2 };
    const seedsOf = (seedMode: string): number => {
      const chain = new TestChain(configOf({ ...raw, seedMode }), keyedCensus(6));
      for (let height = 1; height < 4; height++) chain.add();
      const header = chain.next(4);
      const seeds = new Set<string>();
      for (let variant = 0; variant < VARIANTS; variant++) {
        const altered = { ...header, id: `${variant}`, sealHash: bytesOf(variant) };
        const { seed, beacon } = chain.rules.applyHeader(chain.state, altered, []);
        seeds.add((beacon?.seeds.nextSeed ?? seed).join());
      }
      return seeds.size;
    };
    expect(seedsOf('vrf')).toBe(1);
    expect(seedsOf('blockHash')).toBe(VARIANTS);

    let ground = 0;
    const runs = 2;
    for (let run = 0; run < runs; run++) {
      const shares = Array.from({ length: VARIANTS }, (_, variant) =>
        shareOf(seatsDrawn(nextSeed(bytesOf(run), bytesOf(run, variant), sha256)), (position) => position % 3 === 0),
      );
      ground += Math.max(...shares) / runs;
    }
    process.stdout.write(`grinding of a block hash: share of the next committee ${ground.toFixed(4)}\n`);
    expect(ground).toBeGreaterThan(1 / 3 + 0.1);
  });
});

/** All ways to publish `count` of `slots` blocks in order, at most 4 096 of them. */
function choices(slots: number, count: number): readonly (readonly number[])[] {
  const found: number[][] = [];
  const extend = (chosen: number[], next: number): void => {
    if (found.length >= 4_096) return;
    if (chosen.length === count) found.push(chosen);
    else for (let slot = next; slots - slot >= count - chosen.length; slot++) extend([...chosen, slot], slot + 1);
  };
  extend([], 0);
  return found;
}

/**
 * An adversary with a third of the candidates that decides at the end of the contributing rounds which of the
 * slots that it leads in a row it fills, so that the seed two epochs later is the best for it, and else leaves
 * the rest to the honest leader after it.
 */
function withhold(isOwn: (position: number) => boolean, isHonest: boolean, epochs: number) {
  let pipeline = startSeeds(CONTEXT.chainId, CONTEXT);
  let seats: readonly Seat[] = [];
  let priorities: readonly number[] = [];
  const totals = { own: 0, slots: 0, withheld: 0, seats: 0 };
  const slotsPerSeat = ROUNDS / committee.size;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const before = seats;
    seats = seatsDrawn(pipeline.seed).map((index) => ({ index, id: `${index}`, weight: WEIGHT }));
    priorities = carryPriorities(before, before.length === 0 ? [] : priorities, { seats, emergency: false });
    totals.seats += shareOf(
      seats.map(({ index }) => index),
      isOwn,
    );
    const weights = seats.map(({ weight }) => weight);
    // The leaders of the epoch, and of as many slots more as can be withheld.
    const leaders: boolean[] = [];
    const states: (readonly number[])[] = [];
    for (let slot = 0; slot < ROUNDS + committee.size; slot++) {
      const step = advanceWrr(priorities, weights);
      priorities = step.priorities;
      leaders.push(isOwn(seats[step.chosen]?.index ?? -1));
      states.push(priorities);
    }

    const window = contributingSlots(ROUNDS);
    let first = window;
    while (first > 0 && leaders[first - 1] === true) first--;
    let last = first;
    while (leaders[last] === true) last++;
    const [count, run] = [window - first, last - first];
    const early = honestEpoch(pipeline, first);
    let best = { pipeline: honestEpoch(pipeline), value: Number.NEGATIVE_INFINITY, lost: 0 };
    if (!isHonest && count > 0) {
      // The seed that an honest leader makes is unknown to it, and as good as any on average.
      const lost = run - count + 1;
      best = { ...best, value: committee.size / 3 - lost / slotsPerSeat, lost };
      for (const choice of choices(run, count)) {
        let tried = early;
        for (const slot of choice) tried = contributeSeed(tried, bytesOf(epoch, 1_000 + first + slot), CONTEXT);
        const skipped = (choice.at(-1) ?? 0) + 1 - count;
        const { seed } = advanceSeeds(tried, epoch + 2, CONTEXT);
        const value = seatsDrawn(seed).filter(isOwn).length - skipped / slotsPerSeat;
        if (value > best.value) best = { pipeline: tried, value, lost: skipped };
      }
    }
    const end = ROUNDS + best.lost;
    totals.own += leaders.slice(0, end).filter(Boolean).length - best.lost;
    totals.withheld += best.lost;
    totals.slots += ROUNDS;
    priorities = states[end - 1] ?? priorities;
    pipeline = advanceSeeds(best.pipeline, epoch + 1, CONTEXT);
  }
  return { share: totals.own / totals.slots, seats: totals.seats / epochs, withheld: totals.withheld };
}

describe('randomness-vrf B1, B2: withholding by a third of the candidates of DT-DPoS', () => {
  it.each([
    ['spread among the others', (position: number) => position % 3 === 0],
    ['admitted one after the other', (position: number) => position < CANDIDATES / 3],
  ])('%s, it gains something, pays for it with slots, and stays within three percentage points', (name, isOwn) => {
    const [honest, found] = [withhold(isOwn, true, EPOCHS), withhold(isOwn, false, EPOCHS)];
    process.stdout.write(`withholding, ${name}: ${EPOCHS} epochs, ${JSON.stringify({ honest, found })}\n`);
    expect(honest.withheld).toBe(0);
    expect(found.withheld).toBeGreaterThan(0);
    expect(found.share - honest.share).toBeLessThan(0.03);
    expect(found.seats - honest.seats).toBeGreaterThan(-0.01);
  });
});

/**
 * Drawing the time that a copy is under way.
 *
 * Whatever the distribution, a delay takes one draw of the stream, so that another distribution shifts nothing.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { RandomStream } from '../random.ts';
import type { CheckedConditions, HeavyTailDelay } from './conditions.ts';

/** Values of one draw: the lower 20 bits choose the scale, the upper 10 the place within it. */
const PLACES = 2 ** 10;
const SCALES = 2 ** 20;
/** Scales are kept in parts of a millisecond, so that repeated rounding stays below one. */
const PARTS_PER_MS = 1_024;

/** One-way delay of one copy. */
export function drawDelay(random: RandomStream, conditions: CheckedConditions): Millis {
  const { heavyTail, delayMs } = conditions;
  if (heavyTail === null) return random.integer(delayMs.min, delayMs.max);
  return heavyTailDelay(random.integer(0, PLACES * SCALES - 1), heavyTail);
}

/** No delay that is drawn is shorter. */
export function leastDelay({ heavyTail, delayMs }: CheckedConditions): Millis {
  return heavyTail === null ? delayMs.min : Math.floor(heavyTail.meanMs / 4);
}

/** Every factor is an integer below 2^53: 60 000 ms, in parts, times (3/2)^20, times 3 * 2^10. */
function heavyTailDelay(draw: number, { meanMs, maxMs }: HeavyTailDelay): Millis {
  let scale = meanMs * PARTS_PER_MS;
  // The bit at which the lowest set bit stands has the probability 2^-(bit + 1).
  for (let bits = (draw % SCALES) | SCALES; bits % 2 === 0; bits /= 2) scale = Math.floor((scale * 3) / 2);
  const place = Math.floor(draw / SCALES);
  // From a quarter to three quarters of the scale, whose mean over all draws is twice the mean delay.
  return Math.min(maxMs, Math.floor((scale * (PLACES + 2 * place)) / (4 * PLACES * PARTS_PER_MS)));
}

/**
 * Deterministic jitter of the generator (energy WG2).
 *
 * @module
 */
import { createHash } from 'node:crypto';

/** Seed of the published series; another one would give another community. */
const JITTER_SEED = 1;

/**
 * A pseudo-random offset in permille, equal for equal arguments on every machine (energy WG2).
 *
 * @param quarterHour - Slot of the day, 0 to 95.
 * @param spanPermille - Largest absolute value.
 */
export function jitterPermille(name: string, date: string, quarterHour: number, spanPermille: number): number {
  const text = `fiducia-energy-demo/${JITTER_SEED}/${name}/${date}/${quarterHour}`;
  const sample = createHash('sha256').update(text, 'utf8').digest().readUInt32BE(0);
  return (sample % (2 * spanPermille + 1)) - spanPermille;
}

/** Rounds half up, as every Wh of the generator is rounded (energy WG). */
export function roundHalfUp(value: number): number {
  return Math.floor(value + 0.5);
}

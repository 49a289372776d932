/**
 * Subjects that the kit cannot work with.
 *
 * @module
 */
import { TestkitError } from './errors.ts';
import type { ConformanceSubject } from './subject.ts';

const NAME = /^[a-z][a-z0-9.+-]{0,63}$/;
const SLOTS_MIN = 10;
const SLOTS_MAX = 1_000;
const SLOT_MS_MIN = 100;
const SLOT_MS_MAX = 3_600_000;
const NODES_MAX = 64;
/** Names under which the kit takes samples of its own. */
const OWN_SAMPLE = /^(default|large register|\d+ nodes)$/;

/** @throws {@link TestkitError} with `INVALID_OPTION`. */
export function requireSubject(subject: ConformanceSubject): void {
  const { name, slotMs, nodeCounts, sampleSlots = SLOTS_MIN, configs = [] } = subject;
  const requireThat = (holds: boolean, field: string, reason: string): void => {
    if (!holds) throw new TestkitError({ code: 'INVALID_OPTION', path: `subject.${field}`, reason });
  };
  const requireInteger = (field: string, value: number, min: number, max: number): void => {
    const isWithin = Number.isSafeInteger(value) && value >= min && value <= max;
    requireThat(isWithin, field, `must be an integer in [${min}, ${max}]`);
  };
  requireThat(NAME.test(name), 'name', 'must match [a-z][a-z0-9.+-]{0,63}');
  requireInteger('sampleSlots', sampleSlots, SLOTS_MIN, SLOTS_MAX);
  requireInteger('slotMs', slotMs, SLOT_MS_MIN, SLOT_MS_MAX);
  requireThat(nodeCounts?.length !== 0, 'nodeCounts', 'must list a count');
  for (const count of nodeCounts ?? []) requireInteger('nodeCounts', count, 1, NODES_MAX);
  // Samples are known by the names of their configurations: of two with one name only the first would be tried.
  const names = configs.map((config) => config.name);
  const taken = names.find((given, index) => OWN_SAMPLE.test(given) || names.indexOf(given) !== index);
  requireThat(taken === undefined, 'configs', `must have names of their own, and ${taken} is taken`);
}

/**
 * Reads fields of foreign JSON.
 *
 * @module
 */
import { SimulationError } from '../errors.ts';

/** Refuses a field. */
function refuse(path: string, reason: string): never {
  throw new SimulationError({ code: 'INVALID_OPTION', path, reason });
}

/** A plain object. */
export function objectIn(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return refuse(path, 'must be an object');
}

/** A field of an object; inherited ones do not count. */
export function field(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A list of at most `lengthMax` items, each read by `read`. */
export function listIn<T>(
  value: unknown,
  path: string,
  lengthMax: number,
  read: (item: unknown, path: string) => T,
): readonly T[] {
  if (!Array.isArray(value) || value.length > lengthMax) return refuse(path, `must be a list of at most ${lengthMax}`);
  return value.map((item, index) => read(item, `${path}.${index}`));
}

/** An integer from `min` to `max`. */
export function integerIn(value: unknown, path: string, min: number, max: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  return refuse(path, `must be an integer in [${min}, ${max}]`);
}

/** True or false. */
export function booleanIn(value: unknown, path: string): boolean {
  return typeof value === 'boolean' ? value : refuse(path, 'must be true or false');
}

/** Text of 1 to `lengthMax` characters. */
export function textIn(value: unknown, path: string, pattern = /./, lengthMax = 100): string {
  const isText = typeof value === 'string' && value.length >= 1 && value.length <= lengthMax;
  return isText && pattern.test(value) ? value : refuse(path, `must be text of 1 to ${lengthMax} characters`);
}

/** One of a list of values. */
export function oneOfIn<T extends string>(value: unknown, path: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  return found ?? refuse(path, `must be one of ${allowed.join()}`);
}

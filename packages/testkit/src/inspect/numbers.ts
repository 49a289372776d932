/**
 * Looks for numbers that nodes could disagree about (contract H-16).
 *
 * @module
 */

/** A value that holds no exact integer. */
export interface WrongNumber {
  /** Where it stands, e.g. `authorities.0.weight`. */
  readonly path: string;
  /** What is wrong with it. */
  readonly reason: string;
}

/** Values looked at in one search; a register of more is represented well enough. */
const VALUES_MAX = 50_000;

/** First number in a value that is a float, negative zero, or beyond the safe integers. */
export function findWrongNumber(value: unknown): WrongNumber | undefined {
  const pending: (readonly [path: string, item: unknown])[] = [['', value]];
  const seen = new Set<unknown>();
  for (let count = 0; pending.length > 0 && count < VALUES_MAX; count++) {
    const [path, item] = pending.pop() ?? ['', undefined];
    if (typeof item === 'number') {
      const reason = reasonAgainst(item);
      if (reason !== undefined) return { path, reason };
    }
    if (typeof item !== 'object' || item === null || seen.has(item)) continue;
    seen.add(item);
    pending.push(...childrenOf(path, item));
  }
  return undefined;
}

function reasonAgainst(value: number): string | undefined {
  if (Object.is(value, -0)) return 'is negative zero, which has no encoding of its own';
  if (!Number.isFinite(value)) return `is ${value}`;
  if (!Number.isInteger(value)) return `is the float ${value}`;
  return Number.isSafeInteger(value) ? undefined : `is ${value}, beyond the safe integers`;
}

function childrenOf(path: string, item: object): readonly (readonly [string, unknown])[] {
  const prefix = path === '' ? '' : `${path}.`;
  if (ArrayBuffer.isView(item)) {
    const isFloat = item instanceof Float32Array || item instanceof Float64Array;
    return isFloat ? Array.from(item, (value, index) => [`${prefix}${index}`, value]) : [];
  }
  if (item instanceof Map) return [...item].flatMap((entry) => partsOf(prefix, entry));
  if (item instanceof Set) return Array.from(item, (value, index) => [`${prefix}${index}`, value]);
  const fields: (readonly [string, unknown])[] = Object.entries(item).map(([name, value]) => [prefix + name, value]);
  // A persistent map keeps its entries private.
  const { entries } = item as { readonly entries?: unknown };
  if (typeof entries !== 'function' || Array.isArray(item)) return fields;
  const listed: unknown = entries.call(item);
  return [...fields, [`${prefix}entries`, isIterable(listed) ? [...listed] : listed]];
}

/** A key is encoded like any value; one of text holds no number. */
function partsOf(prefix: string, [key, value]: readonly [unknown, unknown]): readonly (readonly [string, unknown])[] {
  // An object need not have a text of its own.
  const shown = typeof key === 'object' && key !== null ? '(object)' : String(key);
  const part = [prefix + shown, value] as const;
  return typeof key === 'string' ? [part] : [[`${prefix}key ${shown}`, key], part];
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

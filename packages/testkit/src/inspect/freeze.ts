/**
 * Arguments that nobody can change.
 *
 * @module
 */

/**
 * Freezes a value and everything it reaches through fields and elements. Bytes, maps and sets cannot be frozen;
 * whoever hands them over compares fingerprints before and after.
 */
export function deepFreeze<T>(value: T): T {
  const pending: unknown[] = [value];
  const seen = new Set<unknown>();
  while (pending.length > 0) {
    const item = pending.pop();
    if (typeof item !== 'object' || item === null || seen.has(item) || ArrayBuffer.isView(item)) continue;
    seen.add(item);
    Object.freeze(item);
    if (item instanceof Map) pending.push(...item.keys(), ...item.values());
    else if (item instanceof Set) pending.push(...item);
    else pending.push(...Object.values(item));
  }
  return value;
}

/** A copy that shares nothing with plain data; objects of classes are shared. */
export function deepCopy<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copy);
  if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => [copy(key), copy(item)]));
  if (value instanceof Set) return new Set(Array.from(value, copy));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copy(item)]));
}

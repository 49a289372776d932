/**
 * Plugins and rules with some parts replaced.
 *
 * @module
 */

/**
 * The same with other parts. What an author wrote as a class has its functions on a prototype, where a spread does not
 * find them, and they want the instance that they belong to.
 */
export function withParts<T extends object>(whole: T, parts: Partial<T>): T {
  const copy: Record<string, unknown> = {};
  for (
    let holder: object = whole;
    holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder) ?? Object.prototype
  ) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (name === 'constructor' || Object.hasOwn(copy, name)) continue;
      const value: unknown = Reflect.get(whole, name);
      copy[name] = typeof value === 'function' ? value.bind(whole) : value;
    }
  }
  return { ...copy, ...parts } as T;
}

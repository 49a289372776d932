/**
 * A world without clock, chance, timers, network and environment, for the length of one call (contract H-15,
 * simulation E1).
 *
 * Rules and engines are synchronous, so nothing else runs meanwhile.
 *
 * @module
 */

/** What was reached for during a call. */
export interface PoisonedCall<T> {
  /** What the call returned, or `undefined` if it threw. */
  readonly value: T | undefined;
  /** What it threw, if it did. */
  readonly thrown: unknown;
  /** Forbidden things that it used, e.g. `Date.now`; empty for a call that is as it should be. */
  readonly used: readonly string[];
}

/** Globals that are replaced as a whole. */
const FORBIDDEN_GLOBALS = [
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
  'process',
  'navigator',
  'WebSocket',
  'Intl',
  'console',
] as const;

/** Methods whose results depend on where or when they are called. */
const FORBIDDEN_METHODS: readonly (readonly [holder: object, name: string, label: string])[] = [
  [Math, 'random', 'Math.random'],
  [String.prototype, 'localeCompare', 'String.localeCompare'],
  [String.prototype, 'toLocaleLowerCase', 'String.toLocaleLowerCase'],
  [String.prototype, 'toLocaleUpperCase', 'String.toLocaleUpperCase'],
  [Number.prototype, 'toLocaleString', 'Number.toLocaleString'],
  [Promise.prototype, 'then', 'a promise'],
];

/** What the language leaves to each machine: the last digits of these differ between engines (contract H-16). */
const APPROXIMATE_FUNCTIONS = [
  ...['acos', 'acosh', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'cbrt', 'cos', 'cosh', 'exp', 'expm1', 'hypot'],
  ...['log', 'log10', 'log1p', 'log2', 'pow', 'sin', 'sinh', 'sqrt', 'tan', 'tanh'],
] as const;

/**
 * Runs plugin code while everything outside of it is out of reach. What it uses is noted even if it swallows the
 * error; afterwards the world is as before.
 */
export function callPoisoned<T>(run: () => T): PoisonedCall<T> {
  const used = new Set<string>();
  const restore = poison((label) => {
    used.add(label);
    throw new Error(`${label} is out of reach in rules and engines`);
  });
  try {
    return { value: run(), thrown: undefined, used: [...used] };
  } catch (thrown) {
    return { value: undefined, thrown, used: [...used] };
  } finally {
    restore();
  }
}

interface Replacement {
  readonly holder: object;
  readonly name: string | symbol;
  readonly before: PropertyDescriptor;
  readonly during: PropertyDescriptor;
}

/** Everything is looked up before anything is replaced: some globals load others when they are first seen. */
function poison(note: (label: string) => never): () => void {
  const replacements: Replacement[] = [];
  const replace = (holder: object, name: string | symbol, descriptor: PropertyDescriptor): void => {
    const before = Object.getOwnPropertyDescriptor(holder, name);
    if (before === undefined || before.configurable === false) return;
    replacements.push({ holder, name, before, during: { ...descriptor, configurable: true } });
  };
  for (const name of FORBIDDEN_GLOBALS) replace(globalThis, name, { get: () => note(name) });
  for (const [holder, name, label] of FORBIDDEN_METHODS) replace(holder, name, { value: () => note(label) });
  for (const name of APPROXIMATE_FUNCTIONS) replace(Math, name, { value: () => note(`Math.${name}`) });
  replace(globalThis, 'Date', { value: forbiddenDate(note) });
  poisonIteration('Set', Set.prototype, replace, note);
  poisonIteration('Map', Map.prototype, replace, note);

  const { defineProperty } = Object;
  for (const { holder, name, during } of replacements) defineProperty(holder, name, during);
  return () => {
    for (const { holder, name, before } of replacements) defineProperty(holder, name, before);
  };
}

function forbiddenDate(note: (label: string) => never): DateConstructor {
  return new Proxy(Date, {
    apply: () => note('Date'),
    construct: () => note('new Date'),
    get: (target, name) => (name === 'UTC' ? target.UTC : note(`Date.${String(name)}`)),
  });
}

/** Walking a collection whose keys are objects means that the order of receipt decides. */
function poisonIteration(
  kind: 'Set' | 'Map',
  prototype: Set<unknown> | Map<unknown, unknown>,
  replace: (holder: object, name: string | symbol, descriptor: PropertyDescriptor) => void,
  note: (label: string) => never,
): void {
  const { keys } = prototype;
  for (const name of ['forEach', 'entries', 'keys', 'values', Symbol.iterator] as const) {
    const original = Reflect.get(prototype, name) as (...rest: unknown[]) => unknown;
    const value = function (this: Set<unknown>, ...rest: unknown[]): unknown {
      const first = keys.call(this).next().value;
      if (typeof first === 'object' && first !== null) note(`the order of a ${kind} of objects`);
      return Reflect.apply(original, this, rest);
    };
    replace(prototype, name, { value, writable: true });
  }
}

/**
 * Rules 4 to 7: what deterministic and portable code must not touch.
 *
 * @module
 */
import { type PackageModel, type RepositoryModel, sourceFiles, type Violation } from './model.ts';
import { POLICIES } from './policy.ts';
import { codeOf, importsOf, numbersOf, plainCallsOf } from './syntax.ts';

const IMPURE: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bDate \. now\b/, 'Date.now'],
  [/\bnew Date\b/, 'new Date'],
  [/\bMath \. random\b/, 'Math.random'],
  [/(?<!\. )\bprocess \./, 'process'],
];

const IMPURE_CALLS = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'];

const NOT_CONSENSUS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\basync\b/, 'async'],
  [/\bawait\b/, 'await'],
  [/\bPromise\b/, 'Promise'],
  [/\bconsole\b/, 'console'],
  [/\bMath \. (pow|round|exp|log\w*|sqrt|cbrt|sin|cos|tan|hypot)\b/, 'floating-point Math'],
  [/\bparseFloat\b/, 'parseFloat'],
  [/\btoLocale\w*|\blocaleCompare\b|\bIntl\b/, 'locale'],
];

const OBSERVERS = /\b(addEventListener|addListener|EventEmitter|EventTarget)\b|\. on \( ''/;
const EVENT_HOMES = ['host', 'ledger', 'node'];

/** Checks purity, determinism, and where containers and event emitters may appear. */
export function checkPurity(repository: RepositoryModel): readonly Violation[] {
  return repository.packages.flatMap((model) =>
    sourceFiles(model).flatMap(([path, text]) => [
      ...checkPure(model, path, text),
      ...checkConsensus(model, path, text),
      ...checkLibraries(model, path, text),
    ]),
  );
}

function checkPure(model: PackageModel, path: string, text: string): readonly Violation[] {
  if (!POLICIES[model.name]?.isPure) return [];
  const where = `${model.name}/${path}`;
  const code = codeOf(path, text);
  const modules = importsOf(path, text).filter(({ specifier }) => specifier.startsWith('node:'));
  const calls = plainCallsOf(path, text);
  return [
    ...IMPURE_CALLS.filter((name) => calls.has(name)).map((name) => ({
      rule: 4,
      where,
      message: `a pure package calls ${name}`,
    })),
    ...modules.map(({ specifier }) => ({ rule: 4, where, message: `a pure package imports ${specifier}` })),
    ...IMPURE.filter(([pattern]) => pattern.test(code)).map(([, name]) => ({
      rule: 4,
      where,
      message: `a pure package uses ${name}`,
    })),
  ];
}

function checkConsensus(model: PackageModel, path: string, text: string): readonly Violation[] {
  if (!POLICIES[model.name]?.isPlugin && model.name !== 'trust') return [];
  const where = `${model.name}/${path}`;
  const code = codeOf(path, text);
  const floats = numbersOf(path, text).filter((number) => /^[^x]*[.]|^\d+e-/i.test(number));
  return [
    ...NOT_CONSENSUS.filter(([pattern]) => pattern.test(code)).map(([, name]) => ({
      rule: 5,
      where,
      message: `deterministic code uses ${name}`,
    })),
    ...floats.map((number) => ({ rule: 5, where, message: `deterministic code has the literal ${number}` })),
    ...(OBSERVERS.test(code) ? [{ rule: 7, where, message: 'deterministic code has a listener or an event' }] : []),
  ];
}

function checkLibraries(model: PackageModel, path: string, text: string): readonly Violation[] {
  const where = `${model.name}/${path}`;
  return importsOf(path, text).flatMap(({ specifier }) => {
    if ((specifier === 'tsyringe' || specifier === 'reflect-metadata') && model.name !== 'di') {
      return [{ rule: 6, where, message: `${specifier} belongs to di alone` }];
    }
    const isHome = EVENT_HOMES.includes(model.name) && path.split('/').at(-1) === 'events.ts';
    if (specifier === 'eventemitter3' && !isHome) {
      return [{ rule: 6, where, message: 'eventemitter3 belongs to events.ts of host, ledger and node' }];
    }
    return [];
  });
}

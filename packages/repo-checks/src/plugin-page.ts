/**
 * The page of a plugin (its README, which TypeDoc shows too) compared with what the plugin does.
 *
 * @module
 */

/** What is compared of a plugin: its parser, its promise, and the text of its sources. */
export interface PageSubject {
  readonly traits: {
    readonly faults: { readonly kind: string; readonly numerator: number; readonly denominator: number };
  };
  parseConfig(raw: unknown): unknown;
}

/** A program from the page with what the page says that it prints. */
export interface PageExample {
  readonly program: string;
  readonly output: string;
}

/** The first program of the page and the first output after it. */
export function exampleOf(page: string): PageExample | undefined {
  const found = /```ts\n(.*?)```.*?```text\n(.*?)```/s.exec(page);
  return found === null ? undefined : { program: found[1] ?? '', output: found[2] ?? '' };
}

/** Everything in which the page and the plugin differ, as sentences. */
export function comparePage(page: string, plugin: PageSubject, sources: string): readonly string[] {
  return [
    ...compareConfiguration(page, plugin),
    ...compareFaults(page, plugin),
    ...compareTraces(page, sources),
    ...compareCodes(page, sources),
    ...(exampleOf(page) === undefined ? ['has no example with its output'] : []),
  ];
}

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function tablesOf(page: string): readonly Table[] {
  const blocks = page.match(/(?:^\|.*\|\n)+/gm) ?? [];
  return blocks.map((block) => {
    const [head = [], , ...rows] = block
      .trim()
      .split('\n')
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      );
    return { head, rows };
  });
}

type Leaf = string | number | bigint | boolean | readonly unknown[];

function leavesOf(value: unknown, path = ''): readonly (readonly [path: string, value: Leaf])[] {
  if (Array.isArray(value)) return [[path, value]];
  if (typeof value !== 'object' || value === null) return [[path, value as Leaf]];
  const prefix = path === '' ? '' : `${path}.`;
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, `${prefix}${key}`));
}

function compareConfiguration(page: string, plugin: PageSubject): readonly string[] {
  const table = tablesOf(page).find(({ head }) => /^(Key|Field)$/.test(head[0] ?? ''));
  if (table === undefined) return ['has no configuration table'];
  const defaults = new Map(leavesOf(plugin.parseConfig({})));
  const defaultAt = table.head.findIndex((title) => /^`?default`?$/i.test(title));
  const rangeAt = table.head.findIndex((title) => title === 'Range' || title === 'Valid');
  const isStrict = table.head[rangeAt] === 'Range';
  const keys = table.rows.map((row) => /^`([\w.]+)`/.exec(row[0] ?? '')?.[1] ?? '');

  const missing = [...defaults.keys()].filter((key) => !keys.includes(key));
  const wrong = table.rows.flatMap((row, index) => {
    const key = keys[index] ?? '';
    const cell = row[defaultAt] ?? '';
    // A preset is no part of the result; all that can be said of its default is that it is accepted.
    const actual = defaults.get(key) ?? (accepts(plugin, key, plain(cell)) ? plain(cell) : undefined);
    if (actual === undefined) return [`has a row for ${key}, which is no key`];
    const found = String(evaluate(cell, key, defaults) ?? plain(cell));
    const expected = Array.isArray(actual) && actual.length === 0 ? 'none' : String(actual);
    return [
      ...(found === expected ? [] : [`says that ${key} is ${found} by default, but it is ${expected}`]),
      ...(rangeAt < 0 ? [] : compareRange(row[rangeAt] ?? '', key, actual, plugin, defaults, isStrict)),
    ];
  });
  return [...missing.map((key) => `has no row for ${key}`), ...wrong];
}

/**
 * Tries the bounds. A column `Range` has to be readable throughout; in a column `Valid`, which may say more than
 * bounds, what cannot be read is left to tests of the parser.
 */
function compareRange(
  cell: string,
  key: string,
  actual: Leaf,
  plugin: PageSubject,
  defaults: ReadonlyMap<string, Leaf>,
  isStrict: boolean,
): readonly string[] {
  if (Array.isArray(actual)) return compareLength(cell, key, plugin);
  const bounds = cell.replace(/^odd, /, '').split(/\s*[–…]\s*|\s+to\s+/);
  if (bounds.length !== 2) {
    if (!isStrict && !/^(`\w+`(, )?)+$/.test(cell)) return [];
    const values = plain(cell).split(', ');
    const isRefused = (value: string) => !accepts(plugin, key, typeof actual === 'boolean' ? value === 'true' : value);
    const isOpen = accepts(plugin, key, 'none of these');
    return values.some(isRefused) || isOpen ? [`says that ${key} may be ${cell}`] : [];
  }
  const [min, max] = bounds.map((bound) => evaluate(bound, key, defaults));
  if (min === undefined || max === undefined || (!isStrict && /[,;]/.test(cell))) {
    return isStrict ? [`has a range for ${key} that cannot be read: ${cell}`] : [];
  }
  const typed = (value: bigint): Leaf => (typeof actual === 'bigint' ? value : Number(value));
  // A value within the bounds may clash with another key, which the parser then names.
  const isWithin = (value: bigint) => refusedKey(plugin, key, typed(value)) !== key;
  const isExact = isWithin(min) && isWithin(max) && !isWithin(min - 1n) && !isWithin(max + 1n);
  return isExact ? [] : [`says that ${key} is within ${cell}, which are not its bounds`];
}

/** The longest list that a page promises, tried with that many names and one more. */
function compareLength(cell: string, key: string, plugin: PageSubject): readonly string[] {
  const max = Number(/^up to (\d+)$/.exec(cell)?.[1]);
  const namesOf = (length: number) => Array.from({ length }, (_, index) => `name-${index}`);
  const isExact = accepts(plugin, key, namesOf(max || 0)) && !accepts(plugin, key, namesOf((max || 0) + 1));
  return isExact ? [] : [`says that ${key} may hold ${cell}`];
}

function accepts(plugin: PageSubject, path: string, value: Leaf): boolean {
  return refusedKey(plugin, path, value) === undefined;
}

/** Key that the parser blames when one key gets a value; undefined if it accepts. */
function refusedKey(plugin: PageSubject, path: string, value: Leaf): string | undefined {
  const nested = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  try {
    plugin.parseConfig(nested);
    return undefined;
  } catch (thrown) {
    const { data } = thrown as { readonly data?: { readonly path?: unknown } };
    if (typeof data?.path !== 'string') throw thrown;
    return data.path;
  }
}

/** A cell as text: no code marks, no remark after a comma that follows a number. */
function plain(cell: string): string {
  return cell.replaceAll('`', '').replace(/^(\d[\d\s]*),.*$/, '$1');
}

/** Value of a cell like `2^128 − 1`, `4096`, `half of slotMs` or `evidenceEpochs + 1`; undefined if it is no number. */
function evaluate(cell: string, key: string, defaults: ReadonlyMap<string, Leaf>): bigint | undefined {
  const siblings = key.replace(/[^.]*$/, '');
  const text = cell
    .replace(/`([\w.]+)`/g, (whole, name: string) =>
      String(defaults.get(`${siblings}${name}`) ?? defaults.get(name) ?? whole),
    )
    .replace(/[⁰¹²³⁴-⁹]+/g, (digits) => `^${[...digits].map((digit) => SUPERSCRIPTS.indexOf(digit)).join('')}`)
    .replace(/,.*$|\(.*\)|( (ms|bp|µ|rounds|\*))+$/g, '')
    .replaceAll('−', '-')
    .replace(/\s/g, '');
  const half = text.startsWith('halfof');
  const terms = text
    .replace(/^halfof/, '')
    .match(/^[+-]?\d+(\^\d+)?([+-]\d+(\^\d+)?)*$/)?.[0]
    .match(/[+-]?\d+(\^\d+)?/g);
  const sum = terms?.reduce((total, term) => {
    const [base = '0', exponent = '1'] = term.split('^');
    return total + BigInt(base) ** BigInt(exponent);
  }, 0n);
  return half && sum !== undefined ? sum >> 1n : sum;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function compareFaults(page: string, { traits }: PageSubject): readonly string[] {
  const { kind, numerator, denominator } = traits.faults;
  const promise = kind === 'none' ? '`none`' : `\`${kind}\`, less than ${numerator}/${denominator}`;
  return page.includes(promise) ? [] : [`does not declare its faults as ${promise}`];
}

/** Names of traces, whose objects span one line or several. */
const TRACE = /kind: 'trace',\s*event: '(\w+)'/g;

function compareTraces(page: string, sources: string): readonly string[] {
  const emitted = new Set([...sources.matchAll(TRACE)].map((found) => found[1] ?? ''));
  const table = tablesOf(page).find(({ head }) => head[0] === 'Trace');
  const listed = new Set((table?.rows ?? []).map((row) => plain(row[0] ?? '')));
  return [
    ...[...emitted].filter((name) => !listed.has(name)).map((name) => `does not list the trace ${name}`),
    ...[...listed]
      .filter((name) => !emitted.has(name))
      .map((name) => `lists the trace ${name}, which is never emitted`),
  ];
}

/** Verdicts and reasons reach peers, ledgers and logs; errors are thrown at the caller and documented there. */
function compareCodes(page: string, sources: string): readonly string[] {
  const code = withoutComments(sources);
  // Thrown at the caller, or compared with what another package threw.
  const thrown = new Set([...code.matchAll(/(?:code: |=== |Error\(\w+, )'([A-Z_]+)'/g)].map((found) => found[1]));
  const codes = new Set([...code.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map((found) => found[1] ?? ''));
  const missing = [...codes].filter((name) => !thrown.has(name) && !page.includes(`\`${name}\``));
  return missing.map((name) => `does not name the code ${name}`);
}

function withoutComments(sources: string): string {
  return sources.replace(/\/\*.*?\*\//gs, '').replace(/^\s*\/\/.*$/gm, '');
}

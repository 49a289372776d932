import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { comparePage, exampleOf, type PageSubject } from '../src/plugin-page.ts';
import { POLICIES, SCOPE } from '../src/policy.ts';

const packages = fileURLToPath(new URL('../..', import.meta.url));
const plugins = Object.keys(POLICIES).filter(
  (name) => POLICIES[name]?.isPlugin && existsSync(`${packages}/${name}/package.json`),
);

/** Text of all sources below a package, and of the engine in `consensus` that plugins with slots build on. */
function sourcesOf(name: string): string {
  const own = readdirSync(`${packages}/${name}/src`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(`${packages}/${name}/src/${path}`, 'utf8'))
    .join('\n');
  const hasSlots = own.includes('createSlotEngine');
  return hasSlots ? `${own}\n${readFileSync(`${packages}/consensus/src/slot-engine.ts`, 'utf8')}` : own;
}

async function load(name: string): Promise<Record<string, unknown>> {
  return import(/* @vite-ignore */ `${packages}/${name}/src/index.ts`);
}

/** The plugin that the entry's factory makes when it gets no options. */
function pluginOf(entry: Record<string, unknown>): PageSubject {
  const made = Object.values(entry).flatMap((value): unknown[] => {
    try {
      return typeof value === 'function' ? [value()] : [];
    } catch {
      return [];
    }
  });
  const isPlugin = (value: unknown): value is PageSubject =>
    typeof value === 'object' && value !== null && 'parseConfig' in value && 'traits' in value;
  const plugin = made.find(isPlugin);
  if (plugin === undefined) throw new Error('the entry exports no factory of a plugin');
  return plugin;
}

/** Runs a program as it stands, with its imports taken from `modules`. Returns what it prints. */
function run(program: string, modules: Readonly<Record<string, object>>): string {
  const printed: string[] = [];
  const console = { log: (...values: unknown[]) => printed.push(`${values.join(' ')}\n`) };
  const script = stripTypeScriptTypes(program).replace(
    /import (\{[^}]*\}) from '([^']+)';/g,
    (_whole, names: string, module: string) => `const ${names.replaceAll(' as ', ': ')} = modules['${module}'];`,
  );
  new Function('modules', 'console', script)(modules, console);
  return printed.join('');
}

describe.each(plugins)('page of %s', (name) => {
  const page = readFileSync(`${packages}/${name}/README.md`, 'utf8');

  it('agrees with the plugin: configuration, faults, traces and codes', async () => {
    expect(comparePage(page, pluginOf(await load(name)), sourcesOf(name))).toEqual([]);
  });

  it('has an example that prints what it says', async () => {
    const modules = {
      'node:crypto': { createHash },
      [`${SCOPE}${name}`]: await load(name),
      [`${SCOPE}consensus`]: await load('consensus'),
    };
    const { program, output } = exampleOf(page) ?? { program: '', output: 'an example' };
    expect(run(program, modules)).toBe(output);
  });
});

describe('comparison of pages', () => {
  const plugin: PageSubject = {
    traits: { faults: { kind: 'byzantine', numerator: 1, denominator: 3 } },
    parseConfig(raw) {
      const given = raw as Record<string, number> & { mode?: string; guests?: readonly string[] };
      const { slots = 4, skew = slots >> 1, mode = 'fast', guests = [], ...unknown } = given;
      const wrong = [
        slots >= 1 && slots <= 2 ** 8 ? [] : ['slots'],
        skew >= 0 && skew <= slots ? [] : ['skew'],
        ['fast', 'safe'].includes(mode) ? [] : ['mode'],
        guests.length <= 3 ? [] : ['guests'],
        Object.keys(unknown),
      ].flat();
      if (wrong.length > 0) throw Object.assign(new Error('INVALID_CONFIG'), { data: { path: wrong[0] } });
      return { slots, skew, mode, guests };
    },
  };
  const sources =
    "// 'IN_COMMENT'\nreject('BAD_SLOT'); throw new XError({ code: 'NOT_LISTED' });\n{ kind: 'trace', event: 'led' }";
  const page = `
\`\`\`ts
console.log(1);
\`\`\`
\`\`\`text
1
\`\`\`
| Field   | Range          | Default           |
| ------- | -------------- | ----------------- |
| \`slots\` | 1 – 2⁸         | 4, set per chain  |
| \`skew\`  | 0 – \`slots\`    | half of \`slots\`   |
| \`mode\`  | \`fast\`, \`safe\` | \`fast\`            |
| \`guests\` | up to 3       | none              |

Faults: \`byzantine\`, less than 1/3. Codes: \`BAD_SLOT\`.

| Trace | When |
| ----- | ---- |
| \`led\` | led  |
`;

  it('finds nothing where page and plugin agree', () => {
    expect(comparePage(page, plugin, sources)).toEqual([]);
  });

  it.each([
    ['a missing key', page.replace(/\| `mode`.*\n/, ''), 'has no row for mode'],
    ['an unknown key', page.replace('`mode` ', '`node` '), 'has a row for node, which is no key'],
    ['a wrong default', page.replace('4, set', '5, set'), 'says that slots is 5 by default, but it is 4'],
    ['a wrong upper bound', page.replace('2⁸', '2⁷'), 'says that slots is within 1 – 2⁷, which are not its bounds'],
    [
      'a wrong lower bound',
      page.replace('1 – 2⁸', '2 – 2⁸'),
      'says that slots is within 2 – 2⁸, which are not its bounds',
    ],
    [
      'an unreadable range',
      page.replace('1 – 2⁸', 'few – many'),
      'has a range for slots that cannot be read: few – many',
    ],
    ['a value that is refused', page.replace('`safe`', '`slow`'), 'says that mode may be `fast`, `slow`'],
    ['a wrong length', page.replace('up to 3', 'up to 4'), 'says that guests may hold up to 4'],
    ['a wrong empty default', page.replace('none ', 'some '), 'says that guests is some by default, but it is none'],
    ['other faults', page.replace('1/3', '1/2'), 'does not declare its faults as `byzantine`, less than 1/3'],
    ['a trace that is not listed', page.replace('| `led`', '| `fed`'), 'does not list the trace led'],
    ['a trace that is not emitted', page.replace('| `led`', '| `fed`'), 'lists the trace fed, which is never emitted'],
    ['a code that is not named', page.replace('BAD_SLOT', 'BAD'), 'does not name the code BAD_SLOT'],
    ['no example', page.replace('```text', '```'), 'has no example with its output'],
    ['no configuration', page.replace('| Field', '| Thing'), 'has no configuration table'],
  ])('finds %s', (_title, planted, sentence) => {
    expect(comparePage(planted, plugin, sources)).toContain(sentence);
  });
});

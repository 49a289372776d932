import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examplesIn, examplesInComments } from '../src/examples/collect.ts';
import { checkModules, createModules } from '../src/examples/compile.ts';
import { ENTRY_FUNCTIONS } from '../src/examples/entry-functions.ts';
import { expectComments, runModules } from '../src/examples/run.ts';
import { listFiles, ROOT, readPackages, readText } from '../src/workspace.ts';

const PAGE = `# Page

\`\`\`ts
console.log(1 + 1);
\`\`\`

\`\`\`text
2
\`\`\`

\`\`\`ts fragment
const parts = ...;
\`\`\`

\`\`\`sh
ls
\`\`\`
`;

const SOURCE = `/** No example. */
const a = 1;

/**
 * Adds.
 *
 * @example
 * \`\`\`ts
 * const sum: string = 1 + 1;
 * \`\`\`
 */
export const b = 2;
`;

describe('examples', () => {
  it('are blocks of TypeScript with their place, marks and output', () => {
    expect(examplesIn(PAGE, 'page.md', null)).toMatchObject([
      { file: 'page.md', line: 4, code: 'console.log(1 + 1);\n', isFragment: false, isLong: false, output: '2\n' },
      { line: 12, isFragment: true, output: null },
    ]);
  });

  it('are found in doc comments, without the stars', () => {
    expect(examplesInComments(SOURCE, 'a.ts', 'x')).toMatchObject([
      { file: 'a.ts', line: 9, code: 'const sum: string = 1 + 1;\n', folder: 'x' },
    ]);
  });

  it('are compiled, and the place of a mistake is told', () => {
    const modules = createModules(examplesInComments(SOURCE, 'a.ts', 'x'), [], join(ROOT, 'packages/site/.examples'));
    expect(checkModules(modules)).toEqual(["a.ts:9: Type 'number' is not assignable to type 'string'."]);
  });

  it('compare values with the literals behind them, and leave other comments alone', () => {
    const text =
      'f(1); // 2n\nconsole.log(a, b); // [1, 2]\nf(2); // the second\nconst c = f(3); // 4\nf(4); // 5, perhaps …\n';
    expect(expectComments(text)).toBe(
      'expectValue((f(1)), () => (2n), "2n");\nexpectValue((a, b), () => ([1, 2]), "[1, 2]");\n' +
        'f(2); // the second\nconst c = f(3); // 4\nf(4); // 5, perhaps …\n',
    );
  });

  it('are run, and wrong values, wrong outputs and failures are told', async () => {
    const page =
      '```ts\nMath.abs(-3); // 4\n```\n```ts\nthrow new Error("no");\n```\n```ts\nconsole.log("a");\n```\n```text\nb\n```\n';
    const folder = mkdtempSync(join(tmpdir(), 'fiducia-examples-'));
    const modules = createModules(examplesIn(page, 'page.md', null), [], folder);
    expect(await runModules(modules, folder)).toEqual({
      problems: ['page.md:2: says 4, which is 3', 'page.md:5: throws no', 'page.md:8: prints\na\nand not\nb\n'],
      values: 1,
      outputs: 1,
    });
  });
});

describe('functions that users call first', () => {
  it('are named for every package', () => {
    expect(Object.keys(ENTRY_FUNCTIONS).sort()).toEqual(readPackages().map(({ folder }) => folder));
  });

  it.each(Object.entries(ENTRY_FUNCTIONS))('of %s have examples', (folder, names) => {
    const sources = listFiles(`packages/${folder}/src`, '.ts').map((path) => readText(path));
    const commentOf = (name: string): string | undefined => {
      const declaration = new RegExp(
        `(/\\*\\*(?:(?!\\*/).)*\\*/)\\s*export (?:async )?(?:function\\*?|const) ${name}\\b`,
        's',
      );
      return sources.flatMap((text) => declaration.exec(text)?.[1] ?? []).at(0);
    };
    const without = names.filter((name) => commentOf(name)?.includes('@example') !== true);
    expect(without).toEqual([]);
  });
});

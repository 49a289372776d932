import { describe, expect, it } from 'vitest';
import { checkDependencies } from '../src/dependencies.ts';
import { checkDocumentation } from '../src/documentation.ts';
import { checkExports } from '../src/exports.ts';
import { checkLabels } from '../src/labels.ts';
import type { PackageModel, RepositoryModel, Violation } from '../src/model.ts';
import { checkPurity } from '../src/purity.ts';
import { checkShape } from '../src/shape.ts';

interface Planted {
  readonly name: string;
  readonly dependencies?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly isPrivate?: boolean;
}

const RECORD = { 'test/exports.test.ts': "expect(names).toEqual(['fine']);" };

function plant(...packages: readonly Planted[]): RepositoryModel {
  const models = packages.map(
    (planted): PackageModel => ({
      name: planted.name,
      isPrivate: planted.isPrivate ?? false,
      dependencies: planted.dependencies ?? [],
      devDependencies: [],
      entries: ['src/index.ts'],
      files: new Map(Object.entries({ 'src/index.ts': 'export const fine = 1;', ...RECORD, ...planted.files })),
    }),
  );
  return { packages: models, specifications: new Map([['trust', '- **F8 Round vote.** text\n- **F9** text']]) };
}

const entry = (text: string): Readonly<Record<string, string>> => ({ 'src/index.ts': text });

type Check = (repository: RepositoryModel) => readonly Violation[];

interface Case {
  readonly rule: number;
  readonly title: string;
  readonly check: Check;
  readonly repository: RepositoryModel;
  /** Part of the message, where one rule has several. */
  readonly message?: string;
}

/** What each planted repository of rule 10 does right, apart from its one violation. */
const CITED = { 'src/rounds.ts': '/** See trust F8 and F9. */', 'test/a.test.ts': "it('trust F8 and F9', run);" };

const pureCases = [
  ['node module', "import { readFileSync } from 'node:fs'; export const fine = readFileSync;"],
  ['Date.now', 'export const fine = () => Date.now();'],
  ['new Date', 'export const fine = () => new Date();'],
  ['Math.random', 'export const fine = () => Math.random();'],
  ['setTimeout', 'export const fine = () => setTimeout(() => undefined, 1);'],
  ['setInterval', 'export const fine = () => setInterval(() => undefined, 1);'],
  ['fetch', "export const fine = () => fetch('x');"],
  ['process', 'export const fine = () => process.env;'],
] as const;

const consensusCases = [
  ['async', 'export async function fine() {}'],
  ['Promise', 'export const fine = () => Promise.resolve();'],
  ['console', "export const fine = () => console.log('x');"],
  ['float literal', 'export const fine = 0.5;'],
  ['Math.sqrt', 'export const fine = (x: number) => Math.sqrt(x);'],
  ['locale', "export const fine = (x: string) => x.localeCompare('y');"],
] as const;

const cases: readonly Case[] = [
  {
    rule: 1,
    title: 'a dependency outside the table',
    check: checkDependencies,
    repository: plant({ name: 'trust', dependencies: ['left-pad'] }),
  },
  { rule: 1, title: 'a package outside the table', check: checkDependencies, repository: plant({ name: 'surprise' }) },
  {
    rule: 1,
    title: 'an undeclared import',
    check: checkDependencies,
    repository: plant({ name: 'host', files: entry("import { x } from '@fiducia/consensus'; export const fine = x;") }),
  },
  {
    rule: 1,
    title: 'a cycle',
    check: checkDependencies,
    repository: plant(
      { name: 'consensus', dependencies: ['@fiducia/trust'] },
      { name: 'trust', dependencies: ['@fiducia/consensus'] },
    ),
  },
  {
    rule: 2,
    title: 'a plugin that imports another plugin',
    check: checkDependencies,
    repository: plant({
      name: 'consensus-dpos',
      dependencies: ['@fiducia/consensus-pow'],
      files: entry("import { x } from '@fiducia/consensus-pow'; export const fine = x;"),
    }),
  },
  {
    rule: 2,
    title: 'a plugin that imports the host',
    check: checkDependencies,
    repository: plant({ name: 'consensus-dpos', files: entry("export { x } from '@fiducia/host';") }),
  },
  {
    rule: 2,
    title: 'a plugin that imports ports, even as types',
    check: checkDependencies,
    repository: plant({
      name: 'consensus-dpos',
      dependencies: ['@fiducia/consensus'],
      files: entry("import type { NetPort } from '@fiducia/consensus/ports'; export type Fine = NetPort;"),
    }),
  },
  ...['host', 'ledger', 'simulator', 'node', 'di'].map((name) => ({
    rule: 3,
    title: `${name} that imports a plugin`,
    check: checkDependencies,
    repository: plant({ name, files: entry("import { x } from '@fiducia/consensus-dt-dpos'; export const fine = x;") }),
  })),
  ...pureCases.map(([what, text]) => ({
    rule: 4,
    title: `${what} in a pure package`,
    check: checkPurity,
    repository: plant({ name: 'ledger', files: entry(text) }),
  })),
  ...consensusCases.map(([what, text]) => ({
    rule: 5,
    title: `${what} in deterministic code`,
    check: checkPurity,
    repository: plant({ name: 'consensus-dt-dpos', files: entry(text) }),
  })),
  {
    rule: 6,
    title: 'tsyringe outside di',
    check: checkPurity,
    repository: plant({
      name: 'node',
      files: entry("import { container } from 'tsyringe'; export const fine = container;"),
    }),
  },
  {
    rule: 6,
    title: 'eventemitter3 outside events.ts',
    check: checkPurity,
    repository: plant({
      name: 'host',
      files: entry("import Emitter from 'eventemitter3'; export const fine = Emitter;"),
    }),
  },
  {
    rule: 7,
    title: 'a listener in consensus code',
    check: checkPurity,
    repository: plant({
      name: 'trust',
      files: entry("export const fine = (x: Source) => x.on('change', () => undefined);"),
    }),
  },
  {
    rule: 8,
    title: 'a statement that runs on import',
    check: checkShape,
    repository: plant({ name: 'trust', files: entry('export const fine = new Map(); fine.set(1, 2);') }),
  },
  {
    rule: 8,
    title: 'an import for its side effect',
    check: checkShape,
    repository: plant({ name: 'node', files: entry("import 'reflect-metadata'; export const fine = 1;") }),
  },
  {
    rule: 8,
    title: 'a barrel below the entry',
    check: checkShape,
    repository: plant({
      name: 'trust',
      files: {
        'src/index.ts': "export * from './all.ts';",
        'src/all.ts': "export * from './a.ts';",
        'src/a.ts': 'export const fine = 1;',
      },
    }),
  },
  {
    rule: 9,
    title: 'a function of 71 lines',
    check: checkShape,
    repository: plant({ name: 'trust', files: entry(`export function fine() {${'\n'.repeat(70)}}`) }),
  },
  {
    rule: 9,
    title: 'a file of 601 lines',
    check: checkShape,
    repository: plant({ name: 'trust', files: entry(`export const fine = 1;${'\n// x'.repeat(600)}`) }),
  },
  {
    rule: 9,
    title: 'a file that nothing imports',
    check: checkShape,
    repository: plant({ name: 'trust', files: { 'src/lonely.ts': 'export const fine = 1;' } }),
  },
  ...(
    [
      ['a citation without a specification line', 'trust F77', { 'test/b.test.ts': '// trust F77' }],
      [
        'a rule that no source file cites',
        'trust F9 is cited by no source',
        { 'src/rounds.ts': '/** See trust F8. */' },
      ],
      ['a rule without a test', 'trust F9 is in no title', { 'test/a.test.ts': "it('trust F8', run);" }],
      [
        'a rule that stands only in a comment of a test',
        'trust F9 is in no title',
        { 'test/a.test.ts': "// trust F9\nit('trust F8', run);" },
      ],
      [
        'a rule that stands only in a table of cases',
        'trust F9 is in no title',
        { 'test/a.test.ts': "it.each([['trust F9', 1]])('trust F8: %s', run);" },
      ],
    ] as const
  ).map(([title, message, files]) => ({
    rule: 10,
    title,
    message,
    check: (repository: RepositoryModel) => checkLabels(repository, []),
    repository: plant({ name: 'trust', files: { ...CITED, ...files } }),
  })),
  {
    rule: 10,
    title: 'a pending rule that is cited in both',
    message: 'take it off the list',
    check: (repository) => checkLabels(repository, [{ reason: 'later', rules: ['trust F9'] }]),
    repository: plant({ name: 'trust', files: CITED }),
  },
  {
    rule: 10,
    title: 'a pending rule of no specification',
    message: 'is in no specification',
    check: (repository) => checkLabels(repository, [{ reason: 'later', rules: ['trust F10'] }]),
    repository: plant({ name: 'trust', files: CITED }),
  },
  {
    rule: 11,
    title: 'an entry without a recorded list',
    check: checkExports,
    repository: plant({ name: 'trust', files: { 'test/exports.test.ts': 'expect(names).toEqual([]);' } }),
  },
  {
    rule: 12,
    title: 'an exported interface with a silent member',
    check: checkDocumentation,
    repository: plant({
      name: 'trust',
      files: {
        'src/index.ts': "export { type Fine } from './fine.ts';",
        'src/fine.ts': '/** Fine. */\nexport interface Fine { readonly size: number }',
      },
    }),
  },
];

describe('planted violations', () => {
  it.each(cases)('rule $rule finds $title', ({ rule, message = '', check, repository }) => {
    const found = check(repository).filter((violation) => violation.message.includes(message));
    expect(found.map((violation) => violation.rule)).toContain(rule);
  });

  it('finds nothing in a clean repository', () => {
    const cited = entry('/** See trust F8. */\nexport const fine = 1; // trust F9');
    const clean = plant({ name: 'trust', files: { ...cited, 'test/a.test.ts': CITED['test/a.test.ts'] } });
    const checks: readonly Check[] = [
      checkDependencies,
      checkPurity,
      checkShape,
      (repository) => checkLabels(repository, []),
      checkExports,
      checkDocumentation,
    ];
    expect(checks.flatMap((check) => check(clean))).toEqual([]);
  });
});

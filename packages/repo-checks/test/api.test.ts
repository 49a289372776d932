import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { accept, changesetsOf, hashOf } from '../src/api/accepted.ts';
import { publishedOf, writeReports } from '../src/api/report.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Report of a package with these declarations. */
function reportOf(files: Readonly<Record<string, string>>): string {
  const home = mkdtempSync(join(tmpdir(), 'fiducia-api-'));
  folders.push(home);
  const manifest = { name: '@fiducia/planted', exports: { '.': { types: './dist/index.d.ts' } }, type: 'module' };
  for (const [path, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  return writeReports([publishedOf('planted', home, manifest)]).get('planted') ?? '';
}

describe('a report of what a package publishes', () => {
  it('has names and types in a fixed order and no comments', () => {
    const sorted = reportOf({
      'dist/index.d.ts': 'export declare const a: 1;\nexport declare function b(n: number): void;',
    });
    const mixed = reportOf({
      'dist/index.d.ts':
        '/** Says b. */\ndeclare function b(n: number): void;\n/** Says a. */\ndeclare const a: 1;\nexport { b, a };',
    });
    expect(mixed).toBe(sorted);
    expect(sorted).toContain('const a: 1;\n\nfunction b(n: number): void;');
  });

  it.each([
    ['a parameter', 'export declare function act(n: string): void;'],
    ['a result', 'export declare function act(n: number): number;'],
    ['another overload', 'export declare function act(n: number): void;\nexport declare function act(): void;'],
    ['a new name', 'export declare function act(n: number): void;\nexport declare const more: 1;'],
    ['another name for it', 'declare function act(n: number): void;\nexport { act as move };'],
  ])('changes with %s', (_name, text) => {
    expect(reportOf({ 'dist/index.d.ts': text })).not.toBe(
      reportOf({ 'dist/index.d.ts': 'export declare function act(n: number): void;' }),
    );
  });

  it('follows names into other files, and shows types that are not exported themselves', () => {
    const report = (type: string) =>
      reportOf({
        'dist/index.d.ts': "import { O as Options } from './chunk.js';\nexport declare function act(o: Options): void;",
        'dist/chunk.d.ts': `interface Options { readonly depth: Depth }\ntype Depth = ${type};\nexport type { Options as O };`,
      });
    expect(report('number')).toContain('Not exported');
    expect(report('number')).not.toBe(report('bigint'));
  });

  it('names the package of what is passed on', () => {
    const report = reportOf({
      'dist/index.d.ts': "export { inject } from 'library';",
      'node_modules/library/package.json': '{"name":"library","types":"index.d.ts"}',
      'node_modules/library/index.d.ts': 'export declare function inject(): void;',
    });
    expect(report).toContain("export { inject } from 'library';");
  });

  it('is not made of a package that was not built', () => {
    expect(() => reportOf({})).toThrow('build the packages first');
  });
});

describe('a change of a surface', () => {
  const told = new Map([
    ['one.md', "---\n'@fiducia/host': minor\n---\n\nHosts wait.\n"],
    ['two.md', '---\n"@fiducia/consensus": patch\n---\n\nMentions @fiducia/host: minor in words.\n'],
  ]);
  const before = { report: hashOf('old'), changesets: changesetsOf('@fiducia/host', told) };

  it('counts the changesets that name the package in their header', () => {
    expect(changesetsOf('@fiducia/host', told)).toEqual([hashOf(told.get('one.md') ?? '')]);
    expect(changesetsOf('@fiducia/consensus', told)).toHaveLength(1);
    expect(changesetsOf('@fiducia/hos', told)).toEqual([]);
  });

  it('is refused without a changeset, with that of an earlier change, and after a release that used it up', () => {
    expect(accept(before, 'new', [])).toBeUndefined();
    expect(accept(before, 'new', before.changesets)).toBeUndefined();
    expect(accept(undefined, 'new', [])).toBeUndefined();
  });

  it('is accepted with a new or edited changeset, and nothing is asked where nothing changed', () => {
    const edited = new Map([['one.md', `${told.get('one.md')}And they say why.\n`]]);
    const changesets = changesetsOf('@fiducia/host', edited);
    expect(accept(before, 'new', changesets)).toEqual({ report: hashOf('new'), changesets });
    expect(accept(before, 'old', [])).toEqual(before);
  });
});

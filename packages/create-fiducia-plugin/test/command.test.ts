import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/command.ts';
import { createProject, EXIT_CODES } from '../src/index.ts';
import { protocolNameOf, requirePackageName } from '../src/name.ts';

const scratch = mkdtempSync(join(tmpdir(), 'fiducia-create-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

function run(...args: string[]): { readonly exitCode: number; readonly out: string; readonly err: string } {
  const written = { out: '', err: '' };
  const exitCode = runCommand(args, {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
  });
  return { exitCode, ...written };
}

describe('names of packages', () => {
  it.each(['my-plugin', 'a', 'fair.turns_2', '@acme/fair-turns', '4-slots', 'a'.repeat(214)])('takes %s', (name) => {
    expect(requirePackageName(name)).toBe(name);
  });

  it.each([
    ['', 'it is empty'],
    ['a'.repeat(215), 'it has 215 characters'],
    ['My-Plugin', 'lower case only'],
    ['.hidden', 'neither "." nor "_" at the beginning'],
    ['_private', 'neither "." nor "_" at the beginning'],
    ['two words', 'npm takes a-z'],
    ['naïve', 'npm takes a-z'],
    ['@acme', 'npm takes a-z'],
    ['@acme/', 'npm takes a-z'],
    ['@acme/x/y', 'npm takes a-z'],
    ['@/x', 'npm takes a-z'],
    ['node_modules', 'something else of this name'],
    ['favicon.ico', 'something else of this name'],
    ['fs', 'something else of this name'],
  ])('refuses "%s"', (name, reason) => {
    expect(() => requirePackageName(name)).toThrow(reason);
  });

  it.each([
    ['my-plugin', 'my-plugin'],
    ['@acme/fair.turns_2', 'fair-turns-2'],
    ['4-slots', 'slots'],
    [`${'a'.repeat(31)}-bc`, 'a'.repeat(31)],
  ])('the protocol of %s is called %s', (name, protocol) => {
    expect(protocolNameOf(name)).toBe(protocol);
  });

  it('a name without a letter names no protocol', () => {
    expect(() => protocolNameOf('@acme/123')).toThrow(/needs a letter/);
  });
});

describe('the command', () => {
  it('creates a project, and says what to do next', () => {
    const folder = join(scratch, 'fair-turns');
    const { exitCode, out, err } = run(folder);
    expect({ exitCode, err }).toEqual({ exitCode: EXIT_CODES.success, err: '' });
    expect(out).toContain('the protocol is called fair-turns');
    expect(out).toContain('npm test');
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toContain('node_modules/');
    expect(readFileSync(join(folder, 'src', 'index.ts'), 'utf8')).toContain("name: 'fair-turns'");
    expect(readJson(folder, 'testdata', 'vectors.json').protocol).toBe('fair-turns@1');
    for (const path of createdText(folder)) expect(readFileSync(path, 'utf8'), path).not.toMatch(/my-(plugin|package)/);
  });

  it('takes every version from its own manifest or from that of this repository', () => {
    const folder = join(scratch, 'versions');
    createProject({ folder, name: '@acme/versions', template: 'votes' });
    const { version } = readJson(import.meta.dirname, '..', 'package.json');
    const { devDependencies: ours } = readJson(import.meta.dirname, '..', '..', '..', 'package.json');
    const { name, dependencies, devDependencies } = readJson(folder, 'package.json');
    expect(name).toBe('@acme/versions');
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain("from '@acme/versions';");
    expect(dependencies).toEqual({ '@fiducia/consensus': `^${version}` });
    const withoutRange = (range: string): string => range.replace('^', '');
    for (const [library, range] of Object.entries<string>(devDependencies)) {
      const expected = library.startsWith('@fiducia/') ? version : withoutRange(ours[library]);
      expect(withoutRange(range), library).toBe(expected);
    }
  });

  it('never overwrites: a folder with anything but .git in it stays as it is', () => {
    const folder = join(scratch, 'taken');
    mkdirSync(join(folder, '.git'), { recursive: true });
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const { exitCode, err } = run(folder);
    expect(exitCode).toBe(EXIT_CODES.occupied);
    expect(err).toContain('it has notes.txt, and nothing is ever overwritten');
    expect(readdirSync(folder).sort()).toEqual(['.git', 'notes.txt']);

    rmSync(join(folder, 'notes.txt'));
    expect(run(folder).exitCode).toBe(EXIT_CODES.success);
    expect(run(folder).exitCode).toBe(EXIT_CODES.occupied);
  });

  it('takes options behind two dashes, which not every package manager takes away', () => {
    const folder = join(scratch, 'dashes');
    expect(run(folder, '--', '--name', '@acme/dashes').out).toContain('@acme/dashes: ');
  });

  it('says what it cannot write', () => {
    const file = join(scratch, 'a-file');
    writeFileSync(file, '');
    const { exitCode, err } = run(file);
    expect(exitCode).toBe(EXIT_CODES.failure);
    expect(err).toContain(`cannot write ${file}: it is not a folder`);
  });

  it.each<[string[], string, string]>([
    [[], 'Name a folder', '--help'],
    [['a', 'b'], 'one folder, not 2: a, b', '--help'],
    [['--colour', 'red', 'x'], "Unknown option '--colour'", '--help'],
    [['--template'], 'argument missing', '--help'],
    [[join(scratch, 'new'), '--template', 'blocks'], 'there is no template "blocks"', 'Templates: chain, votes.'],
    [[join(scratch, 'Bad Name')], '"Bad Name" is no name for a package', '--name'],
    [[join(scratch, 'new'), '--name', '_x'], '"_x" is no name for a package', '--name'],
  ])('refuses %j, and writes nothing', (args, problem, advice) => {
    const before = readdirSync(scratch);
    const { exitCode, out, err } = run(...args);
    expect({ exitCode, out }).toEqual({ exitCode: EXIT_CODES.usage, out: '' });
    expect(err).toContain(problem);
    expect(err).toContain(advice);
    expect(readdirSync(scratch)).toEqual(before);
  });

  it.each([['--help'], ['-h', 'anything']])('%s prints help with every exit code', (...args) => {
    const { exitCode, out, err } = run(...args);
    expect({ exitCode, err }).toEqual({ exitCode: EXIT_CODES.success, err: '' });
    for (const code of Object.values(EXIT_CODES)) expect(out).toContain(`${code} `);
  });
});

function createdText(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath, entry.name));
}

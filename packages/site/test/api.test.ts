import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createApiPages } from '../src/api.ts';
import { ROOT, SITE } from '../src/workspace.ts';

// Inside the package, since documentation is required of packages by name.
const home = join(SITE, '.api-test');
const scratch = mkdtempSync(join(tmpdir(), 'fiducia-api-'));
const printed = vi.spyOn(console, 'warn').mockImplementation(() => {});

const ENTRIES = {
  good: `/** Returns one. */
    export function one(): number {
      return 1;
    }
    /** A place. */
    export interface Place {
      /** Its height. */
      readonly height: number;
    }
    /** Reads a height. */
    export const heightOf = ({ height }: Place): number => height;
    /** Reads a depth. */
    export const depthOf = ({ height }: Omit<Place, 'depth'>): number => -height;`,
  bad: `export const one = 1;
    /** See {@link nowhere}. */
    export const two = 2;
    interface Hidden { }
    /** Three. */
    export const three: Hidden = {};`,
};

beforeAll(() => {
  mkdirSync(home, { recursive: true });
  const compilerOptions = { module: 'NodeNext', types: [] };
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  for (const [name, text] of Object.entries(ENTRIES)) {
    writeFileSync(join(home, `${name}.ts`), `/**\n * Entry.\n *\n * @packageDocumentation\n */\n${text}\n`);
  }
});
afterAll(() => {
  for (const folder of [home, scratch]) rmSync(folder, { recursive: true, force: true });
});

/** Documents a package with one of the entries. */
function document(name: keyof typeof ENTRIES): ReturnType<typeof createApiPages> {
  const entries = [{ specifier: `@fiducia/${name}`, source: relative(ROOT, join(home, `${name}.ts`)) }];
  const model = { folder: name, name: '@fiducia/site', description: '', version: '', dependencies: [], entries };
  return createApiPages([model], join(scratch, name), join(home, 'tsconfig.json'));
}

it('has a page for every exported name', async () => {
  const pages = await document('good');
  expect(pages.map(({ path }) => path)).toContain('api/good/functions/one.md');
  expect(pages.find(({ path }) => path.endsWith('one.md'))?.text).toContain('# one()');
});

it('calls parameters that are taken apart after their type', async () => {
  const pages = await document('good');
  const textOf = (name: string) => pages.find(({ path }) => path.endsWith(`${name}.md`))?.text;
  expect(textOf('heightOf')).toContain('function heightOf(place: Place)');
  expect(textOf('depthOf')).toContain('function depthOf(options: Omit<');
});

it('refuses what is undocumented, linked to nothing, or made of types that are not exported', async () => {
  await expect(document('bad')).rejects.toThrow('faults');
  const complaints = printed.mock.calls.flat().join('\n');
  expect(complaints).toContain(
    'one (Variable), defined in @fiducia/site/.api-test/bad.ts, does not have any documentation',
  );
  expect(complaints).toContain('Failed to resolve link to "nowhere"');
  expect(complaints).toContain('Hidden');
});

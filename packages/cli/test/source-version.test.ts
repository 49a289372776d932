import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const checkout = vi.hoisted(() => ({ commit: '', mark: '', root: '', changed: [''], untracked: [''] }));

vi.mock('node:child_process', () => ({
  execFileSync: (_git: string, args: readonly string[]) => {
    if (args.includes('describe')) return `${checkout.commit}${checkout.mark}\n`;
    if (args.includes('rev-parse')) return `${checkout.root}\n`;
    return (args.includes('diff') ? checkout.changed : checkout.untracked).map((name) => `${name}\0`).join('');
  },
}));

const SOURCE = 'packages/pos/src/draw.ts';

function write(name: string, text: string): void {
  const file = join(checkout.root, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** As a process that begins now. */
async function load() {
  vi.resetModules();
  return await import('../src/simulate/source-version.ts');
}

beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), 'fiducia-version-'));
  Object.assign(checkout, { commit: '12'.repeat(20), mark: '+', root, changed: [SOURCE], untracked: [] });
  write(SOURCE, 'one');
});

afterEach(() => rmSync(checkout.root, { recursive: true }));

it('failures are stored with the commit that ran, whatever is checked out by then (simulation D1)', async () => {
  const ran = checkout.commit;
  const { sourceCommit, sourceVersion } = await load();
  const version = sourceVersion();
  expect(version.startsWith(`${ran}+`)).toBe(true);
  checkout.commit = 'ab'.repeat(20);
  write(SOURCE, 'two');
  expect([sourceCommit(), sourceVersion()]).toEqual([ran, version]);
});

it('changes on top of one commit have marks of their own, and equal ones the same (simulation D4)', async () => {
  const version = async () => (await load()).sourceVersion();
  const first = await version();
  expect(first).toMatch(/^[0-9a-f]{40}\+[0-9a-f]{12}$/);
  expect(await version()).toBe(first);
  write(SOURCE, 'two');
  const second = await version();
  checkout.untracked = ['packages/pos/src/new.ts'];
  write('packages/pos/src/new.ts', 'one');
  const third = await version();
  write('packages/pos/src/new.ts', 'two');
  const fourth = await version();
  rmSync(join(checkout.root, SOURCE));
  expect(new Set([first, second, third, fourth, await version()]).size).toBe(5);
});

it('a checkout without changes has none', async () => {
  checkout.mark = '';
  expect((await load()).sourceVersion()).toBe(checkout.commit);
});

it('builds of one version have marks of their own, and equal ones the same (simulation D4)', async () => {
  const { buildDigest } = await load();
  const digest = () => buildDigest(join(checkout.root, 'packages'));
  const BUILT = 'packages/pos/dist/index.js';
  const digests = [digest()];
  write(BUILT, 'one');
  digests.push(digest());
  expect(digest()).toBe(digests[1]);
  write('packages/pos/dist/index.d.ts', 'decides nothing');
  expect(digest()).toBe(digests[1]);
  write(BUILT, 'two');
  digests.push(digest());
  write('packages/trust/dist/index.js', 'two');
  digests.push(digest());
  expect(new Set(digests).size).toBe(4);
});

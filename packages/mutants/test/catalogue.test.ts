import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { applyPatch, pathOf, pathsOf } from '../src/apply.ts';
import { WAITING_MUTANTS } from '../src/catalogue/node.ts';
import { MUTANTS } from '../src/catalogue/titles.ts';
import { PATCHES, requirePatch } from '../src/catalogue.ts';
import { mutantOf } from '../src/mutant.ts';

const SPECIFICATION = readFileSync(new URL('../../../docs/spec/simulation.md', import.meta.url), 'utf8');

/** Rows of the table of section 8: number, parts, title. */
const SPECIFIED = [...SPECIFICATION.matchAll(/^\| (MUT-\d\d) \| ([^|]+) \| ([^|]+) \|/gm)].map((row) =>
  row.slice(1, 4),
);

describe('the catalogue of planted bugs (simulation, section 8)', () => {
  it('has every bug of the specification once, planted or waiting with a reason, and says of each what it says there', () => {
    expect(SPECIFIED).toHaveLength(47);
    const ours = MUTANTS.filter(({ isAdded }) => !isAdded).map(({ id, appliesTo, title }) => [id, appliesTo, title]);
    expect(ours).toEqual(SPECIFIED);
    for (const { reason } of WAITING_MUTANTS) expect(reason.length).toBeGreaterThan(10);
    expect(WAITING_MUTANTS.length).toBeLessThanOrEqual(3);
  });

  it('plants a bug in every part that it applies to', () => {
    const waiting = new Set(WAITING_MUTANTS.map(({ id }) => id));
    for (const [id = '', parts = ''] of SPECIFIED) {
      if (waiting.has(id)) continue;
      const planted = new Set(PATCHES.filter((patch) => mutantOf(patch) === id).map(({ appliesTo }) => appliesTo));
      for (const part of parts.split(', ')) expect(planted, id).toContain(part);
    }
  });

  it('names no patch twice, and gives each somebody who must notice it', () => {
    expect(new Set(PATCHES.map(({ id }) => id)).size).toBe(PATCHES.length);
    for (const { id, killers } of PATCHES) expect(killers.length, id).toBeGreaterThan(0);
    expect(() => requirePatch('MUT-00')).toThrow('there is no planted bug MUT-00');
  });
});

describe('a patch', () => {
  it.each(PATCHES.map((patch) => [patch.id, patch] as const))(
    '%s applies to the sources as they are, and leaves a module',
    (_, patch) => {
      expect(pathsOf(patch).size).toBeGreaterThan(0);
      for (const path of pathsOf(patch)) {
        const source = readFileSync(path, 'utf8');
        const mutated = applyPatch(patch, path, source);
        expect(mutated).not.toBe(source);
        expect(() => stripTypeScriptTypes(mutated)).not.toThrow();
      }
    },
  );

  it('that applies nowhere, or twice, is an error', () => {
    const patch = { ...requirePatch('MUT-05'), edits: [{ file: 'a.ts', find: 'one', replace: 'two' }] };
    expect(applyPatch(patch, pathOf('a.ts'), 'one')).toBe('two');
    expect(applyPatch(patch, pathOf('b.ts'), 'one')).toBe('one');
    expect(() => applyPatch(patch, pathOf('a.ts'), 'other')).toThrow('applies 0 times');
    expect(() => applyPatch(patch, pathOf('a.ts'), 'one one')).toThrow('applies 2 times');
  });

  it('puts text in as it is written', () => {
    const patch = { ...requirePatch('MUT-05'), edits: [{ file: 'a.ts', find: 'one', replace: '$& $1' }] };
    expect(applyPatch(patch, pathOf('a.ts'), 'one')).toBe('$& $1');
  });
});

describe('loading with a bug', () => {
  const program = `
    const { committeeOf } = await import('${pathOf('finality-checkpoint/src/committee.ts')}');
    const seats = [1, 2, 3].map((n) => ({ id: String(n), weight: 1, publicKey: null }));
    console.log(committeeOf(seats).quorum);
    const { Worker } = await import('node:worker_threads');
    new Worker(\`import('${pathOf('finality-checkpoint/src/committee.ts')}').then(({ committeeOf }) =>
      console.log(committeeOf([{ id: 'a', weight: 3, publicKey: null }]).quorum))\`, { eval: true });
  `;
  const run = (id: string) =>
    execFileSync(
      process.execPath,
      [
        ...['--conditions=@fiducia/source', '--disable-warning=ExperimentalWarning', '--import'],
        fileURLToPath(new URL('../src/register.ts', import.meta.url)),
        ...['--input-type=module', '--eval', program],
      ],
      { env: { ...process.env, FIDUCIA_MUTANT: id }, encoding: 'utf8' },
    ).split('\n', 2);

  it('changes a program and its workers, and without a bug neither', () => {
    expect(run('MUT-05')).toEqual(['2', '2']);
    expect(run('')).toEqual(['3', '3']);
  });

  it('refuses a bug that it does not know', () => {
    expect(() => run('MUT-99')).toThrow();
  });
});

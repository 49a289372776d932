import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, it } from 'vitest';
import { governedName } from '../src/governance.ts';
import * as entry from '../src/index.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** Values of a configuration by dotted path, as text. */
function leavesOf(value: object, path = ''): readonly (readonly [path: string, text: string])[] {
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    typeof item === 'object' && item !== null ? leavesOf(item, `${path}${key}.`) : [[`${path}${key}`, String(item)]],
  );
}

describe('documentation', () => {
  it('its example prints what it says', () => {
    const program = /```ts\n(.*?)```/s.exec(README)?.[1] ?? '';
    const promised = /```text\n(.*?)```/s.exec(README)?.[1];
    const script = stripTypeScriptTypes(program)
      .replace("import { createHash } from 'node:crypto';", '')
      .replace(/import (\{[^}]*\}) from '@fiducia\/consensus-dt-dpos';/, 'const $1 = entry;');
    const printed: string[] = [];
    const console = { log: (...values: unknown[]) => printed.push(`${values.join(' ')}\n`) };
    // The example is run as it stands, so that it cannot drift from what it promises.
    new Function('entry', 'console', 'createHash', script)(entry, console, createHash);
    expect(printed.join('')).toBe(promised);
  });

  it('the example of the entry returns what its comment says', () => {
    const source = readFileSync(new URL('../src/index.ts', import.meta.url), 'utf8').replace(/^ \* ?/gm, '');
    const program = /```ts\n(.*?)```/s.exec(source)?.[1] ?? '';
    const [, call, promised] = /^(leadersBetween.*); \/\/ (.*)$/m.exec(program) ?? [];
    const script = stripTypeScriptTypes(program)
      .replace(/^import .*$/gm, '')
      .replace(`${call};`, `return ${call};`);
    const run = new Function('createHash', 'dtDpos', 'leadersBetween', script);
    expect(run(createHash, entry.dtDpos, entry.leadersBetween)).toEqual(
      JSON.parse(promised?.replaceAll("'", '"') ?? ''),
    );
  });

  it('its table lists every key with the values of the presets, and which are governed (trust T1, T2, T3)', () => {
    const rows = [...README.matchAll(/^\| `([a-zA-Z0-9.]+)`( ●)? +\| (\S+) +\| (\S+) +\|/gm)];
    const column = (at: number) => rows.map((row) => [row[1], row[at]]);
    expect(column(3)).toEqual(leavesOf(entry.dtDposPreset('paper')));
    expect(column(4)).toEqual(leavesOf(entry.dtDposPreset('default')));
    const governed = rows.filter((row) => row[2] !== undefined).map((row) => row[1]);
    expect(governed).toEqual(
      rows.map((row) => row[1] ?? '').filter((key) => governedName(`dt-dpos/${key}`, '1') !== undefined),
    );
  });

  it('names every code of the rules', () => {
    const rules = readFileSync(new URL('../src/rules.ts', import.meta.url), 'utf8');
    const penalties = readFileSync(new URL('../src/penalties.ts', import.meta.url), 'utf8');
    const codes = [...`${rules}${penalties}`.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map((match) => match[1] ?? '');
    const reasons = new Set(['INVALID_HEADER', 'INVALID_VOTE']);
    expect(codes.length).toBeGreaterThan(9);
    for (const code of codes) if (!reasons.has(code)) expect(README).toContain(`\`${code}\``);
  });
});

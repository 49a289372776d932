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
});

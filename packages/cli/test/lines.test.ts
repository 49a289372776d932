import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../src/command/lines.ts';

async function read(...pieces: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { text } of linesOf(Readable.from(pieces))) lines.push(text);
  return lines;
}

describe('lines of a recording (contract H-8)', () => {
  it('end at line feeds, wherever the pieces of the file end', async () => {
    expect(await read('{"a":1}\n{"b"', ':2}', '\n', '\n{"c":3}\n')).toEqual(['{"a":1}', '{"b":2}', '', '{"c":3}']);
    expect(await read('{"a":1}\n{"b":2}')).toEqual(['{"a":1}', '{"b":2}']);
    expect(await read()).toEqual([]);
  });

  it('say whether they have an end', async () => {
    const ends: boolean[] = [];
    for await (const { hasEnd } of linesOf(Readable.from(['{"a":1}\n{"b"']))) ends.push(hasEnd);
    expect(ends).toEqual([true, false]);
  });

  it('keep the separators that JSON leaves within a text', async () => {
    const line = JSON.stringify({ name: 'two\u2028lines\u2029of\rtext' });
    expect(await read(`${line}\n${line}\n`)).toEqual([line, line]);
  });

  it('are cut off where none ends for longer than any line of a recording', async () => {
    const piece = ' '.repeat(2 ** 26);
    expect((await read(piece, piece, piece, piece, piece, piece)).map(({ length }) => length)).toEqual([5 * 2 ** 26]);
  });
});

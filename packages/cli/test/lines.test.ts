import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Line, linesOf } from '../src/command/lines.ts';

async function readLines(...pieces: readonly string[]): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for await (const line of linesOf(Readable.from(pieces))) lines.push(line);
  return lines;
}

async function read(...pieces: readonly string[]): Promise<readonly string[]> {
  return (await readLines(...pieces)).map(({ text }) => text);
}

describe('lines of a recording (contract H-8)', () => {
  it('end at line feeds, wherever the pieces of the file end', async () => {
    expect(await read('{"a":1}\n{"b"', ':2}', '\n', '\n{"c":3}\n')).toEqual(['{"a":1}', '{"b":2}', '', '{"c":3}']);
    expect(await read('{"a":1}\n{"b":2}')).toEqual(['{"a":1}', '{"b":2}']);
    expect(await read()).toEqual([]);
  });

  it('say whether they have an end', async () => {
    const ends = (await readLines('{"a":1}\n{"b"')).map(({ hasEnd }) => hasEnd);
    expect(ends).toEqual([true, false]);
  });

  it('keep the separators that JSON leaves within a text', async () => {
    const line = JSON.stringify({ name: 'two\u2028lines\u2029of\rtext' });
    expect(await read(`${line}\n${line}\n`)).toEqual([line, line]);
  });

  it('are cut off where none ends for longer than any line of a recording', async () => {
    const piece = ' '.repeat(2 ** 26);
    const lines = await readLines(piece, piece, piece, piece, piece, piece);
    // Whoever reads it refuses it for its length, and does not take it for one that broke off.
    expect(lines.map(({ text, hasEnd }) => [text.length, hasEnd])).toEqual([[5 * 2 ** 26, true]]);
  });
});

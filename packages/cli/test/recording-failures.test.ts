import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { run } from './support/command.ts';

const disk = vi.hoisted(() => ({ writesLeft: 0 }));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  return {
    ...fs,
    writeSync: (descriptor: number, bytes: Uint8Array, offset: number) => {
      disk.writesLeft -= 1;
      if (disk.writesLeft < 0) throw new Error('ENOSPC: no space left on device, write');
      return fs.writeSync(descriptor, bytes, offset);
    },
    createReadStream: () =>
      Readable.from(
        (function* () {
          yield '{"format":1}\n';
          throw new Error('EIO: i/o error, read');
        })(),
      ),
  };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fiducia-recording-failures-'));
});
afterEach(() => rm(folder, { recursive: true }));

it.each([0, 40])('a disk that is full after %s lines is no defect of a node', { timeout: 60_000 }, async (writes) => {
  disk.writesLeft = writes;
  const { exitCode, stderr } = await run('demo', '--rounds', '21', '--out', join(folder, 'out'), '--record', folder);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/cannot write .*node-\d\.jsonl: ENOSPC/)]);
});

it('a recording that cannot be read to its end is named', async () => {
  const file = join(folder, 'node-1.jsonl');
  await writeFile(file, '{"format":1}\n');
  const { exitCode, stderr } = await run('replay', file);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`cannot read ${file}: EIO`)]);
});

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { EXTRA_DATA_BYTES_MAX } from '../src/index.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

it('the example of the page prints what the page says', async () => {
  const program = /```ts\n(.*?)```/s.exec(README)?.[1] ?? '';
  const promised = /```text\n(.*?)```/s.exec(README)?.[1];
  const flags = ['--conditions=@fiducia/source', '--input-type=module-typescript', '--eval', program];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd });
  expect(stdout).toBe(promised);
});

it('the page names the longest extra data', () => {
  expect(README).toContain(`at most ${EXTRA_DATA_BYTES_MAX.toLocaleString('en').replaceAll(',', ' ')} bytes`);
});

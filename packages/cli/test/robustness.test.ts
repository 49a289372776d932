import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { ignoreClosedPipe } from '../src/command/io.ts';
import { runCommand } from '../src/command/program.ts';

afterEach(() => vi.unstubAllEnvs());

it('ends in peace when nobody reads any more, and with nothing else', () => {
  const stream = new PassThrough();
  ignoreClosedPipe(stream);
  const failure = (code: string) => Object.assign(new Error(code), { code });
  expect(() => stream.emit('error', failure('EPIPE'))).not.toThrow();
  expect(() => stream.emit('error', failure('ENOSPC'))).toThrow('ENOSPC');
});

it('names the variable that demands an unknown signature library', async () => {
  vi.stubEnv('FIDUCIA_CRYPTO', 'quantum');
  const folder = await mkdtemp(join(tmpdir(), 'fiducia-robustness-'));
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  expect(await runCommand(['demo', '--rounds', '21', '--out', folder], { stdout, stderr })).toBe(1);
  const message = String(stderr.read());
  expect(message).toContain('no signature library: BACKEND_UNKNOWN: backend=quantum');
  expect(message).toContain('Set FIDUCIA_CRYPTO to auto, native or noble');
  expect(stdout.read()).toBeNull();
  await rm(folder, { recursive: true });
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { runNetwork } from '../src/network.ts';

const execute = promisify(execFile);

it('simulation E4: another process with the portable signatures prints the same trace', async () => {
  const { traceHash } = await runNetwork(3);
  const { stdout } = await execute(process.execPath, ['--conditions=@fiducia/source', 'src/main.ts', '3'], {
    cwd: new URL('..', import.meta.url),
    env: { ...process.env, FIDUCIA_CRYPTO: 'noble' },
  });
  expect(stdout).toContain(`trace ${traceHash}`);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScenario } from './scenario.ts';
import { summarise } from './summary.ts';

const BLOCKS = 310;

const folder = mkdtempSync(join(tmpdir(), 'fiducia-ethereumjs-'));
try {
  const before = process.cpuUsage();
  const report = await runScenario({ folder, isMalicious: true, blocks: BLOCKS });
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${summarise(report)}\n\nThat took ${((user + system) / 1e6).toFixed(1)} s of CPU time.\n`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Runs both protocols and prints what came of them. Nodes keep their chains in files of a temporary folder. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileDisk } from './kv/journal.ts';
import { DT_DPOS, PBFT } from './protocols.ts';
import { runScenario } from './scenario.ts';
import { describeSummary } from './summary.ts';

const folder = mkdtempSync(join(tmpdir(), 'foreign-ledger-'));
try {
  for (const protocol of [DT_DPOS, PBFT]) {
    const pathOf = (name: string) => join(folder, `${protocol.production.name}-${name}.journal`);
    const summary = await runScenario(protocol, (name) => openFileDisk(pathOf(name)));
    const kilobytes = Math.round(statSync(pathOf('ada-chain')).size / 1024);
    process.stdout.write(`${describeSummary(summary)}  journal       ${kilobytes} KiB on each node\n\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

// Brings a fresh clone to the point where the script named by the argument can run. It must run on
// the machine's own Node (20 or newer), because the project's Node arrives with the installation.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const windows = process.platform === 'win32';

function run(command, args, environment = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    // Standard output belongs to the command that follows, which may print JSON.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...environment },
    shell: windows,
  });
  if (result.status === 0) return;
  const reason = result.error === undefined ? `exit code ${result.status}` : result.error.message;
  process.stderr.write(`prepare: "${command} ${args.join(' ')}" failed (${reason}).\n`);
  process.stderr.write('prepare: fix the cause printed above, then run the command again.\n');
  process.exit(1);
}

function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

const target = process.argv[2] ?? 'start';
if (!isInstalled()) {
  process.stderr.write('prepare: installing dependencies (npm ci)\n');
  // Packages that want a newer Node than the machine's get it from this very installation, so what npm warns of is no concern.
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
const node = join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node');
run(node, ['scripts/build.mjs', target === 'start' ? '--javascript' : '--types']);

// Runs a bundle of the packed program in a real browser.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { build } from 'esbuild';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const TIMEOUT_MS = 60_000;
const PAGE = `<!doctype html><meta charset="utf-8"><title>packed</title><script>
addEventListener('error', (event) => fetch('/failure', { method: 'POST', body: String(event.message) }));
</script><script type="module" src="/page.js"></script>`;
const ENTRY = `import { createReports } from './src/reports.ts';
const send = (path, body) => fetch(path, { method: 'POST', body });
createReports().then(
  (reports) => send('/reports', JSON.stringify(reports)),
  (error) => send('/failure', String(error?.stack ?? error)),
);`;

/** Finds a browser of the Chromium family, or installs one where that is expected: as root on a CI machine. */
export function findBrowser() {
  const found = locate();
  if (found !== undefined || process.env.CI !== 'true' || process.getuid?.() !== 0) return found;
  const apt = (...args) => spawnSync('apt-get', args, { stdio: 'ignore', timeout: 300_000 });
  apt('update');
  apt('install', '--yes', '--no-install-recommends', 'chromium');
  return locate();
}

function locate() {
  const { CHROME_PATH, PATH = '' } = process.env;
  const candidates = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...(CHROME_PATH ? [CHROME_PATH] : []), ...candidates].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Bundles the program from what is installed in the project. @param names - Packages that have to be in the bundle. */
export async function bundle(project, names) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: ENTRY, resolveDir: project, sourcefile: 'page.ts' },
    absWorkingDir: project,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    logLevel: 'silent',
  });
  const inputs = Object.keys(metafile.inputs);
  const foreign = inputs.filter((path) => path.startsWith('..'));
  if (foreign.length > 0) throw new Error(`the bundle took ${foreign.join(', ')}`);
  for (const name of names) {
    if (!inputs.some((path) => path.includes(`node_modules/@fiducia/${name}/dist/`))) {
      throw new Error(`the bundle holds nothing of ${name}`);
    }
  }
  return outputFiles[0].contents;
}

/** Opens a page with the script in the browser. Returns the reports it sends back. */
export async function runInBrowser(browser, script, profile) {
  const { promise: answered, resolve, reject } = Promise.withResolvers();
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        response.end();
        if (request.url === '/reports') resolve(JSON.parse(body));
        else reject(new Error(`the page failed: ${body}`));
      });
      return;
    }
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : PAGE);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  // The sandbox needs rights that a container's root does not have; the page is our own.
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const child = spawn(
    browser,
    [...options, `--user-data-dir=${profile}`, `http://127.0.0.1:${server.address().port}/`],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  child.on('error', reject);
  child.on('exit', (code) => reject(new Error(`${browser} ended with ${code}\n${output}`)));
  const timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms\n${output}`)), TIMEOUT_MS);
  try {
    return await answered;
  } finally {
    clearTimeout(timer);
    await end(child);
    server.closeAllConnections();
    server.close();
  }
}

/** Ends the browser with all its processes, so that its profile can be deleted. */
async function end(child) {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

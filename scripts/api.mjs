// Compares what the built packages publish with the reviewed reports in docs/api-reports.
//   node scripts/api.mjs          fails where a package differs from its report, or its report was not accepted
//   node scripts/api.mjs --write  rewrites the reports; accepts them where a changeset tells of the change
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accept, changesetsOf, hashOf } from '../packages/repo-checks/src/api/accepted.ts';
import { publishedOf, writeReports } from '../packages/repo-checks/src/api/report.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'docs', 'api-reports');
const acceptedFile = join(folder, 'accepted.json');
const isWriting = process.argv.includes('--write');

const readText = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const reportFile = (name) => join(folder, `${name}.api.md`);

const packages = readdirSync(join(root, 'packages'))
  .map((name) => [name, JSON.parse(readText(join(root, 'packages', name, 'package.json')))])
  .filter(([, manifest]) => manifest.private !== true)
  .map(([name, manifest]) => publishedOf(name, join(root, 'packages', name), manifest));
const changesetFolder = join(root, '.changeset');
const changesets = new Map(
  readdirSync(changesetFolder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => [name, readText(join(changesetFolder, name))]),
);
const before = JSON.parse(readText(acceptedFile) || '{}');
const reports = writeReports(packages);
const problems = isWriting ? rewrite() : compare();
process.stdout.write(`${problems.map((problem) => `${problem}\n`).join('')}${reports.size} reports\n`);
if (problems.length > 0) process.exitCode = 1;

function rewrite() {
  mkdirSync(folder, { recursive: true });
  const untold = [];
  const after = packages.map(({ folder: name, name: published }) => {
    writeFileSync(reportFile(name), reports.get(name));
    const accepted = accept(before[name], reports.get(name), changesetsOf(published, changesets));
    if (accepted === undefined) {
      untold.push(`${published}: its surface changed, and no new or edited changeset names it (npx changeset add)`);
    }
    return [name, accepted ?? before[name]];
  });
  const known = Object.fromEntries(after.filter(([, accepted]) => accepted !== undefined));
  writeFileSync(acceptedFile, `${JSON.stringify(known, null, 2)}\n`);
  for (const name of strangers()) rmSync(reportFile(name));
  return untold;
}

function compare() {
  const different = packages.flatMap(({ folder: name, name: published }) => {
    const [written, actual] = [readText(reportFile(name)), reports.get(name)];
    if (written !== actual) {
      return [
        `${published} differs from docs/api-reports/${name}.api.md (npm run api):\n${difference(written, actual)}`,
      ];
    }
    if (before[name]?.report !== hashOf(actual)) {
      return [`${published}: the report was never accepted; add a changeset that names it, then npm run api`];
    }
    return [];
  });
  return [...different, ...strangers().map((name) => `docs/api-reports/${name}.api.md is of no package (npm run api)`)];
}

/** Reports of packages that are not published any more. */
function strangers() {
  const names = readdirSync(folder).filter((name) => name.endsWith('.api.md'));
  return names.map((name) => name.slice(0, -'.api.md'.length)).filter((name) => !reports.has(name));
}

/** Lines that only one of the texts has. */
function difference(written, actual) {
  const [old, now] = [written.split('\n'), actual.split('\n')];
  const without = (lines, others, sign) =>
    lines.filter((line) => !others.includes(line)).map((line) => `  ${sign} ${line}`);
  return [...without(old, now, '-'), ...without(now, old, '+')].slice(0, 40).join('\n');
}

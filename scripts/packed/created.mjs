// Plugins as their authors begin them: created by the packed command in an empty folder, installed from
// tarballs, and taken through the guides to the end.
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyDiff, fencesOf } from '../../packages/create-fiducia-plugin/test/support/guide.ts';
import { SCOPE } from '../../packages/repo-checks/src/policy.ts';
import { attempt, requireIsolation, run } from './project.mjs';

const GUIDES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs', 'guides');
/** What a project needs of ours, with what that needs. */
const NEEDED = ['consensus', 'host', 'ledger', 'simulator', 'testkit'];
/** Levels rules and engine, as vitest picks tests. */
const WITHOUT_FAULTS = 'CK-(0|1[0-2]|2)';

/**
 * Runs the steps in order.
 *
 * @param tarballs - Of all packages, by folder name.
 * @param contents - What is in them.
 */
export async function checkCreated(tarballs, contents, scratch, step) {
  const folder = join(scratch, 'created');
  const chain = await step('created chain', () => create(contents, folder, 'chain'));
  const votes = await step('created votes', () => create(contents, folder, 'votes'));
  if (chain === undefined || votes === undefined) return;
  const installed = await step('created install', () => install(chain, tarballs));
  if (installed === undefined) return;
  await step('created chain types', () => run('npm', ['run', 'typecheck'], chain));
  await step('created chain kit', () => run('npm', ['test'], chain));
  await step('created chain scripts', () => runScripts(chain));
  await step('created chain mistake', () => plantMistake(chain, 'signature'));
  await step('created chain change', () => change(chain, 'turns'));

  renameSync(join(chain, 'node_modules'), join(votes, 'node_modules'));
  await step('created votes types', () => run('npm', ['run', 'typecheck'], votes));
  // All levels, networks with faults under one seed: the other template has had two.
  await step('created votes kit', () => run('npm', ['test'], votes, { FIDUCIA_SEED: '1' }));
}

/** What `npm create fiducia-plugin` does, except that npm has not fetched the command. */
function create(contents, folder, template) {
  mkdirSync(folder, { recursive: true });
  const command = join(contents.get('create-fiducia-plugin'), 'bin', 'create-fiducia-plugin.js');
  run(process.execPath, [command, template, '--name', 'my-plugin', '--template', template], folder);
  return join(folder, template);
}

/** Installs with our packages from their tarballs, and everything else as the project's manifest says. */
function install(project, tarballs) {
  const path = join(project, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  const own = new Map(NEEDED.map((name) => [name, tarballs.get(name)]));
  for (const [name, tarball] of own) {
    const isDependency = manifest.dependencies[`${SCOPE}${name}`] !== undefined;
    manifest[isDependency ? 'dependencies' : 'devDependencies'][`${SCOPE}${name}`] = `file:${tarball}`;
  }
  writeFileSync(path, JSON.stringify(manifest));
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], project);
  requireIsolation(project, own);
  return project;
}

/** Commands of the read-me that neither test nor build. */
function runScripts(project) {
  const simulated = run('npm', ['run', 'simulate', '--', '7'], project);
  if (!simulated.includes('1 seed, 0 with a violation')) throw new Error(simulated);
  const measured = run('npm', ['run', 'bench'], project);
  if (!/verifyHeader: \d+ in a second/.test(measured)) throw new Error(measured);
  const again = attempt('npm', ['run', 'vectors'], project);
  if (again.status === 0 || !again.output.includes('raise the major version')) throw new Error(again.output);
}

function fencesWith(attribute, value) {
  const fences = fencesOf(readFileSync(join(GUIDES, 'first-plugin.md'), 'utf8'));
  const found = fences.filter(({ attributes }) => attributes[attribute] === value);
  if (found.length < 2) throw new Error(`the guide has no ${attribute} "${value}"`);
  return found;
}

/** Follows fences of the guide: changes files, and where a message stands demands that the kit prints it. */
function follow(project, fences) {
  for (const fence of fences) {
    const { file, item } = fence.attributes;
    if (fence.language === 'diff') {
      const path = join(project, file);
      const files = applyDiff(new Map([[file, readFileSync(path, 'utf8')]]), fence);
      writeFileSync(path, files.get(file));
    } else {
      const { status, output } = attempt('npm', ['test', '--', '-t', item], project);
      const isPrinted = output.includes(`- ${fence.text.trim()}\n`);
      if (status === 0 || !isPrinted) throw new Error(`${item} should say "${fence.text.trim()}":\n${output}`);
    }
  }
}

/** A mistake of the list; the files are as before afterwards. */
function plantMistake(project, name) {
  const [before, sources] = [join(project, '..', 'before'), join(project, 'src')];
  cpSync(sources, before, { recursive: true });
  follow(project, fencesWith('mistake', name));
  cpSync(before, sources, { recursive: true });
}

/** The change that the last page asks for, with everything that it says to do; and the result as a package. */
function change(project, name) {
  follow(project, fencesWith('change', name));
  run('npm', ['run', 'vectors'], project);
  run('npm', ['test', '--', '-t', WITHOUT_FAULTS], project);
  run('npm', ['run', 'build'], project);
  const names = run(
    process.execPath,
    ['-e', "import('my-plugin').then((m) => console.log(Object.keys(m).join()))"],
    project,
  );
  if (names.trim() !== 'createPlugin') throw new Error(`the built package exports ${names}`);
}

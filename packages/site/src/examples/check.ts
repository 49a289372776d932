/**
 * Checks every example of the documentation: compiles it, and runs it if it is complete.
 *
 * @module
 */
import { join } from 'node:path';
import { readPackages, SITE } from '../workspace.ts';
import { collectExamples } from './collect.ts';
import { checkModules, createModules } from './compile.ts';
import { runModules } from './run.ts';

/** Where the modules are while they run: somewhere from which the packages are in reach. */
const FOLDER = join(SITE, '.examples');

/**
 * Checks all examples.
 *
 * @returns How many were compiled and run, in words.
 * @throws Error that names every example that is wrong.
 */
export async function checkExamples(): Promise<string> {
  const packages = readPackages();
  const examples = collectExamples(packages);
  const modules = createModules(examples, packages, FOLDER);
  const complete = modules.filter(({ isRun }) => isRun);
  const mistakes = checkModules(modules);
  if (mistakes.length > 0) throw new Error(`examples that do not compile:\n${mistakes.join('\n')}`);
  const { problems, values, outputs } = await runModules(complete, FOLDER);
  if (problems.length > 0) throw new Error(`examples that do something else:\n${problems.join('\n')}`);
  const fragments = examples.length - modules.length;
  const counts = `${modules.length} compiled, ${complete.length} of them run, ${fragments} fragments`;
  return `examples: ${counts}, ${values} values and ${outputs} outputs compared`;
}

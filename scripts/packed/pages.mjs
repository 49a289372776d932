// The examples on the pages of the packages, run where a reader has installed what the page says and nothing else.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { codeBlocksOf } from '../../packages/site/src/markdown.ts';
import { installFrom } from './consumers.mjs';

/** Commands in place of a library: `checkConsumers` and `checkCreated` install and run them. */
const COMMANDS = ['create-fiducia-plugin'];
/** An example that is given values by the text around it, or shows a part of something larger. */
const PARTIAL = /\b(given|fragment)\b/;
const TIMEOUT_MS = 60_000;

/**
 * Runs the steps in order.
 *
 * @param tarballs - Of all packages, by folder name.
 * @param contents - What is in them.
 */
export async function checkPages(tarballs, contents, scratch, step) {
  const pages = await step('pages say what to install', () => {
    const all = [...contents].filter(([name]) => !COMMANDS.includes(name));
    const problems = [];
    const read = all.map(([name, content]) =>
      readPage(name, readFileSync(join(content, 'README.md'), 'utf8'), problems),
    );
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return read;
  });
  const project = pages && (await step('pages install', () => install(pages, tarballs, contents, scratch)));
  if (project === undefined) return;
  const examples = pages.flatMap(({ name, examples: own }) => own.map((example) => ({ name, ...example })));
  const queue = [...examples.entries()];
  const workers = Array.from({ length: Math.min(4, 2 * availableParallelism()) }, async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, { name, line, code, output }] = next;
      await step(`page ${name}:${line}`, async () => {
        const printed = await runAlone(project, `${name}-${index}.ts`, code);
        if (output !== null && printed !== output)
          throw new Error(`${name}:${line} prints\n${printed}and not\n${output}`);
      });
    }
  });
  await Promise.all(workers);
}

/** What a page says to install, and its examples that stand alone. The first example of every page has to. */
function readPage(name, text, problems) {
  const blocks = codeBlocksOf(text);
  const commands = blocks.filter(({ info }) => info === 'sh').map(({ text: lines }) => lines.replaceAll('\\\n', ' '));
  const inText = [...text.matchAll(/`(npm install [^`]+)`/g)].map(([, command]) => command);
  const packages = new Set(
    [...commands, ...inText]
      .flatMap((lines) => [...lines.matchAll(/npm install (.*)/g)])
      .flatMap(([, list]) => list.split(/\s+/).filter((word) => /^[@\w]/.test(word))),
  );
  const written = blocks.map((block, index) => ({ ...block, next: blocks[index + 1] }));
  const examples = written
    .filter(({ info, text: code }) => /^ts\b/.test(info) && !PARTIAL.test(info) && /^import /m.test(code))
    .map(({ line, text: code, next }) => ({ line, code, output: next?.info === 'text' ? next.text : null }));
  if (examples.length === 0) problems.push(`the page of ${name} has no example that stands alone`);
  for (const { line, code } of examples) {
    const missing = foreignTo(packages, code);
    if (missing.length > 0)
      problems.push(`${name}:${line} needs ${missing.join(', ')}, which the page does not install`);
  }
  return { name, packages, examples };
}

/** What code imports beside Node's own modules and these packages. */
function foreignTo(packages, code) {
  const specifiers = [...code.matchAll(/^(?:import|export)[^;]*? from '([^']+)'/gms)].map(([, specifier]) => specifier);
  return specifiers.filter((specifier) => {
    const [first = '', second = ''] = specifier.split('/');
    return !isBuiltin(specifier) && !packages.has(first.startsWith('@') ? `${first}/${second}` : first);
  });
}

/** One project for all pages: each was held to what it installs itself. */
function install(pages, tarballs, contents, scratch) {
  const project = join(scratch, 'pages');
  mkdirSync(project);
  const names = [...new Set(pages.flatMap(({ packages }) => [...packages]))].sort();
  // Examples for a test runner are not run here.
  const dependencies = Object.fromEntries(names.filter((name) => name !== 'vitest').map((name) => [name, '*']));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  return installFrom(project, tarballs, contents);
}

/** Runs a program to its end. Returns what it prints. */
function runAlone(project, file, code) {
  const folder = join(project, file.replace(/\.ts$/, ''));
  if (!existsSync(folder)) mkdirSync(folder);
  writeFileSync(join(folder, file), code);
  const child = spawn(process.execPath, [file], {
    cwd: folder,
    timeout: TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].on('data', (chunk) => (output[name] += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0) resolve(output.stdout);
      else reject(new Error(`${file} ended with ${status ?? signal}\n${output.stdout}${output.stderr}`));
    });
  });
}

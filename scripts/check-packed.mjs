// Uses the contract, trust, the host and every plugin as their users would: installed from tarballs into an empty
// project outside the workspace, type-checked, run in Node and run in a browser, with a ledger, keys and a clock that
// are not ours (examples/own-ledger). Looks into every packed package, runs the programs of packed/consumers and the
// examples on the pages of all packages, and creates plugins as authors would.

import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { bundle, findBrowser, runInBrowser } from './packed/browser.mjs';
import { checkConsumers } from './packed/consumers.mjs';
import { checkCopies } from './packed/copies.mjs';
import { checkCreated } from './packed/created.mjs';
import { checkExamples } from './packed/examples.mjs';
import { checkPages } from './packed/pages.mjs';
import { checkTypes, inspect, install, packedNames, requireNoMutants, runProgram, unpack } from './packed/project.mjs';

/** Parts that need nothing of one another, about equally long. */
export const PACKED_PARTS = ['projects', 'examples'];

/**
 * Runs the steps of one part in order; what follows a failed one is not run.
 *
 * @param part - One of {@link PACKED_PARTS}.
 * @param all - Tarball of every package by folder name.
 * @param scratch - Empty folder outside the workspace.
 * @param step - Runs one named check and counts it.
 * @param skip - Counts a named check that cannot run here.
 */
export async function checkPacked(part, all, scratch, { step, skip }) {
  const contents = await step(`packed contents, ${part}`, () => unpack(all, scratch));
  if (contents === undefined) return;
  if (part === 'examples') {
    await checkExamples(all, contents, scratch, step);
    await checkPages(all, contents, scratch, step);
    return;
  }
  await step('packed without planted bugs', () => requireNoMutants(contents));
  await checkCreated(all, contents, scratch, step);
  const browser = findBrowser();
  await checkCopies(contents, scratch, step);
  await checkConsumers(all, contents, scratch, { step, skip }, browser);

  const tarballs = new Map(packedNames().map((name) => [name, all.get(name)]));
  for (const name of tarballs.keys()) await step(`packed content ${name}`, () => inspect(name, contents.get(name)));

  const project = await step('packed install', () => install(tarballs, scratch));
  if (project === undefined) return;
  await step('packed types', () => checkTypes(project));
  const reports = await step('packed chains', () => runProgram(project));
  const script = await step('packed bundle', () => bundle(project, packedNames()));
  if (reports === undefined || script === undefined) return;

  if (browser === undefined) {
    skip('packed browser', 'no Chromium: set CHROME_PATH or install the Debian package chromium');
    return;
  }
  await step('packed browser', async () => {
    const seen = await runInBrowser(browser, script, join(scratch, 'profile'));
    if (!isDeepStrictEqual(seen, reports)) {
      throw new Error(`the browser came to\n${JSON.stringify(seen)}\nand Node to\n${JSON.stringify(reports)}`);
    }
  });
}

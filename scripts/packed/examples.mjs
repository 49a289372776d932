// Examples that need more than a browser has, installed from tarballs into an empty folder and run there.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installFrom } from './consumers.mjs';
import { run } from './project.mjs';

const EXAMPLES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples');

/**
 * Runs the steps in order.
 *
 * @param tarballs - Of all packages, by folder name.
 * @param contents - What is in them.
 */
export async function checkExamples(tarballs, contents, scratch, step) {
  for (const name of ['ethereumjs-dt-dpos', 'foreign-ledger', 'wiring']) {
    await step(`packed example ${name}`, () => {
      const project = join(scratch, 'examples', name);
      cpSync(join(EXAMPLES, name, 'src'), join(project, 'src'), { recursive: true });
      // Tests stay behind, and what they need.
      const { devDependencies, ...manifest } = JSON.parse(readFileSync(join(EXAMPLES, name, 'package.json'), 'utf8'));
      writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
      installFrom(project, tarballs, contents);
      const printed = run(process.execPath, ['src/main.ts'], project);
      requirePrinted(name, printed);
    });
  }
}

/** The first block of text of the page is how the program's output begins. */
function requirePrinted(name, printed) {
  const page = readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8');
  const [, promised] = /^```text\n(.*?)^```$/ms.exec(page) ?? [];
  if (promised === undefined || !printed.startsWith(promised)) throw new Error(`${name} prints\n${printed}`);
}

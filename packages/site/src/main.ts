/**
 * The command behind `npm run docs`; with the argument `check` it builds a site that nobody reads, and with `examples`
 * it checks the examples.
 *
 * @module
 */
import { renderSite, writeContent } from './build.ts';
import { checkExamples } from './examples/check.ts';

try {
  if (process.argv[2] === 'examples') process.stdout.write(`${await checkExamples()}\n`);
  else {
    const pages = await writeContent();
    await renderSite(process.argv[2] !== 'check');
    process.stdout.write(`docs: ${pages} pages in packages/site/dist\n`);
  }
  // Examples may have left timers and threads behind.
  process.exit();
} catch (error) {
  process.stderr.write(`docs: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

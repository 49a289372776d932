/**
 * The command behind `npm run docs`.
 *
 * @module
 */
import { renderSite, writeContent } from './build.ts';

try {
  const pages = await writeContent();
  await renderSite();
  process.stdout.write(`docs: ${pages} pages in packages/site/dist\n`);
} catch (error) {
  process.stderr.write(`docs: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/**
 * Builds the site: collects the pages, checks their links, and renders them.
 *
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createApiPages } from './api.ts';
import { createSideBars } from './navigation.ts';
import { checkLinks, type Page, readSources, relink } from './pages.ts';
import { createReferencePages } from './reference/pages.ts';
import { readPackages, SITE } from './workspace.ts';

const CONTENT = join(SITE, 'content');

/** Writes what the renderer reads, below `content/`. Returns the number of pages. */
export async function writeContent(): Promise<number> {
  const packages = readPackages();
  const scratch = mkdtempSync(join(tmpdir(), 'fiducia-site-'));
  try {
    const sources = readSources();
    const problems: string[] = [];
    const pages = [
      ...sources.map((page) => relink(page, sources, problems)),
      ...(await createReferencePages(packages)),
      ...(await createApiPages(packages, scratch)),
    ];
    problems.push(...checkLinks(pages));
    if (problems.length > 0) throw new Error(`dead links:\n${problems.join('\n')}`);
    writePages(pages);
    return pages.length;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Leaves files alone that are as they should be, so that a running preview loads only what changed. */
function writePages(pages: readonly Page[]): void {
  const files = new Map([
    ...pages.map(({ path, text }) => [path, text] as const),
    ['navigation.json', JSON.stringify(createSideBars(pages))],
  ]);
  mkdirSync(CONTENT, { recursive: true });
  for (const entry of readdirSync(CONTENT, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !files.has(path.slice(CONTENT.length + 1))) rmSync(path);
  }
  for (const [path, text] of files) {
    const file = join(CONTENT, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/**
 * Renders what {@link writeContent} wrote into `dist/`.
 *
 * @param isSmall - Whether scripts are made small for readers. It finds no fault, so a check goes without.
 */
export async function renderSite(isSmall: boolean): Promise<void> {
  const { build } = await import('vitepress');
  await build(SITE, { minify: isSmall });
}

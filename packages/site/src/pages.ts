/**
 * Pages of the site: which files of the repository become which page, and how their links change with that.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { anchorsOf, linksOf, mapLinks } from './markdown.ts';
import { listFiles, ROOT, readText } from './workspace.ts';

/** One page. */
export interface Page {
  /** Where it stands on the site, e.g. `concepts/guard.md`. */
  readonly path: string;
  /** File of the repository that it is made from; `null` for generated pages. */
  readonly source: string | null;
  readonly text: string;
}

/** The read-me files of the repository and the documents below `docs/`, as they stand. */
export function readSources(root: string = ROOT): readonly Page[] {
  const readMes = ['packages', 'examples'].flatMap((folder) =>
    listFiles(folder, 'README.md', root).filter((path) => path.split('/').length === 3),
  );
  // Reports of public names are for reviewers; readers have the reference.
  const documents = listFiles('docs', '.md', root).filter((path) => !path.startsWith(join('docs', 'api-reports')));
  return ['README.md', ...documents, ...readMes].map((source) => ({
    path: pagePathOf(source),
    source,
    text: readText(source, root),
  }));
}

function pagePathOf(source: string): string {
  if (source === 'README.md') return 'overview.md';
  if (source.startsWith('docs/')) return source.slice('docs/'.length);
  return `${dirname(source)}.md`;
}

/**
 * The page with links between files turned into links between pages. A link to a file that is no page, such as a
 * source, becomes plain words; one to a file that does not exist is an error.
 *
 * @param pages - All pages.
 * @param problems - Gets a sentence for each dead link.
 */
export function relink(page: Page, pages: readonly Page[], problems: string[], root: string = ROOT): Page {
  const { source } = page;
  if (source === null) return page;
  const byFile = new Map(pages.map(({ source: file, path }) => [file, path]));
  const text = mapLinks(page.text, ({ target }) => {
    if (isExternal(target) || target.startsWith('#')) return target;
    const [path = '', anchor] = target.split('#');
    // Pages that exist on the site alone are named from its root.
    if (path.startsWith('/')) return target;
    const file = posix.normalize(posix.join(posix.dirname(source), path)).replace(/\/$/, '');
    const to = byFile.get(file) ?? byFile.get(`${file}/README.md`);
    if (to !== undefined) return `/${to}${anchor === undefined ? '' : `#${anchor}`}`;
    if (!existsSync(join(root, file))) problems.push(`${source}: ${target} leads nowhere`);
    return null;
  });
  return { ...page, text };
}

/** Sentences on links of pages that lead to no page or to no place on it. */
export function checkLinks(pages: readonly Page[]): readonly string[] {
  const anchors = new Map(pages.map(({ path, text }) => [path, anchorsOf(text)]));
  return pages.flatMap(({ path, text }) =>
    linksOf(text).flatMap(({ target }) => {
      if (isExternal(target)) return [];
      const [to = '', anchor] = target.split('#');
      const page = to === '' ? path : to.startsWith('/') ? to.slice(1) : posix.join(posix.dirname(path), to);
      const known = anchors.get(page.replace(/\.html$|(?<=\/)$|^$/, (end) => (end === '' ? 'index.md' : '.md')));
      if (known === undefined) return [`${path}: ${target} leads to no page`];
      if (anchor !== undefined && !known.has(decodeURIComponent(anchor))) {
        return [`${path}: ${target} leads to no place on that page`];
      }
      return [];
    }),
  );
}

function isExternal(target: string): boolean {
  return /^[a-z][a-z+.-]*:/i.test(target);
}

/**
 * Where every page stands in the navigation. Pages that nobody listed are put where their folder says, so that a new
 * guide, package or decision shows up by itself.
 *
 * @module
 */
import { basename } from 'node:path';
import { titleOf } from './markdown.ts';
import type { Page } from './pages.ts';

/** An entry of a side bar, as the generator takes it. */
interface SideBarItem {
  readonly text: string;
  readonly link?: string;
  readonly collapsed?: boolean;
  readonly items?: readonly SideBarItem[];
}

/** Side bars by the path below which they are shown. */
export type SideBars = Readonly<Record<string, readonly SideBarItem[]>>;

/** A group of pages: those of some folders, the listed ones first. */
interface Group {
  readonly title: string;
  readonly matches: RegExp;
  readonly first?: readonly string[];
  /** Shown open on the first visit. */
  readonly isOpen?: boolean;
}

const GROUPS: readonly Group[] = [
  { title: 'Overview', matches: /^(overview\.md$|examples\/)/, first: ['overview.md'], isOpen: true },
  {
    title: 'Guides',
    matches: /^guides\//,
    first: ['first-plugin', 'vote-based-plugin', 'from-an-existing-chain', 'wiring'].map((name) => `guides/${name}.md`),
    isOpen: true,
  },
  {
    title: 'Concepts',
    matches: /^concepts\//,
    first: ['contract', 'eras', 'finality', 'guard', 'trust', 'energy-market', 'simulator', 'determinism'].map(
      (name) => `concepts/${name}.md`,
    ),
    isOpen: true,
  },
  { title: 'Packages', matches: /^packages\// },
  {
    title: 'Reference',
    matches: /^(reference\/|glossary\.md$|layering\.md$)/,
    first: [
      'glossary.md',
      'reference/errors.md',
      'reference/refusals.md',
      'reference/configuration.md',
      'reference/commands.md',
    ],
    isOpen: true,
  },
  { title: 'Testing tools', matches: /^(conformance-kit|simulate|replay|mutants)\.md$/ },
  { title: 'Experiments and figures', matches: /^[^/]+\.md$/, first: ['experiments.md'] },
  { title: 'Specifications', matches: /^spec\// },
  { title: 'Decisions', matches: /^adr\// },
];

const KINDS: readonly (readonly [folder: string, title: string])[] = [
  ['functions', 'Functions'],
  ['classes', 'Classes'],
  ['interfaces', 'Interfaces'],
  ['type-aliases', 'Types'],
  ['enumerations', 'Enumerations'],
  ['variables', 'Constants'],
];

/** Side bars of all pages: one for what is written, one for the API of each package. */
export function createSideBars(pages: readonly Page[]): SideBars {
  const api = pages.filter(({ path }) => path.startsWith('api/'));
  const modules = api.filter(({ path }) => basename(path) === 'index.md' && path !== 'api/index.md');
  const ownBars = modules.map((module): [string, readonly SideBarItem[]] => {
    const folder = module.path.slice(0, -'index.md'.length);
    return [`/${folder}`, [{ text: 'All packages', link: '/api/' }, createModuleItem(module, folder, api)]];
  });
  const overview = modules.map(({ path, text }) => ({ text: titleOf(text, path), link: linkOf(path) }));
  return {
    ...Object.fromEntries(ownBars),
    '/api/': [{ text: 'API reference', link: '/api/', items: overview }],
    '/': createGuideBar(pages.filter((page) => !page.path.startsWith('api/') && page.path !== 'index.md')),
  };
}

function createGuideBar(pages: readonly Page[]): readonly SideBarItem[] {
  const left = new Set(pages);
  return GROUPS.flatMap(({ title, matches, first = [], isOpen = false }) => {
    const rank = ({ path }: Page): number => (first.includes(path) ? first.indexOf(path) : first.length);
    const own = [...left].filter(({ path }) => matches.test(path));
    for (const page of own) left.delete(page);
    const items = own
      .toSorted((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1))
      .map((page) => ({
        text: page.path === 'overview.md' ? title : titleOf(page.text, page.path),
        link: linkOf(page.path),
      }));
    return items.length === 0 ? [] : [{ text: title, collapsed: !isOpen, items }];
  });
}

function createModuleItem(module: Page, folder: string, api: readonly Page[]): SideBarItem {
  const kinds = KINDS.flatMap(([name, title]): SideBarItem[] => {
    const members = api
      .filter(({ path }) => path.startsWith(`${folder}${name}/`))
      .map(({ path }) => ({ text: basename(path, '.md'), link: linkOf(path) }));
    return members.length === 0 ? [] : [{ text: title, collapsed: false, items: members }];
  });
  return { text: titleOf(module.text, folder), link: linkOf(module.path), items: kinds };
}

function linkOf(path: string): string {
  return `/${path.replace(/(index)?\.md$/, '')}`;
}

import { readFileSync } from 'node:fs';
import { defineConfig, type MarkdownRenderer } from 'vitepress';
import { slugOf } from '../src/markdown.ts';

const sidebar = JSON.parse(readFileSync(new URL('../content/navigation.json', import.meta.url), 'utf8'));

// Nothing that the tools complain about is published.
const warnings: string[] = [];
const warn = (message: string): void => {
  warnings.push(message);
};
const logger = {
  hasWarned: false,
  info() {},
  warn,
  warnOnce: warn,
  error(message: string) {
    process.stderr.write(`${message}\n`);
  },
  clearScreen() {},
  hasErrorLogged: () => false,
};

/** Every listing by what decides about its looks: language and attributes first, which have no line ends. */
const highlighted = new Map<string, string>();

/** A page is rendered for its script, for its markup and for the search, and each listing in two themes each time. */
function highlightOnce({ options }: MarkdownRenderer): void {
  const { highlight } = options;
  if (!highlight) throw new Error('the generator highlights no listings any more');
  options.highlight = (code, language, attributes) => {
    const key = `${language}\n${attributes}\n${code}`;
    const known = highlighted.get(key);
    if (known !== undefined) return known;
    const html = highlight(code, language, attributes);
    highlighted.set(key, html);
    return html;
  };
}

export default defineConfig({
  title: 'Fiducia',
  description: 'Pluggable blockchain consensus: a contract, plugins, a host and a deterministic simulator.',
  lang: 'en-GB',
  srcDir: './content',
  outDir: './dist',
  cacheDir: './node_modules/.vitepress',
  metaChunk: true,
  // Links in drawings have no path of their own, which loading ahead stumbles over.
  router: { prefetchLinks: false },
  markdown: { anchor: { slugify: slugOf }, config: highlightOnce },
  themeConfig: {
    nav: [
      { text: 'Guides', link: '/overview' },
      { text: 'Concepts', link: '/concepts/contract' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
      {
        text: 'Codes',
        items: [
          { text: 'Errors', link: '/reference/errors' },
          { text: 'Refusals', link: '/reference/refusals' },
        ],
      },
      { text: 'Glossary', link: '/glossary' },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local', options: { detailedView: true } },
    docFooter: { prev: false, next: false },
  },
  vite: {
    build: { chunkSizeWarningLimit: 16_384 },
    customLogger: logger,
  },
  buildEnd() {
    if (warnings.length > 0) throw new Error(`the site has faults:\n${warnings.join('\n')}`);
  },
});

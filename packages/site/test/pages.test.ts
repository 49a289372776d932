import { describe, expect, it } from 'vitest';
import { codeBlocksOf, headingsOf, linksOf, slugOf } from '../src/markdown.ts';
import { createSideBars } from '../src/navigation.ts';
import { checkLinks, type Page, readSources, relink } from '../src/pages.ts';
import { readPackages } from '../src/workspace.ts';

const page = (path: string, text: string, source: string | null = null): Page => ({ path, source, text });

describe('markdown', () => {
  it('gives headings the anchors of repository hosts', () => {
    expect(headingsOf('# `createHost()`\n## 12. Conformance *kit*\n## 12. Conformance *kit*')).toEqual([
      { level: 1, text: 'createHost()', anchor: 'createhost' },
      { level: 2, text: '12. Conformance *kit*', anchor: '12-conformance-kit' },
      { level: 2, text: '12. Conformance *kit*', anchor: '12-conformance-kit-1' },
    ]);
    expect(slugOf('MUT-01: what – and why')).toBe('mut-01-what--and-why');
  });

  it('takes the anchor that a heading names', () => {
    expect(headingsOf('### CODE {#host-code}')).toEqual([{ level: 3, text: 'CODE', anchor: 'host-code' }]);
  });

  it('reads code blocks with their place, and nothing in them as text', () => {
    const text = 'a\n\n```ts fragment\n# no heading\n[no](link)\n```\n';
    expect(codeBlocksOf(text)).toEqual([{ info: 'ts fragment', line: 4, text: '# no heading\n[no](link)\n' }]);
    expect(headingsOf(text)).toEqual([]);
    expect(linksOf(text)).toEqual([]);
  });

  it('sees no link in code', () => {
    expect(linksOf('`a[0](b)` and [`x`](y.md#z "title")')).toEqual([{ text: '`x`', target: 'y.md#z' }]);
  });
});

describe('pages', () => {
  const sources = [
    page('overview.md', '[trust](packages/trust/README.md#the-model)', 'README.md'),
    page(
      'packages/trust.md',
      '# @fiducia/trust\n## The model\n[source](../../package.json) [gone](gone.md)',
      'packages/trust/README.md',
    ),
  ];

  it('link to pages where files link to files', () => {
    const problems: string[] = [];
    const [overview, trust] = sources.map((source) => relink(source, sources, problems));
    expect(overview?.text).toBe('[trust](/packages/trust.md#the-model)');
    expect(trust?.text).toContain('source gone');
    expect(problems).toEqual(['packages/trust/README.md: gone.md leads nowhere']);
  });

  it('are searched for links that lead to no page or to no place on it', () => {
    const pages = [
      page('index.md', '[a](a.md#here) [b](/a.md#there) [c](b.md) [d](/api/) [e](https://example.org)'),
      page('a.md', '# Here\n[self](#here) [api](api/index.md)'),
      page('api/index.md', '<a id="x"></a>[up](../a.md)'),
    ];
    expect(checkLinks(pages)).toEqual([
      'index.md: /a.md#there leads to no place on that page',
      'index.md: b.md leads to no page',
    ]);
  });

  it('are made of every document and read-me, each with a place in the navigation', () => {
    const pages = readSources();
    const bar = JSON.stringify(createSideBars(pages)['/']);
    const missing = pages.filter(({ path }) => path !== 'index.md' && !bar.includes(`"/${path.slice(0, -3)}"`));
    expect(missing).toEqual([]);
    for (const { folder } of readPackages()) expect(bar).toContain(`"/packages/${folder}"`);
  });
});

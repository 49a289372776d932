import { describe, expect, it } from 'vitest';
import { drawGraph } from '../src/reference/drawing.ts';
import { errorClassesOf } from '../src/reference/errors.ts';
import { eventsOf } from '../src/reference/events.ts';
import { folderGraph, layersOf, reduceGraph } from '../src/reference/graph.ts';
import { requirementsOf } from '../src/reference/kit.ts';
import { parseSource, readSourceFiles } from '../src/reference/source.ts';
import { tokensOf } from '../src/reference/tokens.ts';
import { listFiles, readPackages, readText } from '../src/workspace.ts';

const ERRORS = `
export type ThingErrorData =
  /**
   * It is {@link broken}.
   *
   * Cause: a fall
   * from high.
   * Remedy: glue.
   */
  | { readonly code: 'BROKEN'; readonly parts: readonly string[] }
  | {
      /** It is lost. */
      readonly code: 'LOST';
    };
export class ThingError extends Error {
  readonly data: ThingErrorData;
}`;

describe('index of errors', () => {
  it('holds every code with meaning, cause, remedy and data', () => {
    const problems: string[] = [];
    const [found] = errorClassesOf([parseSource('errors.ts', ERRORS)], problems);
    expect(found).toEqual({
      name: 'ThingError',
      codes: [
        {
          code: 'BROKEN',
          meaning: 'It is `broken`.',
          cause: 'a fall from high.',
          remedy: 'glue.',
          fields: ['parts: readonly string[]'],
        },
        { code: 'LOST', meaning: 'It is lost.', cause: '', remedy: '', fields: [] },
      ],
    });
    expect(problems).toEqual([
      'errors.ts: LOST has no cause in its comment',
      'errors.ts: LOST has no remedy in its comment',
    ]);
  });

  it('misses no code that a package throws', () => {
    for (const { folder } of readPackages()) {
      const texts = listFiles(`packages/${folder}/src`, '.ts').map((path) => [path, readText(path)] as const);
      const homes = texts.filter(([, text]) => text.includes('extends Error'));
      const sources = homes.map(([path, text]) => parseSource(path, text));
      const known = new Set(errorClassesOf(sources, []).flatMap(({ codes }) => codes.map(({ code }) => code)));
      const thrown = texts.flatMap(([, text]) =>
        [...text.matchAll(/new (\w+)Error\(\{\s*code: '(\w+)'/g)]
          // The contract's own class is thrown by plugins too.
          .filter(([, name]) => !['Consensus', 'Ledger', 'Host'].includes(name ?? '') || folder === name?.toLowerCase())
          .map(([, , code]) => code),
      );
      expect(thrown.filter((code) => code !== undefined && !known.has(code))).toEqual([]);
    }
  });
});

describe('tables', () => {
  it('describe events with their payloads', () => {
    const source = parseSource(
      'packages/x/src/events.ts',
      `/** It moved. */
      export interface MovedEvent { /** Where to. */ readonly to: number; }
      export interface ThingEvents {
        /** See {@link MovedEvent}. */
        moved: (event: MovedEvent) => void;
      }
      export interface OtherEventMap {
        /** It ended. */
        ended: [event: { readonly code: string }];
      }`,
    );
    expect([...eventsOf([source])]).toEqual([
      ['ThingEvents', [{ name: 'moved', meaning: 'It moved.', fields: ['`to: number` – Where to'] }]],
      ['OtherEventMap', [{ name: 'ended', meaning: 'It ended.', fields: ['`code: string`'] }]],
    ]);
  });

  it('describe tokens with their types and symbols', () => {
    const source = parseSource(
      'packages/x/src/tokens.ts',
      "export const T = {\n  /** Where things are. */\n  place: token<Map<string, Thing>>('place'),\n} as const;",
    );
    expect(tokensOf([source])).toEqual([
      { name: 'T.place', type: 'Map<string, Thing>', key: 'place', meaning: 'Where things are.' },
    ]);
  });

  it('list the 24 requirements of the kit', () => {
    const ids = requirementsOf(readSourceFiles('testkit')).map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: 24 }, (_, index) => `CK-${String(index + 1).padStart(2, '0')}`));
  });
});

describe('drawings', () => {
  const graph = {
    nodes: ['a', 'b', 'c', 'd'],
    edges: [
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'c'],
      ['c', 'd'],
      ['d', 'c'],
    ],
  } as const;

  it('leave out what a longer way shows, and keep cycles', () => {
    expect(reduceGraph(graph).edges).toEqual([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'd'],
      ['d', 'c'],
    ]);
  });

  it('put importers above what they import', () => {
    expect(layersOf(graph)).toEqual([['a'], ['b'], ['c', 'd']]);
  });

  it('show folders and files as they import each other', () => {
    const sources = [
      parseSource('packages/x/src/index.ts', "export { a } from './part/a.ts';"),
      parseSource('packages/x/src/part/a.ts', "import { b } from './b.ts';\nimport { c } from '../c.ts';"),
      parseSource('packages/x/src/part/b.ts', ''),
      parseSource('packages/x/src/c.ts', ''),
    ];
    expect(folderGraph('x', sources)).toEqual({
      nodes: ['c', 'index', 'part/'],
      edges: [
        ['index', 'part/'],
        ['part/', 'c'],
      ],
    });
  });

  it('have a box for every node and a line for every edge', () => {
    const svg = drawGraph(graph, 'a < b', (node) => (node === 'a' ? '/a.html' : undefined));
    expect(svg.match(/<rect/g)).toHaveLength(4);
    expect(svg.match(/<path/g)).toHaveLength(4);
    expect(svg).toContain('<title>a &lt; b</title>');
    expect(svg).toContain('<a href="/a.html">');
  });
});

import { describe, expect, it } from 'vitest';
import { drawGraph } from '../src/reference/drawing.ts';
import { errorClassesOf } from '../src/reference/errors.ts';
import { eventsOf } from '../src/reference/events.ts';
import { folderGraph, layersOf, reduceGraph } from '../src/reference/graph.ts';
import { requirementsOf } from '../src/reference/kit.ts';
import { givenCodesOf, refusalsOf } from '../src/reference/refusals.ts';
import { parseSource, readSourceFiles, type Source } from '../src/reference/source.ts';
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

const REFUSALS = `
/** Why a thing
 * is refused. */
export type ThingRefusal =
  /**
   * It is too late.
   *
   * Cause: a slow
   * horse.
   * Remedy: oats.
   */
  | 'TOO_LATE'
  /** It is early. */
  | 'EARLY';`;

const REFUSER = `
export type Own = 'NOT_EXPLAINED' | 'PENDING';
const x = isLate ? reject('EARLY') : { kind: 'rejected', code: 'SLOW' };
net.penalise(peer, 'RUDE');
log('LOUD');`;

/** What looks like a code and is none that users meet. */
const OTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  // Actions and reasons in the audit log, which the specification lists.
  energy: ['GRID_ARREARS', 'APPROVE_METER', 'DOUBLE_READING', 'METER_APPROVED', 'DOUBLE_METER_KEY'],
  // An answer within the host.
  host: ['PROOF_BUSY'],
  // Values of the field `reason` of `DISK_FAILED`.
  simulator: ['READ_ERROR', 'DISK_FULL', 'WRITE_ERROR'],
  // Protocols that the kit is tried on.
  testkit: ['NONE', 'WRONG_NOTARY', 'TOO_OLD'],
};

describe('index of refusals', () => {
  const all = readPackages().map(({ folder }) => [folder, readSourceFiles(folder)] as const);
  const codesOf = (sources: readonly Source[]): readonly string[] =>
    refusalsOf(sources, []).flatMap(({ codes }) => codes.map(({ code }) => code));

  it('holds every code with meaning, cause and remedy', () => {
    const problems: string[] = [];
    const path = 'packages/x/src/refusals.ts';
    expect(refusalsOf([parseSource(path, REFUSALS), parseSource('packages/x/src/y.ts', REFUSALS)], problems)).toEqual([
      {
        name: 'ThingRefusal',
        summary: 'Why a thing is refused.',
        codes: [
          { code: 'TOO_LATE', meaning: 'It is too late.', cause: 'a slow horse.', remedy: 'oats.' },
          { code: 'EARLY', meaning: 'It is early.', cause: '', remedy: '' },
        ],
      },
    ]);
    expect(problems).toEqual([
      `${path}: EARLY has no cause in its comment`,
      `${path}: EARLY has no remedy in its comment`,
    ]);
  });

  it('looks for codes wherever they are given', () => {
    const found = givenCodesOf([parseSource('packages/x/src/x.ts', REFUSER)]);
    expect([...found]).toEqual(['NOT_EXPLAINED', 'EARLY', 'SLOW', 'RUDE']);
  });

  it('explains every code that a package gives', () => {
    const explained = new Set(
      all.flatMap(([, sources]) => [
        ...codesOf(sources),
        ...errorClassesOf(sources, []).flatMap(({ codes }) => codes.map(({ code }) => code)),
      ]),
    );
    const missing = all.flatMap(([folder, sources]) => {
      const other = OTHER_WORDS[folder] ?? [];
      const given = [...givenCodesOf(sources)].filter((code) => !explained.has(code));
      expect(other.filter((word) => !given.includes(word))).toEqual([]);
      return given.filter((code) => !other.includes(code)).map((code) => `${folder}: ${code}`);
    });
    expect(missing).toEqual([]);
  });

  it('explains no code that no package gives', () => {
    const unused = all.flatMap(([folder, sources]) => {
      const texts = sources.filter(({ path }) => !path.endsWith('/refusals.ts')).map(({ tree }) => tree.text);
      const isGiven = (code: string): boolean => texts.some((text) => text.includes(`'${code}'`));
      return codesOf(sources).flatMap((code) => (isGiven(code) ? [] : [`${folder}: ${code}`]));
    });
    expect(unused).toEqual([]);
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

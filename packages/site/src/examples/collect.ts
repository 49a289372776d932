/**
 * Examples of the documentation: blocks of TypeScript in pages and in doc comments.
 *
 * @module
 */
import { codeBlocksOf } from '../markdown.ts';
import { listFiles, type PublishedPackage, readText } from '../workspace.ts';

/** Mark of a block that shows a part of something larger; it has to parse and is neither compiled nor run. */
const FRAGMENT = 'fragment';

/** Mark of a block that is compiled, and run from the tarballs alone because it takes seconds. */
const LONG = 'long';

/** One block of TypeScript. */
export interface Example {
  /** File that it stands in, relative to the repository. */
  readonly file: string;
  /** Its first line there. */
  readonly line: number;
  readonly code: string;
  /** Whether it is marked as a part of something larger. */
  readonly isFragment: boolean;
  /** Whether it is marked as taking long. */
  readonly isLong: boolean;
  /** Package whose doc comment or page it stands in; `null` on other pages. */
  readonly folder: string | null;
  /** What it prints according to the block of text that follows; `null` if none follows. */
  readonly output: string | null;
}

/**
 * All examples of the pages and packages; not of the guides, which a test of their own follows step by step, nor of the
 * reports of public names, which are declarations.
 */
export function collectExamples(packages: readonly PublishedPackage[]): readonly Example[] {
  const pages = [
    'README.md',
    ...listFiles('docs', '.md').filter((path) => !/^docs\/(guides|api-reports)\//.test(path)),
    ...packages.map(({ folder }) => `packages/${folder}/README.md`),
    ...listFiles('examples', 'README.md'),
  ];
  const sources = packages.flatMap(({ folder }) =>
    listFiles(`packages/${folder}/src`, '.ts').map((path) => [folder, path] as const),
  );
  return [
    ...pages.flatMap((path) => examplesIn(readText(path), path, /^packages\/([^/]+)/.exec(path)?.[1] ?? null)),
    ...sources.flatMap(([folder, path]) => examplesInComments(readText(path), path, folder)),
  ];
}

/** Examples of a page. */
export function examplesIn(text: string, file: string, folder: string | null, firstLine = 1): readonly Example[] {
  const blocks = codeBlocksOf(text);
  return blocks.flatMap(({ info, line, text: code }, index) => {
    const [language = '', ...marks] = info.split(/\s+/);
    if (!['ts', 'typescript', 'js', 'javascript'].includes(language)) return [];
    const next = blocks[index + 1];
    const output = next?.info === 'text' ? next.text : null;
    const [isFragment, isLong] = [marks.includes(FRAGMENT), marks.includes(LONG)];
    return [{ file, line: line + firstLine - 1, code, isFragment, isLong, folder, output }];
  });
}

/** Examples of all doc comments of a source. */
export function examplesInComments(text: string, file: string, folder: string): readonly Example[] {
  return [...text.matchAll(/\/\*\*(?:(?!\*\/).)*?```(?:(?!\*\/).)*\*\//gs)].flatMap((match) => {
    const comment = match[0].replace(/^[ \t]*\*? ?/gm, '');
    const line = text.slice(0, match.index).split('\n').length;
    return examplesIn(comment, file, folder, line);
  });
}

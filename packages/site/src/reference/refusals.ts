/**
 * The index of refusals: every code that a package gives as a value, from the unions in its `refusals.ts`.
 *
 * @module
 */
import ts from 'typescript';
import type { Page } from '../pages.ts';
import { listFiles, type PublishedPackage, readText } from '../workspace.ts';
import { anchorOf, type Explanation, explain, unionAnchorOf, unionMembersOf } from './codes.ts';
import { lastComment, parseSource, type Source } from './source.ts';

/** Where a package explains its codes. */
const HOME = /\/src\/refusals\.ts$/;

/** One explained code. */
interface RefusalCode extends Explanation {
  readonly code: string;
}

/** Codes that one question can be answered with. */
interface Refusals {
  /** Name of the exported type. */
  readonly name: string;
  readonly summary: string;
  readonly codes: readonly RefusalCode[];
}

/**
 * Every union of codes that the sources explain.
 *
 * @param problems - Gets a sentence for each code without meaning, cause or remedy.
 */
export function refusalsOf(sources: readonly Source[], problems: string[]): readonly Refusals[] {
  return sources
    .filter(({ path }) => HOME.test(path))
    .flatMap(({ path, tree }) =>
      tree.statements.filter(ts.isTypeAliasDeclaration).map((alias) => ({
        name: alias.name.text,
        summary: lastComment(alias.getFullText().slice(0, alias.getLeadingTriviaWidth())).text.replace(/\s+/g, ' '),
        codes: unionMembersOf(alias).map(([member, comment]) => {
          const code = member.getText().replace(/^'|'$/g, '');
          return { code, ...explain(code, comment, path, problems) };
        }),
      })),
    );
}

/** The unions of a package; none if it gives no codes. @param problems - As for {@link refusalsOf}. */
export function readRefusals(folder: string, problems: string[]): readonly Refusals[] {
  const paths = listFiles(`packages/${folder}/src`, 'refusals.ts');
  return refusalsOf(
    paths.map((path) => parseSource(path, readText(path))),
    problems,
  );
}

/** A literal that looks like a code: two words or more in capitals. */
const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

/** Functions whose literal arguments are codes, be it of one word. */
const GIVERS = new Set(['reject', 'rejected', 'refuse', 'trace', 'penalise', 'refused']);

/** Every code that the sources give, wherever it is explained. */
export function givenCodesOf(sources: readonly Source[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) && isGiven(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  for (const { path, tree } of sources) if (!HOME.test(path)) visit(tree);
  return found;
}

function isGiven({ text, parent }: ts.StringLiteral): boolean {
  if (CODE.test(text)) return true;
  if (!/^[A-Z]+$/.test(text)) return false;
  if (ts.isPropertyAssignment(parent)) return ['code', 'reason'].includes(parent.name.getText());
  return ts.isCallExpression(parent) && GIVERS.has(/(\w+)$/.exec(parent.expression.getText())?.[1] ?? '');
}

/** The page of all codes. */
export function createRefusalsPage(packages: readonly PublishedPackage[], problems: string[]): Page {
  const sections = packages.flatMap(({ name, folder }) => {
    const unions = readRefusals(folder, problems);
    if (unions.length === 0) return [];
    return [`## ${name} {#${folder}}\n\n${unions.map((union) => describeUnion(folder, union)).join('\n')}`];
  });
  const intro = `# Codes of refusals

What a peer sends never throws: the answer is a value with a code. A code says who refused, too: the host hands on those of plugins,
crypto ports and chains as they are, so look it up under the plugin first, then under the ledger, the crypto port and the host.
Codes are stable; another meaning is another code. What callers do wrong throws, and has its [own index](./errors.md).

\`\`\`ts
import type { Host } from '@fiducia/host';

export function report(host: Host): void {
  host.events.on('blockRejected', ({ id, code }) => console.log(id, code)); // WRONG_LEADER, SIGNATURE_INVALID, …
}
\`\`\`
`;
  return { path: 'reference/refusals.md', source: null, text: `${intro}\n${sections.join('\n')}` };
}

function describeUnion(folder: string, { name, summary, codes }: Refusals): string {
  const parts = codes.map(({ code, meaning, cause, remedy }) => {
    const anchor = anchorOf(unionAnchorOf(folder, name), code);
    return `#### ${code} {#${anchor}}\n\n${meaning}\n\n- **Cause**: ${cause}\n- **Remedy**: ${remedy}\n`;
  });
  return `### ${name} {#${unionAnchorOf(folder, name)}}\n\n${summary}\n\n${parts.join('\n')}`;
}

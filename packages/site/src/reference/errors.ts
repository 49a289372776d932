/**
 * The index of errors: every code of every error class, from the union that documents it.
 *
 * @module
 */
import ts from 'typescript';
import type { Page } from '../pages.ts';
import type { PublishedPackage } from '../workspace.ts';
import { anchorOf, type Explanation, explain, unionMembersOf } from './codes.ts';
import { membersOf, readSourceFiles, type Source, textOf } from './source.ts';

/** One code of an error class. */
interface ErrorCode extends Explanation {
  readonly code: string;
  /** Further data that the error carries: names with types. */
  readonly fields: readonly string[];
}

/** The codes of one class. */
interface ErrorClass {
  readonly name: string;
  readonly codes: readonly ErrorCode[];
}

/**
 * Every error class of the sources with its codes.
 *
 * @param problems - Gets a sentence for each code without meaning, cause or remedy.
 */
export function errorClassesOf(sources: readonly Source[], problems: string[]): readonly ErrorClass[] {
  return sources.flatMap(({ path, tree }) =>
    tree.statements.flatMap((node) => {
      if (!ts.isClassDeclaration(node) || node.name === undefined || !isErrorClass(node)) return [];
      const data = node.members.find((member) => ts.isPropertyDeclaration(member) && member.name.getText() === 'data');
      if (data === undefined || !ts.isPropertyDeclaration(data) || data.type === undefined) return [];
      const name = data.type.getText();
      const union = tree.statements.find((other) => ts.isTypeAliasDeclaration(other) && other.name.text === name);
      if (union === undefined || !ts.isTypeAliasDeclaration(union)) {
        problems.push(`${path}: the data of ${node.name.text} is not a union in the same file`);
        return [];
      }
      return [{ name: node.name.text, codes: codesOf(union, path, problems) }];
    }),
  );
}

function isErrorClass(node: ts.ClassDeclaration): boolean {
  return node.heritageClauses?.some((clause) => clause.types.some((type) => type.getText() === 'Error')) ?? false;
}

function codesOf(union: ts.TypeAliasDeclaration, path: string, problems: string[]): readonly ErrorCode[] {
  return unionMembersOf(union).flatMap(([member, before]) => {
    if (!ts.isTypeLiteralNode(member)) return [];
    const [first, ...rest] = membersOf(member);
    // A member with comments of its own has them inside the braces.
    const comment = before.text === '' ? (first?.comment ?? before) : before;
    const code = first?.type.replace(/^'|'$/g, '') ?? '';
    const fields = rest.map(
      ({ name, isOptional, node }) => `${name}${isOptional ? '?' : ''}: ${node ? textOf(node) : ''}`,
    );
    return [{ code, ...explain(code, comment, path, problems), fields }];
  });
}

/** The page of all codes. */
export function createErrorsPage(packages: readonly PublishedPackage[], problems: string[]): Page {
  const sections = packages.flatMap(({ name, folder }) =>
    errorClassesOf(readSourceFiles(folder), problems).map((errors) => describeClass(name, folder, errors)),
  );
  const intro = `# Error codes

Every package throws one class of error, and only at callers that misuse it or at broken invariants: what a peer sends never
throws. \`data.code\` is stable and selects the shape of the rest of \`data\`; the message is derived from it. Recognise an error
with the \`is…\` function of its package, which also works if two copies of the package are installed.

\`\`\`ts
import { createHost, type HostOptions, isHostError } from '@fiducia/host';

export async function start(options: HostOptions): Promise<void> {
  try {
    await createHost(options).start();
  } catch (error) {
    if (!isHostError(error, 'FACTS_MISSING')) throw error;
    console.log(error.message); // FACTS_MISSING: plugin=…, missing=…
  }
}
\`\`\`
`;
  return { path: 'reference/errors.md', source: null, text: `${intro}\n${sections.join('\n')}` };
}

function describeClass(packageName: string, folder: string, { name, codes }: ErrorClass): string {
  const parts = codes.map(({ code, meaning, cause, remedy, fields }) => {
    const data = fields.length === 0 ? '' : `- **Data**: ${fields.map((field) => `\`${field}\``).join(', ')}\n`;
    return `### ${code} {#${anchorOf(folder, code)}}\n\n${meaning}\n\n- **Cause**: ${cause}\n- **Remedy**: ${remedy}\n${data}`;
  });
  const summary = `[\`${name}\`](/api/${folder}/classes/${name}.md), ${codes.length} codes.`;
  return `## ${packageName}\n\n${summary}\n\n${parts.join('\n')}`;
}

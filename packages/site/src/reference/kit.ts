/**
 * The list of requirements that the conformance kit tries.
 *
 * @module
 */
import ts from 'typescript';
import { table } from '../markdown.ts';
import type { Page } from '../pages.ts';
import { readSourceFiles, type Source } from './source.ts';

/** One requirement. */
interface Requirement {
  readonly id: string;
  readonly title: string;
  readonly level: string;
}

/** Every object of the sources that has an id such as `CK-01`. */
export function requirementsOf(sources: readonly Source[]): readonly Requirement[] {
  const found: Requirement[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const texts = node.properties.flatMap((property) =>
        ts.isPropertyAssignment(property) && ts.isStringLiteralLike(property.initializer)
          ? [[property.name.getText(), property.initializer.text] as const]
          : [],
      );
      const { id = '', title = '', level = '' } = Object.fromEntries(texts);
      if (/^CK-\d\d$/.test(id)) found.push({ id, title, level });
    }
    ts.forEachChild(node, visit);
  };
  for (const { tree } of sources) visit(tree);
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** The page of all requirements. */
export function createKitPage(): Page {
  const items = requirementsOf(readSourceFiles('testkit'));
  const rows = items.map(({ id, title, level }) => [id, level, title]);
  const text = `# Requirements of the kit

The ${items.length} requirements that [\`@fiducia/testkit\`](/packages/testkit.md) tries on any plugin.
[The conformance kit](/conformance-kit.md) tells how each is tried and how to read a report.

${table(['Requirement', 'Level', 'What must hold'], rows)}`;
  return { path: 'reference/kit.md', source: null, text };
}

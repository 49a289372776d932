/**
 * Questions about the sources, answered from their syntax trees.
 *
 * @module
 */
import ts from 'typescript';
import { listFiles, readText } from '../workspace.ts';

/** A parsed source file. */
export interface Source {
  /** Path relative to the repository. */
  readonly path: string;
  readonly tree: ts.SourceFile;
}

/** A property or method with its type as written and its comment as plain Markdown. */
export interface Member {
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
  readonly comment: Comment;
  /** The type itself, for a closer look. */
  readonly node: ts.TypeNode | undefined;
}

/** A doc comment: its text, and its block tags by name. */
export interface Comment {
  readonly text: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** Parses text as a source file. */
export function parseSource(path: string, text: string): Source {
  return { path, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) };
}

/** All sources of a package. */
export function readSourceFiles(folder: string): readonly Source[] {
  return listFiles(`packages/${folder}/src`, '.ts').map((path) => parseSource(path, readText(path)));
}

/** Every interface of the sources by name. */
export function interfacesOf(sources: readonly Source[]): ReadonlyMap<string, ts.InterfaceDeclaration> {
  const found = new Map<string, ts.InterfaceDeclaration>();
  for (const { tree } of sources) {
    for (const node of tree.statements) if (ts.isInterfaceDeclaration(node)) found.set(node.name.text, node);
  }
  return found;
}

/** Members of an interface, a type literal or an object literal, in order. */
export function membersOf(
  node: ts.InterfaceDeclaration | ts.TypeLiteralNode | ts.ObjectLiteralExpression,
): readonly Member[] {
  const members: readonly ts.Node[] = ts.isObjectLiteralExpression(node) ? node.properties : node.members;
  return members.flatMap((member) => {
    if (ts.isPropertyAssignment(member)) {
      const type = member.initializer.getText();
      return [{ name: member.name.getText(), type, isOptional: false, comment: commentOf(member), node: undefined }];
    }
    if (!ts.isPropertySignature(member)) return [];
    return [
      {
        name: member.name.getText(),
        type: member.type === undefined ? '' : textOf(member.type),
        isOptional: member.questionToken !== undefined,
        comment: commentOf(member),
        node: member.type,
      },
    ];
  });
}

/** Source text of a type on one line, without `readonly` and comments. */
export function textOf(node: ts.Node): string {
  return node
    .getText()
    .replace(/\/\*\*.*?\*\//gs, '')
    .replace(/\breadonly (?=\w+\??:)/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The last doc comment in front of a node. */
function commentOf(node: ts.Node): Comment {
  return lastComment(node.getFullText().slice(0, node.getLeadingTriviaWidth()));
}

/** The last doc comment in a stretch of source text. */
export function lastComment(text: string): Comment {
  const raw = [...text.matchAll(/\/\*\*(.*?)\*\//gs)].at(-1)?.[1] ?? '';
  const lines = raw.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd());
  const [body = '', ...blocks] = lines.join('\n').split(/(?=^@\w)|\s(?=@default(?:Value)?\b)/m);
  const tags = blocks.map((block) => {
    const [, name = '', value = ''] = /^@(\w+)\s*(.*)$/s.exec(block) ?? [];
    return [name, toMarkdown(value)] as const;
  });
  return { text: toMarkdown(body), tags: new Map(tags) };
}

/** Comment text as Markdown: inline links become code. */
function toMarkdown(text: string): string {
  return text
    .replace(/\{@link\s+([^}|]+?)(?:\s*\|\s*([^}]+))?\}/g, (_whole, name, words) => words ?? `\`${name}\``)
    .trim();
}

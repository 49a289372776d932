/**
 * Small questions about TypeScript sources, answered from the syntax tree.
 *
 * @module
 */
import ts from 'typescript';

const parsed = new Map<string, ts.SourceFile>();

/** Parses a file once per text. */
function parseSource(path: string, text: string): ts.SourceFile {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  parsed.set(text, source);
  return source;
}

/** A module specifier and whether only types come from it. */
export interface ImportUse {
  readonly specifier: string;
  readonly isSideEffect: boolean;
}

/** Every static and dynamic import and re-export of a file. */
export function importsOf(path: string, text: string): readonly ImportUse[] {
  const uses: ImportUse[] = [];
  visit(parseSource(path, text), (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      if (!ts.isStringLiteral(node.moduleSpecifier)) return;
      const isSideEffect = ts.isImportDeclaration(node) && node.importClause === undefined;
      uses.push({ specifier: node.moduleSpecifier.text, isSideEffect });
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument)) {
        uses.push({ specifier: argument.text, isSideEffect: false });
      }
    }
  });
  return uses;
}

/** Every named function, method and arrow function with its number of lines. */
export function functionsOf(path: string, text: string): readonly { readonly name: string; readonly lines: number }[] {
  const source = parseSource(path, text);
  const found: { name: string; lines: number }[] = [];
  visit(source, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
    const start = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
    const end = source.getLineAndCharacterOfPosition(node.end).line;
    const name = node.name?.getText(source) ?? `function in line ${start + 1}`;
    found.push({ name, lines: end - start + 1 });
  });
  return found;
}

/** Text of the first statement that runs when the module is loaded, if any. */
export function sideEffectOf(path: string, text: string): string | undefined {
  const source = parseSource(path, text);
  const statement = source.statements.find(
    (node) => ts.isExpressionStatement(node) || ts.isForOfStatement(node) || ts.isIfStatement(node),
  );
  return statement?.getText(source).split('\n')[0];
}

/** Whether a file consists of re-exports alone. */
export function isBarrel(path: string, text: string): boolean {
  const { statements } = parseSource(path, text);
  return statements.length > 0 && statements.every((node) => ts.isExportDeclaration(node) && node.moduleSpecifier);
}

/** Names of types and values that an entry re-exports by name, with the files they come from; `*` for all of a file. */
export function reExportsOf(path: string, text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const files = new Map<string, Set<string>>();
  for (const node of parseSource(path, text).statements) {
    if (!ts.isExportDeclaration(node) || node.moduleSpecifier === undefined) continue;
    if (!ts.isStringLiteral(node.moduleSpecifier) || !node.moduleSpecifier.text.startsWith('.')) continue;
    const file = resolveRelative(path, node.moduleSpecifier.text);
    const names = files.get(file) ?? new Set<string>();
    files.set(file, names);
    if (node.exportClause !== undefined && ts.isNamedExports(node.exportClause)) {
      for (const element of node.exportClause.elements) names.add((element.propertyName ?? element.name).text);
    } else names.add('*');
  }
  return files;
}

/** Names of values that an entry exports, following its re-exports through `read`. */
export function exportedValuesOf(path: string, read: (path: string) => string | undefined): readonly string[] {
  const text = read(path);
  if (text === undefined) return [];
  const names = new Set<string>();
  for (const node of parseSource(path, text).statements) {
    if (ts.isExportDeclaration(node)) {
      if (node.isTypeOnly) continue;
      if (node.exportClause !== undefined && ts.isNamedExports(node.exportClause)) {
        for (const element of node.exportClause.elements) {
          if (!element.isTypeOnly) names.add(element.name.text);
        }
      } else if (node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
        for (const name of exportedValuesOf(resolveRelative(path, node.moduleSpecifier.text), read)) names.add(name);
      }
      continue;
    }
    for (const name of declaredValuesOf(node)) names.add(name);
  }
  return [...names].sort();
}

/** Path of a relative specifier seen from `from`, with `/` separators. */
export function resolveRelative(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The code of a file with comments blanked out, and string contents too unless asked to keep them. */
export function codeOf(path: string, text: string): string {
  const source = parseSource(path, text);
  let code = '';
  const scanner = ts.createScanner(ts.ScriptTarget.ES2023, true, ts.LanguageVariant.Standard, source.text);
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    const isText = token === ts.SyntaxKind.StringLiteral || token === ts.SyntaxKind.NoSubstitutionTemplateLiteral;
    code += isText ? "'' " : `${scanner.getTokenText()} `;
  }
  return code;
}

/** Names of functions that are called without a receiver, as globals are. */
export function plainCallsOf(path: string, text: string): ReadonlySet<string> {
  const names = new Set<string>();
  visit(parseSource(path, text), (node) => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) names.add(node.expression.text);
  });
  return names;
}

const TEST_FUNCTIONS: ReadonlySet<string> = new Set(['describe', 'it', 'test']);

/**
 * Titles of tests and of groups of tests: the first argument of `describe`, `it` and `test`, also with
 * modifiers such as `it.each(cases)` or `describe.skipIf(condition)`. Of a template only its fixed text counts,
 * and what stands in a table of `it.each` is no title.
 */
export function testTitlesOf(path: string, text: string): readonly string[] {
  const titles: string[] = [];
  visit(parseSource(path, text), (node) => {
    if (!ts.isCallExpression(node) || !TEST_FUNCTIONS.has(calledName(node.expression))) return;
    const [title] = node.arguments;
    if (title !== undefined && ts.isStringLiteralLike(title)) titles.push(title.text);
    if (title !== undefined && ts.isTemplateExpression(title)) titles.push(title.getText());
  });
  return titles;
}

/** Name at the root of `name`, `name.modifier` and `name.modifier(argument)`. */
function calledName(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression)) {
    return calledName(expression.expression);
  }
  return ts.isTaggedTemplateExpression(expression) ? calledName(expression.tag) : '';
}

/** Members of exported interfaces and public members of exported classes that have no doc comment. */
export function undocumentedMembersOf(path: string, text: string): readonly string[] {
  const source = parseSource(path, text);
  const found: string[] = [];
  for (const node of source.statements) {
    if (!(ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)) || !isExported(node)) continue;
    for (const member of node.members) {
      const name = member.name;
      if (name === undefined || ts.isPrivateIdentifier(name) || ts.isConstructorDeclaration(member)) continue;
      if (!hasDocComment(source, member)) found.push(`${node.name?.text ?? ''}.${name.getText(source)}`);
    }
  }
  return found;
}

/** Texts of all numeric literals, as written. */
export function numbersOf(path: string, text: string): readonly string[] {
  const found: string[] = [];
  visit(parseSource(path, text), (node) => {
    if (ts.isNumericLiteral(node)) found.push(node.getText());
  });
  return found;
}

function isExported(node: ts.Statement): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
}

function hasDocComment(source: ts.SourceFile, node: ts.Node): boolean {
  const comments = ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? [];
  return comments.some(({ pos }) => source.text.startsWith('/**', pos));
}

function declaredValuesOf(node: ts.Statement): readonly string[] {
  if (!isExported(node)) return [];
  if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name !== undefined) {
    return [node.name.text];
  }
  if (!ts.isVariableStatement(node)) return [];
  return node.declarationList.declarations.map((declaration) => declaration.name.getText());
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

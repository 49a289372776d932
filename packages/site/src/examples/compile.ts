/**
 * Compiles all examples as one program, against the sources of the packages.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { type PublishedPackage, ROOT } from '../workspace.ts';
import type { Example } from './collect.ts';
import { findGivens, ROUND_ROBIN } from './givens.ts';

/** An example as a module of its own. */
export interface ExampleModule {
  readonly example: Example;
  /** Where the module would stand. */
  readonly path: string;
  readonly text: string;
  /** Whether it is run: nothing that it takes as given is a mere promise, and it needs no test runner and little time. */
  readonly isRun: boolean;
}

/** Modules that only load in a test runner. */
const NEEDS_RUNNER = /'(?:@fiducia\/testkit\/)?vitest'/;

/** Modules of all examples that are no fragments, below a folder. */
export function createModules(
  examples: readonly Example[],
  packages: readonly PublishedPackage[],
  folder: string,
): readonly ExampleModule[] {
  const exported = createExportTable(packages);
  return examples
    .filter(({ isFragment }) => !isFragment)
    .map((example) => {
      const name = `${example.file.replace(/[^\w]+/g, '-')}-${example.line}.ts`;
      return { example, path: join(folder, name), ...complete(example, exported) };
    });
}

/** Names that every entry exports, by specifier. */
type ExportTable = ReadonlyMap<string, ReadonlySet<string>>;

function createExportTable(packages: readonly PublishedPackage[]): ExportTable {
  const entries = packages.flatMap(({ entries: own }) => own);
  const sources = entries.map(({ source }) => join(ROOT, source));
  const program = ts.createProgram(sources, readOptions(), createHost());
  const checker = program.getTypeChecker();
  const namesOf = (source: string): ReadonlySet<string> => {
    const file = program.getSourceFile(join(ROOT, source));
    const symbol = file === undefined ? undefined : checker.getSymbolAtLocation(file);
    return new Set(symbol === undefined ? [] : checker.getExportsOfModule(symbol).map(({ name }) => name));
  };
  return new Map(entries.map(({ specifier, source }) => [specifier, namesOf(source)]));
}

/**
 * Adds what an example takes as given: exports of its own package, then of the others, then the words of `givens.ts`.
 * All on the first line, so that places in the example stay countable.
 */
function complete({ code, folder, isLong }: Example, exported: ExportTable): Pick<ExampleModule, 'text' | 'isRun'> {
  const missing = freeNamesOf(code);
  const own = folder === null ? [] : [...exported].filter(([specifier]) => isOf(specifier, folder));
  const imports = [...own, ...exported].flatMap(([specifier, names]) => {
    const found = [...names].filter((name) => missing.delete(name));
    return found.length === 0 ? [] : [`import { ${found.join(', ')} } from '${specifier}';`];
  });
  const { declarations, areReady } = findGivens(missing, folder);
  const body = code.replaceAll("'../src/round-robin.ts'", `'${ROUND_ROBIN}'`);
  const text = `${[...imports, ...declarations].join(' ')}\n${body}`;
  return { text, isRun: areReady && !isLong && !NEEDS_RUNNER.test(text) };
}

function isOf(specifier: string, folder: string): boolean {
  return specifier.split('/')[1] === folder;
}

/** Names that a module uses and neither declares nor imports; types among them. */
function freeNamesOf(code: string): Set<string> {
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isName = 'name' in parent && parent.name === node;
      if (!isName || ts.isShorthandPropertyAssignment(parent)) used.add(node.text);
      else if (isBinding(parent)) declared.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2023, true));
  return new Set([...used].filter((name) => !declared.has(name)));
}

function isBinding(node: ts.Node): boolean {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isBindingElement(node) ||
    ts.isParameter(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportSpecifier(node) ||
    ts.isNamespaceImport(node)
  );
}

const parsed = new Map<string, ts.SourceFile>();

/** Files are parsed once for all programs. */
function createHost(): ts.CompilerHost {
  const host = ts.createCompilerHost(readOptions(), true);
  const read = host.getSourceFile;
  host.getSourceFile = (path, ...rest) => {
    if (!existsSync(path)) return read(path, ...rest);
    const known = parsed.get(path) ?? read(path, ...rest);
    if (known !== undefined) parsed.set(path, known);
    return known;
  };
  return host;
}

function readOptions(): ts.CompilerOptions {
  const path = join(ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, ROOT, undefined, path);
  // Names that an example only shows are unused, and what is imported for it may be a type.
  return { ...options, noUnusedLocals: false, verbatimModuleSyntax: false, isolatedModules: false };
}

/** What the compiler says of the examples, one sentence for each complaint. */
export function checkModules(modules: readonly ExampleModule[]): readonly string[] {
  const options = readOptions();
  const texts = new Map(modules.map((module) => [module.path, module]));
  const host = createHost();
  const real = { fileExists: host.fileExists, readFile: host.readFile };
  host.fileExists = (path) => texts.has(path) || real.fileExists(path);
  host.readFile = (path) => texts.get(path)?.text ?? real.readFile(path);
  const program = ts.createProgram([...texts.keys()], options, host);
  return modules.flatMap(({ path, example }) => {
    const file = program.getSourceFile(path);
    if (file === undefined) return [`${example.file}: the example could not be read`];
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ start = 0, messageText }) => {
      const inText = file.getLineAndCharacterOfPosition(start).line;
      const line = example.line + inText - 1;
      return `${example.file}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}

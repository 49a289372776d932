/**
 * Reports of what packages publish: the names that each entry exports and their types, without comments, in an
 * order that does not depend on the sources.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import type * as TypeScript from 'typescript';

// Loading the compiler costs a quarter of a second, which the other users of this package need not pay.
const require = createRequire(import.meta.url);

/** Entry of a package as its users import it. */
interface Entry {
  /** What they import, e.g. `@fiducia/consensus/ports`. */
  readonly specifier: string;
  /** File with the built declarations. */
  readonly file: string;
}

/** A package and what it publishes. */
export interface Published {
  /** Folder below `packages`. */
  readonly folder: string;
  /** Name on the registry. */
  readonly name: string;
  /** Folder with the built declarations, absolute. */
  readonly declarations: string;
  /** Entries in the order of the manifest. */
  readonly entries: readonly Entry[];
}

/** Writes the reports of packages by folder. One compiler reads all of them. */
export function writeReports(packages: readonly Published[]): ReadonlyMap<string, string> {
  const ts = require('typescript') as typeof TypeScript;
  const program = ts.createProgram(
    packages.flatMap(({ entries }) => entries.map(({ file }) => file)),
    {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2023.d.ts'],
      types: [],
      noEmit: true,
    },
  );
  return new Map(packages.map((published) => [published.folder, new Reporter(ts, program, published).write()]));
}

class Reporter {
  readonly #ts: typeof TypeScript;
  readonly #program: TypeScript.Program;
  readonly #checker: TypeScript.TypeChecker;
  readonly #printer: TypeScript.Printer;
  readonly #published: Published;

  constructor(ts: typeof TypeScript, program: TypeScript.Program, published: Published) {
    this.#ts = ts;
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });
    this.#published = published;
  }

  write(): string {
    const { name, entries } = this.#published;
    const exported = new Set<TypeScript.Symbol>();
    const sections = entries.map(({ specifier, file }) => {
      const symbols = this.#exportsOf(file);
      for (const symbol of symbols) exported.add(this.#declaredOf(symbol));
      const blocks = symbols.map((symbol) => this.#describe(symbol));
      return section(`\`${specifier}\``, blocks);
    });
    const hidden = this.#reachableFrom(exported);
    if (hidden.length > 0) {
      sections.push(
        section(
          'Not exported, but part of the types above',
          hidden.map((symbol) => this.#describe(symbol)),
        ),
      );
    }
    return `${[`# API of ${name}`, 'Written by `npm run api` from the built declarations.', ...sections].join('\n\n')}\n`;
  }

  #exportsOf(file: string): readonly TypeScript.Symbol[] {
    const source = this.#program.getSourceFile(file);
    const module = source && this.#checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} is missing or exports nothing; build the packages first`);
    return sortByName(this.#checker.getExportsOfModule(module));
  }

  #declaredOf(symbol: TypeScript.Symbol): TypeScript.Symbol {
    return symbol.flags & this.#ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** What a name stands for: its declarations, or the package that it comes from. */
  #describe(symbol: TypeScript.Symbol): string {
    const declared = this.#declaredOf(symbol);
    const declarations = declared.declarations ?? [];
    if (declarations.length === 0) throw new Error(`${this.#published.name}: ${symbol.name} has no declaration`);
    if (!declarations.some((node) => this.#isOwn(node)))
      return `export { ${symbol.name} } from ${originOf(declarations)};`;
    const lines = declarations.map((node) => this.#print(node));
    if (declared.name !== symbol.name) lines.unshift(`export { ${declared.name} as ${symbol.name} };`);
    return lines.join('\n');
  }

  #isOwn(node: TypeScript.Node): boolean {
    return node.getSourceFile().fileName.startsWith(this.#published.declarations.split(sep).join('/'));
  }

  #print(node: TypeScript.Declaration): string {
    const statement = this.#ts.isVariableDeclaration(node) ? node.parent.parent : node;
    const text = this.#printer.printNode(this.#ts.EmitHint.Unspecified, statement, node.getSourceFile());
    return text.replace(/^export /, '').replace(/^declare /, '');
  }

  /** Declarations of the package that exported ones name without being exported from any entry themselves. */
  #reachableFrom(exported: ReadonlySet<TypeScript.Symbol>): readonly TypeScript.Symbol[] {
    const found = new Set<TypeScript.Symbol>();
    const look = (node: TypeScript.Node): void => {
      if (this.#ts.isIdentifier(node)) {
        const symbol = this.#checker.getSymbolAtLocation(node);
        const declared = symbol && this.#declaredOf(symbol);
        if (declared !== undefined && !exported.has(declared) && this.#isTopLevel(declared)) found.add(declared);
      }
      this.#ts.forEachChild(node, look);
    };
    const lookAt = ({ declarations = [] }: TypeScript.Symbol): void => {
      for (const node of declarations) if (this.#isOwn(node)) look(node);
    };
    exported.forEach(lookAt);
    // A set goes on to what is added while it is gone through.
    found.forEach(lookAt);
    return sortByName([...found]);
  }

  #isTopLevel({ declarations = [] }: TypeScript.Symbol): boolean {
    return declarations.some((node) => {
      const statement = this.#ts.isVariableDeclaration(node) ? node.parent.parent : node;
      return this.#ts.isSourceFile(statement.parent ?? node) && this.#isOwn(node);
    });
  }
}

function section(title: string, blocks: readonly string[]): string {
  return `## ${title}\n\n\`\`\`ts\n${blocks.join('\n\n')}\n\`\`\``;
}

function sortByName(symbols: readonly TypeScript.Symbol[]): readonly TypeScript.Symbol[] {
  return symbols.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Package in which something is declared: that of the innermost `node_modules`, or of the workspace. */
function originOf(declarations: readonly TypeScript.Declaration[]): string {
  const path = declarations[0]?.getSourceFile().fileName ?? '';
  const [, installed] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  const [, folder] = /\/packages\/([^/]+)\/dist\//.exec(path) ?? [];
  return `'${installed ?? (folder === undefined ? path : `@fiducia/${folder}`)}'`;
}

/** What a manifest publishes. @param home - Folder of the package, absolute. */
export function publishedOf(folder: string, home: string, manifest: Manifest): Published {
  const entries = Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return [];
    return [{ specifier: `${manifest.name}${subpath.slice(1)}`, file: join(home, target.types) }];
  });
  return { folder, name: manifest.name, declarations: join(home, 'dist'), entries };
}

/** Fields of a manifest that matter here. */
export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

/**
 * The API reference: one conversion of all packages, one page for every exported name.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Application,
  type DeclarationReflection,
  LogLevel,
  type ParameterReflection,
  type ProjectReflection,
  ReferenceType,
  ReflectionKind,
  TSConfigReader,
} from 'typedoc';
import { slugOf } from './markdown.ts';
import type { Page } from './pages.ts';
import { unionAnchorOf } from './reference/codes.ts';
import { readRefusals } from './reference/refusals.ts';
import { listFiles, type PublishedPackage, ROOT, readText } from './workspace.ts';

/** Looks and behaviour of the pages; the rules of validation are those of `typedoc.base.json`. */
const PAGE_OPTIONS = {
  router: 'member',
  alwaysCreateEntryPointModule: true,
  readme: 'none',
  excludeScopesInPaths: true,
  excludeExternals: true,
  entryFileName: 'index',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  expandParameters: true,
  groupOrder: ['Functions', 'Classes', 'Interfaces', 'Type Aliases', 'Enumerations', 'Variables'],
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  enumMembersFormat: 'table',
  propertyMembersFormat: 'table',
  typeDeclarationFormat: 'table',
  indexFormat: 'table',
  // Nearly everything is readonly.
  tableColumnSettings: { hideModifiers: true },
} as const;

/**
 * Documents every entry of the packages.
 *
 * @param scratch - Empty folder for what the generator writes.
 * @param tsconfig - Project that the entries belong to.
 * @throws Error if anything is undocumented, not exported or linked wrongly; the generator has printed what.
 */
export async function createApiPages(
  packages: readonly PublishedPackage[],
  scratch: string,
  tsconfig: string = join(ROOT, 'tsconfig.json'),
): Promise<readonly Page[]> {
  const entries = packages.flatMap((model) => model.entries);
  const { $schema: _schema, ...rules } = JSON.parse(readFileSync(join(ROOT, 'typedoc.base.json'), 'utf8'));
  const app = await Application.bootstrapWithPlugins(
    {
      ...rules,
      ...PAGE_OPTIONS,
      name: 'API reference',
      entryPoints: entries.map(({ source }) => join(ROOT, source)),
      // Without their names only what belongs to the package of the working folder has to be documented.
      packagesRequiringDocumentation: packages.map(({ name }) => name),
      tsconfig,
      // The types of the repository are checked elsewhere.
      skipErrorChecking: true,
      plugin: ['typedoc-plugin-markdown'],
      outputs: [{ name: 'markdown', path: scratch }],
      logLevel: LogLevel.Warn,
    },
    [new TSConfigReader()],
  );
  const project = await app.convert();
  if (project === undefined) throw new Error('the API could not be read');
  nameModules(project, new Map(entries.map(({ source, specifier }) => [join(ROOT, source), specifier])));
  nameParameters(project);
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('the API reference has faults, see above');
  return listFiles('.', '.md', scratch).map((path) => ({
    path: join('api', path),
    source: null,
    text: dress(readText(path, scratch)) + seeCodes(path, packages),
  }));
}

/** Modules are called as they are imported, not as their files. */
function nameModules(project: ProjectReflection, specifiers: ReadonlyMap<string, string>): void {
  for (const module of project.children ?? []) {
    const file = fileOf(module, project);
    const specifier = specifiers.get(file);
    if (specifier === undefined) throw new Error(`${file} is no entry of a package`);
    module.name = specifier;
  }
}

/** A parameter that is taken apart at once has no name of its own; readers get that of its type. */
function nameParameters(project: ProjectReflection): void {
  for (const reflection of project.getReflectionsByKind(ReflectionKind.Parameter)) {
    if (!reflection.name.startsWith('__namedParameters')) continue;
    const { type } = reflection as ParameterReflection;
    const ownType = type instanceof ReferenceType && type.reflection !== undefined ? type.name : 'Options';
    reflection.name = `${ownType.charAt(0).toLowerCase()}${ownType.slice(1)}`;
  }
}

function fileOf(module: DeclarationReflection, project: ProjectReflection): string {
  return project.getSymbolIdFromReflection(module)?.fileName ?? '';
}

/** Unions of codes lead to their causes and remedies. */
function seeCodes(path: string, packages: readonly PublishedPackage[]): string {
  const [, folder = '', name = ''] = /^([^/]+)\/.*type-aliases\/(\w+)\.md$/.exec(path) ?? [];
  const model = packages.find((candidate) => candidate.folder === folder);
  if (model === undefined) return '';
  const see = 'Causes and remedies';
  if (name.endsWith('ErrorData')) return `\n${see}: [error codes](/reference/errors.md#${slugOf(model.name)}).\n`;
  const isExplained = readRefusals(folder, []).some((union) => union.name === name);
  return isExplained ? `\n${see}: [codes of refusals](/reference/refusals.md#${unionAnchorOf(folder, name)}).\n` : '';
}

/** `Interface: HostOptions` becomes `HostOptions`, with the kind below: titles are what a search shows. */
function dress(text: string): string {
  return text.replace(
    /^# (Abstract Class|Class|Enumeration|Function|Interface|Type Alias|Variable): (.*)$/m,
    (_whole, kind, name) => `# ${name}\n\n<span class="kind">${kind.toLowerCase()}</span>`,
  );
}

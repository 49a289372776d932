/**
 * Rules 8 and 9: modules without side effects, small functions and files, nothing unused.
 *
 * @module
 */
import { type PackageModel, type RepositoryModel, sourceFiles, type Violation } from './model.ts';
import { functionsOf, importsOf, isBarrel, resolveRelative, sideEffectOf } from './syntax.ts';

const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 600;

/** Modules whose loading is their purpose: commands, the one container set-up, and threads. */
const MAY_HAVE_SIDE_EFFECTS = [
  'bench/src/main.ts',
  'cli/src/main.ts',
  'cli/src/simulate/worker.ts',
  'create-fiducia-plugin/src/main.ts',
  'crypto/src/miner-thread.ts',
  'di/src/index.ts',
  'mutants/src/killers/look-main.ts',
  'mutants/src/main.ts',
  'mutants/src/register.ts',
  'mutants/src/replay.ts',
  'site/src/main.ts',
];

/** Checks the shape of every source file. */
export function checkShape(repository: RepositoryModel): readonly Violation[] {
  return repository.packages.flatMap((model) => [
    ...sourceFiles(model).flatMap(([path, text]) => [
      ...checkModule(model, path, text),
      ...checkSizes(model, path, text),
    ]),
    ...checkUnused(model),
  ]);
}

function checkModule(model: PackageModel, path: string, text: string): readonly Violation[] {
  const where = `${model.name}/${path}`;
  const found: Violation[] = [];
  if (!MAY_HAVE_SIDE_EFFECTS.includes(where)) {
    const statement = sideEffectOf(path, text) ?? importsOf(path, text).find((use) => use.isSideEffect)?.specifier;
    if (statement !== undefined) found.push({ rule: 8, where, message: `runs on import: ${statement}` });
  }
  if (!model.entries.includes(path) && isBarrel(path, text)) {
    found.push({ rule: 8, where, message: 'is a barrel below the package entry' });
  }
  return found;
}

function checkSizes(model: PackageModel, path: string, text: string): readonly Violation[] {
  const where = `${model.name}/${path}`;
  const lines = text.trimEnd().split('\n').length;
  const long = functionsOf(path, text).filter((item) => item.lines > FUNCTION_LINES_MAX);
  return [
    ...(lines > FILE_LINES_MAX ? [{ rule: 9, where, message: `has ${lines} lines, limit ${FILE_LINES_MAX}` }] : []),
    ...long.map((item) => ({
      rule: 9,
      where,
      message: `${item.name} has ${item.lines} lines, limit ${FUNCTION_LINES_MAX}`,
    })),
  ];
}

function checkUnused(model: PackageModel): readonly Violation[] {
  const imported = new Set<string>(model.entries);
  for (const [path, text] of model.files) {
    for (const { specifier } of importsOf(path, text)) {
      const counts = path.startsWith('src/') || model.isPrivate;
      if (specifier.startsWith('.') && counts) imported.add(resolveRelative(path, specifier));
    }
  }
  return sourceFiles(model)
    .filter(([path]) => !imported.has(path))
    .map(([path]) => ({ rule: 9, where: `${model.name}/${path}`, message: 'is imported by nothing' }));
}

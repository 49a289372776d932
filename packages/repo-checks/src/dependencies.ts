/**
 * Rules 1 to 3: who may depend on whom.
 *
 * @module
 */
import { type PackageModel, type RepositoryModel, sourceFiles, type Violation } from './model.ts';
import { isPluginName, PLUGIN_AGNOSTIC, POLICIES, SCOPE } from './policy.ts';
import { importsOf } from './syntax.ts';

/** Checks manifests against the table, imports against manifests, and the graph for cycles. */
export function checkDependencies(repository: RepositoryModel): readonly Violation[] {
  return [
    ...repository.packages.flatMap((model) => [...checkManifest(model), ...checkImports(model)]),
    ...checkCycles(repository),
  ];
}

function checkManifest(model: PackageModel): readonly Violation[] {
  if (model.isPrivate) return [];
  const policy = POLICIES[model.name];
  if (policy === undefined) {
    return [{ rule: 1, where: model.name, message: 'is not in the dependency table of policy.ts' }];
  }
  return model.dependencies.flatMap((dependency) => {
    const where = `${model.name}/package.json`;
    const found: Violation[] = [];
    if (!policy.dependencies.includes(dependency)) {
      found.push({ rule: 1, where, message: `may not depend on ${dependency}` });
    }
    if (policy.isPlugin && (isPluginName(dependency) || dependency === `${SCOPE}host`)) {
      found.push({ rule: 2, where, message: `a plugin may not depend on ${dependency}` });
    }
    if (PLUGIN_AGNOSTIC.includes(model.name) && isPluginName(dependency)) {
      found.push({ rule: 3, where, message: `must work with any plugin, but depends on ${dependency}` });
    }
    return found;
  });
}

function checkImports(model: PackageModel): readonly Violation[] {
  const policy = POLICIES[model.name];
  return sourceFiles(model).flatMap(([path, text]) =>
    importsOf(path, text).flatMap(({ specifier }) => {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) return [];
      const where = `${model.name}/${path}`;
      const dependency = packageOf(specifier);
      const found: Violation[] = [];
      if (
        !model.dependencies.includes(dependency) &&
        !(model.isPrivate && model.devDependencies.includes(dependency))
      ) {
        found.push({ rule: 1, where, message: `imports ${specifier}, which its package.json does not declare` });
      }
      if (policy?.isPlugin) {
        const isForbidden = isPluginName(dependency) || [`${SCOPE}host`].includes(dependency);
        if (isForbidden || specifier === `${SCOPE}consensus/ports`) {
          found.push({ rule: 2, where, message: `a plugin may not import ${specifier}` });
        }
      }
      if (PLUGIN_AGNOSTIC.includes(model.name) && isPluginName(dependency)) {
        found.push({ rule: 3, where, message: `must work with any plugin, but imports ${specifier}` });
      }
      return found;
    }),
  );
}

function checkCycles(repository: RepositoryModel): readonly Violation[] {
  const edges = new Map(repository.packages.map((model) => [`${SCOPE}${model.name}`, model.dependencies]));
  const done = new Set<string>();
  const found: Violation[] = [];
  const walk = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) {
      found.push({ rule: 1, where: name, message: `dependency cycle ${[...trail, name].join(' → ')}` });
      return;
    }
    if (done.has(name)) return;
    for (const next of edges.get(name) ?? []) {
      if (edges.has(next)) walk(next, [...trail, name]);
    }
    done.add(name);
  };
  for (const name of edges.keys()) walk(name, []);
  return found;
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

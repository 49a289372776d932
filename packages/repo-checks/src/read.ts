/**
 * Reads the repository from disk.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageModel, RepositoryModel } from './model.ts';

/** Reads every package and specification below `root`. */
export function readRepository(root: string): RepositoryModel {
  const packages = join(root, 'packages');
  const specifications = join(root, 'docs', 'spec');
  return {
    packages: readdirSync(packages)
      .filter((name) => existsSync(join(packages, name, 'package.json')))
      .map((name) => readPackage(packages, name)),
    specifications: new Map(
      readdirSync(specifications)
        .filter((name) => name.endsWith('.md'))
        .map((name) => [name.replace(/\.md$/, ''), readFileSync(join(specifications, name), 'utf8')]),
    ),
  };
}

function readPackage(packages: string, name: string): PackageModel {
  const folder = join(packages, name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = new Map<string, string>();
  for (const part of ['src', 'test']) {
    if (!existsSync(join(folder, part))) continue;
    for (const entry of readdirSync(join(folder, part), { recursive: true, encoding: 'utf8' })) {
      const path = `${part}/${entry.replaceAll('\\', '/')}`;
      if (path.endsWith('.ts')) files.set(path, readFileSync(join(folder, path), 'utf8'));
    }
  }
  const targets: readonly unknown[] = Object.values(manifest.exports ?? {});
  const sources = targets.flatMap((target) =>
    typeof target === 'object' && target !== null
      ? Object.values(target).filter((path) => String(path).endsWith('.ts'))
      : [],
  );
  const own = sources.map((path) => String(path).replace(/^\.\//, '')).filter((path) => path.startsWith('src/'));
  return {
    name,
    isPrivate: manifest.private === true,
    dependencies: ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((field) =>
      Object.keys(manifest[field] ?? {}),
    ),
    devDependencies: Object.keys(manifest.devDependencies ?? {}),
    entries: [
      ...own,
      ...(manifest.bin === undefined ? [] : ['src/main.ts']),
      ...(manifest.private ? ['src/index.ts', 'src/main.ts'] : []),
    ],
    files,
  };
}

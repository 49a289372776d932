/**
 * What is in the repository that the site shows.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Folder of this package. */
export const SITE = join(ROOT, 'packages', 'site');

/** A published package. */
export interface PublishedPackage {
  /** Folder below `packages/`, e.g. `trust`. */
  readonly folder: string;
  /** Name in the registry. */
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** Names of all dependencies that come with it. */
  readonly dependencies: readonly string[];
  /** Sources that users import from, with the specifiers by which they do: `src/ports.ts` as `@fiducia/consensus/ports`. */
  readonly entries: readonly PackageEntry[];
}

/** One module of a package that users import. */
interface PackageEntry {
  /** As in an import. */
  readonly specifier: string;
  /** Source, relative to the repository. */
  readonly source: string;
}

/** Every published package, by folder name. */
export function readPackages(root: string = ROOT): readonly PublishedPackage[] {
  const folders = readdirSync(join(root, 'packages')).sort();
  return folders.flatMap((folder) => {
    const path = join(root, 'packages', folder, 'package.json');
    if (!existsSync(path)) return [];
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    if (manifest.private === true) return [];
    const { name, description, version } = manifest;
    const entries = Object.entries<Record<string, string> | string>(manifest.exports ?? {}).flatMap(([key, target]) => {
      const source = typeof target === 'string' ? undefined : target['@fiducia/source'];
      if (source === undefined) return [];
      return [{ specifier: join(name, key), source: join('packages', folder, source) }];
    });
    const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    return [{ folder, name, description, version, dependencies, entries }];
  });
}

/** Text of a file of the repository. */
export function readText(path: string, root: string = ROOT): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Paths of files below a folder of the repository that end in `extension`, sorted, relative to the repository. */
export function listFiles(folder: string, extension: string, root: string = ROOT): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => path.endsWith(extension) && !path.includes('node_modules'))
    .sort();
}

/**
 * The repository as plain data, so that every check can be tried on a planted violation.
 *
 * @module
 */

/** One workspace package as the checks see it. */
export interface PackageModel {
  /** Folder name below `packages/`. */
  readonly name: string;
  readonly isPrivate: boolean;
  /** Names in `dependencies`, `optionalDependencies` and `peerDependencies`. */
  readonly dependencies: readonly string[];
  /** Names in `devDependencies`. */
  readonly devDependencies: readonly string[];
  /** Entry sources relative to the package, e.g. `src/index.ts`. */
  readonly entries: readonly string[];
  /** Text of every TypeScript file of `src/` and `test/`, by path relative to the package. */
  readonly files: ReadonlyMap<string, string>;
}

/** Specifications by file name without extension, e.g. `trust`. */
type Specifications = ReadonlyMap<string, string>;

/** All that the checks read. */
export interface RepositoryModel {
  readonly packages: readonly PackageModel[];
  readonly specifications: Specifications;
}

/** One broken rule. */
export interface Violation {
  /** Number of the rule in the list of `docs/layering.md`. */
  readonly rule: number;
  /** Package and file. */
  readonly where: string;
  readonly message: string;
}

/** Source files of a package: those below `src/`. */
export function sourceFiles(model: PackageModel): readonly (readonly [path: string, text: string])[] {
  return [...model.files].filter(([path]) => path.startsWith('src/'));
}

/** Test files of a package: those below `test/`. */
export function testFiles(model: PackageModel): readonly (readonly [path: string, text: string])[] {
  return [...model.files].filter(([path]) => path.startsWith('test/'));
}

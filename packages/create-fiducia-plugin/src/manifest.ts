/**
 * The manifest of a new project.
 *
 * @module
 */

/** Versions of libraries that are not ours, as this release was tested with them. */
const LIBRARIES = { '@types/node': '^24.0.0', typescript: '^6.0.3', vitest: '^5.1.1' } as const;

/**
 * Content of `package.json`.
 *
 * @param fiduciaVersion - Version of every package of Fiducia, which is that of this package.
 */
export function createManifest(name: string, fiduciaVersion: string): object {
  const fiducia = `^${fiduciaVersion}`;
  return {
    name,
    version: '1.0.0',
    description: 'A consensus plugin for Fiducia.',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22.18' },
    files: ['dist'],
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    scripts: {
      test: 'vitest run',
      typecheck: 'tsc',
      simulate: 'node scripts/simulate.ts',
      bench: 'node scripts/bench.ts',
      vectors: 'node scripts/vectors.ts',
      build: 'tsc -p tsconfig.build.json',
      prepack: 'npm run build',
    },
    dependencies: { '@fiducia/consensus': fiducia },
    devDependencies: { '@fiducia/simulator': fiducia, '@fiducia/testkit': fiducia, ...LIBRARIES },
  };
}

import type { Options } from 'tsup';

/**
 * Build of one library package: ESM and, unless `FIDUCIA_BUILD=js`, type declarations.
 *
 * `npm start` needs no declarations, and they are the slow half of a build.
 */
export function library(entry: string[]): Options {
  return {
    entry,
    format: 'esm',
    target: 'es2023',
    dts: process.env.FIDUCIA_BUILD !== 'js',
    // Declarations carry hashes in their names: without cleaning, old ones would be published.
    clean: process.env.FIDUCIA_BUILD !== 'js',
    sourcemap: true,
    treeshake: true,
  };
}

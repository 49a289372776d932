/**
 * Plants the bug that the environment names into whatever vitest loads.
 *
 * @module
 */
import { applyPatch, MUTANT_VARIABLE, pathsOf } from './apply.ts';
import { requirePatch } from './catalogue.ts';

/** The part of a vite plugin that is used. */
export interface MutantPlugin {
  readonly name: string;
  readonly enforce: 'pre';
  /** Keeps what was transformed with a bug apart from what was without. */
  readonly configureVitest: (context: {
    readonly defineCacheKeyGenerator: (generator: (file: { readonly id: string }) => string | undefined) => void;
  }) => void;
  /** @returns The text with the bug; `undefined` for files without it. */
  readonly transform: (code: string, id: string) => string | undefined;
}

/** A plugin that changes nothing unless the environment names a bug. */
export function mutantPlugin(env: Readonly<Record<string, string | undefined>> = process.env): MutantPlugin {
  const { [MUTANT_VARIABLE]: id } = env;
  const patch = id === undefined || id === '' ? undefined : requirePatch(id);
  const paths = patch === undefined ? new Set<string>() : pathsOf(patch);
  return {
    name: 'fiducia-mutant',
    enforce: 'pre',
    configureVitest({ defineCacheKeyGenerator }) {
      defineCacheKeyGenerator((file) => (paths.has(fileOf(file.id)) ? JSON.stringify(patch) : undefined));
    },
    transform(code, module) {
      const path = fileOf(module);
      return patch !== undefined && paths.has(path) ? applyPatch(patch, path, code) : undefined;
    },
  };
}

function fileOf(module: string): string {
  return module.split('?', 1)[0] ?? module;
}

/**
 * Patches applied to source text.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import type { Patch } from './mutant.ts';

/** Name of the environment variable that plants a bug. */
export const MUTANT_VARIABLE = 'FIDUCIA_MUTANT';

const PACKAGES = fileURLToPath(new URL('../../', import.meta.url));

/** Absolute path of a file that an edit names. */
export function pathOf(file: string): string {
  return PACKAGES + file;
}

/** Absolute paths that a patch changes. */
export function pathsOf(patch: Patch): ReadonlySet<string> {
  return new Set(patch.edits.map(({ file }) => pathOf(file)));
}

/**
 * Text of a file with the bug.
 *
 * @param path - Absolute path of the file.
 * @throws `Error` if an edit does not apply exactly once: the code has moved on, and the bug must follow it.
 */
export function applyPatch(patch: Patch, path: string, source: string): string {
  let text = source;
  for (const { file, find, replace } of patch.edits) {
    if (pathOf(file) !== path) continue;
    const places = text.split(find).length - 1;
    if (places !== 1) throw new Error(`${patch.id}: an edit of packages/${file} applies ${places} times: ${find}`);
    text = text.replace(find, () => replace);
  }
  return text;
}

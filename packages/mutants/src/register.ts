/**
 * Plants the bug that the environment names into whatever Node loads: `node --import …/register.ts`.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { applyPatch, MUTANT_VARIABLE, pathsOf } from './apply.ts';
import { requirePatch } from './catalogue.ts';

const { [MUTANT_VARIABLE]: id } = process.env;
if (id !== undefined && id !== '') {
  const patch = requirePatch(id);
  const paths = pathsOf(patch);
  registerHooks({
    load(url, context, nextLoad) {
      const path = url.startsWith('file:') ? fileURLToPath(url) : url;
      if (!paths.has(path)) return nextLoad(url, context);
      const source = applyPatch(patch, path, readFileSync(path, 'utf8'));
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}

/**
 * Checks of the repository itself: who may import whom, what deterministic code may touch, and
 * that specification, code and tests name the same rules. `docs/layering.md` lists the rules.
 *
 * Not for: style and formatting, which the linter owns.
 *
 * @packageDocumentation
 */
import { checkDependencies } from './dependencies.ts';
import { checkDocumentation } from './documentation.ts';
import { checkExports } from './exports.ts';
import { checkLabels } from './labels.ts';
import type { RepositoryModel, Violation } from './model.ts';
import { checkPurity } from './purity.ts';
import { checkShape } from './shape.ts';

/** Runs every check. */
export function checkRepository(repository: RepositoryModel): readonly Violation[] {
  return [
    ...checkDependencies(repository),
    ...checkPurity(repository),
    ...checkShape(repository),
    ...checkLabels(repository),
    ...checkExports(repository),
    ...checkDocumentation(repository),
  ];
}

/**
 * Rule 11: the exported names of every entry are recorded in a test.
 *
 * @module
 */
import type { PackageModel, RepositoryModel, Violation } from './model.ts';
import { exportedValuesOf } from './syntax.ts';

const RECORD = 'test/exports.test.ts';

/** Checks that the record exists and names every exported value; the test itself compares exactly. */
export function checkExports(repository: RepositoryModel): readonly Violation[] {
  return repository.packages.filter((model) => !model.isPrivate).flatMap(checkRecord);
}

function checkRecord(model: PackageModel): readonly Violation[] {
  const record = model.files.get(RECORD);
  if (record === undefined) return [{ rule: 11, where: model.name, message: `has no ${RECORD}` }];
  const names = exportedValuesOf('src/index.ts', (path) => model.files.get(path));
  return names
    .filter((name) => !new RegExp(`['"\`]${name}['"\`]`).test(record))
    .map((name) => ({ rule: 11, where: `${model.name}/${RECORD}`, message: `does not record the export ${name}` }));
}

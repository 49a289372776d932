/**
 * Rule 12: every member of an exported interface says what it is for.
 *
 * The documentation build asks the same of everything but properties: it cannot tell a member of an
 * interface from a discriminant inside a union, whose variants are documented as a whole.
 *
 * @module
 */
import type { PackageModel, RepositoryModel, Violation } from './model.ts';
import { reExportsOf, undocumentedMembersOf } from './syntax.ts';

/** Names that only tell the variants of a union apart. */
const DISCRIMINANTS = ['kind', 'code', 'name'];

/** Checks the members of every interface and class that a package entry exports. */
export function checkDocumentation(repository: RepositoryModel): readonly Violation[] {
  return repository.packages.filter((model) => !model.isPrivate).flatMap(checkPackage);
}

function checkPackage(model: PackageModel): readonly Violation[] {
  return model.entries.flatMap((entry) => {
    const files = new Map(reExportsOf(entry, model.files.get(entry) ?? ''));
    files.set(entry, new Set(['*']));
    return [...files].flatMap(([path, names]) => {
      const text = model.files.get(path);
      if (text === undefined) return [];
      return undocumentedMembersOf(path, text)
        .filter((member) => names.has('*') || names.has(member.split('.')[0] ?? ''))
        .filter((member) => !DISCRIMINANTS.includes(member.split('.')[1] ?? ''))
        .map((member) => ({ rule: 12, where: `${model.name}/${path}`, message: `${member} has no doc comment` }));
    });
  });
}

/**
 * Codes with their explanation: unions of literals whose members say in a comment what they mean, what causes them and
 * what to do.
 *
 * @module
 */
import ts from 'typescript';
import { type Comment, lastComment } from './source.ts';

/** What is said of a code. */
export interface Explanation {
  readonly meaning: string;
  readonly cause: string;
  readonly remedy: string;
}

/** Members of a union with the comment in front of each; a type that is no union is its only member. */
export function unionMembersOf({ type, name }: ts.TypeAliasDeclaration): readonly (readonly [ts.TypeNode, Comment])[] {
  const { text } = type.getSourceFile();
  const members = ts.isUnionTypeNode(type) ? [...type.types] : [type];
  let end = name.end;
  return members.map((member) => {
    const before = text.slice(end, member.getStart());
    end = member.end;
    return [member, lastComment(before)] as const;
  });
}

/**
 * Takes a comment `Meaning. Cause: … Remedy: …` apart.
 *
 * @param problems - Gets a sentence for every part that is missing.
 */
export function explain(code: string, { text }: Comment, path: string, problems: string[]): Explanation {
  const [, ...parts] = /^(.*?)(?:\nCause:(.*?))?(?:\nRemedy:(.*))?$/s.exec(text) ?? [];
  const [meaning = '', cause = '', remedy = ''] = parts.map((part) => part?.replace(/\s+/g, ' ').trim());
  for (const [name, value] of Object.entries({ meaning, cause, remedy })) {
    if (value === '') problems.push(`${path}: ${code} has no ${name} in its comment`);
  }
  return { meaning, cause, remedy };
}

/** Anchor of a union of codes. */
export function unionAnchorOf(folder: string, name: string): string {
  return `${folder}-${name.toLowerCase()}`;
}

/** An anchor that no other package has. */
export function anchorOf(folder: string, code: string): string {
  return `${folder}-${code.toLowerCase().replaceAll('_', '-')}`;
}

/**
 * The table of tokens: every place of a node that a module can fill.
 *
 * @module
 */
import ts from 'typescript';
import { table, WIDE } from '../markdown.ts';
import type { Page } from '../pages.ts';
import type { PublishedPackage } from '../workspace.ts';
import { membersOf, readSourceFiles, type Source } from './source.ts';

/** A token with the type of what is registered under it. */
interface TokenDescription {
  /** As in the source, e.g. `TOKENS.chain`. */
  readonly name: string;
  readonly type: string;
  /** Name of its symbol. */
  readonly key: string;
  readonly meaning: string;
}

/** Every token that the files `tokens.ts` declare. */
export function tokensOf(sources: readonly Source[]): readonly TokenDescription[] {
  return sources
    .filter(({ path }) => path.endsWith('/tokens.ts'))
    .flatMap(({ tree }) => tree.statements.filter(ts.isVariableStatement))
    .flatMap((statement) => [...statement.declarationList.declarations])
    .flatMap(({ name, initializer }) => {
      const value = initializer !== undefined && ts.isAsExpression(initializer) ? initializer.expression : initializer;
      if (value === undefined || !ts.isObjectLiteralExpression(value)) return [];
      return membersOf(value).map((member) => {
        const [, type = '', key = ''] = /^token<(.*)>\('(.*)'\)$/s.exec(member.type) ?? [];
        return { name: `${name.getText()}.${member.name}`, type, key, meaning: member.comment.text };
      });
    });
}

/** The page of all tokens. */
export function createTokensPage(packages: readonly PublishedPackage[]): Page {
  const sections = packages.flatMap(({ name, folder }) => {
    const tokens = tokensOf(readSourceFiles(folder));
    if (tokens.length === 0) return [];
    const rows = tokens.map((token) => [`\`${token.name}\``, `\`${token.type}\``, `\`${token.key}\``, token.meaning]);
    return [`## ${name}\n\n${table(['Token', 'Type', 'Symbol', 'What it is'], rows)}`];
  });
  const text = `${WIDE}# Tokens

What a node is put together from. The last module that registers a token wins, so that one port is replaced and the rest stays;
[\`provide\`](/api/di/functions/provide.md) registers a factory, [\`token\`](/api/di/functions/token.md) makes tokens of your own.
Symbols are \`Symbol.for('@fiducia/1/<name>')\`: two installed copies of a package agree on them.

${sections.join('\n')}`;
  return { path: 'reference/tokens.md', source: null, text };
}

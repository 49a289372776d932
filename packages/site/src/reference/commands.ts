/**
 * The commands of `fiducia` as they explain themselves, and their exit codes.
 *
 * @module
 */
import ts from 'typescript';
import { table } from '../markdown.ts';
import type { Page } from '../pages.ts';
import { readText } from '../workspace.ts';
import { membersOf, parseSource } from './source.ts';

/** Runs the command line in this process. Returns what it prints. */
type RunCommand = (args: readonly string[], streams: object) => Promise<number>;

/** The page of all commands. */
export async function createCommandsPage(): Promise<Page> {
  const { runCommand } = (await import('../../../cli/src/command/program.ts')) as { runCommand: RunCommand };
  const help = async (...path: readonly string[]): Promise<string> => {
    let printed = '';
    const stream = { write: (text: string) => (printed += text) };
    const code = await runCommand([...path, '--help'], { stdout: stream, stderr: stream });
    if (code !== 0) throw new Error(`fiducia ${path.join(' ')} --help ended with ${code}`);
    return printed;
  };
  const sections: string[] = [];
  const describe = async (path: readonly string[]): Promise<void> => {
    const text = await help(...path);
    const title = ['fiducia', ...path].join(' ');
    sections.push(`## \`${title}\`\n\n\`\`\`text\n${text.split(/\nExit codes:/)[0]?.trim()}\n\`\`\`\n`);
    for (const name of commandsIn(text)) await describe([...path, name]);
  };
  await describe([]);
  const text = `# Commands

\`npm install --global @fiducia/cli\` brings the command \`fiducia\`; [its page](/packages/cli.md) has examples.

## Exit codes

${table(['Code', 'Name', 'Meaning'], exitCodes())}
${sections.join('\n')}`;
  return { path: 'reference/commands.md', source: null, text };
}

/** Names in the list of commands of a help text. */
function commandsIn(help: string): readonly string[] {
  const list = /^Commands:\n((?: {2}.*\n|\n)+)/m.exec(`${help}\n`)?.[1] ?? '';
  return [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map((match) => match[1] ?? '').filter((name) => name !== 'help');
}

function exitCodes(): readonly (readonly string[])[] {
  const path = 'packages/cli/src/failure.ts';
  const rows: string[][] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === 'EXIT_CODES' && node.initializer !== undefined) {
      const value = ts.isAsExpression(node.initializer) ? node.initializer.expression : node.initializer;
      if (!ts.isObjectLiteralExpression(value)) return;
      for (const { name, type, comment } of membersOf(value)) rows.push([type, name, comment.text]);
    }
    ts.forEachChild(node, visit);
  };
  visit(parseSource(path, readText(path)).tree);
  if (rows.length === 0) throw new Error('the command has no exit codes');
  return rows;
}

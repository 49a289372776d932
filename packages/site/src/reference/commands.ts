/**
 * The commands of `fiducia` as they explain themselves, and their exit codes.
 *
 * @module
 */
import ts from 'typescript';
import { table } from '../markdown.ts';
import type { Page } from '../pages.ts';
import { listFiles, type PublishedPackage, readText } from '../workspace.ts';
import { membersOf, parseSource } from './source.ts';

/** Runs the command line in this process. Returns what it prints. */
type RunCommand = (args: readonly string[], streams: object) => Promise<number>;

/** The page of all commands. */
export async function createCommandsPage(packages: readonly PublishedPackage[]): Promise<Page> {
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

${packages.flatMap(describeExitCodes).join('\n')}
${sections.join('\n')}`;
  return { path: 'reference/commands.md', source: null, text };
}

/** Names in the list of commands of a help text. */
function commandsIn(help: string): readonly string[] {
  const list = /^Commands:\n((?: {2}.*\n|\n)+)/m.exec(`${help}\n`)?.[1] ?? '';
  return [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map((match) => match[1] ?? '').filter((name) => name !== 'help');
}

/** The table of a package with a command; its codes stand in one object with comments. */
function describeExitCodes({ folder, name }: PublishedPackage): readonly string[] {
  const paths = listFiles(`packages/${folder}/src`, '.ts').filter((path) => readText(path).includes('EXIT_CODES = {'));
  return paths.map((path) => `### ${name}\n\n${table(['Code', 'Name', 'Meaning'], exitCodesIn(path))}`);
}

function exitCodesIn(path: string): readonly (readonly string[])[] {
  const statements = parseSource(path, readText(path)).tree.statements.filter(ts.isVariableStatement);
  const declarations = statements.flatMap(({ declarationList }) => [...declarationList.declarations]);
  return declarations.flatMap(({ name, initializer }) => {
    const value = initializer !== undefined && ts.isAsExpression(initializer) ? initializer.expression : initializer;
    if (name.getText() !== 'EXIT_CODES' || value === undefined || !ts.isObjectLiteralExpression(value)) return [];
    return membersOf(value).map((member) => [member.type, member.name, member.comment.text]);
  });
}

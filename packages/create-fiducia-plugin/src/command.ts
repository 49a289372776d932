/**
 * The command line of `create-fiducia-plugin`.
 *
 * @module
 */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { type CreatedProject, createProject, TEMPLATES } from './create.ts';
import { CreateError, EXIT_CODES, exitCodeFor, isCreateError } from './errors.ts';

/** Where the command writes to; the standard streams of the process have this form. */
export interface CommandStreams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

const HELP = `Creates a consensus plugin for Fiducia: a working protocol with the conformance kit, a simulation and a benchmark.

Usage: npm create fiducia-plugin <folder> [-- options]

  <folder>            where the project goes: a new folder, or an empty one ("." is fine)
  --name <name>       name of the package; the last part of the folder if left out
  --template <name>   chain   validators take turns, and depth settles blocks (default)
                      votes   a quorum of votes makes blocks final
  --help              this text

Nothing that is there is ever overwritten, and nothing is installed.

Exit codes: ${EXIT_CODES.success} created, ${EXIT_CODES.failure} cannot read or write, ${EXIT_CODES.usage} wrong usage, ${EXIT_CODES.occupied} the folder is not empty.
`;

/**
 * Runs the command and says how it went; never throws and never ends the process.
 *
 * @param args - Arguments after the name of the command.
 * @returns The exit code.
 */
export function runCommand(args: readonly string[], { stdout, stderr }: CommandStreams): number {
  try {
    const options = parseArguments(args);
    stdout.write(options === null ? HELP : describe(createProject(options)));
    return EXIT_CODES.success;
  } catch (error) {
    if (!isCreateError(error)) throw error;
    stderr.write(`create-fiducia-plugin: ${error.message}\n`);
    const exitCode = exitCodeFor(error.data);
    if (exitCode === EXIT_CODES.usage) stderr.write(adviceFor(error));
    return exitCode;
  }
}

/** @returns `null` if help is wanted. */
function parseArguments(args: readonly string[]): Parameters<typeof createProject>[0] | null {
  const invalid = (reason: string): CreateError => new CreateError({ code: 'INVALID_ARGUMENTS', reason });
  const { values, positionals } = parse(args, invalid);
  if (values.help === true) return null;
  const [folder, ...more] = positionals;
  if (folder === undefined || folder === '') throw invalid('where to? Name a folder');
  if (more.length > 0) throw invalid(`one folder, not ${positionals.length}: ${positionals.join(', ')}`);
  return { folder, name: values.name, template: values.template };
}

function parse(args: readonly string[], invalid: (reason: string) => CreateError) {
  const text = { type: 'string' } as const;
  const options = { help: { type: 'boolean', short: 'h' }, name: text, template: text } as const;
  try {
    // npm takes the two dashes of its usage away; npx, pnpm and yarn hand them on.
    return parseArgs({ args: args.filter((arg) => arg !== '--'), options, allowPositionals: true });
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

function adviceFor({ data }: CreateError): string {
  if (data.code === 'UNKNOWN_TEMPLATE') return `Templates: ${TEMPLATES.join(', ')}.\n`;
  return data.code === 'INVALID_NAME' ? 'Choose another one with --name.\n' : 'Run it with --help for its options.\n';
}

function describe({ folder, name, protocol, files }: CreatedProject): string {
  const path = relative(process.cwd(), folder);
  const enter = path === '' ? '' : `  cd ${path}\n`;
  return `${name}: ${files.length} files in ${folder}; the protocol is called ${protocol}.

${enter}  npm install
  npm test             the conformance kit
  npm run simulate     networks in which everything goes wrong
  npm run bench        how fast the rules are

README.md says what is where, and what to change first.
`;
}

/**
 * The tables of configuration: plugins by the tables of their pages, which a test compares with their parsers, and
 * options of the other packages by the interfaces that declare them.
 *
 * @module
 */
import { table, WIDE } from '../markdown.ts';
import type { Page } from '../pages.ts';
import { type PublishedPackage, readText } from '../workspace.ts';
import { interfacesOf, type Member, membersOf, readSourceFiles } from './source.ts';

/** An interface whose members are configuration. */
interface OptionSet {
  readonly folder: string;
  readonly name: string;
  /** What the table is about. */
  readonly title: string;
  /** Complete values that are shown beside, by the head of their column; exported names of the package. */
  readonly values?: (
    entry: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const OPTION_SETS: readonly OptionSet[] = [
  { folder: 'node', name: 'DefaultModuleOptions', title: 'A node on default ports' },
  { folder: 'host', name: 'HostOptions', title: 'The host' },
  {
    folder: 'host',
    name: 'HostLimits',
    title: 'Limits of the host',
    values: ({ DEFAULT_HOST_LIMITS }) => ({ 'Default and maximum': DEFAULT_HOST_LIMITS as Record<string, unknown> }),
  },
  { folder: 'ledger', name: 'LedgerOptions', title: 'The ledger' },
  {
    folder: 'ledger',
    name: 'LedgerLimits',
    title: 'Limits of the ledger, each from 1 to 2 097 152',
    values: ({ DEFAULT_LIMITS }) => ({ Default: DEFAULT_LIMITS as Record<string, unknown> }),
  },
  {
    folder: 'energy',
    name: 'EnergyParams',
    title: 'The energy market',
    values: ({ DEMO_ENERGY_PARAMS }) => ({ Demo: DEMO_ENERGY_PARAMS as Record<string, unknown> }),
  },
  {
    folder: 'trust',
    name: 'TrustParams',
    title: 'The trust model',
    values: ({ trustPreset }) => {
      const preset = trustPreset as (name: string) => Record<string, unknown>;
      return { '`paper`': preset('paper'), '`default`': preset('default') };
    },
  },
];

/** What environment variables do. A variable that the sources read and that is missing here is an error. */
const VARIABLES: Readonly<Record<string, string>> = {
  FIDUCIA_CRYPTO:
    'Signature library: `auto` takes the native one if it loads, `native` insists on it, `noble` is the portable one. Default `auto`.',
  FIDUCIA_SEED: 'Seed with which the conformance kit repeats a finding. Default: the seeds of its options.',
};

/** The page of all configuration. */
export async function createConfigurationPage(packages: readonly PublishedPackage[]): Promise<Page> {
  requireVariables(packages);
  const plugins = packages.flatMap(({ name, folder }) => {
    const found = /^\| (?:Key|Field) .*\n(?:\|.*\n)+/m.exec(readText(`packages/${folder}/README.md`))?.[0];
    return found === undefined
      ? []
      : [
          `### ${name} {#plugin-${folder}}\n\nWhat the keys do in full is on [its page](/packages/${folder}.md).\n\n${found}`,
        ];
  });
  const sets: string[] = [];
  for (const set of OPTION_SETS) sets.push(await describeSet(set));
  const variables = Object.entries(VARIABLES).map(([name, meaning]) => [`\`${name}\``, meaning]);
  const text = `${WIDE}# Configuration

Configuration is data: a plugin's part stands in an era, is parsed once, and enters the identity of the chain in canonical
form. A key that is unknown or out of range is refused before the first block, with its path.

## Plugins

${plugins.join('\n')}
## Options of the other packages

Options without a default are needed unless their name ends in \`?\`.

${sets.join('\n')}
## Environment variables

${table(['Variable', 'Effect'], variables)}`;
  return { path: 'reference/configuration.md', source: null, text };
}

async function describeSet({ folder, name, title, values }: OptionSet): Promise<string> {
  const declaration = interfacesOf(readSourceFiles(folder)).get(name);
  if (declaration === undefined) throw new Error(`@fiducia/${folder} has no interface ${name}`);
  const entry = (await import(`@fiducia/${folder}`)) as Record<string, unknown>;
  const columns = Object.entries(values?.(entry) ?? {});
  const members = membersOf(declaration);
  const hasDefaults = columns.length === 0 && members.some(({ comment }) => defaultOf(comment.tags) !== '');
  const rows = members.map((member) => [
    `\`${member.name}${member.isOptional ? '?' : ''}\``,
    `\`${member.type}\``,
    ...columns.map(([, set]) => `\`${show(set[member.name])}\``),
    ...(hasDefaults ? [defaultOf(member.comment.tags)] : []),
    meaningOf(member),
  ]);
  const head = [
    'Key',
    'Type',
    ...columns.map(([column]) => column),
    ...(hasDefaults ? ['Default'] : []),
    'Meaning, unit and range',
  ];
  const link = `[\`${name}\`](/api/${folder}/interfaces/${name}.md) of [\`@fiducia/${folder}\`](/packages/${folder}.md)`;
  return `### ${title} {#${folder}-${name.toLowerCase()}}\n\n${link}.\n\n${table(head, rows)}`;
}

function meaningOf({ name, comment }: Member): string {
  if (comment.text === '') throw new Error(`${name} has no doc comment`);
  return comment.text;
}

function defaultOf(tags: ReadonlyMap<string, string>): string {
  return tags.get('defaultValue') ?? tags.get('default') ?? '';
}

/** Values as they are written in a source. */
function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${show(item)}`)
    .join(', ')} }`;
}

function requireVariables(packages: readonly PublishedPackage[]): void {
  for (const { folder } of packages) {
    for (const { tree, path } of readSourceFiles(folder)) {
      for (const [, name = ''] of tree.text.matchAll(/\benv(?:\.|\[')(FIDUCIA_\w+)/g)) {
        if (VARIABLES[name] === undefined)
          throw new Error(`${path} reads ${name}, which the configuration page does not explain`);
      }
    }
  }
}

/**
 * The conformance kit as the author of a plugin runs it, with a planted bug: what it notices without any directed test.
 *
 * @module
 */
import { nameOf } from './killer.ts';
import { failuresOf } from './killers/scenario.ts';
import { mutantOf, type Patch } from './mutant.ts';

/** What the kit noticed of every bug, by patch: whose kit, and which items failed; `null` where it noticed nothing. */
export type KitFindings = Readonly<Record<string, string | null>>;

/** Why no kit can notice a bug, whoever's it is; {@link formatKitFindings} adds who notices it instead. */
export const UNSEEN_BY_KITS: Readonly<Record<string, string>> = {
  'MUT-42':
    'opening the store again makes good what is left behind, so that a port shows nothing of it, only the report of the ledger on its recovery',
};

/** What a suite of tests for a port is called, before the requirement. */
const PORT_NAME = /^.*the (?:crypto port|chain) \S+ /;
/** A finding of golden vectors and of nothing else. */
const VECTORS_ALONE = /^[a-z-]+: CK-22$/;
const KIT_MS_MAX = 300_000;

const PLUGINS = ['consensus-dpos', 'consensus-pbft', 'finality-checkpoint', 'consensus-pow'] as const;

/** Packages whose kit can meet a bug, the most likely first. */
const PACKAGES_BY_PART: Readonly<Record<string, readonly string[]>> = {
  'dt-dpos': ['consensus-dt-dpos'],
  trust: ['consensus-dt-dpos'],
  dpos: ['consensus-dpos'],
  pos: ['consensus-pos'],
  pow: ['consensus-pow'],
  pbft: ['consensus-pbft'],
  finality: ['finality-checkpoint'],
  ledger: ['ledger', ...PLUGINS],
  store: ['ledger', ...PLUGINS],
};
/** Where a package is held against the kit, if not in its own test folder. */
const FILES: Readonly<Record<string, string>> = { ledger: 'testkit/test/chains.test.ts' };

/** The number of an item; suites for ports have none, and name what must hold. */
function itemOf(title: string): string {
  return title.match(/CK-\d\d/)?.[0] ?? title.replace(PORT_NAME, '');
}

/** Whose kits look at a bug: those of its part, and those of ports where they could have it. */
function packagesFor({ appliesTo, edits }: Patch): readonly string[] {
  const isShared = edits.some(({ file }) => file.startsWith('consensus/'));
  return [...(PACKAGES_BY_PART[appliesTo] ?? PLUGINS), ...(isShared ? ['crypto'] : [])];
}

/**
 * Lets the kit of each package that a bug can show in look at it, until one notices it.
 *
 * @returns Whose kit and what in it; `null` if nothing does, `undefined` if a kit did not run to its end.
 */
export async function tryKit(patch: Patch): Promise<string | null | undefined> {
  for (const name of packagesFor(patch)) {
    const failed = await failuresOf(FILES[name] ?? `${name}/test/conformance.test.ts`, patch.id, KIT_MS_MAX);
    if (failed === null) return undefined;
    const items = [...new Set(failed.map((title) => itemOf(title)))].sort();
    if (items.length > 0) return `${name}: ${items.join(', ')}`;
  }
  return null;
}

/** Why the kit is silent, and who speaks. */
function insteadOf({ id, killers }: Patch): string {
  const { [id]: reason } = UNSEEN_BY_KITS;
  const [first] = killers;
  return ['–', ...(reason === undefined ? [] : [`: ${reason}; noticed by the ${first && nameOf(first)}`])].join('');
}

/** Lines of a table: one for every place of every bug. */
export function formatKitFindings(patches: readonly Patch[], findings: KitFindings): readonly string[] {
  const rows = patches.map((patch) => {
    const { id, title } = patch;
    const finding = findings[id];
    const who = finding === undefined ? 'not tried' : (finding ?? insteadOf(patch));
    return `| ${[id, title, who].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const bugs = new Set(patches.map(mutantOf));
  const missedBy = (isNoticed: (finding: string) => boolean): number =>
    new Set(patches.filter(({ id }) => !isNoticed(findings[id] ?? '')).map(mutantOf)).size;
  const total = `The kit alone notices ${bugs.size - missedBy((finding) => finding !== '')} of ${bugs.size} bugs in every place that they can be made in,`;
  const afresh = `and ${bugs.size - missedBy((finding) => finding.replace(VECTORS_ALONE, '') !== '')} of them without golden vectors.`;
  return [total, afresh, '', '| Bug | What is wrong | Items that fail |', '| --- | --- | --- |', ...rows];
}

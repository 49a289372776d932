/**
 * The mutation gate: `npm run mutants -- [--id MUT-05] [--first] [--json] [--record]`; with `--kit`, the kit alone looks.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { WAITING_MUTANTS } from './catalogue/node.ts';
import { MUTANTS } from './catalogue/titles.ts';
import { PATCHES } from './catalogue.ts';
import { Gate, isKill, isKilled, type PatchResult } from './gate.ts';
import { nameOf } from './killer.ts';
import { type KitFindings, tryKit } from './kit.ts';
import { mutantOf, type Patch } from './mutant.ts';
import {
  encodeKitFindings,
  encodeRecords,
  KIT_FINDINGS_PATH,
  RECORDS_PATH,
  readKitFindings,
  readRecords,
  recordsOf,
  withRecords,
} from './records.ts';
import { formatTable, TABLE_PATH } from './table.ts';

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      id: { type: 'string', multiple: true, default: [] },
      first: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      kit: { type: 'boolean', default: false },
    },
  });
  const patches = PATCHES.filter(
    (patch) => values.id.length === 0 || values.id.includes(patch.id) || values.id.includes(mutantOf(patch)),
  );
  if (values.kit) {
    await runKit(patches);
    return;
  }
  const gate = new Gate();
  const results: PatchResult[] = [];
  for (const patch of patches) {
    const result = await gate.run(patch, { stopsAtFirst: values.first === true });
    results.push(result);
    if (!values.json) process.stdout.write(formatResult(result));
  }

  const survivors = results.filter((result) => !isKilled(result)).map(({ patch }) => patch.id);
  if (values.record) {
    const records = withRecords(readRecords(), results.map(recordsOf));
    writeFileSync(RECORDS_PATH, encodeRecords(records));
    writeFileSync(TABLE_PATH, formatTable(records, readKitFindings()));
  }
  process.stdout.write(values.json ? `${JSON.stringify({ results, survivors })}\n` : summaryOf(results, survivors));
  process.exitCode = survivors.length === 0 && patches.length > 0 ? 0 : 1;
}

/** What was found is stored after every bug, so that an interrupted run has not run for nothing. */
async function runKit(patches: readonly Patch[]): Promise<void> {
  for (const patch of patches) {
    const finding = await tryKit(patch);
    writeFileSync(KIT_FINDINGS_PATH, encodeKitFindings(withFinding(patch.id, finding)));
    process.stdout.write(`${patch.id} ${finding === undefined ? 'no test could be run' : (finding ?? 'nothing')}\n`);
  }
  writeFileSync(TABLE_PATH, formatTable(readRecords(), readKitFindings()));
}

/** All findings, with one anew; without it if a kit could not be run. */
function withFinding(id: string, finding: string | null | undefined): KitFindings {
  const { [id]: _before, ...others } = readKitFindings();
  return finding === undefined ? others : { ...others, [id]: finding };
}

function formatResult({ patch, findings }: PatchResult): string {
  return findings
    .map((finding) => {
      const { killer, trial, seconds, isClean } = finding;
      const what = trial.kind === 'killed' ? `after ${trial.runs}: ${trial.what}` : JSON.stringify(trial);
      const outcome = isKill(finding) ? 'killed' : isClean ? 'SURVIVED' : 'UNSOUND (also refuses the code as it is)';
      return `${patch.id} ${outcome} by ${nameOf(killer)} (${seconds} s) ${what}\n`;
    })
    .join('');
}

function summaryOf(results: readonly PatchResult[], survivors: readonly string[]): string {
  const mutants = new Set(results.map(({ patch }) => mutantOf(patch)));
  const lines = [
    `${mutants.size} of ${MUTANTS.length} planted bugs in ${results.length} places, ${survivors.length} survived`,
    ...survivors.map((id) => `survivor: ${id}`),
    ...WAITING_MUTANTS.map(({ id, reason }) => `waiting: ${id}, since ${reason}`),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Replays the cheapest stored kill of every planted bug, two at a time: one line each, and status 1 if one survives.
 *
 * @module
 */
import { WAITING_MUTANTS } from './catalogue/node.ts';
import { PATCHES } from './catalogue.ts';
import { nameOf, tryKiller } from './killer.ts';
import { cheapestOf, readRecords, replayOf } from './records.ts';

/** Processes at a time: those that run tests or seeds keep one core each busy. */
const PARALLEL = 2;
const REPLAY_MS_MAX = 120_000;

const records = readRecords();
const queue = [...PATCHES];
let survivors = 0;
await Promise.all(Array.from({ length: PARALLEL }, replayNext));
for (const { id, reason } of WAITING_MUTANTS) process.stdout.write(`wait ${id}: ${reason}\n`);
process.stdout.write(`${PATCHES.length - survivors} planted bugs noticed, ${survivors} survived\n`);
process.exitCode = survivors === 0 ? 0 : 1;

async function replayNext(): Promise<void> {
  for (let patch = queue.shift(); patch !== undefined; patch = queue.shift()) {
    const { id } = patch;
    const record = cheapestOf(records[id] ?? []);
    const started = performance.now();
    const trial = record && (await tryKiller(replayOf(record), id, REPLAY_MS_MAX));
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    if (record !== undefined && trial?.kind === 'killed') {
      const moved = trial.found === record.found ? '' : `, not with ${record.found} but ${trial.found}: store it again`;
      process.stdout.write(`ok   ${id} (${seconds} s) ${nameOf(record.killer)}${moved}\n`);
      continue;
    }
    survivors++;
    const command = `npm run mutants -- --id ${id}`;
    process.stdout.write(`FAIL ${id} (${seconds} s) ${JSON.stringify(trial ?? 'no kill is stored')}: ${command}\n`);
  }
}

/**
 * Repeats the cheapest stored kill of every planted bug, and one by every checker alone, two at a time: one line each,
 * and status 1 if one survives.
 *
 * @module
 */
import { WAITING_MUTANTS } from './catalogue/node.ts';
import { nameOf, tryKiller } from './killer.ts';
import { type Replay, readRecords, replayOf, replaysOf } from './records.ts';

/** Processes at a time: those that run tests or seeds keep one core each busy. */
const PARALLEL = 2;
const REPLAY_MS_MAX = 120_000;

const replays = replaysOf(readRecords());
const queue = [...replays];
let survivors = 0;
await Promise.all(Array.from({ length: PARALLEL }, replayQueue));
for (const { id, reason } of WAITING_MUTANTS) process.stdout.write(`wait ${id}: ${reason}\n`);
process.stdout.write(`${replays.length - survivors} kills repeated, ${survivors} not\n`);
process.exitCode = survivors === 0 ? 0 : 1;

async function replayQueue(): Promise<void> {
  for (let replay = queue.shift(); replay !== undefined; replay = queue.shift()) {
    const line = await repeat(replay);
    if (line.startsWith('FAIL')) survivors++;
    process.stdout.write(`${line}\n`);
  }
}

async function repeat({ id, record }: Replay): Promise<string> {
  if (record === undefined) return `FAIL ${id} no kill is stored: npm run mutants -- --id ${id} --record`;
  const started = performance.now();
  const trial = await tryKiller(replayOf(record), id, REPLAY_MS_MAX);
  const what = `${id} (${((performance.now() - started) / 1_000).toFixed(1)} s) ${nameOf(record.killer)}`;
  if (trial.kind !== 'killed') return `FAIL ${what}: ${JSON.stringify(trial)}: npm run mutants -- --id ${id}`;
  const isMoved = trial.found !== record.found;
  return `ok   ${what}${isMoved ? `, not with ${record.found} but ${trial.found}: store it again` : ''}`;
}

/**
 * Runs scenarios of twins and prints one line of figures for every chunk of the range, as soon as it is done:
 *
 *     node --conditions=@fiducia/source packages/simulator/test/support/twins-main.ts --consensus pbft --range 0..1000 --json
 *
 * Positions are those of an order drawn from `--seed`, so disjoint ranges share no scenario, and an interrupted run
 * goes on behind the last line. `--stop` ends at the first violation. Ends with status 1 after a violation.
 */
import { parseArgs } from 'node:util';
import type { Bytes } from '@fiducia/consensus';
import { createTwinsSpace, enumerateTwins, runTwins, type TwinsResult, type TwinsScenario } from '../../src/index.ts';
import { sha256 } from './hash.ts';
import { isTwinsSubjectName, TWINS_SUBJECTS, type TwinsSubjectName, twinsSubjectOf } from './twins-subjects.ts';

const { values } = parseArgs({
  options: {
    consensus: { type: 'string', default: Object.keys(TWINS_SUBJECTS).join() },
    range: { type: 'string', default: '0..100' },
    rounds: { type: 'string', default: '7' },
    nodes: { type: 'string', default: '4' },
    twins: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    chunk: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
    stop: { type: 'boolean', default: false },
  },
});
const range = /^(\d+)\.\.(\d+)$/.exec(values.range);
const names = values.consensus.split(',');
if (range === null || !names.every(isTwinsSubjectName)) {
  process.stderr.write(`usage: --consensus ${Object.keys(TWINS_SUBJECTS).join()} --range 0..1000 --rounds 7 --json\n`);
  process.exit(2);
}
const [first, end] = [Number(range[1]), Number(range[2])];
for (const name of names) await runRange(name as TwinsSubjectName);

async function runRange(consensus: TwinsSubjectName): Promise<void> {
  const chunk = Number(values.chunk);
  for (let from = first; from < end; from += chunk) {
    const isClean = await runChunk(consensus, from, Math.min(end, from + chunk));
    if (isClean) continue;
    process.exitCode = 1;
    if (values.stop) return;
  }
}

async function runChunk(consensus: TwinsSubjectName, from: number, to: number): Promise<boolean> {
  const subject = twinsSubjectOf(consensus);
  const seed = Number(values.seed);
  const size = { nodes: Number(values.nodes), twins: Number(values.twins), rounds: Number(values.rounds) };
  const space = { ...size, leaders: subject.leaders };
  const before = process.cpuUsage();
  const results: TwinsResult[] = [];
  const violations: { readonly scenario: TwinsScenario; readonly found: TwinsResult['violations'] }[] = [];
  let traces: Bytes = new Uint8Array();
  for (const scenario of enumerateTwins({ ...space, seed, from, to })) {
    const result = await runTwins({ subject, scenario, sha256 });
    results.push(result);
    traces = sha256(Buffer.concat([traces, Buffer.from(result.traceHash, 'hex')]));
    if (result.violations.length === 0) continue;
    violations.push({ scenario, found: result.violations });
    if (values.stop) break;
  }
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1_000_000;
  const line = {
    consensus,
    range: `${from}..${from + results.length}`,
    seed,
    ...size,
    space: createTwinsSpace(space).count,
    ...summarise(results),
    cpuSeconds: Math.round(cpuSeconds * 10) / 10,
    cpuMsPerScenario: Math.round((cpuSeconds * 10_000) / results.length) / 10,
    traceHash: Buffer.from(traces).toString('hex'),
    violations,
  };
  process.stdout.write(values.json ? `${JSON.stringify(line)}\n` : describe(line));
  return violations.length === 0;
}

function summarise(results: readonly TwinsResult[]) {
  const sum = (read: (result: TwinsResult) => number) => results.reduce((total, item) => total + read(item), 0);
  return {
    scenarios: results.length,
    events: sum(({ events }) => events),
    finalBlocks: sum(({ finalHeight }) => finalHeight),
    stalledBefore: results.filter(({ finalHeightBefore }) => finalHeightBefore === 0).length,
    withOffences: results.filter(({ offences }) => offences > 0).length,
    slowestRecoveryMs: Math.max(...results.map(({ recoveryMs }) => recoveryMs)),
  };
}

function describe({ violations, ...figures }: { readonly violations: readonly unknown[] }): string {
  const lines = Object.entries(figures).map(([name, value]) => `${name.padEnd(18)} ${value}\n`);
  return `${lines.join('')}${'violations'.padEnd(18)} ${violations.length}\n\n`;
}

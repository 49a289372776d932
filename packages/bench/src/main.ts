/**
 * Runs every benchmark: `npm run bench`, or `npm run bench -- --json` for one JSON array. Exit code 1 if a promised
 * ratio was missed.
 *
 * `npm run bench -- finality` measures instead what finality costs whole networks, `npm run bench -- simulator` how fast
 * networks are simulated; both take minutes. `npm run bench -- simulator --protocol pbft` is one protocol of that alone,
 * `npm run bench -- many-nodes` its last part, with `--miners 20` one run of it. With `--json` each is one JSON value.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { formatFinality, measureFinality } from './finality/report.ts';
import { measureLedger } from './ledger.ts';
import { measureMarket } from './market.ts';
import type { Measurement } from './measure.ts';
import { measureMining } from './mining.ts';
import { measureRegister } from './register.ts';
import { measureSignatures } from './signatures.ts';
import { formatSimulation, measureMany, measureMiners, measureOne, measureSimulation } from './simulator/report.ts';
import { measureSimulator } from './simulator.ts';
import { toTable } from './table.ts';
import { measureTrust } from './trust.ts';

const isJson = process.argv.includes('--json');
if (process.argv.includes('finality')) await printFinality();
else if (process.argv.includes('simulator')) await printSimulation();
else if (process.argv.includes('many-nodes')) await printManyNodes();
else await printSpeeds();

async function printFinality(): Promise<void> {
  const report = await measureFinality();
  process.stdout.write(`${isJson ? JSON.stringify(report, null, 2) : formatFinality(report)}\n`);
}

async function printSimulation(): Promise<void> {
  const { protocol } = parseArgs({ options: { protocol: { type: 'string' } }, strict: false }).values;
  if (protocol !== undefined) return printRuns([await measureOne(String(protocol))]);
  const report = await measureSimulation();
  process.stdout.write(`${isJson ? JSON.stringify(report, null, 2) : formatSimulation(report)}\n`);
}

async function printManyNodes(): Promise<void> {
  const { miners } = parseArgs({ options: { miners: { type: 'string' } }, strict: false }).values;
  printRuns(miners === undefined ? await measureMany() : [await measureMiners(Number(miners))]);
}

function printRuns(runs: readonly object[]): void {
  process.stdout.write(`${isJson ? JSON.stringify(runs, null, 2) : toTable(runs)}\n`);
}

async function printSpeeds(): Promise<void> {
  const measurements = [
    ...(await measureSignatures()),
    ...(await measureMarket()),
    ...(await measureTrust()),
    ...(await measureMining()),
    ...(await measureLedger()),
    ...(await measureSimulator()),
    // Last, because its large heap slows whatever comes after it.
    ...(await measureRegister()),
  ];
  const text = isJson ? JSON.stringify(measurements, null, 2) : measurements.map(describe).join('\n');
  process.stdout.write(`${text}\n`);
  if (measurements.some(({ ratio, ratioMin }) => ratioMin !== null && ratio < ratioMin)) process.exitCode = 1;
}

function describe({ name, operationsPerSecond, peer, peerOperationsPerSecond, ratio, ratioMin }: Measurement): string {
  const promise = ratioMin === null ? '' : ` (promised at least ${ratioMin})`;
  return `${name}: ${operationsPerSecond}/s; ${peer}: ${peerOperationsPerSecond}/s; ratio ${ratio}${promise}`;
}

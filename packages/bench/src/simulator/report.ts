/**
 * The speed of simulation as one document: `npm run bench -- simulator`, with `--json` for other programs.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createCrypto } from '@fiducia/crypto';
import { toTable } from '../table.ts';
import { type ManyNodes, measureManyNodes } from './many-nodes.ts';
import { measureProtocols, type ProtocolSpeed } from './protocols.ts';

/** Everything that `npm run bench -- simulator --json` prints. */
export interface SimulatorReport {
  /** Processor time of a fixed piece of work, to compare machines, and a busy one with itself. */
  readonly calibrationMs: number;
  readonly protocols: readonly ProtocolSpeed[];
  /** A run for each of {@link MINERS}. */
  readonly manyNodes: readonly ManyNodes[];
}

/** Some are twice as much work as others, so few of them say little about a protocol. */
const SEEDS = 6;
const MANY = { nodes: 1_000, blocks: 1_000 } as const;
/** A public network has about as many pools that find nearly all of its blocks; five times as many show what a miner costs. */
const MINERS = [20, 100] as const;
const CALIBRATION_ROUNDS = 3_000_000;

/** Measures everything, one after the other; takes some minutes. */
export async function measureSimulation(): Promise<SimulatorReport> {
  const { sha256 } = await createCrypto();
  const calibrationMs = calibrate();
  const protocols = await measureProtocols(SEEDS, sha256);
  return { calibrationMs, protocols, manyNodes: await measureMany() };
}

/** A thousand nodes, with few miners and with many. */
export async function measureMany(): Promise<readonly ManyNodes[]> {
  const runs: ManyNodes[] = [];
  for (const miners of MINERS) runs.push(await measureApart(miners));
  return runs;
}

/** A thousand nodes of which some mine; for a process of its own. @param miners - 1 to all of them. */
export async function measureMiners(miners: number): Promise<ManyNodes> {
  if (!Number.isSafeInteger(miners) || miners < 1 || miners > MANY.nodes) {
    throw new RangeError(`--miners takes a number from 1 to ${MANY.nodes}`);
  }
  const { sha256 } = await createCrypto();
  return measureManyNodes({ ...MANY, miners }, sha256);
}

/** In a process of its own: what was compiled for the runs before, and their heap, would cost a tenth. */
async function measureApart(miners: number): Promise<ManyNodes> {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const command = [...process.execArgv, main, 'many-nodes', '--miners', String(miners), '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  const [run]: readonly ManyNodes[] = JSON.parse(stdout);
  if (run === undefined) throw new Error('the run of its own printed nothing');
  return run;
}

/** A thousand nodes as a table in Markdown. */
export function formatManyNodes(manyNodes: readonly ManyNodes[]): string {
  return toTable(manyNodes);
}

/** The report as tables in Markdown. */
export function formatSimulation({ calibrationMs, protocols, manyNodes }: SimulatorReport): string {
  return `${toTable(protocols)}\n\n${formatManyNodes(manyNodes)}\n\ncalibration: ${calibrationMs} ms`;
}

/** Small objects, lists and texts, as a simulation makes them. */
function calibrate(): number {
  const start = process.cpuUsage();
  const seen = new Map<string, { readonly index: number; readonly pair: readonly number[] }>();
  for (let index = 0; index < CALIBRATION_ROUNDS; index++) {
    seen.set(`key ${index & 1_023}`, { index, pair: [index, seen.size] });
  }
  const { user, system } = process.cpuUsage(start);
  return Math.round((user + system) / 1_000);
}

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
import { measureProtocol, PROTOCOLS, type ProtocolSpeed } from './protocols.ts';

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
/** Garbage is collected and code compiled by the thread that needs it: what is promised is what one core does. */
const ONE_CORE = '--single-threaded';
const CALIBRATION_ROUNDS = 3_000_000;

/** Measures everything, one after the other; takes some minutes. */
export async function measureSimulation(): Promise<SimulatorReport> {
  const calibrationMs = calibrate();
  const protocols: ProtocolSpeed[] = [];
  for (const name of PROTOCOLS) protocols.push(await measureOne(name));
  return { calibrationMs, protocols, manyNodes: await measureMany() };
}

/** One protocol on one core. @throws RangeError for a protocol that is not measured. */
export async function measureOne(name: string): Promise<ProtocolSpeed> {
  if (!PROTOCOLS.includes(name)) throw new RangeError(`--protocol takes one of ${PROTOCOLS.join(', ')}`);
  if (!process.execArgv.includes(ONE_CORE)) {
    return measureApart<ProtocolSpeed>(['simulator', '--protocol', name], [ONE_CORE]);
  }
  const { sha256 } = await createCrypto();
  return measureProtocol(name, SEEDS, sha256);
}

/** A thousand nodes, with few miners and with many. */
export async function measureMany(): Promise<readonly ManyNodes[]> {
  const runs: ManyNodes[] = [];
  for (const miners of MINERS) runs.push(await measureApart<ManyNodes>(['many-nodes', '--miners', String(miners)]));
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
async function measureApart<T>(args: readonly string[], flags: readonly string[] = []): Promise<T> {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const command = [...process.execArgv, ...flags, main, ...args, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  const [run]: readonly T[] = JSON.parse(stdout);
  if (run === undefined) throw new Error('the run of its own printed nothing');
  return run;
}

/** The report as tables in Markdown. */
export function formatSimulation({ calibrationMs, protocols, manyNodes }: SimulatorReport): string {
  return `${toTable(protocols)}\n\n${toTable(manyNodes)}\n\ncalibration: ${calibrationMs} ms`;
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

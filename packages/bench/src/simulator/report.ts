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
  readonly manyNodes: ManyNodes;
}

/** Some are twice as much work as others, so few of them say little about a protocol. */
const SEEDS = 6;
const MANY = { nodes: 1_000, miners: 100, blocks: 1_000 } as const;
const CALIBRATION_ROUNDS = 3_000_000;

/** Measures everything, one after the other; takes some minutes. */
export async function measureSimulation(): Promise<SimulatorReport> {
  const { sha256 } = await createCrypto();
  const calibrationMs = calibrate();
  const protocols = await measureProtocols(SEEDS, sha256);
  return { calibrationMs, protocols, manyNodes: await measureManyApart() };
}

/** A thousand nodes that mine; for a process of its own. */
export async function measureMany(): Promise<ManyNodes> {
  const { sha256 } = await createCrypto();
  return measureManyNodes(MANY, sha256);
}

/** What was compiled for five protocols, and their heap, would cost a tenth. */
async function measureManyApart(): Promise<ManyNodes> {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const command = [...process.execArgv, main, 'many-nodes', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  const report: ManyNodes = JSON.parse(stdout);
  return report;
}

/** A thousand nodes as a table in Markdown. */
export function formatManyNodes(manyNodes: ManyNodes): string {
  return toTable([manyNodes]);
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

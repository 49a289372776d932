/**
 * The command `fiducia compare`.
 *
 * @module
 */
import { bold, dim, green, red } from 'yoctocolors';
import { runCompare } from '../compare/compare.ts';
import type { CompareOptions, CompareProgress, CompareResult } from '../compare/result.ts';
import { REFUSED_TRANSACTIONS } from '../compare/workload/refused.ts';
import { FiduciaCommandError } from '../failure.ts';
import { formatCount } from '../format.ts';
import { PROTOCOLS } from '../scenario/consensus/protocols.ts';
import type { ConsensusName, FinalityGadget } from '../scenario/result.ts';
import { createLiveLine } from '../terminal/progress.ts';
import { formatCompareTable } from '../terminal/table.ts';
import { type CommandStreams, isTerminal, writeText } from './io.ts';

/** Options as the command line gives them. */
export interface CompareCommandOptions {
  readonly consensus: readonly ConsensusName[];
  readonly finality?: FinalityGadget;
  readonly seed: number;
  readonly shuffle?: boolean;
  readonly amendment: number;
  readonly json?: boolean;
}

/** Runs the comparison, prints what came out, and fails if the application states differ. */
export async function runCompareCommand(
  { consensus, finality, seed, shuffle = false, amendment, json = false }: CompareCommandOptions,
  { stdout }: CommandStreams,
): Promise<void> {
  const start = performance.now();
  const options = { consensus, finality: finality ?? null, seed, shuffle, amendment: BigInt(amendment) };
  const result = await compareWithView(options, !json && isTerminal(stdout) ? stdout : null);
  const wallSeconds = (performance.now() - start) / 1000;
  writeText(stdout, json ? `${JSON.stringify(result)}\n` : formatResult(result, wallSeconds));
  if (rootsOf(result).size > 1) {
    throw new FiduciaCommandError({ code: 'CHECK_FAILED', subject: 'the protocols left different application states' });
  }
}

async function compareWithView(options: CompareOptions, terminal: NodeJS.WriteStream | null): Promise<CompareResult> {
  if (terminal === null) return await runCompare(options);
  const line = createLiveLine(terminal);
  try {
    return await runCompare(options, (progress) => line.update(progress.round / progress.rounds, describe(progress)));
  } finally {
    line.close();
  }
}

function describe({ consensus, round, rounds }: CompareProgress): string {
  return `${PROTOCOLS[consensus].label}: round ${formatCount(round)} of ${formatCount(rounds)}`;
}

function formatResult(result: CompareResult, wallSeconds: number): string {
  const roots = rootsOf(result);
  const root =
    roots.size === 1 ? `${green('equal')}, ${[...roots].join('')}` : red(`DIFFERENT ${[...roots].join(' ')}`);
  const facts = [
    [
      'Transactions',
      `${formatCount(result.transactions)} executed, ${REFUSED_TRANSACTIONS} bad ones refused, under each`,
    ],
    ['Application', root],
    ['Wall time', `${wallSeconds.toFixed(1)} s`],
  ] as const;
  const lines = facts.map(([name, value]) => `  ${dim(name.padEnd(17))}${value}`);
  return `${bold(`Fiducia compare, seed ${result.seed}`)}\n\n${formatCompareTable(result.runs)}\n\n${lines.join('\n')}\n`;
}

function rootsOf({ runs }: CompareResult): ReadonlySet<string> {
  return new Set(runs.map(({ applicationStateRoot }) => applicationStateRoot));
}

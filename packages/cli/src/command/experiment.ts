/**
 * The command `fiducia experiment`.
 *
 * @module
 */
import { bold, dim } from 'yoctocolors';
import type { ExperimentName, ExperimentOptions, ExperimentResult } from '../experiment/result.ts';
import { runExperiment } from '../experiment/run.ts';
import { NODE_PROFILES } from '../scenario/nodes.ts';
import { type CommandStreams, writeText } from './io.ts';

/** Options as the command line gives them. */
export interface ExperimentCommandOptions extends ExperimentOptions {
  readonly json?: boolean;
}

const TITLES: Readonly<Record<ExperimentName, string>> = {
  fig4a: 'Fig. 4(a): six honest nodes',
  fig4b: 'Fig. 4(b): node 6 malicious',
};

/** Runs an experiment and prints its result. */
export async function runExperimentCommand(
  name: ExperimentName,
  options: ExperimentCommandOptions,
  { stdout }: CommandStreams,
): Promise<void> {
  const result = await runExperiment(name, options);
  writeText(stdout, options.json ? `${JSON.stringify(result)}\n` : formatExperiment(name, result));
}

function formatExperiment(name: ExperimentName, result: ExperimentResult): string {
  const { counts, sha256, rounds, blocks, level, schedule } = result;
  const lines = NODE_PROFILES.map(({ number, label }, index) => {
    const elections = counts[index] ?? 0;
    return `  ${number} ${label.padEnd(14)}${String(elections).padStart(4)}  ${'▪'.repeat(elections)}`;
  });
  return [
    bold(`${TITLES[name]}, level ${level}, schedule ${schedule}`),
    ...lines,
    dim(`  ${rounds} slots, ${blocks} blocks, leaders sha256 ${sha256}`),
    '',
  ].join('\n');
}

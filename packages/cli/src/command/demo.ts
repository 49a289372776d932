/**
 * The command `fiducia demo`.
 *
 * @module
 */
import { bold, dim, green, red } from 'yoctocolors';
import { FiduciaCommandError } from '../failure.ts';
import { describeFinality, formatCount } from '../format.ts';
import { builtInInput, type DemoInput, readInputFile } from '../input/load.ts';
import { prepareReportFolder, type WrittenReport, writeReport } from '../report/write.ts';
import { PROTOCOLS } from '../scenario/consensus/protocols.ts';
import { runDemo } from '../scenario/demo.ts';
import { requireDemoOptions } from '../scenario/options.ts';
import type { DemoOptions, DemoResult } from '../scenario/result.ts';
import { createLiveView, createSilentView, type ProgressView } from '../terminal/progress.ts';
import { formatNodeTable } from '../terminal/table.ts';
import { type CommandStreams, isTerminal, writeText } from './io.ts';

const MARKET_NOTE = 'The market rules are Fiducia’s own; the paper behind the trust model gives none.';

/** Options as the command line gives them. */
export interface DemoCommandOptions extends Partial<DemoOptions> {
  readonly data?: string;
  readonly json?: boolean;
  readonly out: string;
  readonly record?: string;
}

/** Plays the demo, prints what came out and writes the report. */
export async function runDemoCommand(options: DemoCommandOptions, streams: CommandStreams): Promise<void> {
  const { data, json = false, out, record, ...settings } = options;
  const demo = requireDemoOptions(settings);
  const input = data === undefined ? builtInInput() : await readInputFile(data);

  await prepareReportFolder(out);
  if (record !== undefined) await prepareReportFolder(record);
  const start = performance.now();
  const result = await playWithView(demo, input, json, streams, record);
  const wallSeconds = (performance.now() - start) / 1000;
  const report = await writeReport(out, result, wallSeconds);

  const text = json ? `${JSON.stringify(result.summary)}\n` : formatResult(result, wallSeconds, report);
  writeText(streams.stdout, text);
  requireAgreement(result);
}

/** A run whose checks fail is shown all the same, and then reported as the defect that it is. */
function requireAgreement({ summary }: DemoResult): void {
  const { stateRoots, consensusRoots, conserved, finality } = summary;
  const checks: readonly (readonly [holds: boolean, subject: string])[] = [
    [new Set(stateRoots).size === 1, 'the nodes have different state roots'],
    [new Set(consensusRoots).size === 1, 'the nodes have different consensus roots'],
    [conserved.money, 'money was made or lost'],
    [conserved.energy, 'energy was made or lost'],
    [finality.holds, 'a block that was settled or final was given up, or nodes name different ones'],
  ];
  for (const [holds, subject] of checks) {
    if (!holds) throw new FiduciaCommandError({ code: 'CHECK_FAILED', subject });
  }
}

async function playWithView(
  options: DemoOptions,
  input: DemoInput,
  json: boolean,
  { stdout }: CommandStreams,
  recordFolder: string | undefined,
): Promise<DemoResult> {
  const view: ProgressView =
    !json && isTerminal(stdout) ? createLiveView(stdout, options.malicious) : createSilentView();
  try {
    return await runDemo(options, input, (progress) => view.update(progress), recordFolder);
  } finally {
    view.close();
  }
}

function formatResult(result: DemoResult, wallSeconds: number, report: WrittenReport): string {
  const { summary, history, options, signatureLibrary } = result;
  const { energy, conserved } = summary;
  const facts: readonly (readonly [string, string])[] = [
    ['Chain', `${formatCount(summary.rounds)} rounds, ${formatCount(summary.blocks)} blocks`],
    ['Finality', describeFinality(summary.finality)],
    [
      'Offences',
      `${formatCount(summary.rejectedBlocks)} blocks rejected, ${formatCount(summary.evidence)} proven on the chain`,
    ],
    [
      'Energy',
      `${formatCount(energy.tradedWh)} Wh traded in ${formatCount(energy.slots)} market slots, mean price ${energy.meanPriceMicro} µ¤/Wh`,
    ],
    ...Object.entries(history.refusals).map(
      ([code, count]) => ['Refused', `${code} ${formatCount(count)} times`] as const,
    ),
    ['Self-sufficiency', `${(history.selfSufficiencyPermille / 10).toFixed(1)} %`],
    ['Conserved', `money ${formatCheck(conserved.money)}, energy ${formatCheck(conserved.energy)}`],
    ['State roots', formatRoots(summary.stateRoots)],
    ['Consensus roots', formatRoots(summary.consensusRoots)],
    ['Trace', summary.traceHash],
    ['Signatures', signatureLibrary === 'native' ? 'native libsecp256k1' : 'portable @noble/secp256k1'],
    ['Wall time', `${wallSeconds.toFixed(1)} s`],
    ['Report', report.html],
  ];
  const lines = facts.map(([name, value]) => `  ${dim(name.padEnd(17))}${value}`);
  const notes = [PROTOCOLS[options.consensus].note, MARKET_NOTE].flatMap((note) =>
    note === undefined ? [] : [dim(`  ${note}`)],
  );
  const title = bold(`Fiducia demo, ${formatSettings(options)}, seed ${options.seed}`);
  return `${title}\n\n${formatNodeTable(summary.nodes, options.malicious)}\n\n${lines.join('\n')}\n\n${notes.join('\n')}\n`;
}

function formatSettings({ consensus, finality, profile, schedule }: DemoOptions): string {
  const settings = profile === null ? PROTOCOLS[consensus].label : `profile ${profile}, schedule ${schedule}`;
  return finality === null ? settings : `${settings}, finality ${finality}`;
}

function formatCheck(holds: boolean): string {
  return holds ? green('yes') : red('NO');
}

/** One line for equal roots, a line for each otherwise. */
function formatRoots(roots: readonly string[]): string {
  const distinct = new Set(roots);
  if (distinct.size === 1) return `${roots.length} ${green('equal')}, ${roots[0]}`;
  return `${red('DIFFERENT')} ${roots.join(' ')}`;
}

/**
 * The commands `fiducia simulate` and `fiducia simulate merge`.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import type { CampaignSummary, FaultProfile, SeedRange } from '@fiducia/simulator';
import { bold, dim, green, red } from 'yoctocolors';
import { FiduciaCommandError } from '../failure.ts';
import { formatCount } from '../format.ts';
import { PROTOCOLS } from '../scenario/consensus/protocols.ts';
import type { ConsensusName, FinalityGadget } from '../scenario/result.ts';
import {
  type CampaignOptions,
  type CampaignOutcome,
  type CampaignProgress,
  runCampaign,
} from '../simulate/campaign.ts';
import { storeFailures } from '../simulate/failures.ts';
import { mergeFiles } from '../simulate/merge-files.ts';
import { formatResultLine } from '../simulate/store.ts';
import { createSubject } from '../simulate/subjects.ts';
import { createLiveLine } from '../terminal/progress.ts';
import { type CommandStreams, isTerminal, writeText } from './io.ts';

/** Options as the command line gives them. */
export interface SimulateCommandOptions {
  readonly consensus: ConsensusName;
  readonly finality?: FinalityGadget;
  readonly nodes?: number;
  readonly seeds: SeedRange;
  readonly faults: FaultProfile;
  readonly shard: { readonly index: number; readonly count: number };
  readonly workers?: number;
  readonly out?: string;
  readonly failures?: string;
  readonly json?: boolean;
}

/** Figures of the machine rather than of the seeds. */
interface Speed {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly seedsPerSecond: number;
  readonly eventsPerSecond: number;
  /** Lines of the plugins that the first range of seeds reached. */
  readonly lineCoverage: CampaignOutcome['coverage'];
}

/** Violations that are printed for people; the JSON has all of them. */
const PRINTED_VIOLATIONS_MAX = 20;

/** Runs a campaign, prints what came out, and fails if anything was violated. */
export async function runSimulateCommand(options: SimulateCommandOptions, { stdout }: CommandStreams): Promise<void> {
  const { json = false } = options;
  const campaign = requireCampaign(options);
  const start = performance.now();
  const outcome = await runWithView(campaign, !json && isTerminal(stdout) ? stdout : null);
  const wallSeconds = (performance.now() - start) / 1_000;
  const { summary } = outcome;
  if (summary.seeds === 0 && !json) {
    writeText(stdout, 'There are more shards than seeds: this one has nothing to do.\n');
    return;
  }
  const speed = speedOf(outcome, wallSeconds);
  writeText(stdout, json ? `${formatResultLine(summary, speed)}\n` : formatSummary(summary, campaign, speed));
  if (options.failures !== undefined) await keepFailures(campaign, summary, options.failures, json, stdout);
  requireNoViolation(summary);
}

/** Stores what failed, and says where; with `--json` it does so in silence. */
async function keepFailures(
  { consensus, finality }: CampaignOptions,
  { subject: name, profile, nodes, violations }: CampaignSummary,
  folder: string,
  json: boolean,
  stdout: NodeJS.WritableStream,
): Promise<void> {
  const line = !json && isTerminal(stdout) ? createLiveLine(stdout) : null;
  try {
    const files = await storeFailures({
      subject: createSubject(consensus, finality),
      settings: { subject: name, profile, nodes },
      violations,
      folder,
      onProgress: (text) => line?.update(0, text),
    });
    line?.close();
    if (!json) for (const file of files) writeText(stdout, `  stored: fiducia replay ${file}\n`);
  } finally {
    line?.close();
  }
}

/** Adds up the results of shards. */
export async function runMergeCommand(
  files: readonly string[],
  { json = false }: { readonly json?: boolean },
  { stdout }: CommandStreams,
): Promise<void> {
  const summary = mergeFiles(files);
  writeText(stdout, json ? `${formatResultLine(summary)}\n` : formatSummary(summary, null, null));
  requireNoViolation(summary);
}

function requireCampaign(options: SimulateCommandOptions): CampaignOptions {
  const { consensus, finality = null, nodes = null, seeds, faults, shard, out } = options;
  const { label, checkpoint } = PROTOCOLS[consensus];
  if (finality !== null && checkpoint === undefined) {
    const reason = `has no meaning under ${label}, where every block is final already`;
    throw new FiduciaCommandError({ code: 'INVALID_OPTION', option: 'finality', reason });
  }
  const workers = options.workers ?? availableParallelism();
  return { consensus, finality, nodes, seeds, profile: faults, shard, workers, ...(out !== undefined && { out }) };
}

function requireNoViolation({ violations, subject }: CampaignSummary): void {
  if (violations.length === 0) return;
  const seeds = new Set(violations.map(({ seed }) => seed)).size;
  throw new FiduciaCommandError({
    code: 'CHECK_FAILED',
    subject: `${subject} violated an invariant in ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`,
  });
}

async function runWithView(campaign: CampaignOptions, terminal: NodeJS.WriteStream | null): Promise<CampaignOutcome> {
  if (terminal === null) return await runCampaign(campaign);
  const line = createLiveLine(terminal);
  const start = performance.now();
  line.update(0, 'starting');
  try {
    return await runCampaign(campaign, (progress) => {
      line.update(progress.done / progress.total, describe(progress, (performance.now() - start) / 1_000));
    });
  } finally {
    line.close();
  }
}

function describe({ done, total, seeds, events, violations }: CampaignProgress, seconds: number): string {
  const found = violations === 0 ? green('no violation') : red(`${formatCount(violations)} violations`);
  const rates = `${(seeds / seconds).toFixed(1)} seeds/s · ${formatCount(Math.round(events / seconds))} events/s`;
  return `${formatCount(done)} of ${formatCount(total)} seeds · ${rates} · ${found}`;
}

function speedOf({ seeds, events, cpuMs, coverage }: CampaignOutcome, wallSeconds: number): Speed {
  const cpuSeconds = cpuMs / 1_000;
  return {
    wallSeconds: round(wallSeconds),
    cpuSeconds: round(cpuSeconds),
    seedsPerSecond: round(seeds / wallSeconds),
    eventsPerSecond: Math.round(events / wallSeconds),
    lineCoverage: coverage,
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function formatSummary(summary: CampaignSummary, campaign: CampaignOptions | null, speed: Speed | null): string {
  const { subject, profile, nodes, seeds, ranges, violations } = summary;
  const kinds = Object.entries(summary.faultCoverage).map(([kind, count]) => {
    return `    ${kind.padEnd(15)}${formatCount(count).padStart(8)}  ${((100 * count) / seeds).toFixed(1).padStart(5)} %`;
  });
  const facts: readonly (readonly [string, string])[] = [
    ['Seeds', `${formatCount(seeds)} (${ranges.map(({ from, to }) => `${from}..${to}`).join(', ')})`],
    ['Events', `${formatCount(summary.events)}, half of the seeds at least ${formatCount(summary.medianEvents)}`],
    ['Blocks', `${formatCount(summary.blocks)}${shortNote(summary.shortSeeds)}`],
    ['Repeated', `${formatCount(summary.repeatedSeeds)} seeds ran twice`],
    ['Signatures', `${formatCount(summary.realSignatureSeeds)} seeds with real ones`],
    ...(speed === null ? [] : [['Speed', describeSpeed(summary, speed)] as const]),
    ...(speed?.lineCoverage ?? []).map(({ package: name, lines, covered }) => {
      const share = ((100 * covered) / Math.max(1, lines)).toFixed(1);
      return ['Lines', `${name} ${share} %, ${covered} of ${lines}, by the first seeds`] as const;
    }),
    ['Commit', summary.commit ?? 'unknown'],
    ['Trace', summary.traceHash],
    [
      'Violations',
      violations.length === 0 ? green(`none found in ${formatCount(seeds)} seeds`) : red(`${violations.length}`),
    ],
  ];
  const lines = facts.map(([name, value]) => `  ${dim(name.padEnd(17))}${value}`);
  const title = bold(`Fiducia simulate, ${subject}, faults ${profile}, ${nodes ?? 'drawn numbers of'} nodes`);
  const faults = kinds.length === 0 ? [] : ['', '  Faults that really happened, by seeds', ...kinds];
  const shown = violations
    .slice(0, PRINTED_VIOLATIONS_MAX)
    .flatMap(({ seed, invariant, node, reason }) => [
      `  seed ${seed}: ${red(invariant)} ${node ?? ''} ${reason}`,
      `    ${dim('again:')} ${commandFor(campaign, profile, nodes, subject, seed)}`,
    ]);
  return `${title}\n\n${[...lines, ...faults, ...(shown.length > 0 ? ['', ...shown] : [])].join('\n')}\n`;
}

function describeSpeed({ simulatedMs, seeds }: CampaignSummary, speed: Speed): string {
  const { wallSeconds, cpuSeconds, seedsPerSecond, eventsPerSecond } = speed;
  const rates = `${seedsPerSecond} seeds/s, ${formatCount(eventsPerSecond)} events/s`;
  const virtual = Math.round(simulatedMs / 1_000 / seeds);
  return `${rates}, ${wallSeconds} s (${cpuSeconds} s of computing), ${virtual} s of virtual time a seed`;
}

function shortNote(shortSeeds: number): string {
  return shortSeeds === 0 ? '' : `, too few in ${formatCount(shortSeeds)} seeds`;
}

/** The command that runs a seed again. */
function commandFor(
  campaign: CampaignOptions | null,
  profile: FaultProfile,
  nodes: number | null,
  subject: string,
  seed: number,
): string {
  const [consensus, finality] = campaign === null ? subject.split('+') : [campaign.consensus, campaign.finality];
  const parts = [
    `fiducia simulate --consensus ${consensus}`,
    finality ? `--finality ${finality}` : '',
    nodes === null ? '' : `--nodes ${nodes}`,
    `--faults ${profile} --seeds ${seed}`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/**
 * The command line of `fiducia`.
 *
 * @module
 */
import type { SeedRange } from '@fiducia/simulator';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { AMENDMENT_MAX } from '../compare/compare.ts';
import { adviceFor, EXIT_CODES, exitCodeFor, isFiduciaCommandError } from '../failure.ts';
import { CONSENSUS_NAMES } from '../scenario/consensus/protocols.ts';
import { MINIMUM_ROUNDS, ROUNDS_MAX } from '../scenario/options.ts';
import { type CompareCommandOptions, runCompareCommand } from './compare.ts';
import { type DemoCommandOptions, runDemoCommand } from './demo.ts';
import { type ExperimentCommandOptions, runExperimentCommand } from './experiment.ts';
import type { CommandStreams } from './io.ts';
import { type ReplayCommandOptions, runReplayCommand } from './replay.ts';
import { runMergeCommand, runSimulateCommand, type SimulateCommandOptions } from './simulate.ts';

const SEED_MAX = 2 ** 32 - 1;
const NODES = 6;
const SIMULATED_NODES_MAX = 64;
const WORKERS_MAX = 256;

const EXIT_CODE_HELP = `
Exit codes: ${EXIT_CODES.success} success, ${EXIT_CODES.failure} failure while running, ${EXIT_CODES.usage} wrong usage, ${EXIT_CODES.input} malformed input or recording.`;

/**
 * Runs the command and says how it went; never throws and never ends the process.
 *
 * @param args - Arguments after the name of the command.
 * @returns The exit code.
 */
export async function runCommand(args: readonly string[], streams: CommandStreams): Promise<number> {
  try {
    await createProgram(streams).parseAsync(args, { from: 'user' });
    return EXIT_CODES.success;
  } catch (error) {
    // Commander has printed its message; asking for help is a success.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.success : EXIT_CODES.usage;
    return reportFailure(error, streams);
  }
}

function createProgram(streams: CommandStreams): Command {
  const program = new Command('fiducia')
    .description('Trust-based consensus for energy trading: demo network, experiments and reports.')
    .addHelpText('after', EXIT_CODE_HELP)
    .showHelpAfterError('Run "fiducia --help" for all commands and options.')
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      writeErr: (text) => void streams.stderr.write(text),
    })
    .exitOverride();
  addDemo(program, streams);
  addExperiment(program, streams);
  addCompare(program, streams);
  addSimulate(program, streams);
  addReplay(program, streams);
  return program;
}

function addDemo(program: Command, streams: CommandStreams): void {
  program
    .command('demo')
    .description('Six nodes agree on a chain and trade energy, one of them malicious.')
    .addOption(new Option('--consensus <name>', 'protocol they agree by').choices(CONSENSUS_NAMES).default('dt-dpos'))
    .addOption(finalityOption())
    .option(
      '--rounds <n>',
      `rounds of 15 minutes to play, at least ${MINIMUM_ROUNDS}: consensus slots, or as much time under pow and pbft`,
      integer(MINIMUM_ROUNDS, ROUNDS_MAX),
      250,
    )
    .option('--malicious <k>', 'node that acts maliciously whenever it leads, 0 for none', integer(0, NODES), 6)
    .addOption(
      new Option('--act <act>', 'what it does; pow knows invalid only')
        .choices(['invalid', 'equivocate'])
        .default('invalid'),
    )
    .option('--seed <n>', 'seed of the simulated network', integer(0, SEED_MAX), 1)
    .addOption(
      new Option('--schedule <name>', 'how leaders are drawn, dt-dpos only')
        .choices(['wrr', 'lottery'])
        .default(undefined, '"wrr"'),
    )
    .addOption(
      new Option('--profile <name>', 'trust profile, dt-dpos only')
        .choices(['paper', 'default'])
        .default(undefined, '"paper"'),
    )
    .option('--data <file>', 'market input as CSV (docs/spec/energy.md, DM2) instead of the built-in community')
    .option('--json', 'print one JSON object and nothing else')
    .option('--out <dir>', 'folder for report.html and report.json', 'fiducia-report/')
    .option('--record <dir>', 'folder for a recording of every honest node, see "fiducia replay"')
    .addHelpText('after', EXIT_CODE_HELP)
    .action((options: DemoCommandOptions) => runDemoCommand(options, streams));
}

function addExperiment(program: Command, streams: CommandStreams): void {
  const experiment = program
    .command('experiment')
    .description('Repeat a published experiment and print its counts.')
    .addHelpText('after', EXIT_CODE_HELP);
  const figures = [
    { name: 'fig4a', description: 'Fig. 4(a): six honest nodes of different enthusiasm, 250 slots.' },
    { name: 'fig4b', description: 'Fig. 4(b): node 6 acts maliciously in every slot it leads.' },
  ] as const;
  for (const { name, description } of figures) {
    experiment
      .command(name)
      .description(description)
      .addOption(
        new Option('--level <level>', 'trust and election rules alone, or six complete nodes')
          .choices(['model', 'nodes'])
          .default('nodes'),
      )
      .addOption(scheduleOption())
      .option('--json', 'print one JSON object and nothing else')
      .addHelpText('after', EXIT_CODE_HELP)
      .action((options: ExperimentCommandOptions) => runExperimentCommand(name, options, streams));
  }
}

function addCompare(program: Command, streams: CommandStreams): void {
  program
    .command('compare')
    .description('The same signed transactions under every protocol: one application state, different costs.')
    .addOption(
      new Option('--consensus <names...>', 'protocols to run').choices(CONSENSUS_NAMES).default(CONSENSUS_NAMES, 'all'),
    )
    .addOption(finalityOption())
    .option('--seed <n>', 'seed of the transactions and of the simulated network', integer(0, SEED_MAX), 1)
    .option('--shuffle', 'send the transactions of every market slot in another order: the same application state')
    .option(
      '--amendment <n>',
      'units added to one transfer: another application state',
      integer(0, Number(AMENDMENT_MAX)),
      0,
    )
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', EXIT_CODE_HELP)
    .action((options: CompareCommandOptions) => runCompareCommand(options, streams));
}

function addSimulate(program: Command, streams: CommandStreams): void {
  const simulate = program
    .command('simulate')
    .description('Runs networks of whole nodes by seed, with everything that can go wrong, and checks all invariants.')
    .addOption(new Option('--consensus <name>', 'protocol to simulate').choices(CONSENSUS_NAMES).default('dt-dpos'))
    .addOption(finalityOption())
    .option('--nodes <n>', 'size of every network instead of one drawn for each seed', integer(1, SIMULATED_NODES_MAX))
    .addOption(
      new Option('--seeds <range>', 'seeds to run, e.g. 1..500, or one of them')
        .argParser(seedRange)
        .default({ from: 1, to: 100 }, '1..100'),
    )
    .addOption(
      new Option('--faults <profile>', 'how hard each seed is on its network')
        .choices(['none', 'default', 'harsh'])
        .default('default'),
    )
    .addOption(
      new Option('--shard <i/n>', 'run only part i of n of the seeds, counted from 0')
        .argParser(shard)
        .default({ index: 0, count: 1 }, '0/1, all of them'),
    )
    .option('--workers <n>', 'threads to run on instead of one for each core', integer(1, WORKERS_MAX))
    .option('--out <file>', 'append results to a file, and go on where it ends')
    .option('--failures <dir>', 'make the plans of violated seeds smaller and store them for "fiducia replay"')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', EXIT_CODE_HELP)
    .action((options: SimulateCommandOptions) => runSimulateCommand(options, streams));
  simulate
    .command('merge')
    .description('Adds up the results of shards.')
    .argument('<files...>', 'what --out wrote, or what --json printed')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', EXIT_CODE_HELP)
    .action((files: string[], _options, command: Command) =>
      runMergeCommand(files, command.optsWithGlobals<{ json?: boolean }>(), streams),
    );
}

function addReplay(program: Command, streams: CommandStreams): void {
  program
    .command('replay')
    .description('Repeats the recording of a node, or a stored seed, and shows the first difference.')
    .argument('<file>', 'recording that a node wrote, or failure that "fiducia simulate" stored')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', EXIT_CODE_HELP)
    .action((file: string, options: ReplayCommandOptions) => runReplayCommand(file, options, streams));
}

function finalityOption(): Option {
  return new Option('--finality <gadget>', 'makes blocks final by certificates; pbft needs none')
    .choices(['checkpoint'])
    .default(undefined, 'none');
}

function scheduleOption(): Option {
  return new Option('--schedule <name>', 'how leaders are drawn').choices(['wrr', 'lottery']).default('wrr');
}

function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,10}$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`);
    }
    return value;
  };
}

function seedRange(text: string): SeedRange {
  const match = /^(\d{1,15})(?:\.\.(\d{1,15}))?$/.exec(text);
  const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match === null || to < from) throw new InvalidArgumentError('It must be a seed or a range like 1..500.');
  return { from, to };
}

function shard(text: string): SimulateCommandOptions['shard'] {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index >= count) throw new InvalidArgumentError('It must be i/n with i from 0 to n - 1.');
  return { index, count };
}

function reportFailure(error: unknown, { stderr }: CommandStreams): number {
  if (isFiduciaCommandError(error)) {
    stderr.write(`fiducia: ${error.message}\n${adviceFor(error.data)}\n`);
    return exitCodeFor(error.data);
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(`fiducia: an unexpected failure stopped the run.\n${details}\n`);
  stderr.write('This is a defect of Fiducia: please report it together with the command line.\n');
  return EXIT_CODES.failure;
}

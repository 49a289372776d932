// Fault seeds of every plugin and of the gadget, on all cores, by the command as it is built:
//   node scripts/check-simulate.mjs            500 seeds of each, as `npm test` runs them
//   node scripts/check-simulate.mjs 501..600   other seeds
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Those that take longest first, so that all cores are busy to the end. */
const CAMPAIGNS = [['dt-dpos'], ['pbft'], ['dpos', 'checkpoint'], ['pow'], ['dpos'], ['pos']];
/** Every thread compiles anew what it runs, so a campaign gets few of them, and as many run side by side as there are cores. */
const LANES = Math.min(availableParallelism(), CAMPAIGNS.length);
const WORKERS = Math.ceil(availableParallelism() / LANES);
/** What a campaign has to look like, beside having no violation (docs/simulate.md). */
const MEDIAN_EVENTS_MIN = 1_500;
const KIND_PERCENT_MIN = 5;
/** Of fewer seeds shares and median are only roughly those of a campaign. */
const CAMPAIGN_SEEDS_MIN = 500;
const KIND_PERCENT_OF_FEW_MIN = 2;
const MEDIAN_EVENTS_OF_FEW_MIN = 1_200;

/**
 * Runs all campaigns.
 *
 * @param {{ step(label: string, check: () => Promise<unknown>): Promise<unknown> }} report
 */
export async function checkSimulate(report, seeds = '1..500') {
  const queue = [...CAMPAIGNS];
  const runLane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await runCampaign(report, next, seeds);
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: LANES }, runLane));
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  process.stdout.write(`     all campaigns in ${seconds} s\n`);
}

function runCampaign(report, [consensus, finality], seeds) {
  const name = finality === undefined ? consensus : `${consensus}+${finality}`;
  return report.step(`simulate ${name}, seeds ${seeds}`, async () => {
    const args = ['simulate', '--consensus', consensus, '--seeds', seeds, '--workers', String(WORKERS), '--json'];
    const { status, stdout, stderr } = await fiducia(finality === undefined ? args : [...args, '--finality', finality]);
    if (stdout.trim() === '') throw new Error(stderr);
    const summary = JSON.parse(stdout);
    requireNoViolation(summary, consensus, finality);
    if (status !== 0) throw new Error(stderr);
    requireFaults(summary);
    process.stdout.write(`     ${name}: ${describe(summary)}\n`);
  });
}

function requireNoViolation({ violations }, consensus, finality) {
  if (violations.length === 0) return;
  const gadget = finality === undefined ? '' : ` --finality ${finality}`;
  const lines = violations.slice(0, 10).map(({ seed, invariant, node, reason }) => {
    return `seed ${seed}: ${invariant} ${node ?? ''} ${reason}\n  again: npx fiducia simulate --consensus ${consensus}${gadget} --seeds ${seed}`;
  });
  throw new Error(lines.join('\n'));
}

function requireFaults({ seeds, medianEvents, shortSeeds, faultCoverage }) {
  const isFew = seeds < CAMPAIGN_SEEDS_MIN;
  const percentMin = isFew ? KIND_PERCENT_OF_FEW_MIN : KIND_PERCENT_MIN;
  const eventsMin = isFew ? MEDIAN_EVENTS_OF_FEW_MIN : MEDIAN_EVENTS_MIN;
  const rare = Object.entries(faultCoverage).filter(([, count]) => (100 * count) / seeds < percentMin);
  const faults = [
    ...(medianEvents < eventsMin ? [`half of the seeds have fewer than ${eventsMin} events`] : []),
    ...(shortSeeds > 0 ? [`${shortSeeds} seeds have too few blocks`] : []),
    ...rare.map(([kind, count]) => `${kind} happened in ${count} of ${seeds} seeds only`),
  ];
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

function describe({ seeds, events, medianEvents, repeatedSeeds, seedsPerSecond, eventsPerSecond, lineCoverage }) {
  const lines = lineCoverage.map(
    ({ package: name, lines, covered }) => `${name} ${Math.floor((100 * covered) / lines)} %`,
  );
  const figures = [
    `${events} events in ${seeds} seeds (median ${medianEvents})`,
    `${repeatedSeeds} twice`,
    `${seedsPerSecond} seeds/s`,
    `${eventsPerSecond} events/s`,
    `lines ${lines.join(', ')}`,
  ];
  return figures.join(', ');
}

function fiducia(args) {
  return new Promise((resolve, reject) => {
    const command = join(root, 'packages', 'cli', 'bin', 'fiducia.js');
    const child = spawn(process.execPath, [command, ...args], { cwd: root });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await checkSimulate(
    {
      async step(label, check) {
        try {
          process.stdout.write(`${label}\n`);
          await check();
        } catch (error) {
          process.exitCode = 1;
          process.stdout.write(`${error.message}\n`);
        }
      },
    },
    process.argv[2],
  );
}

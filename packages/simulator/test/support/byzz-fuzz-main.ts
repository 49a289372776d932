/**
 * Runs ByzzFuzz campaigns and prints one line of figures for each protocol, and one for each violation:
 *
 *     node --conditions=@fiducia/source packages/simulator/test/support/byzz-fuzz-main.ts --consensus pbft --seeds 1..1000
 *
 * Ends with status 1 after a violation.
 */
import { parseArgs } from 'node:util';
import { drawByzzFuzzRun, type FaultRunResult, runFaultPlan } from '../../src/index.ts';
import { createSubject } from './fault-subjects.ts';
import { sha256 } from './hash.ts';

const { values } = parseArgs({
  options: {
    consensus: { type: 'string', default: 'pbft,dpos+checkpoint' },
    seeds: { type: 'string', default: '1..20' },
  },
});
const range = /^(\d+)\.\.(\d+)$/.exec(values.seeds);
if (range === null) throw new Error('usage: --consensus pbft,dpos+checkpoint --seeds 1..1000');
const [first, last] = [Number(range[1]), Number(range[2])];
for (const name of values.consensus.split(',')) await runAll(name);

async function runAll(consensus: string): Promise<void> {
  const subject = createSubject(consensus);
  const before = process.cpuUsage();
  const results: FaultRunResult[] = [];
  for (let seed = first; seed <= last; seed++) {
    const plan = drawByzzFuzzRun({ subject, seed, sha256 });
    const result = await runFaultPlan({ subject, seed, plan, sha256 });
    results.push(result);
    if (result.violations.length === 0) continue;
    process.exitCode = 1;
    const { violations } = result;
    process.stdout.write(`${JSON.stringify({ consensus, seed, violations: violations.slice(0, 3), plan })}\n`);
  }
  const sum = (read: (result: FaultRunResult) => number) => results.reduce((total, item) => total + read(item), 0);
  const figures = {
    consensus,
    seeds: values.seeds,
    events: sum(({ events }) => events),
    blocks: sum(({ blocks }) => blocks),
    changed: sum(({ faultCoverage }) => faultCoverage.mutate ?? 0),
    seedsChanged: results.filter(({ faultCoverage }) => (faultCoverage.mutate ?? 0) > 0).length,
    violated: results.filter(({ violations }) => violations.length > 0).length,
    cpuSeconds: Math.round(process.cpuUsage(before).user / 1_000_000),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

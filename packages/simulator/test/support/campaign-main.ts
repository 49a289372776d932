/**
 * Runs campaigns of any size and prints one line of figures for each protocol:
 *
 *     npm run campaign -- --consensus dpos --seeds 1..200 --blocks 60
 *
 * `dpos+checkpoint` runs the checkpoint gadget beside DPoS. `--minority 2` cuts off more nodes than the hints of some protocols tolerate. Every tenth seed runs twice and must leave the same trace. Ends with status 1 after a violation.
 */
import { parseArgs } from 'node:util';
import { type CampaignResult, faultsOf, runCampaign } from './campaign.ts';
import { isSubjectName, PROTOCOLS, type SubjectName } from './subjects.ts';

const { values } = parseArgs({
  options: {
    consensus: { type: 'string', default: PROTOCOLS.join() },
    seeds: { type: 'string', default: '1..20' },
    blocks: { type: 'string', default: '60' },
    minority: { type: 'string' },
  },
});
const range = /^(\d+)(?:\.\.(\d+))?$/.exec(values.seeds);
const GADGET = '+checkpoint';
const names = values.consensus.split(',');
if (range === null || !names.every((name) => isSubjectName(name.replace(GADGET, '')))) {
  process.stderr.write(`usage: --consensus ${PROTOCOLS.join()},pbft,dpos${GADGET} --seeds 1..200 --blocks 60\n`);
  process.exit(2);
}
const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])];
const blocks = Number(values.blocks);
const size = { blocks, ...(values.minority !== undefined && { minority: Number(values.minority) }) };
for (const name of names) await runAll(name);

async function runAll(name: string): Promise<void> {
  const consensus = name.replace(GADGET, '') as SubjectName;
  const options = { consensus, hasCheckpoints: name.endsWith(GADGET), ...size };
  const started = performance.now();
  const results: CampaignResult[] = [];
  let twice = 0;
  for (let seed = first; seed <= last; seed++) {
    const result = await runCampaign({ ...options, seed });
    const faults = [...faultsOf(result, blocks)];
    if (seed % 10 === 0) {
      twice += 1;
      const again = await runCampaign({ ...options, seed });
      if (again.traceHash !== result.traceHash) faults.push('another trace in a second run');
    }
    results.push(result);
    if (faults.length === 0) continue;
    process.exitCode = 1;
    process.stdout.write(`${name} seed ${seed}: ${faults.join('; ')} ${JSON.stringify(result)}\n`);
  }
  const seconds = Math.round((performance.now() - started) / 1_000);
  process.stdout.write(
    `${JSON.stringify({ consensus: name, seeds: values.seeds, twice, ...summarise(results), seconds })}\n`,
  );
}

function summarise(results: readonly CampaignResult[]): object {
  const sum = (read: (result: CampaignResult) => number) => results.reduce((total, item) => total + read(item), 0);
  const most = (read: (result: CampaignResult) => number) => Math.max(...results.map(read));
  return {
    blocks: sum(({ height }) => height),
    leastHeight: -most(({ height }) => -height),
    depth: most(({ depth }) => depth),
    settled: sum(({ settled }) => settled),
    broken: sum(({ broken }) => broken),
    brokenInMinority: sum(({ brokenInMinority }) => brokenInMinority),
    finals: sum(({ finals }) => finals),
    finalsBroken: sum(({ finalsBroken }) => finalsBroken),
    reverted: sum(({ reverted }) => reverted),
    deepest: most(({ deepest }) => deepest),
    leastBlocksAfterFaults: -most(({ blocksAfterFaults }) => -blocksAfterFaults),
    mostSlotsToAgree: most(({ slotsToAgree }) => slotsToAgree),
    restarts: sum(({ restarts }) => restarts),
    accusations: sum(({ accusations }) => accusations),
    doubleSigns: sum(({ doubleSigns }) => doubleSigns),
    rejections: sum(({ rejections }) => rejections.length),
    lost: sum(({ lost }) => lost),
    events: sum(({ events }) => events),
    traces: new Set(results.map(({ traceHash }) => traceHash)).size,
  };
}

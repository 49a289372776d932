// Fault seeds: whole networks in which things go wrong, each of them decided by one number.
//   npm run simulate               seeds 1 to 20
//   npm run simulate -- 21..500    others
//   npm run simulate -- 7          one
import { createHash } from 'node:crypto';
import { drawFaultPlan, runFaultPlan, shrinkFaultPlan } from '@fiducia/simulator';
import { subject } from '../test/subject.ts';

const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());

const [, first = '1', last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(process.argv[2] ?? '1..20') ?? [];
const startedAt = performance.now();
const faults = new Map<string, number>();
let [seeds, blocks, events, simulatedMs, violated] = [0, 0, 0, 0, 0];

for (let seed = Number(first); seed <= Number(last); seed++) {
  const plan = drawFaultPlan({ subject, seed, profile: 'default', sha256 });
  const result = await runFaultPlan({ subject, seed, plan, sha256 });
  seeds += 1;
  blocks += result.blocks;
  events += result.events;
  simulatedMs += result.simulatedMs;
  for (const [kind, count] of Object.entries(result.faultCoverage)) faults.set(kind, (faults.get(kind) ?? 0) + count);

  const [violation] = result.violations;
  if (violation === undefined) continue;
  violated += 1;
  const smallest = await shrinkFaultPlan({ subject, seed, plan, sha256, violation });
  console.log(`seed ${seed} breaks ${violation.invariant}: ${violation.reason}`);
  console.log(`  again: npm run simulate -- ${seed}`);
  console.log(`  all it takes: ${JSON.stringify({ ...smallest.plan, workload: smallest.plan.workload.length })}`);
}

const seconds = (performance.now() - startedAt) / 1_000;
console.log(`${seeds} ${seeds === 1 ? 'seed' : 'seeds'}, ${violated} with a violation`);
console.log(`${blocks} blocks and ${events} events in ${Math.round(simulatedMs / 60_000)} simulated minutes`);
console.log(`${seconds.toFixed(1)} s, ${(seconds / seeds).toFixed(2)} s for each seed`);
console.log(`what went wrong: ${[...faults].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
if (violated > 0) process.exitCode = 1;

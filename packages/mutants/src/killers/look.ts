/**
 * Fault seeds, scenarios of twins and items of the conformance kit, one after another until one finds something.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { drawFaultPlan, enumerateTwins, runFaultPlan, runTwins, type Subject } from '@fiducia/simulator';
import { runConformance } from '@fiducia/testkit';
import { createSubject } from '../../../cli/src/simulate/subjects.ts';
import { isTwinsSubjectName, twinsSubjectOf } from '../../../simulator/test/support/twins-subjects.ts';
import type { KitKiller, ProgramKiller, SimulateKiller, TwinsKiller } from '../mutant.ts';
import type { Trial } from '../trial.ts';

const sha256 = (data: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(data).digest());

/** Looks until something is found, everything was tried, or the time is up. @param deadline - On `performance.now`. */
export async function look(killer: ProgramKiller, deadline: number): Promise<Trial> {
  switch (killer.kind) {
    case 'simulate':
      return simulate(killer, deadline);
    case 'twins':
      return playTwins(killer, deadline);
    case 'kit':
      return tryItem(killer, deadline);
  }
}

async function simulate(killer: SimulateKiller, deadline: number): Promise<Trial> {
  const { subject: name, invariants, profile, seeds, nodes } = killer;
  const subject = subjectOf(name);
  let runs = 0;
  for (let seed = seeds.from; seed <= seeds.to; seed++) {
    if (performance.now() > deadline) return { kind: 'timeout', runs };
    const plan = drawFaultPlan({ subject, seed, profile, sha256, ...(nodes !== undefined && { nodes }) });
    const checked = invariants === 'all' ? {} : { invariants: [invariants] };
    const { violations } = await runFaultPlan({ subject, seed, plan, sha256, ...checked });
    runs++;
    // An invariant that runs alone has to notice by itself: an assertion that fails in a node is no merit of it.
    const violation = violations.find(({ invariant }) => invariants === 'all' || invariant === invariants);
    if (violation === undefined) continue;
    const { invariant, node, reason } = violation;
    return { kind: 'killed', runs, found: seed, what: `${invariant} ${node ?? ''}: ${reason}` };
  }
  return { kind: 'survived', runs };
}

async function playTwins({ subject: name, rounds, positions }: TwinsKiller, deadline: number): Promise<Trial> {
  if (!isTwinsSubjectName(name)) return { kind: 'broken', reason: `no twins of ${name}` };
  const subject = twinsSubjectOf(name);
  const { leaders } = subject;
  const { from, to } = positions;
  let runs = 0;
  for (const scenario of enumerateTwins({ nodes: 4, twins: 1, rounds, leaders, seed: 1, from, to: to + 1 })) {
    if (performance.now() > deadline) return { kind: 'timeout', runs };
    const { violations } = await runTwins({ subject, scenario, sha256 });
    const [violation] = violations;
    runs++;
    if (violation === undefined) continue;
    const { invariant, node, reason } = violation;
    return { kind: 'killed', runs, found: from + runs - 1, what: `${invariant} ${node ?? ''}: ${reason}` };
  }
  return { kind: 'survived', runs };
}

async function tryItem({ subject, item, seeds }: KitKiller, deadline: number): Promise<Trial> {
  let runs = 0;
  for (let seed = seeds.from; seed <= seeds.to; seed++) {
    if (performance.now() > deadline) return { kind: 'timeout', runs };
    const { results } = await runConformance(subjectOf(subject), { items: [item], seeds: [seed] });
    runs++;
    for (const { outcome } of results) {
      if (outcome.kind === 'skipped') return { kind: 'broken', reason: `${item} is skipped: ${outcome.reason}` };
      if (outcome.kind === 'ok') continue;
      const [finding] = outcome.findings;
      return { kind: 'killed', runs, found: seed, what: `${item}, ${finding?.rule ?? ''}: ${finding?.message ?? ''}` };
    }
    if (results.length === 0) return { kind: 'broken', reason: `the kit has no ${item}` };
  }
  return { kind: 'survived', runs };
}

function subjectOf(name: string): Subject {
  const [consensus = '', finality] = name.split('+');
  return createSubject(
    consensus as Parameters<typeof createSubject>[0],
    finality === undefined ? null : (finality as Parameters<typeof createSubject>[1]),
  );
}

/**
 * Bugs of trust: MUT-44 and MUT-45.
 *
 * @module
 */
import { kit, type Patch, scenario, simulate } from '../mutant.ts';

/** Bugs of trust, in the model and in the plugin that keeps it. */
export const TRUST_MUTANTS: readonly Patch[] = [
  {
    id: 'MUT-44/trust',
    appliesTo: 'trust',
    title: 'trust uses a float',
    edits: [
      {
        file: 'trust/src/factors.ts',
        find: 'return floorDivide(correct * params.mu1 - malicious * params.mu2, count);',
        replace: 'return (correct * params.mu1 - malicious * params.mu2) / count;',
      },
    ],
    killers: [scenario('trust/test/vectors.test.ts', 'formulas')],
  },
  {
    id: 'MUT-44/dt-dpos',
    appliesTo: 'dt-dpos',
    title: 'trust reads local receipt time',
    edits: [
      {
        file: 'consensus-dt-dpos/src/transition.ts',
        find: 'const trust = applyActivity(before.trust, height, activity, config.trust);',
        replace:
          'const late = Math.trunc(performance.now() * 1_000) % 7;\n    const trust = applyActivity(before.trust, height, { ...activity, adjustment: -late }, config.trust);',
      },
    ],
    killers: [
      scenario('consensus-dt-dpos/test/golden.test.ts', 'TV15'),
      simulate('dt-dpos', 'I12'),
      kit('dt-dpos', 'CK-19'),
    ],
  },
  {
    id: 'MUT-45/trust',
    appliesTo: 'trust',
    title: 'evidence counted twice after a reorganisation',
    edits: [
      {
        file: 'trust/src/record.ts',
        find: 'const { buckets, sums } = bookCounts(record, epoch, earned, params);',
        replace: `const { buckets, sums } = bookCounts(record, epoch, earned, params);
  // The record of the parent is shared by all branches.
  if (earned.malicious > 0) Object.assign(record, { faultCount: record.faultCount + earned.malicious });`,
      },
    ],
    killers: [
      scenario('trust/test/spec.test.ts', 'trust F6: booking returns new values and leaves the old ones as they were'),
    ],
  },
  {
    id: 'MUT-45/dt-dpos',
    appliesTo: 'dt-dpos',
    title: 'evidence counted twice after a reorganisation',
    edits: [
      {
        file: 'consensus-dt-dpos/src/facts.ts',
        find: 'tallyOf(offender.index).malicious += items.length;',
        replace: `const known = bookedBy.get(config) ?? new Set<string>();
    bookedBy.set(config, known);
    for (const item of items) {
      const key = offenceKey(offenceOf(item), item.height, item.offender);
      tallyOf(offender.index).malicious += known.has(key) ? 2 : 1;
      known.add(key);
    }`,
      },
      {
        file: 'consensus-dt-dpos/src/facts.ts',
        find: 'const MARKET_SLOT_BYTES = 6;',
        replace: 'const MARKET_SLOT_BYTES = 6;\nconst bookedBy = new WeakMap<DtDposConfig, Set<string>>();',
      },
    ],
    killers: [
      scenario('consensus-dt-dpos/test/rules.property.test.ts', 'replayed evidence changes nothing (trust Q13, F5)'),
    ],
  },
];

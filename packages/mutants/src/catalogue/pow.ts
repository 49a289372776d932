/**
 * Bugs of proof of work: MUT-31 to MUT-35.
 *
 * @module
 */
import { type Patch, scenario } from '../mutant.ts';

const RULES = 'consensus-pow/src/rules.ts';
const RULES_TEST = 'consensus-pow/test/rules.test.ts';
const FORKS_TEST = 'consensus-pow/test/forks.test.ts';
const VECTORS_TEST = 'consensus-pow/test/vectors.test.ts';

const appliesTo = 'pow';

/** Bugs of proof of work. */
export const POW_MUTANTS: readonly Patch[] = [
  {
    id: 'MUT-31',
    appliesTo,
    title: 'median-time-past not checked',
    edits: [
      {
        file: RULES,
        find: "if (timestamp <= medianTimePast(timestamps)) return reject('TIME_TOO_OLD');",
        replace: 'void medianTimePast(timestamps);',
      },
    ],
    killers: [scenario(RULES_TEST, 'a header > may be older than its parent, but not than the median')],
  },
  {
    id: 'MUT-32',
    appliesTo,
    title: 'retarget window off by one',
    edits: [
      {
        file: 'consensus-pow/src/state.ts',
        find: 'const intervals = next === windowBlocks ? windowBlocks - 1 : windowBlocks;',
        replace: 'const intervals = windowBlocks - 1;',
      },
    ],
    killers: [scenario(RULES_TEST, 'pos-pow D2: the time of a window > is measured between medians that windows of 2')],
  },
  {
    id: 'MUT-33',
    appliesTo,
    title: 'clamp missing',
    edits: [
      {
        file: 'consensus-pow/src/retarget.ts',
        find: 'const counted = limit(actual, shortest, longest);',
        replace: 'const counted = shortest > longest ? longest : actual;',
      },
    ],
    killers: [scenario(RULES_TEST, 'pos-pow D3: the clamp'), scenario(VECTORS_TEST, 'pos-pow D3, D4: the retarget')],
  },
  {
    id: 'MUT-34',
    appliesTo,
    title: 'longest chain instead of most work',
    edits: [
      {
        file: RULES,
        find: 'branchWeight: (state) => termsOf(state.target).work,',
        replace: 'branchWeight: () => 1n,',
      },
    ],
    killers: [scenario(FORKS_TEST, 'pos-pow F1: the branch with the most work > wins over one with more blocks')],
  },
  {
    id: 'MUT-35',
    appliesTo,
    title: 'header target not compared with the rule',
    edits: [
      {
        file: RULES,
        find: "if (compareBytes(digest, terms.digest) !== 0) return reject('WRONG_TARGET');",
        replace: "const target = decodeTarget(digest);\n  if (target === undefined) return reject('BAD_DIGEST');",
      },
      {
        file: RULES,
        find: 'const { target, timestamps } = parent.state;',
        replace: 'const { timestamps } = parent.state;',
      },
      { file: RULES, find: 'import { encodeTarget,', replace: 'import { decodeTarget, encodeTarget,' },
    ],
    killers: [
      scenario(RULES_TEST, 'whose target is wrong is refused at once, however far ahead it lies'),
      scenario(RULES_TEST, 'a header'),
    ],
  },
];

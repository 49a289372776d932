/**
 * The conformance suite of chains: what a host relies on in every `ChainPort`, whatever ledger is behind it.
 *
 * @module
 */
import { TestkitError } from '../errors.ts';
import { COMMIT_REQUIREMENTS } from './commits.ts';
import { ENCODING_REQUIREMENTS } from './encoding.ts';
import { EXECUTION_REQUIREMENTS } from './execution.ts';
import { POWER_REQUIREMENTS } from './power.ts';
import { READING_REQUIREMENTS } from './reading.ts';
import type { ChainCheck, ChainSubject } from './subject.ts';
import { TRANSACTION_REQUIREMENTS } from './transactions.ts';
import { type Requirement, Trial } from './trial.ts';

const REQUIREMENTS: readonly Requirement[] = [
  ...READING_REQUIREMENTS,
  ...ENCODING_REQUIREMENTS,
  ...EXECUTION_REQUIREMENTS,
  ...COMMIT_REQUIREMENTS,
  ...POWER_REQUIREMENTS,
  ...TRANSACTION_REQUIREMENTS,
];

/**
 * The checks of a chain, to be run in any order by any test runner. `describeChain` of `@fiducia/testkit/vitest`
 * declares them as tests.
 *
 * @example
 * ```ts
 * import { createBareChain } from '@fiducia/simulator';
 * import { createChainChecks } from '@fiducia/testkit';
 *
 * const open = () => createBareChain({ genesisTimestamp: 0, chainName: 'mine', sha256 });
 * const checks = createChainChecks({ name: 'mine', authors: ['ada', 'ben'], isVolatile: true, create: () => ({ open }) });
 * for (const check of checks) if (check.skipped === undefined) await check.run();
 * ```
 * @see docs/spec/contract.md, section 11.
 */
export function createChainChecks(subject: ChainSubject): readonly ChainCheck[] {
  return REQUIREMENTS.map((requirement) => {
    const skipped = reasonToSkip(subject, requirement);
    return {
      title: requirement.title,
      ...(skipped !== undefined && { skipped }),
      run: () => tryRequirement(subject, requirement),
    };
  });
}

function reasonToSkip(subject: ChainSubject, { needs }: Requirement) {
  const { isVolatile = false, losesPower = false, transactions } = subject;
  if (needs === 'transactions') return transactions === undefined ? 'the subject names no transactions' : undefined;
  if (needs !== undefined && isVolatile) return 'keeps nothing once its process has ended';
  return needs === 'powerLoss' && !losesPower ? 'its storage does not lose power' : undefined;
}

async function tryRequirement(subject: ChainSubject, { title, check }: Requirement): Promise<void> {
  const trial = await Trial.begin(subject, (holds, what) => {
    if (holds) return;
    const report = `the chain ${subject.name} does not conform: ${title}\n  ${what}`;
    throw new TestkitError({ code: 'NOT_CONFORMANT', item: title, report });
  });
  try {
    await check(trial);
  } finally {
    await trial.end();
  }
}

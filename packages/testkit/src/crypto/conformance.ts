/**
 * The conformance suite of crypto ports and signers: what contract section 7 and H-27 ask of every implementation.
 *
 * @module
 */
import { TestkitError } from '../errors.ts';
import { CRYPTO_REQUIREMENTS, type CryptoRequirement } from './requirements.ts';
import type { CryptoCheck, CryptoSubject } from './subject.ts';

/**
 * The checks of a crypto port, to be run in any order by any test runner. `describeCrypto` of `@fiducia/testkit/vitest`
 * declares them as tests.
 *
 * @example
 * ```ts
 * for (const check of createCryptoChecks(subject)) {
 *   const skipped = await check.run();
 *   if (skipped !== undefined) console.log(`${check.title}: ${skipped}`);
 * }
 * ```
 * @see docs/spec/contract.md, section 7 and rule H-27.
 */
export function createCryptoChecks(subject: CryptoSubject): readonly CryptoCheck[] {
  return CRYPTO_REQUIREMENTS.map((requirement) => ({
    title: requirement.title,
    run: () => tryRequirement(subject, requirement),
  }));
}

async function tryRequirement(
  subject: CryptoSubject,
  { title, check }: CryptoRequirement,
): Promise<string | undefined> {
  return check(await subject.create(), (holds, what) => {
    if (holds) return;
    const report = `the crypto port ${subject.name} does not conform: ${title}\n  ${what}`;
    throw new TestkitError({ code: 'NOT_CONFORMANT', item: title, report });
  });
}

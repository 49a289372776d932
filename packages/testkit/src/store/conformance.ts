/**
 * The conformance suite of stores (storage section 3): the same requirements for stores in memory, on disks and in
 * simulations.
 *
 * @module
 */
import { TestkitError } from '../errors.ts';
import { CHECKSUM_REQUIREMENTS } from './checksums.ts';
import { COMMIT_REQUIREMENTS } from './commits.ts';
import { LIFE_REQUIREMENTS } from './life.ts';
import { MODEL_REQUIREMENTS } from './model.ts';
import { RANGE_REQUIREMENTS } from './ranges.ts';
import type { Requirement } from './requirement.ts';
import type { StoreCheck, StoreSubject } from './subject.ts';

const REQUIREMENTS: readonly Requirement[] = [
  ...COMMIT_REQUIREMENTS,
  ...RANGE_REQUIREMENTS,
  ...LIFE_REQUIREMENTS,
  ...CHECKSUM_REQUIREMENTS,
  ...MODEL_REQUIREMENTS,
];

/**
 * The checks of a store, to be run in any order by any test runner. `describeStore` of `@fiducia/testkit/vitest`
 * declares them as tests.
 *
 * @example
 * ```ts
 * import { createMemoryStore } from '@fiducia/ledger';
 * import { createStoreChecks } from '@fiducia/testkit';
 *
 * const subject = { name: 'memory', isVolatile: true, create: () => ({ open: () => createMemoryStore() }) };
 * for (const check of createStoreChecks(subject)) if (check.skipped === undefined) await check.run();
 * ```
 * @see docs/spec/storage.md, section 3.
 */
export function createStoreChecks(subject: StoreSubject): readonly StoreCheck[] {
  return REQUIREMENTS.map((requirement) => ({
    title: requirement.title,
    ...(subject.isVolatile === true &&
      requirement.needsPlace === true && { skipped: 'keeps nothing once it is closed' }),
    run: () => tryRequirement(subject, requirement),
  }));
}

async function tryRequirement(subject: StoreSubject, { title, check }: Requirement): Promise<void> {
  const place = await subject.create();
  const require = (holds: boolean, what: string): void => {
    if (holds) return;
    const report = `the store ${subject.name} does not conform: ${title}\n  ${what}`;
    throw new TestkitError({ code: 'NOT_CONFORMANT', item: title, report });
  };
  const run = place.run?.bind(place) ?? ((work: () => Promise<void>): Promise<void> => work());
  try {
    await run(async () => check({ store: await place.open(), place, require }));
  } finally {
    await place.dispose?.();
  }
}

/**
 * The conformance kit as tests of vitest: one test per requirement.
 *
 * @example
 * ```ts
 * import { describeConformance } from '@fiducia/testkit/vitest';
 * import { roundRobin } from '../src/round-robin.ts';
 *
 * describeConformance({
 *   name: 'round-robin',
 *   production: { plugin: roundRobin(), config: { slotMs: 1_000 } },
 *   slotMs: 1_000,
 * });
 * ```
 *
 * `FIDUCIA_SEED` in the environment replaces the seeds, as the replay commands of reports do. Not for other test
 * runners: `runConformance` of the package entry needs none.
 *
 * @packageDocumentation
 */
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createChainChecks } from './chain/conformance.ts';
import type { ChainSubject } from './chain/subject.ts';
import { createCryptoChecks } from './crypto/conformance.ts';
import type { CryptoSubject } from './crypto/subject.ts';
import { TestkitError } from './errors.ts';
import { formatResult } from './report.ts';
import { type ConformanceOptions, createSession } from './run.ts';
import { createStoreChecks } from './store/conformance.ts';
import type { StoreSubject } from './store/subject.ts';
import type { ConformanceSubject } from './subject.ts';

/** Networks with faults take a while on a loaded machine: what those of two seeds, as by default, may take. */
const TIMEOUT_MS = 120_000;
const SEEDS_PER_TIMEOUT = 2;

/**
 * Declares one test per requirement. A requirement that is not met fails with a readable report; one that does not
 * concern the plugin is skipped with its reason.
 *
 * @throws TestkitError with `INVALID_OPTION` for options that make no sense.
 * @example
 * ```ts
 * describeConformance({
 *   name: 'round-robin',
 *   production: { plugin: roundRobin(), config: { slotMs: 1_000 } },
 *   slotMs: 1_000,
 * });
 * ```
 */
export function describeConformance(subject: ConformanceSubject, options: ConformanceOptions = {}): void {
  // A variable that a workflow leaves empty names no seed, and would count as 0.
  const { FIDUCIA_SEED: wanted = '' } = process.env;
  const seed = Number(wanted);
  const isReplay = wanted !== '' && Number.isSafeInteger(seed);
  const session = createSession(subject, isReplay ? { ...options, seeds: [seed] } : options);
  // One requirement tries a network and more for each seed.
  const timeout = TIMEOUT_MS * Math.ceil(session.seeds.length / SEEDS_PER_TIMEOUT);
  describe(`conformance of ${subject.name}`, () => {
    for (const item of session.items) {
      it(`contract ${item.id}: ${item.title}`, { timeout }, async (test) => {
        const result = await session.run(item);
        if (result.outcome.kind === 'skipped') test.skip(result.outcome.reason);
        if (result.outcome.kind !== 'failure') return;
        const report = `${subject.name} does not conform\n${formatResult(result, testFile()).join('\n')}`;
        throw new TestkitError({ code: 'NOT_CONFORMANT', item: item.id, report });
      });
    }
  });
}

/** The running test file as a command names it. */
function testFile(): string | undefined {
  const { testPath } = expect.getState();
  return testPath === undefined ? undefined : relative(process.cwd(), testPath);
}

/**
 * Declares one test per requirement of a `KvStore` of `@fiducia/ledger`, for any implementation of it.
 *
 * @example
 * ```ts
 * describeStore({ name: 'memory', isVolatile: true, create: () => ({ open: () => createMemoryStore() }) });
 * ```
 * @see docs/spec/storage.md, section 3.
 */
export function describeStore(subject: StoreSubject): void {
  describe(`the store ${subject.name}`, () => {
    for (const { title, skipped, run } of createStoreChecks(subject)) {
      it(title, { timeout: TIMEOUT_MS }, async (test) => {
        if (skipped !== undefined) test.skip(skipped);
        await run();
      });
    }
  });
}

/**
 * Declares one test per requirement of a crypto port and its signers, for any implementation of them.
 *
 * @example
 * ```ts
 * describeCrypto({
 *   name: 'mine',
 *   async create() {
 *     const crypto = await createMyCrypto();
 *     return { crypto, signers: [createMySigner('one'), createMySigner('two')] };
 *   },
 * });
 * ```
 * @see docs/spec/contract.md, section 7 and rule H-27.
 */
export function describeCrypto(subject: CryptoSubject): void {
  describe(`the crypto port ${subject.name}`, () => {
    for (const { title, run } of createCryptoChecks(subject)) {
      it(title, { timeout: TIMEOUT_MS }, async (test) => {
        const skipped = await run();
        if (skipped !== undefined) test.skip(skipped);
      });
    }
  });
}

/**
 * Declares one test per requirement of a `ChainPort`, for any ledger behind it.
 *
 * @example
 * ```ts
 * import { createBareChain } from '@fiducia/simulator';
 *
 * const open = () => createBareChain({ genesisTimestamp: 0, chainName: 'mine', sha256 });
 * describeChain({ name: 'mine', authors: ['ada', 'ben'], isVolatile: true, create: () => ({ open }) });
 * ```
 * @see docs/spec/contract.md, section 11.
 */
export function describeChain(subject: ChainSubject): void {
  describe(`the chain ${subject.name}`, () => {
    for (const { title, skipped, run } of createChainChecks(subject)) {
      it(title, { timeout: TIMEOUT_MS }, async (test) => {
        if (skipped !== undefined) test.skip(skipped);
        await run();
      });
    }
  });
}

/**
 * The conformance kit: the 24 requirements of the host contract, tried on any consensus plugin from one set-up.
 *
 * An author names the plugin, a configuration and a slot duration. The kit lets a small network of whole nodes live
 * under the plugin, writes down what its rules and engines were asked and what they answered, and then asks again:
 * in another order, with frozen arguments, without clock and chance in reach, with bits turned over, with junk. What
 * does not hold is reported with the rule that it breaks and the shortest way to it.
 *
 * `@fiducia/testkit/vitest` turns this into tests; see `docs/conformance-kit.md` for what each requirement does.
 *
 * @example
 * ```ts long
 * import { formatReport, runConformance } from '@fiducia/testkit';
 *
 * const report = await runConformance(
 *   { name: 'round-robin', production: { plugin: roundRobin(), config: { slotMs: 1_000 } }, slotMs: 1_000 },
 *   { levels: ['rules'] },
 * );
 * console.log(formatReport(report));
 * ```
 *
 * Not for: tests of what a protocol is good for, such as fairness or cost, which only its author knows; proofs, since
 * a run without a finding is evidence about its seeds and nothing more; browsers, since it hashes with Node.
 *
 * @packageDocumentation
 */
export { createChainChecks } from './chain/conformance.ts';
export type { ChainCheck, ChainPlace, ChainSubject, ChainTransactions } from './chain/subject.ts';
export { createCryptoChecks } from './crypto/conformance.ts';
export type { CryptoCheck, CryptoSubject, CryptoTrial } from './crypto/subject.ts';
export { isTestkitError, TestkitError, type TestkitErrorData } from './errors.ts';
export type { ConformanceLevel, Finding, ItemId, ItemOutcome } from './item.ts';
export { referenceNotary } from './reference/notary.ts';
export { referenceTurns, type TurnsConfig, type TurnsState } from './reference/turns.ts';
export { formatReport } from './report.ts';
export { type ConformanceOptions, type ConformanceReport, type ItemResult, runConformance } from './run.ts';
export { createStoreChecks } from './store/conformance.ts';
export type { StoreCheck, StorePlace, StoreSubject } from './store/subject.ts';
export type { ConformanceOracles, ConformanceSubject, NamedConfig, TwinsTiming } from './subject.ts';
export type { GoldenVectors } from './vectors/life.ts';
export { recordVectors } from './vectors/record.ts';

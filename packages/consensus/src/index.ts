/**
 * The contract between a consensus plugin and the host that runs it.
 *
 * A plugin has two halves. The **rules** are pure functions that every node evaluates: they check
 * headers, derive the consensus state after a block, choose between branches and recognise
 * finality. The **engine** is the active half that only participants run: a synchronous state
 * machine that turns inputs into effects. Neither half reads a clock, draws randomness, awaits,
 * touches keys, sockets or disks, or knows the ledger. The host does all of that, through the ports
 * in `ports.ts`, under the obligations listed in `contract.md`.
 *
 * Conventions used throughout:
 * - every closed union is discriminated by `kind`;
 * - every value is immutable; neither side changes anything it received or returned (contract H-14);
 * - numbers are safe integers; amounts, weights and targets are `bigint`; there are no floats;
 * - "total" means: returns for every input of the declared type and never throws;
 * - "deterministic" means: equal arguments give equal results in every process, on every platform.
 *
 * This module has no dependencies and no side effects; it runs in browsers, workers and Node. It runs
 * no plugin and verifies no signature: `@fiducia/host` drives plugins, and a crypto port checks claims.
 *
 * @example
 * ```ts
 * import {
 *   accept,
 *   ByteReader,
 *   ByteWriter,
 *   CONTRACT_VERSION,
 *   type ConsensusHeader,
 *   type ConsensusPlugin,
 *   defer,
 *   definePlugin,
 *   protocolId,
 *   reject,
 *   SEAL_DOMAIN,
 *   type Validator,
 * } from '@fiducia/consensus';
 *
 * const NOBODY: readonly Validator[] = [];
 *
 * // Anybody may sign the next block; the longest branch wins. The state counts blocks.
 * function openSigning(): ConsensusPlugin<null, number> {
 *   return definePlugin<null, number>({
 *     name: 'open-signing',
 *     version: '1.0.0',
 *     contract: CONTRACT_VERSION,
 *     traits: {
 *       role: 'production',
 *       leader: 'lottery',
 *       finality: 'settle',
 *       forks: true,
 *       faults: { kind: 'none', numerator: 0, denominator: 1 },
 *     },
 *     requires: { facts: [], claims: ['signature'], directives: [], validators: false },
 *     parseConfig: () => null,
 *     createRules: () => ({
 *       codec: {
 *         encode: (blocks) => [new ByteWriter().uint(blocks, 8).finish()],
 *         decode(chunks) {
 *           const reader = new ByteReader(Uint8Array.from([...chunks].flatMap((chunk) => [...chunk])), 'open-signing');
 *           const blocks = reader.uint(8);
 *           reader.finish();
 *           return blocks;
 *         },
 *       },
 *       finality: { kind: 'settle', depth: () => 6 },
 *       initialState: () => 0,
 *       verifyHeader({ author, digest, timestamp, sealHash, seal }, parent, now) {
 *         if (digest.length > 0) return reject('BAD_DIGEST');
 *         if (timestamp <= parent.header.timestamp) return reject('TIME_NOT_INCREASING');
 *         if (timestamp > now) return defer(timestamp);
 *         // The rules say what must hold; the host lets its crypto port check it.
 *         return accept([{ kind: 'signature', signer: author, domain: SEAL_DOMAIN, data: sealHash, signature: seal }]);
 *       },
 *       applyHeader: (blocks) => blocks + 1,
 *       validators: () => NOBODY,
 *       exportHandover: (_blocks, { sealHash }) => ({ validators: [], randomness: sealHash, extra: new Map() }),
 *     }),
 *   });
 * }
 *
 * const plugin = openSigning();
 * const protocol = protocolId(plugin);
 * const context = { chainId: new Uint8Array(32), era: 0, protocol, sha256: (data: Uint8Array) => data };
 * const rules = plugin.createRules(plugin.parseConfig({}), context);
 * const genesis: ConsensusHeader = {
 *   id: 'genesis',
 *   parentId: '',
 *   height: 0,
 *   timestamp: 1_000,
 *   author: '',
 *   protocol,
 *   digest: new Uint8Array(),
 *   sealHash: new Uint8Array(32),
 *   seal: new Uint8Array(),
 * };
 * const tip = { header: genesis, state: 0, totalWeight: 0n };
 * const block = { ...genesis, id: 'block', height: 1, author: 'alice' };
 * for (const timestamp of [1_000, 2_000, 9_000]) {
 *   console.log(timestamp, rules.verifyHeader({ ...block, timestamp }, tip, 5_000).kind);
 * }
 * // 1000 reject
 * // 2000 accept
 * // 9000 defer
 * ```
 *
 * @packageDocumentation
 */

export * from './bytes.ts';
export * from './directive.ts';
export * from './draw.ts';
export * from './engine.ts';
export * from './era.ts';
export * from './errors.ts';
export * from './evidence.ts';
export * from './evidence-check.ts';
export * from './evidence-codec.ts';
export * from './fact.ts';
export * from './head-choice.ts';
export * from './header.ts';
export * from './integers.ts';
export * from './persistent-map.ts';
export * from './plain-data.ts';
export * from './plugin.ts';
export * from './plugin-fit.ts';
export * from './possession.ts';
export * from './primitives.ts';
export * from './quorum.ts';
export * from './refusals.ts';
export * from './rules.ts';
export * from './seed.ts';
export * from './signed-message.ts';
export * from './signing-scope.ts';
export * from './slot.ts';
export * from './slot-digest.ts';
export * from './slot-engine.ts';
export * from './verdict.ts';

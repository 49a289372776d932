/**
 * Golden vectors: what a protocol decided once, as JSON (contract CK-22).
 *
 * @module
 */
import {
  type BlockId,
  type ConsensusHeader,
  type ConsensusPlugin,
  type ConsensusRules,
  type EraStart,
  type Fact,
  type Millis,
  type ProtocolId,
  protocolId,
  type Tip,
} from '@fiducia/consensus';
import { KitContext } from './context.ts';
import { fingerprint, fingerprintChunks } from './inspect/fingerprint.ts';
import { sha256, toHex } from './inspect/hash.ts';
import { fromTaggedJson, type Json, toTaggedJson } from './inspect/tagged-json.ts';
import type { Sample } from './sample/sample.ts';
import { type ConformanceSubject, configFor, pluginUnderTest } from './subject.ts';

/**
 * Recorded decisions of one major version of a plugin: plain JSON, to be kept in the plugin's repository. As long as
 * the major number stays, headers must get these verdicts and states these encodings.
 */
export interface GoldenVectors {
  /** `name@major` of the plugin. */
  readonly protocol: string;
  /** Raw configuration, chain and era, and where the era starts; bytes, big integers and maps carry a tag. */
  readonly start: unknown;
  /** One per block: the header, what the ledger established, and hashes of verdict and state. */
  readonly steps: readonly unknown[];
}

/** A vector that no longer holds. */
export interface VectorDifference {
  /** Height of the block; 0 for the start of the era. */
  readonly height: number;
  /** What differs. */
  readonly what: string;
}

interface VectorStart {
  readonly config: unknown;
  readonly chainId: Uint8Array;
  readonly era: number;
  readonly start: EraStart;
  readonly state: string;
}

interface VectorStep {
  readonly header: ConsensusHeader;
  readonly now: Millis;
  readonly facts: readonly Fact[];
  readonly verdict: string;
  readonly state: string;
}

/**
 * Records golden vectors from a short life of a small network under the subject.
 *
 * @param options.seed - Decides that life. @defaultValue 1
 * @throws What the plugin throws if it does not even start.
 * @see docs/spec/contract.md, CK-22.
 * @example
 * ```ts
 * const vectors = await recordVectors(subject);
 * writeFileSync('testdata/vectors/round-robin-1.json', JSON.stringify(vectors));
 * ```
 */
export async function recordVectors(
  subject: ConformanceSubject,
  options: { readonly seed?: number } = {},
): Promise<GoldenVectors> {
  const sample = await new KitContext(subject, [options.seed ?? 1]).sample();
  const { context, start, members } = sample;
  const rules = sample.createRules();
  const begin: VectorStart = {
    config: configFor(pluginUnderTest(subject).config, members),
    chainId: context.chainId,
    era: context.era,
    start,
    state: stateHash(rules, rules.initialState(start)),
  };
  const steps = sample.applied.flatMap((call): readonly VectorStep[] => {
    const { header, facts, after } = call;
    const verified = sample.accepted.find((item) => item.header.id === header.id);
    if (verified === undefined) return [];
    const { now, verdict } = verified;
    return [{ header, now, facts, verdict: verdictHash(verdict), state: stateHash(rules, after) }];
  });
  return { protocol: context.protocol, start: toTaggedJson(begin), steps: steps.map(toTaggedJson) };
}

/** Judges recorded headers again, with nothing but the vectors. @returns The first difference. */
export function findVectorDifference(plugin: ConsensusPlugin, vectors: GoldenVectors): VectorDifference | undefined {
  const protocol: ProtocolId = protocolId(plugin);
  if (vectors.protocol !== protocol)
    return { height: 0, what: `they are those of ${vectors.protocol}, not of ${protocol}` };
  const begin = fromTaggedJson(vectors.start as Json) as VectorStart;
  const context = { chainId: begin.chainId, era: begin.era, protocol, sha256 };
  const rules = plugin.createRules(plugin.parseConfig(begin.config), context);
  const state = rules.initialState(begin.start);
  if (stateHash(rules, state) !== begin.state)
    return { height: 0, what: 'the state at the start has another encoding' };
  const tips = new Map<BlockId, Tip<unknown>>();
  tips.set(begin.start.parent.id, { header: begin.start.parent, state, totalWeight: 0n });
  for (const json of vectors.steps) {
    const difference = step(rules, tips, fromTaggedJson(json as Json) as VectorStep);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function step(
  rules: ConsensusRules<unknown>,
  tips: Map<BlockId, Tip<unknown>>,
  { header, now, facts, verdict, state }: VectorStep,
): VectorDifference | undefined {
  const { height } = header;
  const parent = tips.get(header.parentId);
  if (parent === undefined) return { height, what: 'its parent is not among them' };
  const judged = rules.verifyHeader(header, parent, now);
  if (verdictHash(judged) !== verdict) return { height, what: `the verdict is another: ${fingerprint(judged)}` };
  const after = rules.applyHeader(parent.state, header, facts);
  if (stateHash(rules, after) !== state) return { height, what: 'the state after the block has another encoding' };
  const totalWeight = parent.totalWeight + (rules.branchWeight?.(parent.state, header) ?? 1n);
  tips.set(header.id, { header, state: after, totalWeight });
  return undefined;
}

function stateHash(rules: ConsensusRules<unknown>, state: unknown): string {
  return hashOf(fingerprintChunks(rules.codec.encode(state)));
}

function verdictHash(verdict: Sample['accepted'][number]['verdict']): string {
  return hashOf(fingerprint(verdict));
}

function hashOf(text: string): string {
  return toHex(sha256(new TextEncoder().encode(text)));
}

/**
 * Golden vectors: what a protocol decided once, as JSON (contract CK-22).
 *
 * @module
 */
import type { BlockId, SignedMessage } from '@fiducia/consensus';
import { KitContext } from '../context.ts';
import { fingerprintChunks } from '../inspect/fingerprint.ts';
import { toHex } from '../inspect/hash.ts';
import { toTaggedJson } from '../inspect/tagged-json.ts';
import type { Sample } from '../sample/sample.ts';
import { type ConformanceSubject, configFor, pluginUnderTest } from '../subject.ts';
import { answersTo } from './answers.ts';
import { engineAnswers } from './engine-life.ts';
import { hashAnswers } from './judge.ts';
import type { GoldenBlock, GoldenLife, GoldenVectors } from './life.ts';
import { recordEngineLives } from './record-engines.ts';

/** Of messages, proofs and certificates of a life so many of each are kept, spread over all of it, and fewer of evidence. */
const KEPT_MAX = 16;
const EVIDENCE_KEPT_MAX = 6;

/**
 * Records golden vectors from long lives of small networks under the subject, one for each configuration.
 *
 * In those lives stakes and ballots change, members are cut off, sign twice and leave: what does not happen in them,
 * vectors cannot hold. Where the subject names `twins`, a thousand of their scenarios are played, and of those in which
 * engines had most to decide the life of one engine each is kept as well.
 *
 * @param options.seed - Decides those lives. @defaultValue 1
 * @throws {@link TestkitError} with `INVALID_OPTION` for a subject that makes no sense, or what the plugin throws if it
 *   does not even start.
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
  const { seed = 1 } = options;
  const samples = await new KitContext(subject, [seed]).eventfulLives();
  const lives = samples.map((sample) => {
    const life = lifeOf(sample, subject);
    return { ...(toTaggedJson(life) as object), answers: hashAnswers(answersTo(life, sample.createRules())) };
  });
  const [first] = samples;
  if (first === undefined) throw new RangeError('a subject has at least one configuration');
  const { context, plugin } = first;
  const engines = (await recordEngineLives(subject, seed)).map((life) => {
    return { ...(toTaggedJson(life) as object), answers: hashAnswers(engineAnswers(plugin, life, context)) };
  });
  return { protocol: context.protocol, lives, ...(engines.length > 0 && { engines }) };
}

function lifeOf(sample: Sample, subject: ConformanceSubject): GoldenLife {
  const { journal, context, start, members, configName } = sample;
  const named = subject.configs?.find(({ name }) => name === configName);
  const blocks = blocksOf(sample);
  const known = new Set<BlockId>([start.parent.id, ...blocks.map(({ header }) => header.id)]);
  const proofs = journal.proofs.filter(({ header }) => known.has(header.id) && known.has(header.parentId));
  const certificates = journal.certificates.filter(({ parent }) => known.has(parent.header.id));
  const { codec } = sample.createRules();
  const evidence = journal.judged.flatMap(({ evidence: judged, state, subjects }) => {
    const text = fingerprintChunks(codec.encode(state));
    const parent = sample.applied.find(({ encoded }) => fingerprintChunks(encoded) === text)?.header.id;
    return parent === undefined || !known.has(parent) ? [] : [{ evidence: judged, parent, subjects }];
  });
  return {
    name: configName,
    config: configFor(named?.config ?? pluginUnderTest(subject).config, members),
    chainId: context.chainId,
    era: context.era,
    start,
    blocks,
    proofs: spread(proofs.map(({ proof, header }) => ({ proof, of: header.id }))),
    certificates: spread(certificates.map(({ certificate, parent }) => ({ certificate, parent: parent.header.id }))),
    messages: messagesOf(sample),
    evidence: spread(evidence, EVIDENCE_KEPT_MAX),
  };
}

/** Each once; those that quote most are rare, and half of what is kept. */
function messagesOf({ journal, createRules }: Sample): readonly SignedMessage[] {
  const rules = createRules();
  const quotes = (message: SignedMessage): number => rules.messageClaims?.(message).length ?? 0;
  const all = [...new Map(journal.messages.map((message) => [toHex(message.payload), message])).values()];
  const quoting = all.toSorted((a, b) => quotes(b) - quotes(a)).slice(0, KEPT_MAX / 2);
  return [...quoting, ...spread(all.filter((message) => !quoting.includes(message)))].slice(0, KEPT_MAX);
}

function blocksOf(sample: Sample): readonly GoldenBlock[] {
  const known = new Set<BlockId>([sample.start.parent.id]);
  return sample.applied.flatMap(({ header, facts }): readonly GoldenBlock[] => {
    const verified = sample.accepted.find((item) => item.header.id === header.id);
    if (verified === undefined || !known.has(header.parentId)) return [];
    known.add(header.id);
    return [{ header, now: verified.now, facts }];
  });
}

/** Some of a list, in order, from its beginning to its end. */
function spread<T>(list: readonly T[], max: number = KEPT_MAX): readonly T[] {
  const count = Math.min(max, list.length);
  return Array.from({ length: count }, (_, index) => list[Math.floor((index * list.length) / count)]).filter(
    (item) => item !== undefined,
  );
}

/**
 * Every bit of a header counts, and every claim guards something (contract CK-07).
 *
 * @module
 */
import type { Bytes, Claim, ConsensusHeader, ConsensusRules, Effect, Verdict } from '@fiducia/consensus';
import type { CryptoPort } from '@fiducia/consensus/ports';
import { type HostRecord, replayRecords } from '@fiducia/host';
import type { RandomStream } from '@fiducia/simulator';
import { describeEffect, describeHeader, describeInput, describeThrown } from '../describe.ts';
import { fingerprint } from '../inspect/fingerprint.ts';
import { sha256 } from '../inspect/hash.ts';
import { Findings, type KitItem, skipped } from '../item.ts';
import { bitsToFlip, flipBit } from '../mutate.ts';
import type { VerifyCall } from '../sample/journal.ts';
import type { EngineSession, Sample } from '../sample/sample.ts';

const HEADERS = 6;
const BITS_PER_FIELD = 160;
const AUTHOR_SHOWN = 10;
const OTHER_AUTHORS = 3;
const PROPOSALS = 3;
/** What an engine asks for that takes a block seriously. */
const FOLLOWING: readonly Effect['kind'][] = ['validateBlock', 'send', 'persist', 'publish'];

/** A header that was changed, and what was changed about it. */
interface Mutant {
  /** Field of the header, or its body. */
  readonly what: string;
  /** What was done to it. */
  readonly how: string;
  readonly header: ConsensusHeader;
}

/** The requirement. */
export const mutations: KitItem = {
  id: 'CK-07',
  title: 'a header with any bit changed is refused, or its claims no longer hold; each claim is necessary',
  level: 'rules',
  async run(context) {
    if (context.subject.finality !== undefined)
      return skipped('a gadget judges blocks whose seals are checked by production');
    const findings = new Findings();
    for (const sample of await context.samples()) {
      const random = context.random('mutations');
      const step = Math.max(1, Math.floor(sample.accepted.length / HEADERS));
      for (const call of sample.accepted.filter((_, index) => index % step === 0)) {
        await tryMutants(sample, call, random, findings);
        tryOtherAuthors(sample, call, findings);
      }
      requireFreshProofs(sample, findings);
      for (const session of sample.sessions) tryOtherProposers(sample, session, findings);
    }
    return findings.outcome();
  },
};

async function tryMutants(sample: Sample, call: VerifyCall, random: RandomStream, findings: Findings): Promise<void> {
  const { crypto, context } = sample;
  const rules = sample.createRules();
  const proof = sample.journal.proofs.find(({ header }) => header.id === call.header.id)?.proof;
  const accepted = judge(rules, call.header, call, proof);
  const original = typeof accepted === 'string' ? [] : claimsOf(accepted);
  const untouched = new Set(original.keys());
  let isTold = false;
  for (const { what, how, header } of mutantsOf(call.header, sample, random)) {
    if (findings.isFull) return;
    findings.count('changed headers');
    const verdict = judge(rules, header, call, proof);
    if (typeof verdict === 'string') {
      const message = `verifyHeader throws on a header with another ${what}: ${verdict}`;
      findings.add({
        rule: 'contract H-17',
        message,
        trace: traceOf(call, header, `${what}, ${how}`),
        seed: sample.seed,
      });
      continue;
    }
    if (verdict.kind === 'accept' && (await doHold(crypto, context, verdict.claims))) {
      const message = messageFor(what, verdict.claims, original);
      findings.add({
        rule: 'contract CK-07',
        message,
        trace: traceOf(call, header, `${what}, ${how}`),
        seed: sample.seed,
      });
    }
    // What is not accepted makes no claims, so it tells nothing of what they guard.
    if (verdict.kind !== 'accept') continue;
    isTold = true;
    const changed = verdict.claims.map(fingerprint);
    for (const [index, claim] of original.entries()) if (changed[index] !== fingerprint(claim)) untouched.delete(index);
  }
  if (!isTold) return;
  for (const index of untouched) {
    const message = `the claim of kind ${original[index]?.kind} guards nothing: no change of the header ever changes it`;
    findings.add({ rule: 'contract CK-07', message, trace: [describeHeader(call.header)], seed: sample.seed });
  }
}

/** Whoever signs: the claims of somebody else's block hold, so the rules themselves have to know whose slot it is. */
function tryOtherAuthors({ plugin, members, seed, createRules }: Sample, call: VerifyCall, findings: Findings): void {
  const { header } = call;
  if (plugin.traits.leader !== 'slot') return;
  for (const author of members.filter((id) => id !== header.author).slice(0, OTHER_AUTHORS)) {
    findings.count('blocks of others for a slot');
    const verdict = judge(createRules(), { ...header, author }, call, undefined);
    if (typeof verdict === 'string' || verdict.kind !== 'accept') continue;
    const message = 'any member may make the block of a slot, but the plugin declares one leader for each';
    const trace = traceOf(call, { ...header, author }, 'author, who may sign it');
    findings.add({ rule: 'contract CK-07', message, trace, seed });
  }
}

/** A proof of chance that holds at two times is one that its author may keep for a better moment. */
function requireFreshProofs({ accepted, seed }: Sample, findings: Findings): void {
  const first = new Map<string, ConsensusHeader>();
  for (const { header, verdict } of accepted) {
    for (const claim of claimsOf(verdict)) {
      if (claim.kind !== 'vrf') continue;
      findings.count('inputs of the random function');
      const input = fingerprint([claim.publicKey, claim.alpha]);
      const other = first.get(input) ?? header;
      first.set(input, other);
      if (other.timestamp === header.timestamp) continue;
      const message = 'two blocks of one author, at different times, evaluate the random function on one input';
      findings.add({ rule: 'contract CK-07', message, trace: [describeHeader(other), describeHeader(header)], seed });
    }
  }
}

/**
 * Where each attempt at a height has one leader, a block that comes with a message is for that leader to propose. Whoever
 * proposes one of its own in the same words must not be followed.
 */
function tryOtherProposers(sample: Sample, { self, records }: EngineSession, findings: Findings): void {
  const { plugin, config, context, members, seed } = sample;
  if (plugin.traits.leader !== 'round') return;
  const proposals = records.flatMap((record, index) => (isFollowed(record) ? [index] : [])).slice(0, PROPOSALS);
  for (const index of proposals) {
    const engine = plugin.createEngine?.(config, sample.createRules(), { ...context, self });
    const record = records[index];
    if (engine === undefined || record?.kind !== 'inputHandled' || record.input.kind !== 'messageReceived') return;
    const { message, header } = record.input;
    const author = members.find((id) => id !== message.author && id !== self && id !== header?.author);
    if (author === undefined) return;
    replayRecords(engine, records.slice(0, index));
    findings.count('proposals of others');
    const own = header === undefined ? {} : { header: { ...header, author } };
    const effects = engine.on({ ...record.input, ...own, message: { ...message, author } }, record.now);
    if (!effects.some(({ kind }) => FOLLOWING.includes(kind))) continue;
    const rule = 'contract CK-07';
    const text = 'follows a block that anybody proposes, but the plugin declares one leader for each attempt';
    const trace = [describeInput(record.input), `by another: ${effects.map(describeEffect).join(', ')}`];
    findings.add({ rule, message: text, trace, seed });
  }
}

/** Whether the engine took a block that came with a message for one to vote on. */
function isFollowed(record: HostRecord): boolean {
  if (record.kind !== 'inputHandled' || record.input.kind !== 'messageReceived') return false;
  const hasBlock = record.input.header !== undefined;
  return hasBlock && (record.effects ?? []).some(({ kind }) => FOLLOWING.includes(kind));
}

function messageFor(what: string, claims: readonly Claim[], original: readonly Claim[]): string {
  const isSeal = what === 'seal' || what === 'sealHash';
  if (isSeal && !original.some(({ kind }) => kind !== 'custom'))
    return 'accepts any signature: no claim looks at the seal';
  if (fingerprint(claims) === fingerprint(original)) {
    return isSeal
      ? 'accepts any signature: a changed seal gives the same claims'
      : `accepts a header with another ${what}, under the same claims`;
  }
  return `accepts a header with another ${what}: its claims hold all the same`;
}

function* mutantsOf(header: ConsensusHeader, { members }: Sample, random: RandomStream): Iterable<Mutant> {
  for (const field of ['digest', 'seal', 'sealHash'] as const) {
    const bytes = header[field];
    for (const bit of bitsToFlip(bytes.length, BITS_PER_FIELD, random)) {
      yield { what: field, how: `bit ${bit} turned over`, header: { ...header, [field]: flipBit(bytes, bit) } };
    }
    yield { what: field, how: 'one byte more', header: { ...header, [field]: Uint8Array.of(...bytes, 0) } };
    if (bytes.length > 0) yield { what: field, how: 'one byte less', header: { ...header, [field]: bytes.slice(1) } };
  }
  // A change of anything that the author commits to changes what was signed.
  const sealHash = sha256(header.sealHash);
  yield { what: 'timestamp', how: '1 ms earlier', header: { ...header, sealHash, timestamp: header.timestamp - 1 } };
  yield { what: 'timestamp', how: '1 ms later', header: { ...header, sealHash, timestamp: header.timestamp + 1 } };
  yield { what: 'timestamp', how: 'at 0', header: { ...header, sealHash, timestamp: 0 } };
  for (const author of [...members.filter((id) => id !== header.author).slice(0, 3), 'stranger', '']) {
    yield { what: 'author', how: `"${author.slice(0, AUTHOR_SHOWN)}"`, header: { ...header, sealHash, author } };
  }
  yield { what: 'body', how: 'another one', header: { ...header, sealHash } };
}

/** What the rules say of the header, and of its proof where a block is nothing without one. */
function judge(
  rules: ConsensusRules<unknown>,
  header: ConsensusHeader,
  { parent, now }: VerifyCall,
  proof: Bytes | undefined,
): Verdict | string {
  try {
    const verdict = rules.verifyHeader(header, parent, now);
    const { finality } = rules;
    if (verdict.kind !== 'accept' || finality.kind !== 'proof' || !finality.attached || proof === undefined)
      return verdict;
    const proven = finality.verifyProof(proof, header, parent);
    return proven.kind === 'accept' ? { kind: 'accept', claims: [...verdict.claims, ...proven.claims] } : proven;
  } catch (thrown) {
    return describeThrown(thrown);
  }
}

function claimsOf(verdict: Verdict): readonly Claim[] {
  return verdict.kind === 'accept' ? verdict.claims : [];
}

async function doHold(
  crypto: CryptoPort,
  { chainId, era, protocol }: Sample['context'],
  claims: readonly Claim[],
): Promise<boolean> {
  if (claims.length === 0) return true;
  return (await crypto.verify({ chainId, era, protocol }, claims)).kind === 'valid';
}

function traceOf({ header, parent }: VerifyCall, mutant: ConsensusHeader, change: string): readonly string[] {
  return [
    `changed:  ${change}`,
    `parent:   ${describeHeader(parent.header)}`,
    `accepted: ${describeHeader(header)}`,
    `and also: ${describeHeader(mutant)}`,
  ];
}

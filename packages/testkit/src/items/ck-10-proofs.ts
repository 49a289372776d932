/**
 * A proof of finality says what it says wherever it stands (contract CK-10).
 *
 * @module
 */
import {
  type ActorId,
  type Bytes,
  type Claim,
  type ConsensusHeader,
  type ConsensusRules,
  compareBytes,
  type Tip,
  type Validator,
  type Verdict,
} from '@fiducia/consensus';
import type { RandomStream } from '@fiducia/simulator';
import { decide } from '../claims.ts';
import type { KitContext } from '../context.ts';
import { describeHeader } from '../describe.ts';
import { fingerprint } from '../inspect/fingerprint.ts';
import { sha256, toHex } from '../inspect/hash.ts';
import { Findings, type KitItem, skipped } from '../item.ts';
import { bitsToFlip, flipBit, mutateBytes } from '../mutate.ts';
import type { ProofCall } from '../sample/journal.ts';
import { isDeclined } from '../sample/refusal.ts';
import type { Sample } from '../sample/sample.ts';
import { repeatedParts } from '../vectors/changes.ts';

const PROOFS = 4;
const BITS_PER_PROOF = 200;
const OTHER_MUTATIONS = 60;
const BYTES_SHOWN = 60;
/** Rounding makes some wrong quorums right in networks of some sizes. */
const QUORUM_SIZES = [5, 6, 7] as const;

/** The requirement. */
export const proofs: KitItem = {
  id: 'CK-10',
  title:
    'proofs stand alone, and mutated ones or those of other blocks fail; so do certificates; two quorums have honest voters in common',
  level: 'rules',
  async run(context) {
    const findings = new Findings();
    for (const sample of await context.samples()) {
      const { finality } = sample.createRules();
      if (finality.kind === 'settle') return skipped('the plugin settles by depth and proves nothing');
      await tryProofs(sample, context.random('proofs'), findings);
      await tryCertificates(sample, context.random('certificates'), findings);
    }
    for (const nodeCount of QUORUM_SIZES) await tryOtherSize(context, nodeCount, findings);
    requireQuorums(await context.sample(), findings);
    return findings.outcome();
  },
};

/** A protocol may say before it starts that it does not run with so many members. */
async function tryOtherSize(context: KitContext, nodeCount: number, findings: Findings): Promise<void> {
  try {
    requireQuorums(await context.sampleOf(nodeCount), findings);
  } catch (thrown) {
    if (!isDeclined(thrown)) throw thrown;
    findings.count('sizes of networks refused before the start');
  }
}

async function tryProofs(sample: Sample, random: RandomStream, findings: Findings): Promise<void> {
  const calls = acceptedProofs(sample);
  if (calls.length === 0) {
    const message = `no block was proven final in ${sample.slots} slots of a network without faults`;
    const trace = [`heights at the end: ${sample.heights.join(', ')}`];
    findings.add({ rule: 'contract CK-10', message, trace, seed: sample.seed });
  }
  for (const { proof, header, parent, verdict } of calls) {
    await standsAlone(sample, { proof, header, parent }, findings);
    for (const twice of repeatedParts(proof, signaturesOf(verdict))) {
      await mustFail(sample, findings, 'a proof in which one vote stands twice', twice, (rules) =>
        verify(rules, twice, header, parent),
      );
    }
    for (const mutant of mutantsOf(proof, random)) {
      await mustFail(sample, findings, 'a changed proof', mutant, (rules) => verify(rules, mutant, header, parent));
    }
    const sealHash = sha256(header.sealHash);
    const other = { ...header, id: toHex(sealHash), sealHash };
    await mustFail(sample, findings, 'the proof of another block', proof, (rules) =>
      verify(rules, proof, other, parent),
    );
    // Seals are outside of what is signed, and part of the identity: with each more of them there would be one more block.
    const sealed = { ...header, id: toHex(sealHash), seal: Uint8Array.of(...header.seal, 0) };
    await mustFail(sample, findings, 'the proof of a block for its copy with another seal', proof, (rules) =>
      verify(rules, proof, sealed, parent),
    );
    // A peer may send a proof with any block at all, and it is judged before anything else of the block is.
    for (const height of [0, parent.header.height, 2 ** 42 + 5, Number.MAX_SAFE_INTEGER]) {
      const elsewhere = { ...other, height };
      await mustFail(sample, findings, `the proof of a block at height ${height}`, proof, (rules) =>
        verify(rules, proof, elsewhere, parent),
      );
    }
  }
}

/** Each proof of a block once: those that the network took, on the parents that the rules saw. */
function acceptedProofs({ journal }: Sample): readonly ProofCall[] {
  const known = new Map<string, ProofCall>();
  for (const call of journal.proofs) if (call.verdict.kind === 'accept') known.set(call.header.id, call);
  const all = [...known.values()];
  const step = Math.max(1, Math.floor(all.length / PROOFS));
  return all.filter((_, index) => index % step === 0).slice(0, PROOFS);
}

/** By new rules and with a state read back from its encoding, as a light client would. */
async function standsAlone(sample: Sample, call: Omit<ProofCall, 'verdict'>, findings: Findings): Promise<void> {
  findings.count('proofs');
  const { proof, header, parent } = call;
  const judge = (): Verdict => {
    const rules = sample.createRules();
    const state = rules.codec.decode([...rules.codec.encode(parent.state)]);
    return verify(rules, proof, header, { ...parent, state });
  };
  const { kind, reason } = await decide(sample, judge);
  if (kind === 'accepted') return;
  const message = `a proof does not stand alone: ${kind}, ${reason}`;
  findings.add({ rule: 'contract CK-10', message, trace: [describeHeader(header), hexOf(proof)], seed: sample.seed });
}

function* mutantsOf(proof: Bytes, random: RandomStream): Iterable<Bytes> {
  for (const bit of bitsToFlip(proof.length, BITS_PER_PROOF, random)) yield flipBit(proof, bit);
  if (proof.length > 0) yield new Uint8Array();
  for (let count = 0; count < OTHER_MUTATIONS; count++) {
    const mutant = mutateBytes(proof, random);
    // Bytes are sometimes overwritten by the same ones.
    if (compareBytes(mutant, proof) !== 0) yield mutant;
  }
}

async function mustFail(
  sample: Sample,
  findings: Findings,
  what: string,
  bytes: Bytes,
  judge: (rules: ConsensusRules<unknown>) => Verdict,
): Promise<void> {
  findings.count('changed proofs');
  const { kind, reason } = await decide(sample, () => judge(sample.createRules()));
  if (kind === 'refused') return;
  const trace = [hexOf(bytes)];
  const add = (rule: string, message: string): void => findings.add({ rule, message, trace, seed: sample.seed });
  if (kind === 'accepted') add('contract CK-10', `accepts ${what} (${reason})`);
  if (kind === 'deferred') add('contract CK-10', `defers ${what}, but a proof is judged at once`);
  if (kind === 'thrown') add('contract H-17', `throws on ${what}: ${reason}`);
}

async function tryCertificates(sample: Sample, random: RandomStream, findings: Findings): Promise<void> {
  const accepted = sample.journal.certificates.filter(({ verdict }) => verdict.kind === 'accept').slice(0, PROOFS);
  for (const { certificate, parent, verdict } of accepted) {
    findings.count('certificates');
    for (const mutant of [...mutantsOf(certificate, random), ...repeatedParts(certificate, signaturesOf(verdict))]) {
      await mustFail(sample, findings, 'a changed certificate', mutant, (rules) => {
        return rules.verifyCertificate?.(mutant, parent) ?? { kind: 'reject', code: 'NONE' };
      });
    }
  }
}

/**
 * Two quorums have more in common than may misbehave, or two blocks that exclude each other could both be proven. The
 * votes of a proof are the signatures that it claims, and honest nodes stop counting as soon as they have a quorum. What
 * is proven may be older than the newest change of who votes: any committee that all of the voters belong to may be theirs.
 */
export function requireQuorums(sample: Sample, findings: Findings): void {
  const { plugin, journal, seed, members, createRules } = sample;
  const { kind, numerator, denominator } = plugin.traits.faults;
  if (kind !== 'byzantine') return;
  const rules = createRules();
  const committees = committeesOf(sample, rules);
  for (const { verdict, parent } of [...journal.proofs, ...journal.certificates]) {
    const current = committeeAfter(parent.state, rules);
    const signers = new Set(signersOf(verdict));
    if (signers.size === 0 || current.length < 2) continue;
    const isEnough = (committee: Committee): boolean => {
      const total = weightOf(committee);
      const common = 2n * weightOf(committee.filter(({ id }) => signers.has(id))) - total;
      return common * BigInt(denominator) >= BigInt(numerator) * total;
    };
    const isTheirs = (committee: Committee): boolean =>
      [...signers].every((signer) => committee.some(({ id }) => id === signer));
    findings.count('quorums');
    if (isEnough(current) || committees.some((other) => isTheirs(other) && isEnough(other))) continue;
    const message = `two proofs could have too few voters in common: ${signers.size} of ${current.length} suffice, and less than ${numerator}/${denominator} may misbehave`;
    const trace = [`${members.length} nodes, child of ${describeHeader(parent.header)}`];
    findings.add({ rule: 'contract CK-10', message, trace, seed });
  }
}

/** Whose votes count: those with weight. */
type Committee = readonly Validator[];

/** All that there were in the life of the sample. */
function committeesOf({ journal, applied }: Sample, rules: ConsensusRules<unknown>): readonly Committee[] {
  const states = [...journal.starts.map(({ state }) => state), ...applied.map(({ after }) => after)];
  const committees = states.map((state) => committeeAfter(state, rules));
  return [...new Map(committees.map((committee) => [fingerprint(committee), committee])).values()];
}

function committeeAfter(state: unknown, rules: ConsensusRules<unknown>): Committee {
  return rules.validators(state).filter(({ weight }) => weight > 0n);
}

function weightOf(committee: Committee): bigint {
  return committee.reduce((total, { weight }) => total + weight, 0n);
}

function claimsOf(verdict: Verdict): readonly Claim[] {
  return verdict.kind === 'accept' ? verdict.claims : [];
}

function signersOf(verdict: Verdict): readonly ActorId[] {
  return claimsOf(verdict).flatMap((claim) => (claim.kind === 'signature' ? [claim.signer] : []));
}

function signaturesOf(verdict: Verdict): readonly Bytes[] {
  return claimsOf(verdict).flatMap((claim) => (claim.kind === 'signature' ? [claim.signature] : []));
}

function verify(rules: ConsensusRules<unknown>, proof: Bytes, header: ConsensusHeader, parent: Tip<unknown>): Verdict {
  const { finality } = rules;
  return finality.kind === 'proof' ? finality.verifyProof(proof, header, parent) : { kind: 'reject', code: 'NONE' };
}

function hexOf(bytes: Bytes): string {
  return `0x${toHex(bytes.subarray(0, BYTES_SHOWN))}${bytes.length > BYTES_SHOWN ? '…' : ''} (${bytes.length} bytes)`;
}

/**
 * Asks rules everything that can be asked about a life.
 *
 * @module
 */
import type { BlockId, Bytes, Claim, ConsensusRules, Evidence, Tip, Verdict } from '@fiducia/consensus';
import { fingerprint, fingerprintChunks } from '../inspect/fingerprint.ts';
import { changedBytes, changedHeaders, repeatedParts } from './changes.ts';
import type { Answer, GoldenBlock, GoldenLife } from './life.ts';

/** Changed headers are asked about for every so many blocks. */
const CHANGED_EVERY = 4;

/** All answers, always in the same order and number for the same life. */
export function* answersTo(life: GoldenLife, rules: ConsensusRules<unknown>): Iterable<Answer> {
  const state = rules.initialState(life.start);
  yield { height: 0, complaint: 'the state at the start has another encoding', text: encodingOf(rules, state) };
  const tips = new Map<BlockId, Tip<unknown>>();
  let last: Tip<unknown> = { header: life.start.parent, state, totalWeight: 0n };
  tips.set(last.header.id, last);
  for (const [index, block] of life.blocks.entries()) {
    const parent = tips.get(block.header.parentId);
    const { height } = block.header;
    if (parent === undefined) {
      yield { height, complaint: 'its parent is not among them', text: '' };
      return;
    }
    yield* headerAnswers(life, rules, block, parent, index % CHANGED_EVERY === 0);
    const tip = extend(rules, parent, block);
    yield* stateAnswers(rules, block, parent, { tip, last });
    tips.set(block.header.id, tip);
    last = tip;
  }
  yield* proofAnswers(life, rules, tips);
  yield* messageAnswers(life, rules);
  yield* evidenceAnswers(life, rules, tips);
}

function extend(rules: ConsensusRules<unknown>, parent: Tip<unknown>, { header, facts }: GoldenBlock): Tip<unknown> {
  const state = rules.applyHeader(parent.state, header, facts);
  const totalWeight = parent.totalWeight + (rules.branchWeight?.(parent.state, header) ?? 1n);
  return { header, state, totalWeight };
}

function* headerAnswers(
  { start }: GoldenLife,
  rules: ConsensusRules<unknown>,
  { header, now }: GoldenBlock,
  parent: Tip<unknown>,
  isChanged: boolean,
): Iterable<Answer> {
  const { height } = header;
  const verdict = fingerprint(rules.verifyHeader(header, parent, now));
  yield { height, complaint: `the verdict is another: ${verdict}`, text: verdict };
  const key = String(rules.conflictKey?.({ kind: 'header', header }));
  yield { height, complaint: 'the conflict key of the header is another', text: key };
  if (!isChanged) return;
  const members = start.handover.validators.map(({ id }) => id);
  for (const { change, header: changed, now: then } of changedHeaders(
    { header, now, parent: parent.header },
    members,
  )) {
    const text = fingerprint(rules.verifyHeader(changed, parent, then));
    yield { height, complaint: `the verdict on the header with ${change} is another`, text };
  }
}

function* stateAnswers(
  rules: ConsensusRules<unknown>,
  block: GoldenBlock,
  parent: Tip<unknown>,
  { tip, last }: { readonly tip: Tip<unknown>; readonly last: Tip<unknown> },
): Iterable<Answer> {
  const { header, facts } = block;
  const { height } = header;
  const { state } = tip;
  const text = encodingOf(rules, state);
  yield { height, complaint: 'the state after the block has another encoding', text };
  // Branches share the states of their common part (contract H-14).
  const again = encodingOf(rules, extend(rules, parent, block).state);
  yield { height, complaint: 'a second child of one parent gets another state', text: String(again === text) };
  const weight = String(tip.totalWeight - parent.totalWeight);
  yield { height, complaint: `the weight of the block is another: ${weight}`, text: weight };
  yield { height, complaint: 'the validators are others', text: fingerprint(rules.validators(state)) };
  const handover = fingerprint(rules.exportHandover(state, header));
  yield { height, complaint: 'what is handed over is something else', text: handover };
  const evidence: readonly Evidence[] = facts.flatMap((fact) => (fact.kind === 'evidence' ? [fact.evidence] : []));
  const directives = fingerprint(rules.directives?.(parent.state, header, evidence) ?? []);
  yield { height, complaint: `the directives are others: ${directives}`, text: directives };
  const preference = String(Math.sign(rules.compareTips?.(tip, last) ?? 0));
  yield { height, complaint: 'another branch is preferred', text: preference };
  const settled = rules.finality.kind === 'settle' ? String(rules.finality.depth(state)) : '';
  yield { height, complaint: `the block settles at another depth: ${settled}`, text: settled };
}

function* proofAnswers(
  { proofs, certificates }: GoldenLife,
  rules: ConsensusRules<unknown>,
  tips: ReadonlyMap<BlockId, Tip<unknown>>,
): Iterable<Answer> {
  const { finality } = rules;
  for (const { proof, of } of proofs) {
    const header = tips.get(of)?.header;
    const parent = header && tips.get(header.parentId);
    if (header === undefined || parent === undefined || finality.kind !== 'proof') continue;
    yield* eachVerdict(header.height, 'proof of finality', proof, (bytes) =>
      finality.verifyProof(bytes, header, parent),
    );
  }
  for (const { certificate, parent: id } of certificates) {
    const parent = tips.get(id);
    if (parent === undefined) continue;
    const judge = (bytes: Uint8Array): Verdict | undefined => rules.verifyCertificate?.(bytes, parent);
    yield* eachVerdict(parent.header.height + 1, 'certificate', certificate, judge);
  }
}

function* eachVerdict(
  height: number,
  what: string,
  bytes: Uint8Array,
  judge: (bytes: Uint8Array) => Verdict | undefined,
): Iterable<Answer> {
  const verdict = judge(bytes);
  yield { height, complaint: `the verdict on a ${what} is another`, text: fingerprint(verdict) };
  const claims = verdict?.kind === 'accept' ? verdict.claims : [];
  for (const changed of [...changedBytes(bytes), ...repeatedParts(bytes, signaturesOf(claims))]) {
    const text = fingerprint(judge(changed));
    yield { height, complaint: `the verdict on a changed ${what} is another`, text };
  }
}

function* messageAnswers({ messages }: GoldenLife, rules: ConsensusRules<unknown>): Iterable<Answer> {
  for (const message of messages) {
    const signatures = signaturesOf(rules.messageClaims?.(message) ?? []);
    const changes = [...changedBytes(message.payload), ...repeatedParts(message.payload, signatures)];
    for (const payload of [message.payload, ...changes]) {
      const asked = { ...message, payload };
      const key = String(rules.conflictKey?.({ kind: 'message', message: asked }));
      yield { height: 0, complaint: 'the conflict key of a message is another', text: key };
      const quoted = fingerprint(rules.messageClaims?.(asked) ?? []);
      yield { height: 0, complaint: 'what a message quotes is claimed otherwise', text: quoted };
    }
  }
}

function* evidenceAnswers(
  { evidence: all }: GoldenLife,
  rules: ConsensusRules<unknown>,
  tips: ReadonlyMap<BlockId, Tip<unknown>>,
): Iterable<Answer> {
  for (const { evidence, parent: id, subjects } of all) {
    const parent = tips.get(id);
    if (parent === undefined) continue;
    const text = fingerprint(rules.verifyEvidence?.(evidence, parent.state, subjects));
    yield { height: evidence.height, complaint: 'the verdict on evidence is another', text };
  }
}

function signaturesOf(claims: readonly Claim[]): readonly Bytes[] {
  return claims.flatMap((claim) => (claim.kind === 'signature' ? [claim.signature] : []));
}

function encodingOf(rules: ConsensusRules<unknown>, state: unknown): string {
  return fingerprintChunks(rules.codec.encode(state));
}

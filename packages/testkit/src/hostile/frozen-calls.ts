/**
 * Every question that the rules were asked in a life, once more on copies that nobody can change.
 *
 * @module
 */
import type { ConsensusRules, Tip } from '@fiducia/consensus';
import { describeHeader } from '../describe.ts';
import { deepCopy, deepFreeze } from '../inspect/freeze.ts';
import type { Sample } from '../sample/sample.ts';

/** One question, on arguments of its own. */
export interface FrozenCall {
  /** Function of the rules. */
  readonly name: string;
  /** Where in the life it was asked, in one line. */
  readonly where: string;
  /** Plain arguments; bytes and maps in them cannot be frozen. */
  readonly args: object;
  /** States among the arguments, which only their encoding tells apart. */
  readonly states: readonly unknown[];
  /** Asks. */
  run(): unknown;
}

type Rules = ConsensusRules<unknown>;

/** All of them; rules that the plugin does not have are not asked. */
export function* frozenCalls(sample: Sample, rules: Rules): Iterable<FrozenCall> {
  yield* callsAboutStarts(sample, rules);
  yield* callsAboutHeaders(sample, rules);
  yield* callsAboutBlocks(sample, rules);
  yield* callsAboutProofs(sample, rules);
  yield* callsAboutOffences(sample, rules);
}

function frozen<T>(value: T): T {
  return deepFreeze(deepCopy(value));
}

/** As a node has it after a restart: read back from its encoding. */
function frozenState({ codec }: Rules, state: unknown): unknown {
  return deepFreeze(codec.decode([...codec.encode(state)]));
}

function frozenTip(rules: Rules, { header, totalWeight, state }: Tip<unknown>): Tip<unknown> {
  return Object.freeze({ ...frozen({ header, totalWeight }), state: frozenState(rules, state) });
}

/** What of a tip can be compared as it is. */
function plainPart({ header, totalWeight }: Tip<unknown>): object {
  return { header, totalWeight };
}

function* callsAboutStarts({ journal }: Sample, rules: Rules): Iterable<FrozenCall> {
  for (const { start } of journal.starts) {
    const args = frozen(start);
    const where = `era ${start.era}`;
    yield { name: 'initialState', where, args, states: [], run: () => rules.initialState(args) };
  }
}

function* callsAboutHeaders({ accepted }: Sample, rules: Rules): Iterable<FrozenCall> {
  let before: Tip<unknown> | undefined;
  for (const { header: given, parent, now } of accepted) {
    const header = frozen(given);
    const tip = frozenTip(rules, parent);
    const where = describeHeader(given);
    const args = [header, plainPart(tip)];
    yield { name: 'verifyHeader', where, args, states: [tip.state], run: () => rules.verifyHeader(header, tip, now) };
    const other = before;
    before = tip;
    if (rules.compareTips === undefined || other === undefined) continue;
    const tips = [plainPart(tip), plainPart(other)];
    const states = [tip.state, other.state];
    yield { name: 'compareTips', where, args: tips, states, run: () => rules.compareTips?.(tip, other) };
  }
}

function* callsAboutBlocks({ applied, journal }: Sample, rules: Rules): Iterable<FrozenCall> {
  const { finality } = rules;
  for (const { state: given, header: applying, facts: carried } of applied) {
    const [header, facts, state] = [frozen(applying), frozen(carried), frozenState(rules, given)];
    const asked = { where: describeHeader(header), args: [header, facts], states: [state] };
    yield { ...asked, name: 'applyHeader', run: () => rules.applyHeader(state, header, facts) };
    yield { ...asked, name: 'validators', run: () => rules.validators(state) };
    yield { ...asked, name: 'exportHandover', run: () => rules.exportHandover(state, header) };
    if (rules.branchWeight) yield { ...asked, name: 'branchWeight', run: () => rules.branchWeight?.(state, header) };
    if (finality.kind === 'settle') yield { ...asked, name: 'depth', run: () => finality.depth(state) };
  }
  if (rules.directives === undefined) return;
  for (const { state: given, context: asking, evidence: known } of journal.directed) {
    const [context, evidence, state] = [frozen(asking), frozen(known), frozenState(rules, given)];
    const where = `block at height ${context.height}`;
    const asked = { name: 'directives', where, args: [context, evidence], states: [state] };
    yield { ...asked, run: () => rules.directives?.(state, context, evidence) };
  }
}

function* callsAboutProofs({ journal }: Sample, rules: Rules): Iterable<FrozenCall> {
  const { finality } = rules;
  for (const { proof: given, header: proven, parent } of journal.proofs) {
    if (finality.kind !== 'proof') break;
    const [proof, header, tip] = [given.slice(), frozen(proven), frozenTip(rules, parent)];
    const asked = { where: describeHeader(header), args: [proof, header, plainPart(tip)], states: [tip.state] };
    yield { ...asked, name: 'verifyProof', run: () => finality.verifyProof(proof, header, tip) };
  }
  for (const { certificate: given, parent } of journal.certificates) {
    const [certificate, tip] = [given.slice(), frozenTip(rules, parent)];
    const where = `child of ${describeHeader(tip.header)}`;
    const asked = { where, args: [certificate, plainPart(tip)], states: [tip.state] };
    yield { ...asked, name: 'verifyCertificate', run: () => rules.verifyCertificate?.(certificate, tip) };
  }
}

function* callsAboutOffences({ accepted, journal }: Sample, rules: Rules): Iterable<FrozenCall> {
  const artefacts = [
    ...accepted.map(({ header }) => ({ kind: 'header', header }) as const),
    ...journal.messages.map((message) => ({ kind: 'message', message }) as const),
  ];
  for (const given of artefacts) {
    const artefact = frozen(given);
    const isHeader = artefact.kind === 'header';
    const where = isHeader ? describeHeader(artefact.header) : `message of ${artefact.message.author}`;
    const asked = { where, args: artefact, states: [] };
    if (rules.conflictKey) yield { ...asked, name: 'conflictKey', run: () => rules.conflictKey?.(artefact) };
    if (isHeader || rules.messageClaims === undefined) continue;
    yield { ...asked, name: 'messageClaims', run: () => rules.messageClaims?.(artefact.message) };
  }
  for (const { evidence: given, state: then, subjects: shown } of journal.judged) {
    const [evidence, subjects, state] = [frozen(given), frozen(shown), frozenState(rules, then)];
    const where = `evidence against ${evidence.offender}`;
    const asked = { name: 'verifyEvidence', where, args: [evidence, subjects], states: [state] };
    yield { ...asked, run: () => rules.verifyEvidence?.(evidence, state, subjects) };
  }
}

import type { Bytes, Tip } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { handoverCommitment } from '../src/handover.ts';
import {
  type Certificate,
  type CheckpointState,
  decodeProof,
  decodeVote,
  encodeCertificate,
  encodeProof,
  encodeVote,
} from '../src/index.ts';
import {
  CONTEXT,
  certify,
  configOf,
  EMPTY,
  factsOf,
  headerOf,
  holds,
  linkOf,
  member,
  rulesOf,
  SCOPE,
  sha256,
  statesOf,
  text,
  validators,
  World,
} from './support.ts';

const ALL = [0, 1, 2];

/** Verdict on a certificate in a child of a tip. */
function judged(world: World, certificate: Certificate, parent: Tip<CheckpointState>): string {
  const verdict = rulesOf(world.config).verifyCertificate?.(encodeCertificate(certificate), parent);
  if (verdict?.kind === 'reject') return verdict.code;
  return verdict?.kind === 'accept' && holds(verdict.claims) ? 'valid' : 'forged';
}

/** A world whose blocks c1, c2, … carry what `bodies` says. */
function chain(config: Record<string, unknown>, length: number, bodies: Record<string, (world: World) => object> = {}) {
  const world = new World({ config });
  const names = Array.from({ length }, (_, index) => `c${index + 1}`);
  let parent = 'g';
  for (const name of names) {
    world.block(name, parent);
    parent = name;
  }
  const branch = names.map((name) => [name, bodies[name]?.(world) ?? {}] as const);
  return { world, ...statesOf(world, branch) };
}

const carrying =
  (source: string, target: string, names: readonly number[] = ALL) =>
  (world: World) => ({
    certificates: [encodeCertificate(certify(linkOf(world, source, target), names))],
  });

describe('objects', () => {
  it('finality-checkpoint O1: a vote has a source below its target and one encoding', () => {
    const world = new World();
    world.block('c1', 'g');
    const link = linkOf(world, 'g', 'c1');
    const payload = encodeVote(link);
    expect(decodeVote(payload)).toEqual(link);
    expect(decodeVote(encodeVote({ ...link, source: link.target }))).toBeUndefined();
    expect(decodeVote(encodeVote({ ...link, handover: new Uint8Array(31) }))).toBeUndefined();
    expect(decodeVote(encodeVote({ ...link, term: 2 ** 21 }))).toBeUndefined();
    expect(decodeVote(new Uint8Array([...payload, 0]))).toBeUndefined();
    expect(decodeVote(new Uint8Array([2, ...payload.subarray(1)]))).toBeUndefined();
    expect(decodeVote(EMPTY)).toBeUndefined();
  });

  it('finality-checkpoint O2: a certificate needs exactly a quorum of distinct members with true signatures', () => {
    const { world, tip } = chain({}, 2);
    const link = linkOf(world, 'g', 'c1');
    expect(judged(world, certify(link, [0, 1, 2]), tip('c1'))).toBe('valid');
    expect(judged(world, certify(link, [0, 1, 2, 3]), tip('c1'))).toBe('valid');
    expect(judged(world, certify(link, [0, 3]), tip('c1'))).toBe('CERTIFICATE_WEIGHT');
    expect(judged(world, certify(link, []), tip('c1'))).toBe('CERTIFICATE_WEIGHT');
    const honest = certify(link, [0, 1, 2]);
    const [first, second] = honest.signatures as [Bytes, Bytes];
    expect(judged(world, { ...honest, signatures: [first, second, second] }, tip('c1'))).toBe('CERTIFICATE_DUPLICATE');
    expect(judged(world, { ...honest, signatures: [second, first, second] }, tip('c1'))).toBe('CERTIFICATE_DUPLICATE');
    const forged = { ...honest, signatures: [second, first, ...honest.signatures.slice(2)] };
    expect(judged(world, forged, tip('c1'))).toBe('forged');
    expect(judged(world, certify(link, [0, 1, 4], [0, 1, 2, 3, 4]), tip('c1'))).toBe('CERTIFICATE_VOTER');
  });

  it('finality-checkpoint O2: no trailing bits, no extra signature', () => {
    const { world, rules, tip } = chain({}, 1);
    const bytes = encodeCertificate(certify(linkOf(world, 'g', 'c1'), ALL));
    const verdict = (changed: Bytes) => rules.verifyCertificate?.(changed, tip('c1'));
    expect(verdict(bytes)?.kind).toBe('accept');
    const payloadEnd = 4 + encodeVote(linkOf(world, 'g', 'c1')).length;
    expect([...bytes.subarray(payloadEnd, payloadEnd + 5)]).toEqual([0, 0, 0, 1, 0b0111]);
    const longer = new Uint8Array([
      ...bytes.subarray(0, payloadEnd),
      ...[0, 0, 0, 2, 0b0111, 0],
      ...bytes.subarray(payloadEnd + 5),
    ]);
    const extra = new Uint8Array([...bytes, 0, 0, 0, 1, 7]);
    const fewer = bytes.subarray(0, bytes.length - 101);
    for (const changed of [longer, extra, fewer, EMPTY]) {
      expect(verdict(changed)).toEqual({ kind: 'reject', code: 'CERTIFICATE_ENCODING' });
    }
  });

  it('finality-checkpoint O3: places follow the ids, and a vote of another chain, era or term is none of this one', () => {
    const { world, tip } = chain({}, 2);
    expect(tip('g').state.term.committee.seats.map(({ id }) => id)).toEqual(
      [0, 1, 2, 3].map((name) => member(name).id),
    );
    const link = linkOf(world, 'g', 'c1');
    for (const scope of [
      { ...SCOPE, chainId: sha256(text('another')) },
      { ...SCOPE, era: 1 },
    ]) {
      const signatures = ALL.map((name) => member(name).sign(encodeVote(link), scope));
      expect(judged(world, { link, voters: ALL, signatures }, tip('c1'))).toBe('forged');
    }
    const replayed = certify(link, ALL);
    const relabelled = { ...replayed, link: { ...link, term: 1 } };
    expect(judged(world, relabelled, tip('c1'))).toBe('CERTIFICATE_TERM');
    // The term is part of what is signed, so a vote cannot be moved to another one.
    expect(encodeVote(link)).not.toEqual(encodeVote({ ...link, term: 1 }));
  });
});

describe('justification and finality', () => {
  it('finality-checkpoint J1: the root is justified and final', () => {
    const { tip } = chain({}, 1);
    expect(tip('g').state.justified).toEqual([{ number: 0, id: 'g' }]);
    expect(tip('g').state.final).toEqual({ number: 0, id: 'g' });
    expect(tip('g').state.proof).toBeNull();
  });

  it('finality-checkpoint J2: a quorum from a justified source justifies, from an unjustified one it is refused', () => {
    const { world, tip } = chain({}, 3, { c3: carrying('g', 'c2') });
    expect(tip('c3').state.justified.map(({ id }) => id)).toEqual(['g', 'c2']);
    expect(judged(world, certify(linkOf(world, 'c1', 'c3'), ALL), tip('c3'))).toBe('CERTIFICATE_SOURCE');
    expect(judged(world, certify(linkOf(world, 'c2', 'c3'), ALL), tip('c3'))).toBe('valid');
    const rival = { ...linkOf(world, 'c2', 'c3'), source: { number: 2, id: 'rival' } };
    expect(judged(world, certify(rival, ALL), tip('c3'))).toBe('CERTIFICATE_SOURCE');
  });

  it('finality-checkpoint F1: only a link to the very next checkpoint finalises its source', () => {
    const { tip } = chain({}, 6, {
      c3: carrying('g', 'c2'),
      c4: carrying('c2', 'c3'),
      c6: carrying('c3', 'c5'),
    });
    expect(tip('c3').state.final.id).toBe('g');
    expect(tip('c4').state.final.id).toBe('c2');
    expect(tip('c6').state.final.id).toBe('c2');
    expect(tip('c6').state.justified.map(({ id }) => id)).toEqual(['c2', 'c3', 'c5']);
  });

  it('finality-checkpoint F1 and P3: the proof of a final checkpoint stands alone', () => {
    const { world, rules, tip } = chain({}, 3, { c2: carrying('g', 'c1'), c3: carrying('c1', 'c2') });
    const { finality } = rules;
    // The root is final anyway; a link from it proves nothing new.
    expect(tip('c2').state.proof).toBeNull();
    const { proof } = tip('c3').state;
    if (finality.kind !== 'proof' || proof === null) throw new Error('no proof');
    const verdict = finality.verifyProof(proof, tip('c1').header, tip('g'));
    expect(verdict.kind === 'accept' && holds(verdict.claims)).toBe(true);
    const code = (bytes: Bytes, block: string, parent: string) => {
      const refused = finality.verifyProof(bytes, tip(block).header, tip(parent));
      return refused.kind === 'reject' ? refused.code : refused.kind;
    };
    expect(code(proof, 'c2', 'c1')).toBe('PROOF_BLOCK');
    expect(code(proof.subarray(1), 'c1', 'g')).toBe('PROOF_ENCODING');
    expect(code(EMPTY, 'c1', 'g')).toBe('PROOF_ENCODING');
    const linked = (source: string, target: string, rest = {}) => {
      const certificate = encodeCertificate(certify(linkOf(world, source, target, rest), ALL));
      return new Uint8Array([
        2,
        ...new Uint8Array(new Uint32Array([certificate.length]).buffer).reverse(),
        ...certificate,
      ]);
    };
    expect(code(linked('c1', 'c3'), 'c1', 'g')).toBe('PROOF_NOT_CONSECUTIVE');
    expect(code(linked('c1', 'c2', { term: 1 }), 'c1', 'g')).toBe('PROOF_TERM');
    expect(code(linked('c1', 'c2', { handover: new Uint8Array(32) }), 'c1', 'g')).toBe('PROOF_BOUNDARY');
    expect(code(linked('c1', 'c2'), 'c1', 'g')).toBe('accept');
    const light = encodeProof({ handover: null, certificate: certify(linkOf(world, 'c1', 'c2'), [0, 1]) });
    expect(code(light, 'c1', 'g')).toBe('CERTIFICATE_WEIGHT');
    // A block whose number is not that of its height is no checkpoint, whatever a quorum says.
    const renumbered = linkOf(world, 'c1', 'c2', { source: { number: 2, id: 'c1' }, target: { number: 3, id: 'c3' } });
    const misplaced = encodeProof({ handover: null, certificate: certify(renumbered, ALL) });
    expect(code(misplaced, 'c1', 'g')).toBe('PROOF_BLOCK');
  });

  it('finality-checkpoint F3: what is final stays, whatever a block carries later', () => {
    const { world, rules, tip } = chain({}, 4, {
      c2: carrying('g', 'c1'),
      c3: carrying('c1', 'c2'),
      c4: carrying('c2', 'c3'),
    });
    expect(tip('c4').state.final.id).toBe('c2');
    const before = tip('c4').state;
    const late = factsOf({ certificates: [encodeCertificate(certify(linkOf(world, 'g', 'c1'), ALL))] });
    const header = headerOf('c5', tip('c4').header);
    const after = rules.applyHeader(before, header, late);
    expect(after.final).toEqual(before.final);
    expect(after.justified).toEqual(before.justified);
  });
});

describe('certificates in blocks', () => {
  it('finality-checkpoint B1: the order of certificates in a block has no effect', () => {
    const world = new World();
    for (const [name, parent] of [
      ['c1', 'g'],
      ['c2', 'c1'],
      ['c3', 'c2'],
    ] as const)
      world.block(name, parent);
    const certificates = [carrying('g', 'c1'), carrying('g', 'c2')].flatMap((make) => make(world).certificates);
    const states = [certificates, certificates.toReversed()].map((given) =>
      statesOf(world, [['c1'], ['c2'], ['c3', { certificates: given }]]).tip('c3'),
    );
    expect(states[0]).toEqual(states[1]);
    expect(states[0]?.state.justified.map(({ id }) => id)).toEqual(['g', 'c1', 'c2']);
  });

  it('finality-checkpoint B2: only targets above the justified one are worth a place in a block', () => {
    const { world, tip } = chain({}, 4, { c3: carrying('g', 'c2') });
    expect(judged(world, certify(linkOf(world, 'g', 'c1'), ALL), tip('c3'))).toBe('CERTIFICATE_STALE');
    expect(judged(world, certify(linkOf(world, 'g', 'c2'), ALL), tip('c3'))).toBe('CERTIFICATE_STALE');
    expect(judged(world, certify(linkOf(world, 'g', 'c3'), ALL), tip('c3'))).toBe('valid');
  });

  it('finality-checkpoint B3: a certificate for a target on another branch makes the block invalid', () => {
    const world = new World();
    for (const [name, parent] of [
      ['A1', 'g'],
      ['B1', 'g'],
      ['B2', 'B1'],
    ] as const)
      world.block(name, parent);
    const { tip } = statesOf(world, [['B1'], ['B2']]);
    expect(judged(world, certify(linkOf(world, 'g', 'A1'), ALL), tip('B2'))).toBe('CERTIFICATE_TARGET');
    const future = { ...linkOf(world, 'g', 'B2'), target: { number: 3, id: 'B3' } };
    expect(judged(world, certify(future, ALL), tip('B2'))).toBe('CERTIFICATE_TARGET');
    const committing = linkOf(world, 'g', 'B1', { handover: new Uint8Array(32) });
    expect(judged(world, certify(committing, ALL), tip('B2'))).toBe('CERTIFICATE_HANDOVER');
  });

  it('finality-checkpoint B4: votes that no block carries change no state', () => {
    const world = new World();
    const [voter, other] = [world.start(0), world.start(1)];
    world.start(2);
    const c1 = world.block('c1', 'g');
    for (const node of world.nodes.values()) node.receiveBlock(c1);
    expect(voter.head.state).toEqual(statesOf(world, [['c1']]).tip('c1').state);
    expect(voter.sent).toHaveLength(1);
    expect(other.body('c1').certificates).toHaveLength(1);
    expect(voter.head.state.justified).toHaveLength(1);
  });
});

describe('fork choice', () => {
  const compare = (world: World, a: Tip<CheckpointState>, b: Tip<CheckpointState>) =>
    Math.sign(rulesOf(world.config).compareTips?.(a, b) ?? 0);

  it('finality-checkpoint C2: the higher justified checkpoint beats the longer branch', () => {
    const world = new World();
    for (const [name, parent] of [
      ['A1', 'g'],
      ['A2', 'A1'],
      ['B1', 'g'],
      ['B2', 'B1'],
      ['B3', 'B2'],
    ] as const) {
      world.block(name, parent);
    }
    const a = statesOf(world, [['A1'], ['A2', carrying('g', 'A1')(world)]]).tip('A2');
    const b = statesOf(world, [['B1'], ['B2'], ['B3']]).tip('B3');
    expect(compare(world, a, b)).toBe(1);
    expect(compare(world, b, a)).toBe(-1);
  });

  it('finality-checkpoint C3: with equal checkpoints the production plugin decides', () => {
    const world = new World();
    for (const [name, parent] of [
      ['A1', 'g'],
      ['A2', 'A1'],
      ['B1', 'g'],
    ] as const)
      world.block(name, parent);
    expect(compare(world, statesOf(world, [['A1'], ['A2']]).tip('A2'), statesOf(world, [['B1']]).tip('B1'))).toBe(0);
  });

  it('finality-checkpoint C4: a link to another branch counts from the next checkpoint height of that branch on', () => {
    const config = { every: 4, delay: 0 };
    const world = new World({ config });
    const branch = (letter: string, length: number) => Array.from({ length }, (_, index) => `${letter}${index + 1}`);
    for (const letter of ['A', 'B']) {
      let parent = 'g';
      for (const name of branch(letter, 9)) {
        world.block(name, parent);
        parent = name;
      }
    }
    const bodies = new Map([
      ['A5', carrying('g', 'A4')(world)],
      ['B9', carrying('g', 'B8')(world)],
    ]);
    const a = statesOf(
      world,
      branch('A', 9).map((name) => [name, bodies.get(name) ?? {}] as const),
    );
    const b = statesOf(
      world,
      branch('B', 9).map((name) => [name, bodies.get(name) ?? {}] as const),
    );
    // A justified the lower checkpoint and counts it since A8; that of B is higher, and was released late.
    expect(a.tip('A7').state.forkStart).toBe(0);
    expect(a.tip('A8').state.forkStart).toBe(1);
    expect(b.tip('B9').state.justified.at(-1)?.id).toBe('B8');
    expect(compare(world, a.tip('A8'), b.tip('B9'))).toBe(1);
    // Where no branch counts anything yet, what is justified decides at once.
    expect(compare(world, a.tip('A5'), b.tip('B8'))).toBe(1);
  });
});

describe('hand-over', () => {
  const announced = { validators: validators(4, 5, 6, 7) };
  it('finality-checkpoint H1: the boundary lies `grace` checkpoints above the announcement, and one change waits', () => {
    for (const [height, every, grace, expected] of [
      [1, 4, 2, 3],
      [4, 4, 2, 3],
      [5, 4, 1, 3],
      [1, 1, 1, 2],
    ] as const) {
      const { tip } = chain({ every, grace, delay: 0 }, height, { [`c${height}`]: () => announced });
      expect(tip(`c${height}`).state.handover).toEqual({ boundary: expected, fixed: null });
    }
    const later = validators(8, 9);
    const { tip } = chain({ grace: 2 }, 3, { c1: () => announced, c2: () => ({ validators: later }) });
    expect(tip('c2').state.handover?.boundary).toBe(3);
    // The committee is that of the boundary's state, whatever was announced first.
    expect(tip('c3').state.handover?.fixed?.committee.seats.map(({ id }) => id)).toEqual(
      [8, 9].map((name) => member(name).id),
    );
  });

  it('finality-checkpoint H1: what is announced meanwhile waits until the new term has begun', () => {
    const world = new World({ config: { grace: 1 } });
    for (const name of [0, 1, 2, 3, 4, 5, 6, 7]) world.start(name);
    const zero = world.node(0);
    let parent = 'g';
    const bodies: Record<string, object> = { c1: announced, c3: { validators: validators(0, 1, 2, 3) } };
    for (const name of ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']) {
      const block = world.block(name, parent, { ...zero.body(parent), ...bodies[name] });
      for (const node of world.nodes.values()) node.receiveBlock(block);
      parent = name;
    }
    const at = (name: string) => zero.tips.get(name)?.state;
    expect(at('c3')?.term.number).toBe(0);
    expect(at('c4')?.term).toMatchObject({ number: 1, root: { number: 2, id: 'c2' } });
    expect(at('c4')?.handover).toEqual({ boundary: 5, fixed: null });
  });

  it('finality-checkpoint H3 and F5: the boundary is root of the new term, and what the old one justified above it is not', () => {
    const { node, world } = handedOver();
    const { state } = node.head;
    expect(state.term).toMatchObject({ number: 1, root: { number: 2, id: 'c2' } });
    expect(state.previous?.number).toBe(0);
    expect(state.final).toEqual({ number: 2, id: 'c2' });
    expect(state.justified).toEqual([{ number: 2, id: 'c2' }]);
    const old = certify(linkOf(world, 'c2', 'c3'), ALL);
    expect(judged(world, old, node.head)).toBe('CERTIFICATE_TERM');
  });

  it('finality-checkpoint H4: nothing of the next term counts before its boundary is final', () => {
    const { world, rules, tip } = chain({ grace: 1 }, 3, { c1: () => announced, c3: carrying('g', 'c2') });
    const early = certify(linkOf(world, 'c2', 'c3', { term: 1 }), [4, 5, 6], [4, 5, 6, 7]);
    expect(judged(world, early, tip('c3'))).toBe('CERTIFICATE_TERM');
    const after = rules.applyHeader(
      tip('c3').state,
      headerOf('c4', tip('c3').header),
      factsOf({ certificates: [encodeCertificate(early)] }),
    );
    expect(after.term.number).toBe(0);
    expect(after.justified.at(-1)?.id).toBe('c2');
  });

  it('finality-checkpoint H5: who votes stays, while the production plugin already names others', () => {
    const { tip, rules } = chain({ grace: 1 }, 4, { c1: () => announced });
    for (const name of ['c1', 'c2', 'c3', 'c4']) {
      expect(tip(name).state.term.committee).toBe(tip('g').state.term.committee);
      expect(rules.validators(tip(name).state)).toBe(rules.validators(tip('g').state));
    }
    expect(tip('c4').state.latest.seats[0]?.id).toBe(member(4).id);
  });

  it('finality-checkpoint H6: a committee that is gone for good is replaced by an era that names another one', () => {
    const config = configOf({ committee: [8, 9].map((name) => member(name).id), every: 4 });
    const parent = { ...headerOf('last', null), height: 9 };
    const state = rulesOf(config).initialState({
      era: 1,
      parent,
      handover: { validators: validators(0, 1), randomness: EMPTY, extra: new Map() },
      census: [],
    });
    expect(state.term).toMatchObject({ number: 0, root: { number: 2, id: 'last' }, startedAt: 9 });
    expect(state.term.committee.seats.map(({ id }) => id)).toEqual([8, 9].map((name) => member(name).id));
  });

  it('takes the newest proof along that a state before the source cannot know (finality-checkpoint P2)', () => {
    const { node, world } = handedOver(6);
    const proofOf = (name: string) => decodeProof(node.proofs.get(name) ?? EMPTY);
    expect(proofOf('c2')).toMatchObject({ certificate: null, handover: { boundary: { id: 'c2' } } });
    expect(proofOf('c4')?.handover).not.toBeNull();
    expect(node.finals).toContain('c4');

    const { finality } = node.rules;
    const [b, before] = [node.tips.get('c2'), node.tips.get('c1')];
    const proof = proofOf('c2');
    if (finality.kind !== 'proof' || b === undefined || before === undefined || !proof?.handover)
      throw new Error('no proof');
    const judge = (handover: NonNullable<typeof proof.handover>) => {
      const verdict = finality.verifyProof(encodeProof({ handover, certificate: null }), b.header, before);
      return verdict.kind === 'reject' ? verdict.code : verdict.kind;
    };
    const { handover } = proof;
    expect(judge(handover)).toBe('accept');
    const { certificate } = handover;
    const fewer = { ...certificate, voters: certificate.voters.slice(1), signatures: certificate.signatures.slice(1) };
    const two = { ...fewer, voters: fewer.voters.slice(0, 2), signatures: fewer.signatures.slice(0, 2) };
    expect(judge({ ...handover, certificate: two })).toBe('CERTIFICATE_WEIGHT');
    expect(judge({ ...handover, boundary: { number: 2, id: 'c1' } })).toBe('PROOF_HANDOVER');
    expect(judge({ ...handover, boundary: { number: 0, id: 'c2' } })).toBe('PROOF_BOUNDARY');

    // With a boundary beside this chain, what its committee votes for is not final here.
    const [above, below] = [node.tips.get('c3'), node.tips.get('c2')];
    const seats = handover.committee;
    const viaBoundary = (id: string) => {
      const boundary = { number: 2, id };
      const commitment = handoverCommitment(1, boundary, seats, CONTEXT);
      const ending = certify({ ...certificate.link, handover: commitment }, ALL);
      const certified = certify(linkOf(world, 'c3', 'c4', { term: 1 }), [4, 5, 6], [4, 5, 6, 7]);
      const bytes = encodeProof({
        handover: { boundary, committee: seats, certificate: ending },
        certificate: certified,
      });
      if (above === undefined || below === undefined) throw new Error('no tips');
      const verdict = finality.verifyProof(bytes, above.header, below);
      return verdict.kind === 'reject' ? verdict.code : verdict.kind;
    };
    expect(viaBoundary('c2')).toBe('accept');
    expect(viaBoundary('rival')).toBe('PROOF_BOUNDARY');
  });

  it('finality-checkpoint P2, section 6: a boundary stays known however long it takes to become final', () => {
    const next = [4, 5, 6, 7];
    const { rules, tip, world } = chain({ grace: 1, window: 16 }, 24, {
      c1: () => ({ validators: validators(...next) }),
    });
    const { state } = tip('c23');
    expect(state.checkpoints.get(2)).toBe('c2');
    expect(rules.codec.decode(rules.codec.encode(state))).toEqual(state);

    const committee = state.handover?.fixed?.committee;
    const { finality } = rules;
    if (committee === undefined || finality.kind !== 'proof') throw new Error('no hand-over');
    const boundary = { number: 2, id: 'c2' };
    const ending = linkOf(world, 'c22', 'c23', { handover: handoverCommitment(1, boundary, committee, CONTEXT) });
    const proof = encodeProof({
      handover: { boundary, committee, certificate: certify(ending, ALL) },
      certificate: certify(linkOf(world, 'c23', 'c24', { term: 1 }), [4, 5, 6], next),
    });
    expect(finality.verifyProof(proof, tip('c23').header, tip('c22')).kind).toBe('accept');
  });
});

/** Eight members, hand-over at c2 to 4–7, `length` blocks built by node 0 and seen by everybody. */
function handedOver(length = 4) {
  const world = new World({ config: { grace: 1 } });
  for (const name of [0, 1, 2, 3, 4, 5, 6, 7]) world.start(name);
  const node = world.node(0);
  let parent = 'g';
  for (let height = 1; height <= length; height++) {
    const name = `c${height}`;
    const named = height === 1 ? { validators: validators(4, 5, 6, 7) } : {};
    const block = world.block(name, parent, { ...node.body(parent), ...named });
    for (const other of world.nodes.values()) other.receiveBlock(block);
    parent = name;
  }
  return { world, node };
}

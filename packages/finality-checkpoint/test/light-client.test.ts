import { ByteReader, type Bytes, ByteWriter } from '@fiducia/consensus';
import { beforeAll, describe, expect, it } from 'vitest';
import { handoverCommitment } from '../src/handover.ts';
import { type Certificate, type CheckpointState, decodeProof, encodeVote } from '../src/index.ts';
import {
  checkLightProof,
  decodeLightProof,
  encodeLightProof,
  type LightClientOptions,
  type LightHeader,
  type LightProof,
  type TrustedCheckpoint,
} from '../src/light-client.ts';
import { CHAIN_ID, certify, holds, linkOf, member, SCOPE, sha256, text, validators, World } from './support.ts';

/** Test headers are text, and their id is their name. */
const encodeHeader = ({ id, parentId, height, timestamp }: Omit<LightHeader, 'stateRoot'>): Bytes =>
  new ByteWriter().text(id).text(parentId).uint(height, 4).uint(timestamp, 6).finish();

function decodeHeader(bytes: Bytes): LightHeader | null {
  try {
    const reader = new ByteReader(bytes, 'header');
    const id = reader.text();
    const header = { id, parentId: reader.text(), height: reader.uint(4), timestamp: reader.uint(6) };
    return { ...header, stateRoot: sha256(text(id)) };
  } catch {
    return null;
  }
}

const OPTIONS: LightClientOptions = { sha256, decodeHeader, now: 50_000, maxAgeMs: 60_000 };

let world: World;
let state: CheckpointState;
let trusted: TrustedCheckpoint;
/** From genesis over the hand-over at b2 to c5, asked about c4. */
let proof: LightProof;

beforeAll(() => {
  world = new World({ config: { grace: 1 } });
  for (const name of [0, 1, 2, 3, 4, 5, 6, 7]) world.start(name);
  const zero = world.node(0);
  let parent = 'g';
  for (const name of ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7']) {
    const named = name === 'c1' ? { validators: validators(4, 5, 6, 7) } : {};
    const block = world.block(name, parent, { ...zero.body(parent), ...named });
    for (const node of world.nodes.values()) node.receiveBlock(block);
    parent = name;
  }
  ({ state } = zero.head);
  const genesis = world.genesis.header;
  const initial = zero.tips.get('g')?.state;
  trusted = {
    scope: SCOPE,
    every: 1,
    checkpoint: { number: 0, id: 'g' },
    timestamp: genesis.timestamp,
    term: 0,
    seats: initial?.term.committee.seats ?? [],
  };
  const opening = decodeProof(state.term.opening ?? new Uint8Array())?.handover;
  const last = decodeProof(zero.proofs.get('c5') ?? new Uint8Array())?.certificate;
  if (opening === null || opening === undefined || last === null || last === undefined) throw new Error('no proofs');
  const links = [
    ...linksBetween(['g', 'c1', 'c2', 'c3', 'c4'].slice(0, opening.certificate.link.source.number + 1), 0),
    ...linksBetween(['c2', 'c3', 'c4', 'c5'], 1),
  ];
  const headers = ['c4', 'c5'].map((name) => encodeHeader(world.blocks.get(name)?.header ?? genesis));
  proof = { chainId: CHAIN_ID, era: 0, handovers: [opening], certificate: last, headers, links };
});

/** A certificate for each step between checkpoints, of the committee of a term. */
function linksBetween(names: readonly string[], term: number): readonly Certificate[] {
  const [voters, seats] =
    term === 0
      ? [
          [0, 1, 2],
          [0, 1, 2, 3],
        ]
      : [
          [4, 5, 6],
          [4, 5, 6, 7],
        ];
  return names.slice(1).map((name, index) => certify(linkOf(world, names[index] ?? '', name, { term }), voters, seats));
}

const check = (changed: Partial<LightProof> = {}, options: Partial<LightClientOptions> = {}, from = trusted) =>
  checkLightProof(encodeLightProof({ ...proof, ...changed }), from, { ...OPTIONS, ...options });

describe('light client', () => {
  it('goes from genesis over a hand-over to a final header (finality-checkpoint P1, P2 and P3)', () => {
    const verdict = check();
    if (verdict.kind === 'reject') throw new Error(verdict.code);
    expect(verdict.header.id).toBe('c4');
    expect(verdict.trusted.checkpoint).toEqual({ number: 5, id: 'c5' });
    expect(verdict.trusted.term).toBe(1);
    expect(verdict.claims.length).toBeGreaterThanOrEqual(6);
    expect(holds(verdict.claims)).toBe(true);
  });

  it('goes on from what it came to trust, without the hand-over', () => {
    const verdict = check();
    if (verdict.kind === 'reject') throw new Error(verdict.code);
    const next = certify(linkOf(world, 'c6', 'c7', { term: 1 }), [4, 5, 6], [4, 5, 6, 7]);
    const header = encodeHeader(world.blocks.get('c6')?.header ?? world.genesis.header);
    const later = check({ handovers: [], certificate: next, headers: [header] }, {}, verdict.trusted);
    expect(later).toMatchObject({ kind: 'accept', trusted: { checkpoint: { number: 6, id: 'c6' } } });
  });

  it('takes a hand-over alone as the proof of its boundary (finality-checkpoint H3)', () => {
    const header = encodeHeader(world.blocks.get('c2')?.header ?? world.genesis.header);
    expect(check({ certificate: null, headers: [header] })).toMatchObject({ kind: 'accept', header: { id: 'c2' } });
  });

  it('reads a value of the state that the final header commits to', () => {
    const root = sha256(text('c4'));
    const verifyState = (given: Bytes): boolean => given.join() === root.join();
    expect(check({}, { verifyState }).kind).toBe('accept');
    expect(check({}, { verifyState: () => false })).toEqual({ kind: 'reject', code: 'LIGHT_STATE' });
  });

  it('is decoded to what was encoded, and to nothing from anything else', () => {
    const bytes = encodeLightProof(proof);
    expect(decodeLightProof(bytes)).toEqual(proof);
    expect(decodeLightProof(bytes.subarray(1))).toBeUndefined();
    expect(decodeLightProof(new Uint8Array([...bytes, 0]))).toBeUndefined();
    expect(checkLightProof(new Uint8Array(), trusted, OPTIONS)).toEqual({ kind: 'reject', code: 'LIGHT_ENCODING' });
  });
});

describe('light client refuses', () => {
  const link = (rest = {}) => linkOf(world, 'c5', 'c6', { term: 1, ...rest });
  const foreign = [4, 5, 6, 7];

  it('too little weight (finality-checkpoint O2)', () => {
    expect(check({ certificate: certify(link(), [4, 5], foreign) })).toMatchObject({ code: 'LIGHT_WEIGHT' });
    expect(check({ certificate: certify(link(), [4, 5, 6], foreign) }).kind).toBe('accept');
  });

  it('a duplicate signer: one signature in two seats (finality-checkpoint O2)', () => {
    const [handover] = proof.handovers;
    const honest = certify(link(), [4, 5, 6], foreign);
    const [first, second] = honest.signatures;
    if (first === undefined || second === undefined || handover === undefined) throw new Error('no signatures');
    const twice = { ...honest, signatures: [first, second, second] };
    expect(check({ certificate: twice })).toMatchObject({ code: 'LIGHT_DUPLICATE' });
    const { certificate } = handover;
    const copied = { ...certificate, signatures: certificate.signatures.map(() => first) };
    expect(check({ handovers: [{ ...handover, certificate: copied }] })).toMatchObject({ code: 'LIGHT_DUPLICATE' });
  });

  it('a signer without a seat', () => {
    const stranger = certify(link(), [4, 5, 6, 8], [4, 5, 6, 7, 8]);
    expect(check({ certificate: stranger })).toMatchObject({ code: 'LIGHT_VOTER' });
  });

  it('a foreign chain and a foreign era, also where the proof lies about them (finality-checkpoint O3)', () => {
    expect(check({ chainId: sha256(text('another')) })).toMatchObject({ code: 'LIGHT_CHAIN' });
    expect(check({ era: 1 })).toMatchObject({ code: 'LIGHT_ERA' });
    // Signed elsewhere and relabelled, the form is right and the claims fail.
    const payload = encodeVote(link());
    for (const scope of [
      { ...SCOPE, chainId: sha256(text('another')) },
      { ...SCOPE, era: 1 },
    ]) {
      const signatures = [4, 5, 6].map((name) => member(name).sign(payload, scope));
      const verdict = check({ certificate: { link: link(), voters: [0, 1, 2], signatures } });
      expect(verdict.kind === 'accept' && holds(verdict.claims)).toBe(false);
    }
  });

  it('a committee without its hand-over (finality-checkpoint H4)', () => {
    expect(check({ handovers: [] })).toMatchObject({ code: 'LIGHT_COMMITTEE' });
    expect(check({ handovers: [], certificate: null })).toMatchObject({ code: 'LIGHT_COMMITTEE' });
    expect(check({ handovers: [...proof.handovers, ...proof.handovers] })).toMatchObject({ code: 'LIGHT_COMMITTEE' });
  });

  it('a hand-over to another committee than the one voted for, or at another boundary (finality-checkpoint P2)', () => {
    const [handover] = proof.handovers;
    if (handover === undefined) throw new Error('no hand-over');
    const seats = handover.committee.seats.slice(1);
    const forged = { ...handover, committee: { ...handover.committee, seats } };
    expect(check({ handovers: [forged] })).toMatchObject({ code: 'LIGHT_HANDOVER' });
    const moved = { ...handover, boundary: { ...handover.boundary, id: 'c3' } };
    expect(check({ handovers: [moved] })).toMatchObject({ code: 'LIGHT_HANDOVER' });
    const ended = { ...trusted, checkpoint: { number: 2, id: 'c2' } };
    expect(check({}, {}, ended)).toMatchObject({ code: 'LIGHT_HANDOVER' });
  });

  it('a hand-over of another chain or to another term, whoever signs it (finality-checkpoint P2)', () => {
    const [handover] = proof.handovers;
    if (handover === undefined) throw new Error('no hand-over');
    const { boundary, committee, certificate } = handover;
    const context = { chainId: CHAIN_ID, sha256 };
    const committing = (term: number, chainId = CHAIN_ID) => {
      const commitment = handoverCommitment(term, boundary, committee, { ...context, chainId });
      const changed = certify({ ...certificate.link, handover: commitment }, [0, 1, 2]);
      return check({ handovers: [{ ...handover, certificate: changed }] });
    };
    expect(committing(1).kind).toBe('accept');
    expect(committing(2)).toMatchObject({ code: 'LIGHT_HANDOVER' });
    expect(committing(1, sha256(text('another')))).toMatchObject({ code: 'LIGHT_HANDOVER' });
  });

  it('a link that skips a checkpoint, or ends a committee (finality-checkpoint F1 and F5)', () => {
    const skipping = certify(linkOf(world, 'c5', 'c7', { term: 1 }), [4, 5, 6], foreign);
    expect(check({ certificate: skipping })).toMatchObject({ code: 'LIGHT_LINK' });
    const ending = certify(link({ handover: new Uint8Array(32) }), [4, 5, 6], foreign);
    expect(check({ certificate: ending })).toMatchObject({ code: 'LIGHT_LINK' });
    const below = certify(linkOf(world, 'c1', 'c2', { term: 1 }), [4, 5, 6], foreign);
    expect(check({ certificate: below })).toMatchObject({ code: 'LIGHT_LINK' });
  });

  it('an anchor below or beside the trusted checkpoint (finality-checkpoint F3)', () => {
    const old = certify(linkOf(world, 'g', 'c1'), [0, 1, 2]);
    const pinned = { ...trusted, checkpoint: { number: 0, id: 'other' } };
    const header = encodeHeader(world.genesis.header);
    const changed = { handovers: [], certificate: old, headers: [header] };
    expect(check(changed).kind).toBe('accept');
    expect(check(changed, {}, pinned)).toMatchObject({ code: 'LIGHT_ANCHOR' });
    const later = { ...trusted, checkpoint: { number: 3, id: 'c3' } };
    expect(check(changed, {}, later).kind).toBe('reject');
  });

  it('headers that are broken, not linked, or end beside the anchor (finality-checkpoint F2)', () => {
    const header = (name: string) => encodeHeader(world.blocks.get(name)?.header ?? world.genesis.header);
    for (const names of [[], ['c3', 'c5'], ['c4'], ['c5', 'c4'], ['c4', 'c5', 'c6']]) {
      expect(check({ headers: names.map(header) })).toMatchObject({ code: 'LIGHT_HEADERS' });
    }
    expect(check({ headers: [new Uint8Array([1])] })).toMatchObject({ code: 'LIGHT_HEADERS' });
    const wrong = encodeHeader({ id: 'c5', parentId: 'c4', height: 6, timestamp: 1 });
    expect(check({ headers: [wrong] })).toMatchObject({ code: 'LIGHT_HEADERS' });
  });

  it('as a strict client, links that do not lead from what it trusts to a final checkpoint, step by step (finality-checkpoint J1, J2 and P3)', () => {
    const claimsOf = (verdict: ReturnType<typeof check>) => (verdict.kind === 'accept' ? verdict.claims.length : 0);
    const strict = (changed: Partial<LightProof> = {}) => check(changed, { isStrict: true });
    const verdict = strict();
    if (verdict.kind === 'reject') throw new Error(verdict.code);
    expect(holds(verdict.claims)).toBe(true);
    expect(claimsOf(verdict)).toBe(claimsOf(check()) + 3 * proof.links.length);
    const { links } = proof;
    const last = links.length - 1;
    // Without one of them, with one too many, or in another order.
    for (const index of links.keys()) {
      expect(strict({ links: links.toSpliced(index, 1) })).toMatchObject({ code: 'LIGHT_JUSTIFICATION' });
    }
    const surplus = linksBetween(['c5', 'c6'], 1);
    expect(strict({ links: [...links, ...surplus] })).toMatchObject({ code: 'LIGHT_JUSTIFICATION' });
    expect(strict({ links: links.toReversed() })).toMatchObject({ code: 'LIGHT_JUSTIFICATION' });
    // Below a quorum, or of the committee before.
    const weak = certify(linkOf(world, 'c4', 'c5', { term: 1 }), [4, 5], foreign);
    expect(strict({ links: links.with(last, weak) })).toMatchObject({ code: 'LIGHT_WEIGHT' });
    const old = linksBetween(['c4', 'c5'], 0);
    expect(strict({ links: [...links.slice(0, last), ...old] })).toMatchObject({ code: 'LIGHT_JUSTIFICATION' });
    // Another block at the height of the source.
    const rival = { ...linkOf(world, 'c4', 'c5', { term: 1 }), target: { number: 5, id: 'x5' } };
    const beside = links.with(last, certify(rival, [4, 5, 6], foreign));
    expect(strict({ links: beside })).toMatchObject({ code: 'LIGHT_JUSTIFICATION' });
    // Whoever does not ask for them reads none.
    expect(check({ links: [] }).kind).toBe('accept');
    const header = encodeHeader(world.blocks.get('c2')?.header ?? world.genesis.header);
    const boundary = { certificate: null, headers: [header] };
    expect(strict({ ...boundary, links: links.filter(({ link: { term } }) => term === 0) }).kind).toBe('accept');
    expect(strict(boundary)).toMatchObject({ code: 'LIGHT_JUSTIFICATION' });
  });

  it('a checkpoint pinned longer ago than stake stays locked (finality-checkpoint P4)', () => {
    expect(check({}, { now: 61_000 }).kind).toBe('accept');
    expect(check({}, { now: 61_001 })).toMatchObject({ code: 'LIGHT_TRUST_EXPIRED' });
  });
});

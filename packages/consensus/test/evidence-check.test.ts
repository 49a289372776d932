import { describe, expect, test } from 'vitest';
import {
  type Artefact,
  type ConsensusHeader,
  checkEvidence,
  compareBytes,
  decodeSignedMessage,
  type Evidence,
  encodeSignedMessage,
  LIMITS,
  MESSAGE_DOMAIN,
  SEAL_DOMAIN,
  sealClaim,
} from '../src/index.ts';
import { codeOf } from './support/code-of.ts';

const NOTHING = new Uint8Array();
const base = { era: 0, protocol: 'turns@1', offender: 'eve', height: 7 } as const;

const headerOf = (seed: number, change: Partial<ConsensusHeader> = {}): ConsensusHeader => ({
  id: `block ${seed}`,
  parentId: 'parent',
  height: 7,
  timestamp: 7_000,
  author: 'eve',
  protocol: 'turns@1',
  digest: NOTHING,
  sealHash: Uint8Array.of(seed),
  seal: Uint8Array.of(seed, seed),
  ...change,
});

/** Headers by the byte that stands for them. */
const HEADERS: Readonly<Record<number, ConsensusHeader>> = {
  1: headerOf(1),
  2: headerOf(2),
  3: headerOf(3, { author: 'mallory' }),
  4: headerOf(4, { height: 8 }),
  5: headerOf(5, { height: 9 }),
  6: headerOf(6, { protocol: 'turns@2' }),
  // As 1, sealed once more.
  7: headerOf(7, { sealHash: Uint8Array.of(1) }),
};

const readers = {
  decodeHeader: (bytes: Uint8Array) => HEADERS[bytes[0] ?? 0],
  conflictKey: (artefact: Artefact) =>
    artefact.kind === 'header' ? artefact.header.author : `${artefact.message.author}/${artefact.message.payload[0]}`,
};

const pairOf = (first: number, second: number, change: Partial<Evidence> = {}): Evidence =>
  ({
    ...base,
    kind: 'equivocation',
    subject: 'header',
    first: Uint8Array.of(first),
    second: Uint8Array.of(second),
    ...change,
  }) as Evidence;

const messagesOf = (first: readonly number[], second: readonly number[], author = 'eve'): Evidence => {
  const [low = NOTHING, high = NOTHING] = [first, second]
    .map((payload) => encodeSignedMessage({ author, payload: Uint8Array.from(payload), signature: Uint8Array.of(9) }))
    .sort(compareBytes);
  return { ...base, kind: 'equivocation', subject: 'message', first: low, second: high };
};

describe('contract H-30: what makes evidence evidence', () => {
  test('two headers of one author with one key are an offence if both seals hold', () => {
    expect(checkEvidence(pairOf(1, 2), readers)).toEqual({
      kind: 'authentic',
      subjects: [1, 2].map((seed) => ({ kind: 'header', header: HEADERS[seed] })),
      claims: [1, 2].map((seed) => ({
        kind: 'signature',
        signer: 'eve',
        domain: SEAL_DOMAIN,
        data: Uint8Array.of(seed),
        signature: Uint8Array.of(seed, seed),
      })),
    });
  });

  test('of two heights the lower one is named', () => {
    expect(checkEvidence(pairOf(1, 4), readers).kind).toBe('authentic');
    expect(checkEvidence(pairOf(4, 5), readers)).toEqual({ kind: 'rejected', code: 'EVIDENCE_MALFORMED' });
  });

  test('two messages of one author with one key are an offence if both signatures hold', () => {
    const checked = checkEvidence(messagesOf([1, 1], [1, 2]), readers);
    expect(checked).toMatchObject({ kind: 'authentic', subjects: [{ kind: 'message' }, { kind: 'message' }] });
    expect(checked.kind === 'authentic' && checked.claims).toMatchObject([
      { signer: 'eve', domain: MESSAGE_DOMAIN, data: Uint8Array.of(1, 1), signature: Uint8Array.of(9) },
      { signer: 'eve', domain: MESSAGE_DOMAIN, data: Uint8Array.of(1, 2), signature: Uint8Array.of(9) },
    ]);
  });

  test('a sealed header is an accusation if its seal holds, and custom evidence is the business of the rules', () => {
    const header = Uint8Array.of(1);
    const accusation: Evidence = { ...base, kind: 'invalidHeader', header, code: 'BAD_DIGEST' };
    expect(checkEvidence(accusation, readers)).toEqual({
      kind: 'authentic',
      subjects: [{ kind: 'header', header: HEADERS[1] }],
      claims: [sealClaim(headerOf(1))],
    });
    const custom: Evidence = { ...base, kind: 'custom', id: 'surround', data: NOTHING };
    expect(checkEvidence(custom, readers)).toEqual({ kind: 'authentic', subjects: [], claims: [] });
  });

  test.each<readonly [name: string, evidence: Evidence]>([
    ['headers in the wrong order', pairOf(2, 1)],
    ['one header twice', pairOf(1, 1)],
    ['bytes that are no header', pairOf(1, 99)],
    ['a header of somebody else', pairOf(1, 3)],
    ['headers of nobody accused', pairOf(1, 2, { offender: 'mallory' })],
    ['a header of another protocol', pairOf(1, 6)],
    ['another height', pairOf(1, 2, { height: 6 })],
    ['messages of somebody else', messagesOf([1, 1], [1, 2], 'mallory')],
    ['headers as messages', pairOf(1, 2, { subject: 'message' } as Partial<Evidence>)],
    ['an accusation about bytes', { ...base, kind: 'invalidHeader', header: Uint8Array.of(99), code: 'X' }],
    ['an accusation at another height', { ...base, kind: 'invalidHeader', header: Uint8Array.of(4), code: 'X' }],
    ['an era that is none', pairOf(1, 2, { era: -1 })],
  ])('%s is malformed', (_name, evidence) => {
    expect(checkEvidence(evidence, readers)).toEqual({ kind: 'rejected', code: 'EVIDENCE_MALFORMED' });
  });

  test('what the protocol does not call a conflict is none', () => {
    const refused = { kind: 'rejected', code: 'EVIDENCE_NO_CONFLICT' };
    expect(checkEvidence(messagesOf([1, 1], [2, 1]), readers)).toEqual(refused);
    expect(checkEvidence(pairOf(1, 2), { decodeHeader: readers.decodeHeader })).toEqual(refused);
    expect(checkEvidence(pairOf(1, 7), readers)).toEqual(refused);
  });

  test('evidence beyond its limit is too large', () => {
    const data = new Uint8Array(LIMITS.evidenceBytes);
    const custom: Evidence = { ...base, kind: 'custom', id: 'surround', data };
    expect(checkEvidence(custom, readers)).toEqual({ kind: 'rejected', code: 'EVIDENCE_TOO_LARGE' });
  });

  test('a signed message survives encoding, and has one encoding', () => {
    const message = { author: 'eve', payload: Uint8Array.of(1, 2), signature: Uint8Array.of(3) };
    const bytes = encodeSignedMessage(message);
    expect(decodeSignedMessage(bytes)).toEqual(message);
    expect(codeOf(() => decodeSignedMessage(Uint8Array.of(...bytes, 0)))).toBe('INVALID_ENCODING');
    expect(codeOf(() => decodeSignedMessage(bytes.subarray(1)))).toBe('INVALID_ENCODING');
  });
});

import { isConsensusError } from '@fiducia/consensus';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeAnnouncement, encodeAnnouncement } from '../src/announcement.ts';
import {
  type Certificate,
  type CheckpointState,
  decodeCertificate,
  decodeProof,
  decodeVote,
  encodeCertificate,
  encodeProof,
  encodeVote,
  type Link,
} from '../src/index.ts';
import { EMPTY, memberId, validators, World } from './support.ts';

const RUNS = { numRuns: 300 };

const id = fc.string({ maxLength: 64, unit: 'grapheme-ascii' });
const link: fc.Arbitrary<Link> = fc
  .record({
    term: fc.integer({ min: 0, max: 2 ** 21 - 1 }),
    numbers: fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 2, maxLength: 2 }),
    ids: fc.tuple(id, id),
    handover: fc.oneof(fc.constant(EMPTY), fc.uint8Array({ minLength: 32, maxLength: 32 })),
  })
  .map(({ term, numbers, ids, handover }) => {
    const [low = 0, high = 1] = numbers.toSorted((a, b) => a - b);
    return { term, source: { number: low, id: ids[0] }, target: { number: high, id: ids[1] }, handover };
  });

const certificate: fc.Arbitrary<Certificate> = fc
  .record({
    link,
    voters: fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { maxLength: 20 }),
    seed: fc.uint8Array({ minLength: 1, maxLength: 100 }),
  })
  .map((given) => ({
    link: given.link,
    voters: given.voters.toSorted((a, b) => a - b),
    signatures: given.voters.map(() => given.seed),
  }));

it('votes, certificates and proofs have one encoding each', () => {
  fc.assert(
    fc.property(link, certificate, (vote, given) => {
      expect(decodeVote(encodeVote(vote))).toEqual(vote);
      expect(decodeCertificate(encodeCertificate(given))).toEqual(given);
      const proof = { handover: null, certificate: given };
      expect(decodeProof(encodeProof(proof))).toEqual(proof);
    }),
    RUNS,
  );
});

it('whatever is decoded is encoded to the same bytes', () => {
  fc.assert(
    fc.property(certificate, fc.nat(), fc.nat({ max: 255 }), (given, at, value) => {
      const bytes = encodeCertificate(given);
      bytes[at % bytes.length] = value;
      const decoded = decodeCertificate(bytes);
      if (decoded !== undefined) expect(encodeCertificate(decoded)).toEqual(bytes);
      const vote = encodeVote(given.link);
      vote[at % vote.length] = value;
      const again = decodeVote(vote);
      if (again !== undefined) expect(encodeVote(again)).toEqual(vote);
    }),
    RUNS,
  );
});

it('announcements are decoded to what was encoded, and never more than four quotations', () => {
  fc.assert(
    fc.property(fc.array(certificate, { maxLength: 6 }), (given) => {
      const quotes = given.map(({ link: vote, signatures }) => {
        return {
          link: vote,
          signers: signatures.map((signature, at) => ({ id: memberId(at), publicKey: null, signature })),
        };
      });
      expect(decodeAnnouncement(encodeAnnouncement(quotes))).toEqual(quotes.length > 4 ? undefined : quotes);
    }),
    RUNS,
  );
});

/** A long run with a change of committee on the way: states of every kind. */
function manyStates(): { readonly states: readonly CheckpointState[]; readonly world: World } {
  const world = new World({ config: { grace: 1, window: 16 } });
  for (const name of [0, 1, 2, 3, 4, 5, 6]) world.start(name);
  const node = world.node(0);
  let parent = 'g';
  for (let height = 1; height <= 14; height++) {
    const named = height % 5 === 1 ? { validators: validators(height % 2, 2, 3, 4, 5) } : {};
    const block = world.block(`c${height}`, parent, { ...node.body(parent), ...named });
    for (const other of world.nodes.values()) other.receiveBlock(block);
    parent = block.header.id;
  }
  return { states: [...node.tips.values()].map(({ state }) => state), world };
}

it('states have one encoding, in bounded chunks, and decode to what behaves the same', () => {
  const { states, world } = manyStates();
  const { rules } = world.node(0);
  expect(Math.max(...states.map(({ term }) => term.number))).toBeGreaterThanOrEqual(2);
  for (const state of states) {
    const chunks = [...rules.codec.encode(state)];
    expect(rules.codec.decode(chunks)).toEqual(state);
    expect([...rules.codec.encode(rules.codec.decode(chunks))]).toEqual(chunks);
    for (const chunk of chunks) expect(chunk.length).toBeGreaterThan(0);
  }
});

it('no changed bytes decode to a state with another encoding', () => {
  const { states, world } = manyStates();
  const { codec } = world.node(0).rules;
  const encoded = states.slice(-4).map((state) => [...codec.encode(state)]);
  fc.assert(
    fc.property(fc.constantFrom(...encoded), fc.nat(), fc.nat(), fc.nat({ max: 255 }), (chunks, which, at, value) => {
      const changed = chunks.map((chunk) => chunk.slice());
      const chunk = changed[which % changed.length] ?? EMPTY;
      chunk[at % chunk.length] = value;
      try {
        const state = codec.decode(changed);
        expect([...codec.encode(state)]).toEqual(changed);
      } catch (thrown) {
        expect(isConsensusError(thrown, 'INVALID_ENCODING')).toBe(true);
      }
    }),
    RUNS,
  );
  for (const chunks of encoded) {
    for (const changed of [[], chunks.slice(1), chunks.slice(0, -1), [...chunks, new Uint8Array([1])]]) {
      expect(() => codec.decode(changed)).toThrow(/INVALID_ENCODING/);
    }
  }
});

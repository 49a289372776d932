import { isConsensusError } from '@fiducia/consensus';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { extendAnnouncements, parseAnnouncement } from '../src/era/announcement.ts';
import {
  decodeProofNotice,
  decodeProvenBlock,
  encodeProofNotice,
  encodeProvenBlock,
} from '../src/finality/proof-codec.ts';
import { ERA_PARAMETER } from '../src/index.ts';

const bytes = fc.uint8Array({ maxLength: 40 });
const BLOCK_BYTES_MAX = 1_000;

const notice = fc.record({
  era: fc.nat(),
  protocol: fc.constantFrom('pbft@1', 'checkpoint@1', 'a-b2@77'),
  blockId: fc.string({ maxLength: 40 }),
  proof: bytes,
});
const proven = fc.record({ block: bytes, proof: bytes });

/** Whatever decodes encodes to the same bytes; everything else throws `INVALID_ENCODING`. */
function requireCanonical<T>(
  given: Uint8Array,
  decode: (data: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): void {
  try {
    expect(encode(decode(given))).toEqual(given);
  } catch (thrown) {
    if (!isConsensusError(thrown, 'INVALID_ENCODING')) throw thrown;
  }
}

test('proofs on the wire have one encoding, and no bytes break their reader', () => {
  const readProven = (data: Uint8Array) => decodeProvenBlock(data, BLOCK_BYTES_MAX);
  fc.assert(
    fc.property(notice, proven, fc.nat(), fc.integer({ min: 1, max: 255 }), bytes, (a, b, position, flip, junk) => {
      expect(decodeProofNotice(encodeProofNotice(a))).toEqual(a);
      expect(readProven(encodeProvenBlock(b))).toEqual(b);
      for (const encoded of [encodeProofNotice(a), encodeProvenBlock(b), junk]) {
        const index = position % Math.max(encoded.length, 1);
        if (encoded.length > 0) encoded[index] = (encoded[index] ?? 0) ^ flip;
        requireCanonical(encoded, decodeProofNotice, encodeProofNotice);
        requireCanonical(encoded, readProven, encodeProvenBlock);
      }
    }),
    { numRuns: 500 },
  );
});

test('a block or proof that is too long for the wire is refused', () => {
  const long = encodeProvenBlock({ block: new Uint8Array(BLOCK_BYTES_MAX + 1), proof: new Uint8Array() });
  expect(() => decodeProvenBlock(long, BLOCK_BYTES_MAX)).toThrow();
  const proof = new Uint8Array(262_145);
  expect(() => decodeProvenBlock(encodeProvenBlock({ block: new Uint8Array(), proof }), BLOCK_BYTES_MAX)).toThrow();
  expect(() => decodeProofNotice(encodeProofNotice({ era: 0, protocol: 'a@1', blockId: '', proof }))).toThrow();
});

test('contract H-36: reading an announcement is total, and announced eras are in order with their notice', () => {
  const reference = fc.record({ name: fc.string(), config: fc.jsonValue() });
  const era = fc.record({ fromHeight: fc.integer({ min: 0, max: 60 }), production: reference });
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    era.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(fc.array(fc.array(text, { maxLength: 3 }), { maxLength: 30 }), (blocks) => {
      let announced: ReturnType<typeof extendAnnouncements> = [];
      blocks.forEach((texts, height) => {
        const facts = texts.map((value) => ({ kind: 'parameter', name: ERA_PARAMETER, value }) as const);
        announced = extendAnnouncements(announced, height, facts, 5, 10);
      });
      announced.forEach(({ announcedAt, era, text }, index) => {
        expect(era.fromHeight).toBeGreaterThan(announced[index - 1]?.era.fromHeight ?? 5);
        expect(era.fromHeight).toBeGreaterThanOrEqual(announcedAt + 10);
        expect(parseAnnouncement(text)).toEqual(era);
      });
    }),
    { numRuns: 300 },
  );
});

import { type Evidence, type Fact, isConsensusError, tryDecode } from '@fiducia/consensus';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BlockRecord, decodeBlockRecord, encodeBlockRecord } from '../src/index.ts';

const actor = fc.string({ unit: 'grapheme', maxLength: 12 });
const amount = fc.bigInt({ min: 0n, max: 2n ** 128n });
const bytes = fc.uint8Array({ maxLength: 20 });
const height = fc.integer({ min: 0, max: 2 ** 40 });
const protocol = fc.constantFrom('pow@1', 'dt-dpos@12', 'a@0');
const validator = fc.record({ id: actor, weight: amount, publicKey: bytes }, { requiredKeys: ['id', 'weight'] });
const evidence: fc.Arbitrary<Evidence> = fc.record({
  kind: fc.constant('invalidHeader'),
  era: fc.nat(),
  protocol,
  offender: actor,
  height,
  header: bytes,
  code: fc.constant('SLOT_MISMATCH'),
});

const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ kind: fc.constant('admission'), actor, deposit: amount, category: actor }),
  fc.record({ kind: fc.constant('exit'), actor }),
  fc.record({ kind: fc.constantFrom('deposit', 'stake'), actor, total: amount }),
  fc.record({ kind: fc.constant('ballot'), from: actor, to: actor, weight: amount }),
  fc.record({ kind: fc.constant('participation'), actor, round: height }),
  fc.record({ kind: fc.constant('key'), actor, role: actor, publicKey: bytes }),
  fc.record({ kind: fc.constant('validators'), validators: fc.array(validator, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant('parameter'), name: actor, value: actor }),
  fc.record({ kind: fc.constant('evidence'), evidence }),
  fc.record({ kind: fc.constant('certificate'), certificate: fc.record({ protocol, data: bytes }) }),
  fc.record({ kind: fc.constant('custom'), id: actor, data: bytes }),
) as fc.Arbitrary<Fact>;

const announcement = fc.record({ announcedAt: height, fromHeight: height, name: actor }).map((value) => {
  const era = { fromHeight: value.fromHeight, production: { name: value.name, config: null } };
  return { announcedAt: value.announcedAt, text: JSON.stringify(era), era };
});

const record: fc.Arbitrary<BlockRecord> = fc.record({
  era: fc.nat(),
  totalWeight: amount,
  gadgetWeight: amount,
  announced: fc.array(announcement, { maxLength: 3 }),
  facts: fc.array(fact, { maxLength: 8 }),
});

test('contract H-26: every record survives storage', () => {
  fc.assert(
    fc.property(record, (value) => {
      expect(decodeBlockRecord(encodeBlockRecord(value))).toEqual(value);
    }),
  );
});

test('a record has one encoding: whatever decodes encodes to the same bytes, everything else throws INVALID_ENCODING', () => {
  fc.assert(
    fc.property(record, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, position, flip) => {
      const mutated = encodeBlockRecord(value);
      const index = position % mutated.length;
      mutated[index] = (mutated[index] ?? 0) ^ flip;
      const decoded = tryDecode(() => decodeBlockRecord(mutated));
      if (decoded !== undefined) expect(encodeBlockRecord(decoded)).toEqual(mutated);
      else expect(codeOf(mutated)).toBe('INVALID_ENCODING');
    }),
    { numRuns: 500 },
  );
});

test('random bytes never decode to something that encodes differently', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (value) => {
      const decoded = tryDecode(() => decodeBlockRecord(value));
      if (decoded !== undefined) expect(encodeBlockRecord(decoded)).toEqual(value);
    }),
  );
});

function codeOf(value: Uint8Array): string | undefined {
  try {
    decodeBlockRecord(value);
  } catch (thrown) {
    return isConsensusError(thrown) ? thrown.data.code : String(thrown);
  }
  return undefined;
}

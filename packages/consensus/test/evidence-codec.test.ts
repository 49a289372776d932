import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ByteWriter,
  compareBytes,
  decodeEvidence,
  type Evidence,
  encodeEvidence,
  LIMITS,
  tryDecode,
} from '../src/index.ts';
import { codeOf } from './support/code-of.ts';

const base = { era: 0, protocol: 'dt-dpos@1', offender: 'ab'.repeat(20), height: 7 } as const;
const [low, high] = [Uint8Array.of(1), Uint8Array.of(2)];

const EQUIVOCATION: Evidence = { ...base, kind: 'equivocation', subject: 'header', first: low, second: high };
const INVALID_HEADER: Evidence = { ...base, kind: 'invalidHeader', header: low, code: 'SLOT_MISMATCH' };
const CUSTOM: Evidence = { ...base, kind: 'custom', id: 'checkpoint/surround', data: high };

describe('evidence within its bounds', () => {
  test.each([EQUIVOCATION, { ...EQUIVOCATION, subject: 'message' } as Evidence, INVALID_HEADER, CUSTOM])(
    '$kind survives encoding',
    (evidence) => {
      expect(decodeEvidence(encodeEvidence(evidence))).toEqual(evidence);
    },
  );

  test('any evidence survives encoding, and equal evidence has equal bytes', () => {
    fc.assert(
      fc.property(evidenceArbitrary(), (evidence) => {
        const bytes = encodeEvidence(evidence);
        expect(decodeEvidence(bytes)).toEqual(evidence);
        expect(compareBytes(encodeEvidence(structuredClone(evidence)), bytes)).toBe(0);
      }),
    );
  });

  test('the encoding covers every height', () => {
    const evidence = { ...CUSTOM, height: Number.MAX_SAFE_INTEGER };
    expect(decodeEvidence(encodeEvidence(evidence)).height).toBe(Number.MAX_SAFE_INTEGER);
    expect(codeOf(() => encodeEvidence({ ...CUSTOM, height: -1 }))).toBe('NOT_ENCODABLE');
  });
});

describe('bytes that are no evidence', () => {
  test.each<readonly [name: string, bytes: Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['an unknown kind', encodeEvidence(CUSTOM).with(0, 3)],
    ['equivocation in the wrong order', encodeEvidence({ ...EQUIVOCATION, first: high, second: low })],
    ['equivocation of one artefact', encodeEvidence({ ...EQUIVOCATION, first: low, second: low })],
    ['an unknown subject', equivocationOf(2)],
    ['a protocol without a version', encodeEvidence({ ...CUSTOM, protocol: 'pow@' as 'pow@1' })],
    ['a protocol with a leading zero', encodeEvidence({ ...CUSTOM, protocol: 'pow@01' as 'pow@1' })],
    ['a protocol in capitals', encodeEvidence({ ...CUSTOM, protocol: 'PoW@1' })],
    ['an offender that is too long', encodeEvidence({ ...CUSTOM, offender: 'a'.repeat(129) })],
    ['an id that is too long', encodeEvidence({ ...CUSTOM, id: 'a'.repeat(65) })],
    ['a code that is too long', encodeEvidence({ ...INVALID_HEADER, code: 'A'.repeat(65) })],
    ['evidence that is too large', encodeEvidence({ ...CUSTOM, data: new Uint8Array(LIMITS.evidenceBytes) })],
    ['a byte too many', Uint8Array.of(...encodeEvidence(CUSTOM), 0)],
  ])('%s is refused', (_, bytes) => {
    expect(codeOf(() => decodeEvidence(bytes))).toBe('INVALID_ENCODING');
  });

  test('evidence of exactly the largest size is accepted', () => {
    const rest = LIMITS.evidenceBytes - encodeEvidence({ ...CUSTOM, data: new Uint8Array() }).length;
    const largest = encodeEvidence({ ...CUSTOM, data: new Uint8Array(rest) });
    expect(largest.length).toBe(LIMITS.evidenceBytes);
    expect(decodeEvidence(largest).kind).toBe('custom');
  });

  test('decoding is total up to its one error, and accepts only canonical bytes', () => {
    const mutated = fc
      .tuple(evidenceArbitrary(), fc.nat(), fc.nat({ max: 255 }), fc.boolean())
      .map(([evidence, position, byte, isCut]) => {
        const bytes = encodeEvidence(evidence);
        const at = position % bytes.length;
        return isCut ? bytes.slice(0, at) : bytes.with(at, byte);
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        const evidence = tryDecode(() => decodeEvidence(bytes));
        if (evidence === undefined) expect(codeOf(() => decodeEvidence(bytes))).toBe('INVALID_ENCODING');
        else expect(compareBytes(encodeEvidence(evidence), bytes)).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Equivocation with an arbitrary subject byte. */
function equivocationOf(subject: number): Uint8Array {
  return new ByteWriter()
    .uint(0, 1)
    .uint(base.era, 4)
    .text(base.protocol)
    .text(base.offender)
    .uint(base.height, 8)
    .uint(subject, 1)
    .bytes(low)
    .bytes(high)
    .finish();
}

test('the subject byte is what keeps an unknown subject out', () => {
  expect(decodeEvidence(equivocationOf(0))).toEqual(EQUIVOCATION);
});

function evidenceArbitrary(): fc.Arbitrary<Evidence> {
  const shared = {
    era: fc.nat({ max: 2 ** 32 - 1 }),
    protocol: fc
      .tuple(fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/), fc.nat({ max: 999_999_999 }))
      .map(([name, major]) => `${name}@${major}` as const),
    offender: fc.string({ unit: 'binary', maxLength: 30 }),
    height: fc.maxSafeNat(),
  };
  const part = fc.uint8Array({ maxLength: 60 });
  const label = fc.string({ unit: 'binary', maxLength: 16 });
  const pair = fc
    .uniqueArray(part, { minLength: 2, maxLength: 2, comparator: (a, b) => compareBytes(a, b) === 0 })
    .map((parts) => parts.toSorted(compareBytes));
  return fc.oneof(
    fc
      .record({ ...shared, subject: fc.constantFrom('header' as const, 'message' as const), pair })
      .map(({ pair: [first = low, second = high], ...rest }) => ({
        ...rest,
        kind: 'equivocation' as const,
        first,
        second,
      })),
    fc.record({ ...shared, kind: fc.constant('invalidHeader' as const), header: part, code: label }),
    fc.record({ ...shared, kind: fc.constant('custom' as const), id: label, data: part }),
  );
}

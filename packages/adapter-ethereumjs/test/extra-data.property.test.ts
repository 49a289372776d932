import { ByteWriter, compareBytes, LIMITS, type ProtocolId } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeExtraData, EXTRA_DATA_BYTES_MAX, encodeExtraData, PROOFS_BYTES_MAX } from '../src/index.ts';

const protocol = fc
  .tuple(fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/), fc.nat({ max: 999_999_999 }))
  .map(([name, major]): ProtocolId => `${name}@${major}`);
const extraData = fc.record({
  protocol,
  digest: fc.uint8Array({ maxLength: 64 }),
  proofs: fc.uint8Array({ maxLength: 64 }),
  seal: fc.uint8Array({ maxLength: 128 }),
});

describe('extra data (contract section 11)', () => {
  it('survives encoding', () => {
    fc.assert(
      fc.property(extraData, (extra) => {
        expect(decodeExtraData(encodeExtraData(extra))).toEqual(extra);
      }),
    );
  });

  it('has one encoding: whatever is accepted is what would be written', () => {
    const mutation = fc.record({ at: fc.nat({ max: 300 }), to: fc.nat({ max: 255 }), cut: fc.nat({ max: 3 }) });
    fc.assert(
      fc.property(extraData, mutation, fc.uint8Array({ maxLength: 3 }), (extra, { at, to, cut }, tail) => {
        const bytes = encodeExtraData(extra);
        bytes[at % bytes.length] = to;
        const changed = Uint8Array.from([...bytes.subarray(0, bytes.length - cut), ...tail]);
        const decoded = decodeExtraData(changed);
        if (decoded !== undefined) expect(encodeExtraData(decoded)).toEqual(changed);
      }),
    );
  });

  it('is undefined for arbitrary bytes, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeExtraData(bytes)).toBeUndefined();
      }),
    );
  });

  it('may be as long as the limits of the contract allow, and no longer', () => {
    const longest = {
      protocol: `${'a'.repeat(32)}@999999999` as const,
      digest: new Uint8Array(LIMITS.digestBytes),
      proofs: new Uint8Array(PROOFS_BYTES_MAX),
      seal: new Uint8Array(LIMITS.sealBytes),
    };
    const bytes = encodeExtraData(longest);
    expect(bytes).toHaveLength(EXTRA_DATA_BYTES_MAX);
    // Compared as bytes: item by item it would take a second.
    const { proofs = new Uint8Array(), ...rest } = decodeExtraData(bytes) ?? {};
    expect(compareBytes(proofs, longest.proofs)).toBe(0);
    expect({ ...rest, proofs: longest.proofs.length }).toEqual({ ...longest, proofs: proofs.length });
    expect(
      decodeExtraData(encodeExtraData({ ...longest, digest: new Uint8Array(LIMITS.digestBytes + 1) })),
    ).toBeUndefined();
    expect(
      decodeExtraData(
        encodeExtraData({
          protocol: 'a@1',
          digest: new Uint8Array(LIMITS.digestBytes + 1),
          proofs: new Uint8Array(),
          seal: new Uint8Array(),
        }),
      ),
    ).toBeUndefined();
  });

  it.each(['DT-DPOS@1', 'dt-dpos', 'dt-dpos@01', 'dt-dpos@1234567890', '@1', '1pow@1', 'pow@1 '])(
    'refuses %j as a protocol',
    (text) => {
      const bytes = new ByteWriter()
        .text('fiducia/1')
        .text(text)
        .bytes(new Uint8Array())
        .bytes(new Uint8Array())
        .bytes(new Uint8Array())
        .finish();
      expect(decodeExtraData(bytes)).toBeUndefined();
    },
  );

  it('refuses another format', () => {
    const bytes = new ByteWriter()
      .text('fiducia/2')
      .text('pow@1')
      .bytes(new Uint8Array())
      .bytes(new Uint8Array())
      .bytes(new Uint8Array())
      .finish();
    expect(decodeExtraData(bytes)).toBeUndefined();
  });
});

import { type Certificate, decodeEvidence, type Evidence, encodeEvidence, LIMITS } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeProofs, encodeProofs } from '../src/proofs.ts';

const bytes = fc.uint8Array({ maxLength: 20 });
const evidence: fc.Arbitrary<Evidence> = fc
  .record({ height: fc.nat(), offender: fc.stringMatching(/^0x[0-9a-f]{4}$/), data: bytes })
  .map(({ height, offender, data }) => ({
    ...{ kind: 'custom', era: 0, protocol: 'a@1', offender, height, id: 'x', data },
  }));
const certificate: fc.Arbitrary<Certificate> = bytes.map((data) => ({ protocol: 'a@1', data }));
const proofs = fc.record({
  evidence: fc.array(evidence, { maxLength: LIMITS.evidencePerBlock }),
  certificates: fc.array(certificate, { maxLength: LIMITS.certificatesPerBlock }),
});

describe('proofs in the extra data', () => {
  it('survive encoding, and none are no bytes', () => {
    fc.assert(
      fc.property(proofs, (value) => {
        const encoded = encodeProofs(value);
        expect(decodeProofs(encoded)).toEqual(value);
        expect(encoded.length === 0).toBe(value.evidence.length + value.certificates.length === 0);
      }),
    );
  });

  it('have one encoding, and arbitrary bytes never throw', () => {
    const changed = fc
      .tuple(proofs, fc.nat({ max: 200 }), fc.nat({ max: 255 }))
      .map(([value, at, to]) => encodeProofs(value).map((byte, index) => (index === at ? to : byte)));
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 64 })), (encoded) => {
        const decoded = decodeProofs(encoded);
        if (decoded !== undefined) expect(encodeProofs(decoded)).toEqual(encoded);
      }),
    );
    expect(decodeProofs(new Uint8Array(2))).toBeUndefined();
  });

  it('are not more than a block may have', () => {
    const [one] = fc.sample(evidence, { numRuns: 1, seed: 1 });
    if (one === undefined) throw new Error('no sample');
    expect(decodeEvidence(encodeEvidence(one))).toEqual(one);
    const many = (count: number) =>
      encodeProofs({ evidence: Array.from({ length: count }, () => one), certificates: [] });
    expect(decodeProofs(many(LIMITS.evidencePerBlock))?.evidence).toHaveLength(LIMITS.evidencePerBlock);
    expect(decodeProofs(many(LIMITS.evidencePerBlock + 1))).toBeUndefined();
    const none = { protocol: 'a@1', data: new Uint8Array() } as const;
    const certificates = Array.from({ length: LIMITS.certificatesPerBlock + 1 }, () => none);
    expect(decodeProofs(encodeProofs({ evidence: [], certificates }))).toBeUndefined();
  });
});

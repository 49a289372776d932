import { type Fact, isConsensusError } from '@fiducia/consensus';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../src/message.ts';
import { childOf, genesisTip, hex, nodeId, rulesOf } from './support.ts';

const actor = fc.integer({ min: 0, max: 9 }).map(nodeId);
const fact: fc.Arbitrary<Fact> = fc.oneof(
  actor.map((id): Fact => ({ kind: 'admission', actor: id, deposit: 1n, category: 'wind' })),
  actor.map((id): Fact => ({ kind: 'exit', actor: id })),
  fc.tuple(actor, actor, fc.bigInt(0n, 2n)).map(([from, to, weight]): Fact => ({ kind: 'ballot', from, to, weight })),
  actor.map(
    (offender): Fact => ({
      kind: 'evidence',
      evidence: {
        kind: 'equivocation',
        subject: 'message',
        era: 0,
        protocol: 'pbft@1',
        offender,
        height: 1,
        first: Uint8Array.of(1),
        second: Uint8Array.of(2),
      },
    }),
  ),
  fc
    .array(fc.record({ id: actor, weight: fc.bigInt(0n, 3n) }), { maxLength: 5 })
    .map((validators): Fact => ({ kind: 'validators', validators })),
);
const history = fc.array(fc.array(fact, { maxLength: 6 }), { maxLength: 30 });

const rules = rulesOf();

function stateAfter(blocks: readonly (readonly Fact[])[]) {
  let { header, state } = genesisTip();
  for (const facts of blocks) {
    header = childOf(header, nodeId(0));
    state = rules.applyHeader(state, header, facts);
  }
  return state;
}

describe('state codec', () => {
  it('contract CK-03: gives every state one encoding, and takes it back', () => {
    fc.assert(
      fc.property(history, (blocks) => {
        const state = stateAfter(blocks);
        const chunks = [...rules.codec.encode(state)];
        const again = rules.codec.decode(chunks);
        expect([...rules.codec.encode(again)].map(hex)).toEqual(chunks.map(hex));
        expect(again.validators).toEqual(state.validators);
        expect(again.members).toEqual(state.members);
      }),
    );
  });

  it('pbft Q1: there is always a seat, members are sorted, and exactly those with weight are in a term', () => {
    fc.assert(
      fc.property(history, (blocks) => {
        const { members, validators } = stateAfter(blocks);
        expect(validators.some(({ weight }) => weight > 0n)).toBe(true);
        expect(members.map(({ id }) => id)).toEqual(members.map(({ id }) => id).toSorted());
        for (const { weight, seatedUntil } of members) expect(seatedUntil === null).toBe(weight > 0n);
      }),
    );
  });

  it('contract CK-03: refuses everything else with INVALID_ENCODING', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.integer({ min: 1, max: 255 }), (blocks, place, change) => {
        const chunks = [...rules.codec.encode(stateAfter(blocks))].map((chunk) => chunk.slice());
        const chunk = chunks[place % chunks.length] ?? new Uint8Array();
        const index = place % chunk.length;
        chunk[index] = (chunk[index] ?? 0) ^ change;
        let decoded: readonly string[] | undefined;
        try {
          decoded = [...rules.codec.encode(rules.codec.decode(chunks))].map(hex);
        } catch (error) {
          expect(isConsensusError(error, 'INVALID_ENCODING')).toBe(true);
          return;
        }
        // Some other state may be what is written there now.
        expect(decoded).toEqual(chunks.map(hex));
      }),
    );
    const chunks = [...rules.codec.encode(stateAfter([]))];
    for (const wrong of [[], chunks.slice(1), [...chunks, Uint8Array.of(0)], [...chunks, ...chunks]]) {
      expect(() => rules.codec.decode(wrong)).toThrow(/INVALID_ENCODING/);
    }
  });
});

describe('message codec', () => {
  it('contract CK-05: never throws, and takes nothing that it would not write', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const message = decodeMessage(bytes);
        if (message !== undefined) expect(hex(encodeMessage(message))).toBe(hex(bytes));
      }),
    );
  });
});

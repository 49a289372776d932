import { type Artefact, type Bytes, ByteWriter, type Evidence, type Fact, isConsensusError } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DtDposState, encodeDigest, TRUST_OFFENCE_ID } from '../src/index.ts';
import { configs, runSteps, steps } from './arbitraries.ts';
import { admission, configOf, headerOf, keyedCensus, membersCensus, nodeId, T0, TestChain } from './support.ts';

const actor = fc.oneof(
  fc.integer({ min: 0, max: 7 }).map(nodeId),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('', '\ud800', 'lone \udfff', '__proto__', 'x'.repeat(200)),
);
const amount = fc.oneof(fc.bigInt({ min: 0n, max: 20n }), fc.bigInt({ min: -(2n ** 600n), max: 2n ** 600n }));
const bytes = fc.uint8Array({ maxLength: 300 });
const height = fc.oneof(
  fc.integer({ min: -2, max: 40 }),
  fc.maxSafeInteger(),
  fc.constantFrom(Number.NaN, 1.5, Number.POSITIVE_INFINITY, -0),
);

const evidence: fc.Arbitrary<Evidence> = fc
  .record({ era: fc.nat(2), offender: actor, height, code: fc.string(), kind: fc.nat(2), first: bytes, second: bytes })
  .map(({ kind, code, first, second, ...rest }): Evidence => {
    const base = { ...rest, protocol: 'dt-dpos@1' as const };
    if (kind === 0) return { ...base, kind: 'equivocation', subject: 'header', first, second };
    if (kind === 1) return { ...base, kind: 'invalidHeader', header: first, code };
    return { ...base, kind: 'custom', id: code, data: first };
  });

/** Facts that no sane ledger produces. */
const hostileFact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ kind: fc.constant('admission' as const), actor, deposit: amount, category: actor }),
  fc.record({ kind: fc.constant('exit' as const), actor }),
  fc.record({ kind: fc.constant('deposit' as const), actor, total: amount }),
  fc.record({ kind: fc.constant('ballot' as const), from: actor, to: actor, weight: amount }),
  fc.record({ kind: fc.constant('participation' as const), actor, round: height }),
  fc.record({ kind: fc.constant('key' as const), actor, role: fc.constant('vrf'), publicKey: bytes }),
  fc.record({
    kind: fc.constant('parameter' as const),
    name: fc.constantFrom('dt-dpos/committee.size', 'dt-dpos/trust.decayT', 'dt-dpos/depositMin', 'dt-dpos/__proto__'),
    value: fc.oneof(fc.string(), fc.bigInt({ min: 0n, max: 2n ** 130n }).map(String)),
  }),
  fc.record({ kind: fc.constant('evidence' as const), evidence }),
  fc.record({
    kind: fc.constant('custom' as const),
    id: fc.constant(TRUST_OFFENCE_ID),
    data: fc.oneof(
      bytes,
      fc.record({ node: fc.nat(7), slot: fc.nat() }).map(({ node, slot }) => {
        return new ByteWriter().text(nodeId(node)).uint(slot, 6).finish();
      }),
    ),
  }),
);

const hostileHeader = fc.record({
  height: fc.integer({ min: 0, max: 2 ** 48 }),
  timestamp: fc.oneof(
    fc.maxSafeInteger(),
    fc.nat(40).map((slot) => T0 + slot * 1_000),
  ),
  author: actor,
  digest: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: 0, max: 2 ** 48 - 1 }).map((slot) => encodeDigest({ slot })),
    fc.nat(40).map((slot) => encodeDigest({ slot })),
  ),
});

/** Runs everything that the host may call on a state. */
function useState(chain: TestChain): void {
  const { rules, state } = chain;
  rules.validators?.(state);
  rules.directives?.(state, chain.next(state.slot + 1), []);
  rules.exportHandover(state, chain.header);
  if (rules.finality.kind === 'settle') expect(rules.finality.depth(state)).toBeGreaterThan(0);
}

describe('totality (contract section 3, H-14 to H-17)', () => {
  it('judges any header on any state without throwing, and never accepts what no leader signs (trust S5)', () => {
    fc.assert(
      fc.property(configs, steps, fc.array(hostileHeader, { minLength: 1, maxLength: 20 }), (config, list, headers) => {
        const chain = runSteps(config, list);
        for (const fields of headers) {
          const header = headerOf(fields);
          const verdict = chain.rules.verifyHeader(header, chain.tip, T0 + 50_000);
          if (verdict.kind === 'accept')
            expect(header.author).toBe(chain.leaderOf(slotOf(chain.state, header.timestamp)));
          const key = chain.rules.conflictKey?.({ kind: 'header', header });
          expect(key === undefined || key.startsWith(`${header.author}/`)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('applies blocks with facts out of every range, to a state that has an encoding (trust F1, G3)', () => {
    const blocks = fc.array(fc.array(hostileFact, { maxLength: 12 }), { minLength: 1, maxLength: 14 });
    fc.assert(
      fc.property(configs, blocks, (config, list) => {
        const chain = new TestChain(config, keyedCensus(6, 5n));
        for (const facts of list) {
          chain.add(chain.state.slot + 1, facts);
          useState(chain);
          const chunks = [...chain.rules.codec.encode(chain.state)];
          const twin = new TestChain(config, keyedCensus(6, 5n));
          twin.state = chain.rules.codec.decode(chunks);
          expect(twin.root()).toBe(chain.root());
        }
      }),
      { numRuns: 80 },
    );
  });

  it('starts an era from a census out of every range, or refuses the handover (trust G4)', () => {
    fc.assert(
      fc.property(configs, fc.array(hostileFact, { maxLength: 20 }), fc.boolean(), (config, census, hasMembers) => {
        try {
          const chain = new TestChain(config, [...census, ...(hasMembers ? keyedCensus(2, 5n) : [])]);
          expect([...chain.rules.codec.encode(chain.state)].length).toBeGreaterThan(0);
        } catch (error) {
          expect(isConsensusError(error, 'INVALID_HANDOVER'), String(error)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('judges any evidence with any subjects without throwing (trust S6, F5)', () => {
    const subject: fc.Arbitrary<Artefact> = fc.oneof(
      hostileHeader.map((fields): Artefact => ({ kind: 'header', header: headerOf(fields) })),
      fc
        .record({ author: actor, payload: bytes, signature: bytes })
        .map((message): Artefact => ({ kind: 'message', message })),
    );
    fc.assert(
      fc.property(configs, steps, evidence, fc.array(subject, { maxLength: 2 }), (config, list, proof, subjects) => {
        const chain = runSteps(config, list);
        const verdict = chain.rules.verifyEvidence?.(proof, chain.state, subjects);
        expect(verdict?.kind === 'accept' || verdict?.kind === 'reject').toBe(true);
        chain.rules.directives?.(chain.state, chain.next(chain.state.slot + 1), [proof, proof]);
      }),
      { numRuns: 120 },
    );
  });

  it('goes on from any state that the decoder accepts, whatever its bytes claim (trust G3)', () => {
    const flips = fc.array(fc.record({ at: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) }), {
      minLength: 1,
      maxLength: 2,
    });
    let accepted = 0;
    fc.assert(
      fc.property(configs, steps, fc.array(flips, { minLength: 20, maxLength: 20 }), (config, list, mutations) => {
        const chain = runSteps(config, list);
        const original = chain.state;
        const chunks = [...chain.rules.codec.encode(original)];
        for (const mutation of mutations) {
          chain.state = original;
          const decoded = tryState(chain, flip(chunks, mutation));
          if (decoded === undefined) continue;
          accepted++;
          chain.state = decoded;
          useState(chain);
          // A lower slot or another height only moves the chain; the header has to fit the state.
          chain.header = { ...chain.header, height: decoded.height };
          for (let block = 0; block < 5; block++) {
            chain.add(chain.state.slot + 1, [admission(`new-${block}`, 5n)]);
            useState(chain);
          }
        }
      }),
      { numRuns: 60 },
    );
    expect(accepted, 'mutations that are states of their own').toBeGreaterThan(20);
  });
});

describe('facts out of range (trust F1)', () => {
  const lone = '\ud800';
  it.each<[string, Fact]>([
    ['a negative deposit', { kind: 'deposit', actor: nodeId(1), total: -1n }],
    ['a deposit beyond 128 bits', { kind: 'deposit', actor: nodeId(1), total: 1n << 128n }],
    ['a negative ballot', { kind: 'ballot', from: nodeId(0), to: nodeId(1), weight: -1n }],
    ['a voter without an encoding', { kind: 'ballot', from: lone, to: nodeId(1), weight: 1n }],
    ['a newcomer without an encoding', { kind: 'admission', actor: lone, deposit: 1n, category: 'wind' }],
    ['a category without an encoding', { kind: 'admission', actor: 'new', deposit: 1n, category: lone }],
    ['an endless name', { kind: 'admission', actor: 'n'.repeat(129), deposit: 1n, category: 'wind' }],
    ['an endless category', { kind: 'admission', actor: 'new', deposit: 1n, category: 'w'.repeat(129) }],
    ['an admission in debt', { kind: 'admission', actor: 'new', deposit: -1n, category: 'wind' }],
    ['an endless key', { kind: 'key', actor: nodeId(1), role: 'vrf', publicKey: new Uint8Array(257) }],
  ])('%s is dropped', (_, fact) => {
    const plain = new TestChain(configOf(), membersCensus(3));
    const other = new TestChain(configOf(), membersCensus(3));
    plain.add(1);
    other.add(1, [fact]);
    expect(other.root()).toBe(plain.root());
  });

  it('the bounds themselves are taken', () => {
    const chain = new TestChain(configOf(), membersCensus(3));
    chain.add(1, [
      { kind: 'deposit', actor: nodeId(1), total: (1n << 128n) - 1n },
      { kind: 'ballot', from: 'v'.repeat(128), to: nodeId(2), weight: (1n << 128n) - 1n },
    ]);
    const state = chain.rules.codec.decode([...chain.rules.codec.encode(chain.state)]);
    expect(state.totalVotes).toBe((1n << 128n) - 1n);
  });
});

function slotOf(state: DtDposState, timestamp: number): number {
  return (timestamp - state.slotZero) / 1_000;
}

function flip(chunks: readonly Bytes[], flips: readonly { readonly at: number; readonly bits: number }[]): Bytes[] {
  const copies = chunks.map((chunk) => chunk.slice());
  for (const { at, bits } of flips) {
    const chunk = copies[at % copies.length];
    if (chunk !== undefined) chunk[at % chunk.length] = (chunk[at % chunk.length] ?? 0) ^ bits;
  }
  return copies;
}

function tryState(chain: TestChain, chunks: readonly Bytes[]): DtDposState | undefined {
  try {
    return chain.rules.codec.decode(chunks);
  } catch {
    return undefined;
  }
}

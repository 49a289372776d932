import { type Bytes, isConsensusError, persistentMapOf } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Beacon, Candidate, DtDposConfig, DtDposState } from '../src/index.ts';
import { candidateAt, RegisterDraft } from '../src/register.ts';
import { configs, runSteps, steps } from './arbitraries.ts';
import { configOf, keyedCensus, membersCensus, rulesOf, TestChain } from './support.ts';

const join = (chunks: Iterable<Bytes>): Bytes => Uint8Array.from(Buffer.concat([...chunks]));

/** Decodes foreign chunks: either they are canonical, or they are refused with the one code. */
function expectCanonicalOrRefused(config: DtDposConfig, chunks: readonly Bytes[]): void {
  const { codec } = rulesOf(config);
  try {
    const again = [...codec.encode(codec.decode(chunks))];
    expect(again.map((chunk) => Buffer.from(chunk).toString('hex'))).toEqual(
      chunks.map((chunk) => Buffer.from(chunk).toString('hex')),
    );
  } catch (error) {
    expect(isConsensusError(error, 'INVALID_ENCODING'), String(error)).toBe(true);
  }
}

const PUBLICATION = { index: 0, trust: 5, tier: 'NORMAL', from: 'NONE' } as const;

/** Activity that is one epoch ahead of a state at height 1. */
const LATER = {
  buckets: [{ epoch: 1, correct: 0, malicious: 0, participated: 1 }],
  sums: { correct: 0, malicious: 0, participated: 1 },
};

function recordOf(state: DtDposState): Candidate['trust'] {
  const candidate = candidateAt(state.register, 0);
  if (candidate === undefined) throw new Error('candidate 0 is registered');
  return candidate.trust;
}

/** The state with candidate 0 changed. */
function changed(state: DtDposState, fields: Partial<Candidate>): Partial<DtDposState> {
  const draft = new RegisterDraft(state.register);
  const candidate = candidateAt(state.register, 0);
  if (candidate === undefined) throw new Error('candidate 0 is registered');
  draft.set({ ...candidate, ...fields });
  return { register: draft.finish() };
}

describe('canonical states (trust G1, G2, G3)', () => {
  it('decode after encode gives the same chunks, and a state that goes on in the same way', () => {
    fc.assert(
      fc.property(configs, steps, steps, (config, list, more) => {
        const chain = runSteps(config, list);
        const chunks = [...chain.rules.codec.encode(chain.state)];
        expect(chunks.every((chunk) => chunk.length > 0 && chunk.length <= 1_048_576)).toBe(true);
        const state = rulesOf(config).codec.decode(chunks);
        const twin = new TestChain(config, keyedCensus(6, 5n));
        twin.header = chain.header;
        twin.state = state;
        for (const { gap } of more) {
          chain.add(chain.state.slot + 1 + gap);
          twin.add(twin.state.slot + 1 + gap);
        }
        expect(twin.root()).toBe(chain.root());
      }),
      { numRuns: 60 },
    );
  });

  it('a mutated state is canonical or refused, never half accepted', () => {
    fc.assert(
      fc.property(
        configs,
        steps,
        fc.array(fc.record({ at: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) }), { minLength: 1, maxLength: 4 }),
        (config, list, flips) => {
          const chain = runSteps(config, list);
          const chunks = [...chain.rules.codec.encode(chain.state)].map((chunk) => chunk.slice());
          const whole = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
          for (const { at, bits } of flips) {
            let rest = at % whole;
            for (const chunk of chunks) {
              if (rest < chunk.length) {
                chunk[rest] = (chunk[rest] ?? 0) ^ bits;
                break;
              }
              rest -= chunk.length;
            }
          }
          expectCanonicalOrRefused(config, chunks);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('random bytes, missing, added and re-cut chunks are refused', () => {
    const config = configOf({ preset: 'minimal' });
    const chain = new TestChain(config, membersCensus(300));
    chain.add(1);
    const chunks = [...chain.rules.codec.encode(chain.state)];
    expect(chunks).toHaveLength(3);
    const [main = new Uint8Array(), first = new Uint8Array(), second = new Uint8Array()] = chunks;
    const refused = [
      [],
      [main],
      [main, first],
      [main, second, first],
      [...chunks, second],
      [join(chunks)],
      [main.subarray(0, 9), main.subarray(9), first, second],
      [main, first, second.subarray(1)],
      [new Uint8Array()],
      [new Uint8Array(4)],
      [Uint8Array.from([255, 255, 255, 255])],
    ];
    for (const list of refused) {
      expect(() => rulesOf(config).codec.decode(list)).toThrow(/INVALID_ENCODING/);
    }
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }), (random) => {
        expect(() => rulesOf(config).codec.decode(random)).toThrow(/INVALID_ENCODING/);
      }),
    );
  });

  const GOVERNED = [
    { name: 'blockReward', value: '7' },
    { name: 'depositMin', value: '1' },
  ];

  it('reads governed parameters in order (trust T2)', () => {
    const chain = new TestChain(configOf({ preset: 'minimal' }), membersCensus(6));
    const state = { ...chain.state, parameters: GOVERNED };
    expect(chain.rules.codec.decode(chain.rules.codec.encode(state)).parameters).toEqual(GOVERNED);
  });

  const inconsistent: readonly (readonly [string, (state: DtDposState) => Partial<DtDposState>])[] = [
    ['a priority too few', (state) => ({ priorities: state.priorities.slice(1) })],
    ['no seat', (state) => ({ election: { ...state.election, seats: [] }, priorities: [] })],
    ['seats out of order', ({ election }) => ({ election: { ...election, seats: election.seats.toReversed() } })],
    [
      'a seat without weight',
      ({ election }) => ({ election: { ...election, seats: election.seats.map((seat) => ({ ...seat, weight: 0 })) } }),
    ],
    [
      'a seat heavier than trust can be (trust N5)',
      ({ election }) => ({
        election: { ...election, seats: election.seats.map((seat) => ({ ...seat, weight: 1_500_001 })) },
      }),
    ],
    ['a rating above the cap (trust N5)', (state) => changed(state, { rating: { trust: 1_500_001, tier: 'TRUSTED' } })],
    ['a round of a later epoch', () => ({ window: { rounds: [{ epoch: 1, count: 1 }], total: 1 } })],
    ['activity of a later epoch', (state) => changed(state, { trust: { ...recordOf(state), ...LATER } })],
    ['a committee of another epoch', ({ election }) => ({ election: { ...election, epoch: election.epoch + 1 } })],
    ['a committee too many', (state) => ({ upcoming: [...state.upcoming, { ...state.election, epoch: 2 }] })],
    ['one candidate published twice', () => ({ outbox: [PUBLICATION, PUBLICATION] })],
    ['a publication of nobody', () => ({ outbox: [{ ...PUBLICATION, index: 6 }] })],
    ['an order of strangers', ({ election }) => ({ order: { cycle: 0, members: election.seats.map(() => 0) } })],
    ['a change for nobody', ({ queued }) => ({ queued: queued.with('exit/99', { kind: 'exit', index: 99 }) })],
    ['a parameter that is not governed', () => ({ parameters: [{ name: 'slotMs', value: '5' }] })],
    ['a parameter out of bounds', () => ({ parameters: [{ name: 'trust.penaltyMiss', value: '9000000' }] })],
    ['parameters out of order (trust G3)', () => ({ parameters: [...GOVERNED].reverse() })],
    ['a short seed', () => ({ seed: new Uint8Array(31) })],
    ['a lower height than the last activity', () => ({ height: 0 })],
    ['a ballot for oneself', (state) => changed(state, { ballots: persistentMapOf([['node-0', 1n]]), votes: 1n })],
    ['a ballot without weight', (state) => changed(state, { ballots: persistentMapOf([['voter', 0n]]) })],
    ['a jail without a term', (state) => changed(state, { status: 'JAILED' })],
    ['a term without a jail', (state) => changed(state, { jailedUntil: 9 })],
  ];

  it.each(inconsistent)('refuses %s', (_, change) => {
    const chain = new TestChain(configOf({ preset: 'minimal' }), membersCensus(6));
    chain.add(1);
    const { codec } = chain.rules;
    expect(codec.decode(codec.encode(chain.state)).height).toBe(1);
    const chunks = [...codec.encode({ ...chain.state, ...change(chain.state) })];
    expect(() => codec.decode(chunks)).toThrow(/INVALID_ENCODING/);
  });

  const impossible: readonly (readonly [string, (beacon: Beacon) => Partial<Beacon>])[] = [
    ['a short mix', ({ seeds }) => ({ seeds: { ...seeds, accumulator: new Uint8Array(31) } })],
    ['a short next seed', ({ seeds }) => ({ seeds: { ...seeds, nextSeed: new Uint8Array(33) } })],
    ['more contributions than rounds', ({ seeds }) => ({ seeds: { ...seeds, contributions: 3 } })],
    ['no pool', () => ({ pools: [] })],
    ['a pool too many', ({ pools }) => ({ pools: [...pools, ...pools] })],
    ['a pool of strangers', () => ({ pools: [[{ index: 99, id: 'x', weight: 1, vrfKey: new Uint8Array(33) }]] })],
    ['a pool out of order', ({ pools: [first = []] }) => ({ pools: [first.toReversed()] })],
  ];

  it.each(impossible)('randomness-vrf R2, R6: refuses a beacon with %s', (_, change) => {
    const config = configOf({ preset: 'minimal', seedMode: 'vrf', electionLagEpochs: 2 });
    const chain = new TestChain(config, keyedCensus(6));
    chain.add(1);
    const { codec } = chain.rules;
    const { beacon } = codec.decode(codec.encode(chain.state));
    expect(beacon).toEqual(chain.state.beacon);
    if (beacon === null) return expect.unreachable();
    const chunks = [...codec.encode({ ...chain.state, beacon: { ...beacon, ...change(beacon) } })];
    expect(() => codec.decode(chunks)).toThrow(/INVALID_ENCODING/);
  });

  it('a state of another configuration is refused where its meaning differs', () => {
    const chain = new TestChain(configOf({ preset: 'minimal' }), membersCensus(6));
    chain.add(1);
    const other = rulesOf(configOf({ preset: 'minimal', electionLagEpochs: 2 }));
    expect(() => other.codec.decode(chain.rules.codec.encode(chain.state))).toThrow(/INVALID_ENCODING/);
  });

  it('large sections are cut into chunks within the limit, and untouched pages are encoded once', () => {
    const ballots = Array.from({ length: 15_000 }, (_, voter) => ({
      kind: 'ballot' as const,
      from: `voter-${voter}`,
      to: 'node-0',
      weight: 1n,
    }));
    const chain = new TestChain(configOf(), [...membersCensus(2), ...ballots]);
    const first = [...chain.rules.codec.encode(chain.state)];
    expect(first.length).toBeGreaterThan(2);
    expect(Math.max(...first.map((chunk) => chunk.length))).toBeLessThanOrEqual(262_144);
    expect(chain.rules.codec.decode(first).totalVotes).toBe(15_000n);
    const second = [...chain.rules.codec.encode(chain.state)];
    expect(second.slice(1).every((chunk, at) => chunk === first[at + 1])).toBe(true);
  });
});

import { type Bytes, type Fact, isConsensusError, LIMITS } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DposState } from '../src/index.ts';
import {
  admission,
  ballot,
  configOf,
  deposit,
  equivocation,
  evidenceFact,
  exit,
  keyedCensus,
  keyFact,
  membersCensus,
  nodeId,
  stake,
  TestChain,
  vrfKeyOf,
} from './support.ts';

const actor = fc.integer({ min: 0, max: 9 }).map(nodeId);
const amount = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
const anyFact: fc.Arbitrary<Fact> = fc.oneof(
  fc.tuple(actor, amount).map(([id, value]) => admission(id, value)),
  fc.tuple(actor, amount).map(([id, value]) => deposit(id, value)),
  fc.tuple(actor, amount).map(([id, value]) => stake(id, value)),
  fc.tuple(actor, actor, fc.bigInt({ min: 0n, max: 2n })).map(([from, to, weight]) => ballot(from, to, weight)),
  actor.map(exit),
  fc.tuple(actor, actor).map(([id, name]) => keyFact(id, vrfKeyOf(name))),
  fc.integer({ min: 5, max: 9 }).map((index) => evidenceFact(equivocation(nodeId(index), 0))),
);
const anyBlock = fc.record({ skip: fc.nat(30), facts: fc.array(anyFact, { maxLength: 5 }) });

/** A chain with history: gaps, promotions, leavers, offenders, stated stakes. */
const sources = fc.constantFrom('deterministic', 'vrf');
const anyChain = fc.tuple(sources, fc.array(anyBlock, { maxLength: 25 })).map(([seedSource, blocks]) => {
  const misses = { missWindow: 3, missMax: 1 };
  const config = configOf({ delegates: 4, standby: 3, epochRounds: 5, evidenceMaxAge: 10, seedSource, ...misses });
  const chain = new TestChain(config, keyedCensus(8));
  for (const { skip, facts } of blocks) {
    for (let slot = chain.state.slot + 1 + skip; ; slot++) {
      const header = chain.next(slot);
      if (chain.rules.verifyHeader(header, chain.tip, Number.MAX_SAFE_INTEGER).kind !== 'accept') continue;
      chain.add(slot, facts);
      break;
    }
  }
  return chain;
});

const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, item: unknown) => {
      if (typeof item === 'bigint') return `${item}n`;
      if (item instanceof Uint8Array) return [...item];
      if (typeof item === 'object' && item !== null && !Array.isArray(item) && 'entries' in item && 'with' in item) {
        return [...(item as { entries(): Iterable<readonly [string | number, unknown]> }).entries()].sort(([a], [b]) =>
          a < b ? -1 : 1,
        );
      }
      return item;
    }),
  );

describe('state codec (contract H-26)', () => {
  it('decodes what it encoded to an equal state, votes and misses included (pos-pow V3)', () => {
    fc.assert(
      fc.property(anyChain, (chain) => {
        const { codec } = chain.rules;
        const chunks = [...codec.encode(chain.state)];
        const decoded = codec.decode(chunks);
        expect(plain(decoded)).toEqual(plain(chain.state));
        expect([...codec.encode(decoded)]).toEqual(chunks);
      }),
      { numRuns: 40 },
    );
  });

  it('a decoded state goes on exactly like the original (contract H-26)', () => {
    fc.assert(
      fc.property(
        anyChain,
        fc.array(anyFact, { maxLength: 5 }),
        fc.integer({ min: 1, max: 90 }),
        (chain, facts, gap) => {
          const { codec, applyHeader } = chain.rules;
          const decoded = codec.decode(codec.encode(chain.state));
          const header = chain.next(chain.state.slot + gap);
          const original = applyHeader(chain.state, header, facts);
          expect([...codec.encode(applyHeader(decoded, header, facts))]).toEqual([...codec.encode(original)]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([512, 513, 1_000])('reads a window of %i own slots, with the oldest missed (pos-pow P4)', (missWindow) => {
    const chain = new TestChain(configOf({ delegates: 1, standby: 0, missWindow }), membersCensus(1));
    chain.add(2);
    chain.run(missWindow);
    const { codec } = chain.rules;
    expect(chain.missesOf(nodeId(0))).toBe(1);
    expect(plain(codec.decode(codec.encode(chain.state)))).toEqual(plain(chain.state));
  });

  it('refuses every mutation that encode cannot have written', () => {
    fc.assert(
      fc.property(anyChain, fc.nat(), fc.integer({ min: 1, max: 255 }), (chain, position, change) => {
        const { codec } = chain.rules;
        const chunks = [...codec.encode(chain.state)].map((chunk) => chunk.slice());
        const [main = new Uint8Array(1)] = chunks;
        const at = position % main.length;
        main[at] = (main[at] ?? 0) ^ change;
        const again = decodeOrNull(() => codec.decode(chunks), codec.encode);
        if (again !== null) expect(again).toEqual(chunks);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses missing, surplus and arbitrary chunks', () => {
    const chain = new TestChain(configOf(), membersCensus(600));
    const { codec } = chain.rules;
    const chunks = [...codec.encode(chain.state)];
    expect(chunks).toHaveLength(3);
    const [main = new Uint8Array(), first = new Uint8Array(), second = new Uint8Array()] = chunks;
    const refused: readonly (readonly Bytes[])[] = [
      [],
      [main],
      [main, first],
      [first, main, second],
      [main, second, first],
      [main, first, second, new Uint8Array()],
      [main, first, new Uint8Array([...second, 0])],
      [main.subarray(1), first, second],
    ];
    for (const list of refused) expect(decodeOrNull(() => codec.decode(list), codec.encode)).toBeNull();
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 3 }), (list) => {
        expect(decodeOrNull(() => codec.decode(list), codec.encode)).toBeNull();
      }),
    );
  });

  it('refuses states on which the schedule could not rely', () => {
    const config = configOf({ delegates: 7, standby: 3, epochRounds: 12, missWindow: 4, missMax: 2 });
    const chain = new TestChain(config, membersCensus(10));
    chain.add(1, [exit(nodeId(9))]);
    chain.run(40, [nodeId(3), nodeId(4)]);
    const { codec } = chain.rules;
    const { state } = chain;
    const { epoch, electorate } = state;
    const [first = { suspended: '', promoted: '', fromRound: 0 }, second = first] = epoch.promotions;
    expect(epoch.promotions).toHaveLength(2);
    const withEpoch = (change: object): DposState => ({ ...state, epoch: { ...epoch, ...change } });
    const withCandidate = (change: object): DposState => {
      const index = 9;
      const known = electorate.candidates.get(index);
      if (known === undefined) throw new Error('node 9 has left and is remembered');
      return {
        ...state,
        electorate: { ...electorate, candidates: electorate.candidates.with(index, { ...known, ...change }) },
      };
    };
    const broken: readonly DposState[] = [
      { ...state, slot: 84 },
      withEpoch({ firstSlot: state.slot + 1 }),
      withEpoch({ firstRound: 1 }),
      withEpoch({ promotions: [first, second, { ...second, suspended: nodeId(5), promoted: nodeId(9) }] }),
      withEpoch({ promotions: [{ ...first, suspended: 'stranger' }] }),
      withEpoch({ promotions: [{ ...first, promoted: 'stranger' }] }),
      withEpoch({ promotions: [first, { ...second, promoted: first.promoted }] }),
      withEpoch({ promotions: [{ ...first, fromRound: 0 }] }),
      withEpoch({ promotions: [{ ...first, fromRound: 12 }] }),
      withEpoch({ promotions: [first, { ...second, fromRound: first.fromRound - 1 }] }),
      withEpoch({ election: { ...epoch.election, delegates: [] } }),
      withEpoch({ election: { ...epoch.election, delegates: [...epoch.election.delegates].reverse() } }),
      withEpoch({ election: { ...epoch.election, standby: [nodeId(0)] } }),
      { ...state, records: state.records.with(nodeId(0), { window: 16n, misses: 1 }) },
      withCandidate({ deposit: 1n }),
      withCandidate({ status: 'EJECTED' }),
      { ...state, electorate: { ...electorate, admissions: 9 } },
      {
        ...state,
        electorate: { ...electorate, voters: electorate.voters.with('voter', { stake: null, approvals: [] }) },
      },
      {
        ...state,
        electorate: { ...electorate, voters: electorate.voters.with('voter', { stake: 1n, approvals: [3, 2] }) },
      },
      {
        ...state,
        electorate: { ...electorate, voters: electorate.voters.with('voter', { stake: 1n, approvals: [10] }) },
      },
    ];
    expect(codec.decode(codec.encode(state)).slot).toBe(state.slot);
    for (const [at, one] of broken.entries()) {
      expect(
        decodeOrNull(() => codec.decode(codec.encode(one)), codec.encode),
        `state ${at}`,
      ).toBeNull();
    }
  });

  it('keeps every chunk within the limit for the longest names and the most approvals', () => {
    const name = (index: number) => `${String(index).padStart(4, '0')}${'\u{4e00}'.repeat(124)}`;
    const census: Fact[] = Array.from({ length: 520 }, (_, index) => admission(name(index), (1n << 128n) - 1n));
    for (let from = 0; from < 520; from++) {
      census.push(stake(name(from), (1n << 128n) - 1n));
      for (let to = 0; to < 101; to++) census.push(ballot(name(from), name(to)));
    }
    const config = configOf({ delegates: 101, standby: 101, maxApprovals: 101, missWindow: 1_000 });
    const chain = new TestChain(config, census);
    chain.add(5_000);
    const sizes = [...chain.rules.codec.encode(chain.state)].map((chunk) => chunk.length);
    expect(Math.max(...sizes)).toBeGreaterThan(200_000);
    expect(Math.max(...sizes)).toBeLessThan(LIMITS.stateChunkBytes);
  });
});

describe('size of a state', () => {
  it('stays bounded while leavers, voters and epochs come and go', () => {
    const config = configOf({ delegates: 2, standby: 1, epochRounds: 3, evidenceMaxAge: 6 });
    const chain = new TestChain(config, membersCensus(3));
    const sizes: number[] = [];
    for (let round = 0; round < 60; round++) {
      const id = nodeId(100 + round);
      chain.add(undefined, [admission(id), ballot(id, nodeId(0)), ballot('voter', id)]);
      chain.add(undefined, [ballot(id, nodeId(0), 0n), exit(id)]);
      chain.run(chain.state.slot + 10);
      sizes.push([...chain.rules.codec.encode(chain.state)].reduce((sum, chunk) => sum + chunk.length, 0));
    }
    const [, , , , fifth = 0] = sizes;
    // One stale approval per touched voter may stay; leavers are forgotten.
    expect(Math.max(...sizes.slice(5)) - fifth).toBeLessThan(400);
  });
});

function decodeOrNull<State>(decode: () => State, encode: (state: State) => Iterable<Bytes>): readonly Bytes[] | null {
  try {
    return [...encode(decode())];
  } catch (error) {
    expect(isConsensusError(error, 'INVALID_ENCODING')).toBe(true);
    return null;
  }
}

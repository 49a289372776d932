import { ByteReader, type Fact, type Handover, isConsensusError } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { candidateScores, leadersBetween, nextSeed } from '../src/index.ts';
import { candidateAt, candidateOf } from '../src/register.ts';
import {
  admission,
  casesOf,
  configOf,
  equivocation,
  eraStart,
  evidenceFact,
  hex,
  membersCensus,
  nodeId,
  participation,
  rulesOf,
  sha256,
  T0,
  TestChain,
} from './support.ts';

const minimal = (raw: object = {}, members = 6) =>
  new TestChain(configOf({ preset: 'minimal', ...raw }), membersCensus(members));

const grow = (chain: TestChain, blocks: number) => {
  for (let count = 0; count < blocks; count++) chain.add();
  return chain;
};

describe('seeds (trust E5)', () => {
  it.each(casesOf('TV18'))('TV18 entropy $in.entropy', ({ in: input, out }) => {
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
    expect(hex(nextSeed(bytes(input.seed), bytes(input.entropy), sha256))).toBe(out);
  });

  it('changes with the seal hash of the last block of the epoch, and only then (trust E5)', () => {
    const chain = minimal();
    const first = chain.state.seed;
    expect(first).toEqual(eraStart([]).handover.randomness);
    grow(chain, 3);
    expect(chain.state.seed).toBe(first);
    const last = chain.add();
    expect(chain.state.seed).toEqual(nextSeed(first, last.sealHash, sha256));
  });

  it('fixed seeds are 32 zero bytes for ever (trust E5)', () => {
    const chain = grow(minimal({ seedMode: 'fixed' }), 9);
    expect(chain.state.seed).toEqual(new Uint8Array(32));
  });
});

describe('elections at the boundary (trust P3, E3, E4)', () => {
  it('ratings, weights and committee stay frozen within an epoch (trust E3)', () => {
    const chain = grow(minimal({ electionLagEpochs: 0 }), 4);
    const { election, register } = chain.state;
    const ratings = [0, 1, 2, 3, 4, 5].map((index) => candidateAt(register, index)?.rating);
    chain.add(chain.state.slot + 1, [evidenceFact(equivocation(nodeId(0), 4)), participation(nodeId(1), 5)]);
    grow(chain, 2);
    expect(chain.state.election).toBe(election);
    expect([0, 1, 2, 3, 4, 5].map((index) => candidateAt(chain.state.register, index)?.rating)).toEqual(ratings);
    chain.add();
    expect(chain.state.election.epoch).toBe(election.epoch + 1);
    expect(candidateAt(chain.state.register, 1)?.rating).not.toEqual(ratings[1]);
  });

  it.each([0, 1, 2, 4])('with lag %s the state of an epoch elects that many epochs later (trust E3)', (lag) => {
    const chain = new TestChain(
      configOf({
        ...{ preset: 'minimal', electionLagEpochs: lag, unbondingRounds: 20 },
        ...{ committee: { mode: 'all' }, tombstone: true },
      }),
      membersCensus(3),
    );
    chain.add(1, [evidenceFact(equivocation(nodeId(2), 1))]);
    const seated: number[] = [];
    for (let epoch = 0; epoch <= lag + 1; epoch++) {
      seated.push(chain.state.election.seats.length);
      expect(chain.state.election.epoch).toBe(epoch);
      expect(chain.state.upcoming.map((later) => later.epoch)).toEqual(
        Array.from({ length: lag }, (_, offset) => epoch + 1 + offset),
      );
      while (chain.state.election.epoch === epoch) chain.add();
    }
    // Epochs 0 .. lag use the genesis state; the first without the offender is lag + 1.
    expect(seated).toEqual([...Array.from({ length: lag + 1 }, () => 3), 2]);
  });

  it('the same validators keep one array, whatever their weights (contract H-14, trust E3)', () => {
    const chain = new TestChain(configOf(), membersCensus(6));
    const before = chain.rules.validators(chain.state);
    grow(chain, 5);
    expect(chain.rules.validators(chain.state)).toBe(before);
    expect(before.every(({ weight }) => weight === 1n)).toBe(true);
  });

  it('without any weight the previous committee continues with equal weights and an alarm (trust E4)', () => {
    const chain = new TestChain(configOf({ depositMin: 5, depositTarget: 5 }), membersCensus(3, 5n));
    const exits = [0, 1, 2].map((index) => ({ kind: 'exit' as const, actor: nodeId(index) }));
    chain.add(1, exits);
    expect(chain.state.election).toMatchObject({ emergency: true, epoch: 1 });
    expect(chain.state.election.seats.map(({ index, weight }) => [index, weight])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    grow(chain, 5);
    chain.add(chain.state.slot + 1, [admission('rescue', 5n)]);
    grow(chain, 1);
    expect(chain.state.election).toMatchObject({ emergency: false });
    expect(chain.state.election.seats.map(({ id }) => id)).toEqual(['rescue']);
  });

  it('with a lag, an emergency continues the committee elected last, not the one in office (trust E3, E4)', () => {
    const chain = minimal({ electionLagEpochs: 1, committee: { mode: 'all' } }, 3);
    chain.add(1, [evidenceFact(equivocation(nodeId(2), 1))]);
    grow(chain, 3);
    expect(chain.state.upcoming[0]?.seats.map(({ index }) => index)).toEqual([0, 1]);
    chain.add(
      5,
      [0, 1].map((index) => ({ kind: 'exit' as const, actor: nodeId(index) })),
    );
    grow(chain, 3);
    const [last] = chain.state.upcoming;
    expect(last).toMatchObject({ epoch: 3, emergency: true });
    expect(last?.seats.map(({ index, weight }) => [index, weight])).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  it('an emergency committee takes turns at once, whatever priorities it had (trust E4, S1)', () => {
    const chain = grow(new TestChain(configOf(), membersCensus(3)), 4);
    chain.add(
      5,
      [0, 1, 2].map((index) => ({ kind: 'exit' as const, actor: nodeId(index) })),
    );
    expect(chain.state.election.emergency).toBe(true);
    expect(new Set(leadersBetween(chain.state, 15, chain.config, sha256)).size).toBe(3);
    const authors = Array.from({ length: 30 }, () => chain.add().author);
    for (const index of [0, 1, 2])
      expect(authors.filter((author) => author === nodeId(index)).length).toBeGreaterThan(7);
  });

  it('weighted committees differ between epochs and never exceed their size (trust E2)', () => {
    const chain = minimal({ electionLagEpochs: 0 }, 12);
    const committees = new Set<string>();
    for (let epoch = 0; epoch < 6; epoch++) {
      const seats = chain.state.election.seats.map(({ index }) => index);
      expect(seats).toHaveLength(4);
      expect([...seats].sort((a, b) => a - b)).toEqual(seats);
      committees.add(String(seats));
      grow(chain, 4);
    }
    expect(committees.size).toBeGreaterThan(1);
  });

  it('tiers weigh only in profiles that say so (trust X1, R2, C1)', () => {
    const weightIn = (tierWeights?: object) => {
      const raw = tierWeights === undefined ? {} : { tierWeights };
      const chain = new TestChain(configOf(raw), membersCensus(4));
      const everybody = (height: number) => [0, 1, 2, 3].map((index) => participation(nodeId(index), height));
      for (let height = 1; height <= 9; height++) chain.add(height, everybody(height));
      chain.add(10, [...everybody(10), ...[8, 9].map((height) => evidenceFact(equivocation(nodeId(1), height)))]);
      const seat = chain.state.election.seats.find(({ index }) => index === 1);
      return [seat?.weight, candidateAt(chain.state.register, 1)?.rating?.tier];
    };
    const [full, tier] = weightIn();
    expect(tier).toBe('SUSPECT');
    const [half] = weightIn({ SUSPECT: 5_000, MALICIOUS: 0 });
    expect(half).toBe(Math.floor(Number(full) / 2));
    expect(weightIn({ SUSPECT: 0, MALICIOUS: 0 })[0]).toBeUndefined();
  });
});

describe('idle candidates (trust L1, L3)', () => {
  it('fall dormant, keep their record, and return with their next vote (trust L3, D2)', () => {
    const chain = minimal({ electionLagEpochs: 0, committee: { mode: 'top', size: 1 } }, 3);
    const idle = 2;
    const liveAt = () => [...chain.state.live.entries()].map(([index]) => index);
    const keep = () => [
      participation(nodeId(0), chain.header.height + 1),
      participation(nodeId(1), chain.header.height + 1),
    ];
    while (chain.state.election.epoch < 6) chain.add(chain.state.slot + 1, keep());
    expect(liveAt()).toEqual([0, 1]);
    expect(chain.state.election.epoch).toBe(6);
    const before = candidateAt(chain.state.register, idle);
    const fault = { era: 0, protocol: 'checkpoint@1' as const, offender: nodeId(idle), height: chain.header.height };
    const other = new TestChain(chain.config, membersCensus(3));
    Object.assign(other, { header: chain.header, state: chain.state });
    other.add(chain.state.slot + 1, [evidenceFact({ ...fault, kind: 'custom', id: 'x', data: new Uint8Array() })]);
    expect(candidateAt(other.state.register, idle)?.trust.faultCount).toBe(1);
    expect(other.state.live.get(idle), 'an offence is no activity').toBeUndefined();
    chain.add(chain.state.slot + 1, [participation(nodeId(idle), chain.header.height + 1)]);
    const after = candidateAt(chain.state.register, idle);
    expect(liveAt()).toEqual([0, 1, 2]);
    // 24 idle rounds at T_t = 8 and N = 20 000 cost 60 000, then the vote earns 1 000.
    expect(before?.trust.dynamicBase).toBe(1_000_000);
    expect(after?.trust.dynamicBase).toBe(1_000_000 - 60_000 + 1_000);
  });

  it('never fall dormant under the paper profile (trust L3)', () => {
    const chain = new TestChain(configOf(), membersCensus(3));
    for (let count = 0; count < 60; count++) chain.add();
    expect(chain.state.live.size).toBe(3);
  });

  it('a score is the same whether taken at each block or only at the end (trust L1)', () => {
    const chain = new TestChain(configOf(), membersCensus(4));
    for (let height = 1; height <= 30; height++)
      chain.add(height, height % 3 === 0 ? [participation(nodeId(1), height)] : []);
    for (const { index, score } of candidateScores(chain.state, chain.config)) {
      expect(candidateAt(chain.state.register, index)?.rating).toEqual({ trust: score.composite, tier: score.tier });
    }
  });
});

describe('eras (trust G4, contract H-33)', () => {
  it('an era may start at any height, with slot 0 at its parent (trust S4)', () => {
    const start = { height: 1_001, timestamp: T0 + 17 };
    const chain = new TestChain(configOf({ preset: 'minimal' }), membersCensus(5), start);
    expect(chain.state).toMatchObject({ height: 1_001, slot: 0, slotZero: T0 + 17 });
    // Height 1002 is in epoch 250, whose last height is 1004.
    expect(chain.state.election.epoch).toBe(250);
    grow(chain, 3);
    expect(chain.state.election.epoch).toBe(251);
  });

  it('the next era inherits no seat of whoever is excluded or leaves, unless all are (trust E3, contract H-33)', () => {
    const heirsAfter = (facts: readonly Fact[]) => {
      const chain = new TestChain(configOf({ preset: 'minimal', committee: { mode: 'all' } }), membersCensus(4));
      chain.add(1, facts);
      while (chain.state.election.epoch < 1) chain.add();
      expect(chain.state.election.seats).toHaveLength(4);
      return chain.rules.exportHandover(chain.state, chain.header).validators.map(({ id }) => id);
    };
    const offences = [0, 1, 2, 3].map((index) => evidenceFact(equivocation(nodeId(index), 1)));
    const exits = [0, 1, 2, 3].map((index): Fact => ({ kind: 'exit', actor: nodeId(index) }));
    expect(heirsAfter(offences.slice(1, 2))).toEqual([nodeId(0), nodeId(2), nodeId(3)]);
    expect(heirsAfter([...offences.slice(0, 1), ...exits.slice(3)])).toEqual([nodeId(1), nodeId(2)]);
    expect(heirsAfter([...exits.slice(3), admission(nodeId(3), 1n)])).toEqual([0, 1, 2, 3].map(nodeId));
    expect(heirsAfter(offences)).toEqual([0, 1, 2, 3].map(nodeId));
  });

  it('exports one vote per seat, the seed and the scores (contract H-33)', () => {
    const chain = grow(minimal(), 6);
    const handover = chain.rules.exportHandover(chain.state, chain.header);
    expect(handover.validators).toBe(chain.state.election.validators);
    expect(handover.randomness).toBe(chain.state.seed);
    const scores = handover.extra.get('trust/scores');
    expect(scores?.subarray(0, 4)).toEqual(Uint8Array.from([0, 0, 0, 6]));
    const next = rulesOf(chain.config).initialState({ ...eraStart(membersCensus(2)), handover });
    expect(next.seed).toBe(chain.state.seed);
  });

  it('exports identity and rating of every live candidate by index, also a rating of 0 (trust P3, contract H-33)', () => {
    // D alone counts, and three offences leave nothing of it.
    const trust = { alphaBp: 0, betaBp: 0, deltaBp: 0, gammaBp: 10_000, penaltyMalicious: 1_000_000 };
    const chain = new TestChain(configOf({ trust }), membersCensus(3));
    chain.add(1, [evidenceFact(equivocation(nodeId(1), 1)), admission('unrated')]);
    const bytes = chain.rules.exportHandover(chain.state, chain.header).extra.get('trust/scores') ?? new Uint8Array();
    const reader = new ByteReader(bytes, 'trust/scores');
    const scores = Array.from({ length: reader.uint(4) }, () => [reader.text(), reader.uint(6)]);
    reader.finish();
    expect(scores).toEqual([
      [nodeId(0), 1_000_000],
      [nodeId(1), 0],
      [nodeId(2), 1_000_000],
    ]);
  });

  it('takes the seed of a foreign handover and nothing else: members come from the census (contract H-33)', () => {
    const randomness = new Uint8Array(32).fill(9);
    const foreign = {
      validators: [{ id: 'stranger', weight: 5n }],
      randomness,
      extra: new Map([
        ['trust/scores', new Uint8Array([255, 255, 255, 255])],
        ['pow/target', new Uint8Array(3)],
      ]),
    };
    const rules = rulesOf(configOf({ preset: 'minimal' }));
    const plain = { validators: [], randomness, extra: new Map() };
    const root = (handover: Handover) =>
      hex(Buffer.concat([...rules.codec.encode(rules.initialState({ ...eraStart(membersCensus(4)), handover }))]));
    expect(root(foreign)).toBe(root(plain));
    expect(rules.initialState({ ...eraStart(membersCensus(4)), handover: foreign }).seed).toEqual(randomness);
  });

  it.each([
    ['nobody in the census', { census: [] }],
    ['nobody with enough deposit', { census: membersCensus(3, 0n) }],
    ['a seed of another length', { handover: { validators: [], randomness: new Uint8Array(31), extra: new Map() } }],
  ])('refuses to start with %s', (_, changes) => {
    const start = { ...eraStart(membersCensus(3)), ...changes };
    try {
      rulesOf(configOf()).initialState(start);
      expect.unreachable();
    } catch (error) {
      expect(isConsensusError(error, 'INVALID_HANDOVER')).toBe(true);
    }
  });
});

describe('governed parameters (trust T2)', () => {
  const parameter = (name: string, value: string) => ({ kind: 'parameter' as const, name: `dt-dpos/${name}`, value });

  it('change at the boundary, and the state carries them (trust T2)', () => {
    const chain = minimal();
    chain.add(1, [parameter('trust.trustReward', '7')]);
    chain.add(2, [participation(nodeId(5), 2)]);
    const baseOf = () => candidateOf(chain.state.register, nodeId(5))?.trust.dynamicBase ?? 0;
    const old = baseOf();
    grow(chain, 2);
    const beforeVote = baseOf();
    expect(chain.state.parameters).toEqual([{ name: 'trust.trustReward', value: '7' }]);
    chain.add(5, [participation(nodeId(5), 5)]);
    expect(old % 1_000).toBe(0);
    expect(baseOf() - beforeVote).toBe(7);
    const restored = chain.rules.codec.decode(chain.rules.codec.encode(chain.state));
    expect(restored.parameters).toEqual(chain.state.parameters);
  });

  it('a change that breaks the bounds, an unknown name or another form is dropped (trust T1, T2)', () => {
    const chain = minimal();
    chain.add(1, [
      parameter('trust.penaltyMiss', '9000000'),
      parameter('slotMs', '500'),
      parameter('trust.epochRounds', '5'),
      parameter('trust.trustReward', '07'),
      parameter('trust.trustReward', '-7'),
      { kind: 'parameter', name: 'other/trust.trustReward', value: '7' },
    ]);
    grow(chain, 3);
    expect(chain.state.parameters).toEqual([]);
  });

  it('a changed limit decides the election of the boundary at which it takes effect (trust T2, P3)', () => {
    const chain = new TestChain(configOf({ depositTarget: 9 }), [...membersCensus(2, 5n), admission('small', 4n)]);
    expect(chain.state.election.seats).toHaveLength(3);
    chain.add(1, [parameter('depositMin', '5')]);
    expect(chain.state.election.seats.map(({ index }) => index)).toEqual([0, 1]);
  });

  it('are kept by name, whatever the order in which they came (trust G3)', () => {
    const chain = new TestChain(configOf(), membersCensus(2));
    for (const name of ['trust.mu2', 'depositTarget', 'trust.decayN', 'trust.mu2']) {
      chain.add(chain.state.slot + 1, [parameter(name, '9')]);
    }
    expect(chain.state.parameters.map(({ name }) => name)).toEqual(['depositTarget', 'trust.decayN', 'trust.mu2']);
  });

  it('amounts are governed too, in genesis as well', () => {
    const census = [...membersCensus(3, 5n), parameter('depositMin', '5'), parameter('depositTarget', '10')];
    const chain = new TestChain(configOf(), census);
    expect(candidateScores(chain.state, chain.config)[0]?.score.deposit).toBe(500_000);
    expect(chain.state.election.seats).toHaveLength(3);
  });
});

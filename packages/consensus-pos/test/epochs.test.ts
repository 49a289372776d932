import { advanceSeeds, contributeSeed, slotAlpha, startSeeds } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { AMOUNT_MAX, decodeDigest, leaderAt, pos } from '../src/index.ts';
import { epochOfSlot, leadershipAt, openEpochs } from '../src/lottery.ts';
import {
  admission,
  CHAIN_ID,
  CONTEXT,
  census,
  configOf,
  deposit,
  equivocation,
  exit,
  headerOf,
  hex,
  key,
  nodeId,
  T0,
  TestChain,
  vrfKeyOf,
} from './support.ts';

const config = configOf();
const outputOf = (chain: TestChain) => decodeDigest(chain.header.digest)?.output ?? new Uint8Array();

describe('seeds of a branch', () => {
  it('randomness-vrf R5: the first two come from what the era was handed', () => {
    const { seeds } = new TestChain(config).state;
    expect(seeds).toEqual(startSeeds(CHAIN_ID, CONTEXT));
  });

  it('randomness-vrf R2, R3: outputs of the first two thirds become the seed two epochs later', () => {
    const chain = new TestChain(config);
    let expected = startSeeds(CHAIN_ID, CONTEXT);
    for (let slot = 1; slot < 30; slot++) {
      chain.add(slot);
      if (slot < 20) expected = contributeSeed(expected, outputOf(chain), CONTEXT);
      expect(chain.state.seeds).toEqual(expected);
    }
    expect(expected.contributions).toBe(19);
    chain.add(30);
    const opened = advanceSeeds(expected, 1, CONTEXT);
    expect(hex(chain.state.seeds.nextSeed)).toBe(hex(opened.nextSeed));
    chain.add(60);
    expect(hex(chain.state.seeds.seed)).toBe(hex(opened.nextSeed));
  });

  it('randomness-vrf R4: an epoch with too few contributions stalls, also one without any block', () => {
    const few = new TestChain(configOf({ minContrib: 3 }));
    few.add(1);
    few.add(2);
    few.add(25);
    few.add(30);
    const genesis = startSeeds(CHAIN_ID, CONTEXT);
    expect(few.state.seeds.nextSeed).toEqual(advanceSeeds(genesis, 1, CONTEXT).nextSeed);
    const empty = new TestChain(config);
    empty.add(1_000);
    const at = advanceSeeds(genesis, 33, CONTEXT);
    expect(empty.state.seeds.seed).toEqual(at.seed);
    expect(empty.state.seeds.nextSeed).toEqual(at.nextSeed);
  });

  it('randomness-vrf R4: leaders of an epoch that stalls are drawn from its own seed', () => {
    const few = new TestChain(configOf({ minContrib: 3 }));
    few.add(1);
    const { alpha } = leadershipAt(few.state, 65, few.config, CONTEXT);
    expect(alpha).toEqual(slotAlpha(CHAIN_ID, advanceSeeds(few.state.seeds, 2, CONTEXT, 3).seed, 65));
    expect(few.judge(few.next(65))).toBe('accept');
    few.add(65);
    expect(slotAlpha(CHAIN_ID, few.state.seeds.seed, 65)).toEqual(alpha);
  });

  it('randomness-vrf R7: finality changes no state, and branches have seeds of their own', () => {
    const chain = new TestChain(config);
    const other = chain.fork();
    chain.add(1);
    other.add(2);
    chain.add(30);
    other.add(30);
    expect(chain.state.seeds.nextSeed).not.toEqual(other.state.seeds.nextSeed);
    const engine = pos().createEngine?.(config, chain.rules, { ...CONTEXT, self: nodeId(3) });
    const start = { head: chain.tip, finalized: headerOf({ height: 0 }), log: [], entropy: CHAIN_ID, behind: false };
    engine?.start(start, T0);
    expect(engine?.on({ kind: 'finalized', header: chain.header }, T0 + 1)).toEqual([]);
  });

  it('randomness-vrf R8: an epoch has at least 30 slots', () => {
    expect(() => configOf({ epochSlots: 29 })).toThrow(/epochSlots/);
  });

  it('counts epochs from slot 0', () => {
    expect([0, 29, 30, 59, 60].map((slot) => epochOfSlot(slot, config))).toEqual([0, 0, 1, 1, 2]);
  });
});

describe('pos-pow S2, randomness-vrf R6: stake before seed', () => {
  it('pos-pow S1: bonded stake counts from the third epoch after the one it was bonded in', () => {
    const chain = new TestChain(config);
    chain.add(5, [admission('late', 8_000n), key('late'), deposit(nodeId(0), 9_000n)]);
    const shares: (readonly [bigint | undefined, bigint | undefined])[] = [];
    for (let epoch = 0; epoch <= 4; epoch++) {
      chain.addUntil(epoch * 30 + 3);
      shares.push([chain.stakes().late, chain.stakes()[nodeId(0)]]);
    }
    const before = [undefined, 1_000n] as const;
    const after = [8_000n, 9_000n] as const;
    expect(shares).toEqual([before, before, before, after, after]);
  });

  it('takes the register as it was before the first block of the next epoch', () => {
    const chain = new TestChain(config);
    chain.addUntil(29);
    chain.add(30, [deposit(nodeId(1), 77n)]);
    expect(chain.stakes(2)[nodeId(1)]).toBe(2_500n);
    chain.add(60);
    expect(chain.stakes(2)[nodeId(1)]).toBe(77n);
  });

  it('is the same whether epochs are filled or empty', () => {
    const chain = new TestChain(config);
    chain.add(1, [deposit(nodeId(1), 77n)]);
    for (const slot of [35, 65, 95, 125, 400]) {
      const { snapshots } = openEpochs(chain.state, epochOfSlot(slot, config), config, CONTEXT);
      const stake = snapshots[0].tickets.find(({ id }) => id === nodeId(1))?.stake;
      expect(stake).toBe(slot < 90 ? 2_500n : 77n);
    }
  });

  it('draws the leaders of a later epoch from the stake of that epoch, before and after its first block', () => {
    const chain = new TestChain(config);
    // The stake moves to another validator in each of three epochs, so that no two snapshots are alike.
    chain.add(1, [deposit(nodeId(0), 1_000_000_000n)]);
    chain.addUntil(29);
    chain.add(30, [deposit(nodeId(1), 1_000_000_000_000_000n)]);
    chain.addUntil(59);
    chain.add(60, [deposit(nodeId(2), 1_000_000_000_000_000_000_000n)]);
    chain.addUntil(119);
    // On one parent in epoch 3, whole epochs ahead.
    for (let slot = 120; slot < 180; slot++)
      expect(chain.leaderOf(slot), `slot ${slot}`).toBe(nodeId(slot < 150 ? 1 : 2));
    const first = chain.next(120);
    expect(first.author).toBe(nodeId(1));
    expect(chain.judge({ ...first, author: nodeId(0) })).toBe('WRONG_LEADER');
    chain.add(120);
    expect(chain.leaderOf(121)).toBe(nodeId(1));
  });

  it('randomness-vrf K3: a new key takes effect with the next snapshot', () => {
    const chain = new TestChain(config);
    const renewed = new Uint8Array(33).fill(3);
    chain.add(1, [key(nodeId(3), renewed)]);
    const keyIn = (slot: number) => {
      chain.addUntil(slot);
      return chain.state.snapshots[0].tickets.find(({ id }) => id === nodeId(3))?.vrfKey;
    };
    expect(keyIn(89)).not.toEqual(renewed);
    expect(keyIn(91)).toEqual(renewed);
  });

  it('gives a leader of the next two epochs that is the same after every block until then', () => {
    const chain = new TestChain(config);
    chain.addUntil(35);
    const announced = Array.from({ length: 24 }, (_, index) => leaderAt(chain.state, 36 + index, config, CONTEXT));
    chain.addUntil(50);
    const later = Array.from({ length: 9 }, (_, index) => leaderAt(chain.state, 51 + index, config, CONTEXT));
    expect(later).toEqual(announced.slice(15));
  });
});

describe('pos-pow S3: who is in the list', () => {
  const stakesOf = (chain: TestChain) => {
    chain.add(1);
    chain.add(100);
    return chain.stakes();
  };

  it('holds those with the least stake and a VRF key who have not left', () => {
    const chain = new TestChain(configOf({ minStake: 500 }), [
      ...census(500n, 499n, 700n),
      admission('keyless', 900n),
      admission('gone', 900n),
      key('gone'),
      exit('gone'),
    ]);
    expect(chain.stakes()).toEqual({ [nodeId(0)]: 500n, [nodeId(2)]: 700n });
    expect(stakesOf(chain)).toEqual({ [nodeId(0)]: 500n, [nodeId(2)]: 700n });
  });

  it('holds the largest stakes, ties by address', () => {
    const chain = new TestChain(configOf({ maxValidators: 3 }), census(5n, 9n, 5n, 5n, 7n));
    expect(chain.stakes()).toEqual({ [nodeId(0)]: 5n, [nodeId(1)]: 9n, [nodeId(4)]: 7n });
    const validators = chain.rules.validators(chain.state);
    expect(validators).toEqual([
      { id: nodeId(0), weight: 5n },
      { id: nodeId(1), weight: 9n },
      { id: nodeId(4), weight: 7n },
    ]);
  });

  it('pos-pow A3: has no more stake than one draw can decide about', () => {
    const chain = new TestChain(configOf(), census(...Array.from({ length: 130 }, () => AMOUNT_MAX)));
    const [{ tickets, total }] = chain.state.snapshots;
    expect([tickets.length, total]).toEqual([128, 2n ** 127n]);
    expect(chain.judge(chain.next(1))).toBe('accept');
    const { codec } = chain.rules;
    expect(codec.decode(codec.encode(chain.state))).toEqual(chain.state);
  });

  it('counts what the ledger says backs a validator instead of its deposit', () => {
    const chain = new TestChain(config, [...census(5n, 9n), { kind: 'stake', actor: nodeId(0), total: 40n }]);
    expect(chain.stakes()).toEqual({ [nodeId(0)]: 40n, [nodeId(1)]: 9n });
  });

  it('stays as it was if nobody qualifies any more', () => {
    const chain = new TestChain(config, census(5n, 9n));
    chain.add(1, [deposit(nodeId(0), 0n), deposit(nodeId(1), 0n)]);
    chain.addUntil(200);
    expect(chain.stakes()).toEqual({ [nodeId(0)]: 5n, [nodeId(1)]: 9n });
  });

  it('is the same object while nothing changes', () => {
    const chain = new TestChain(config);
    const validators = chain.rules.validators(chain.state);
    chain.addUntil(130);
    expect(chain.rules.validators(chain.state)).toBe(validators);
  });

  it('cannot be empty at the start', () => {
    expect(() => new TestChain(configOf({ minStake: 10 }), census(9n))).toThrow(/INVALID_HANDOVER/);
    expect(() => new TestChain(config, [admission('keyless', 9n)])).toThrow(/INVALID_HANDOVER/);
  });
});

describe('facts', () => {
  it('about strangers, of other roles and out of range change nothing that breaks the lottery', () => {
    const chain = new TestChain(config);
    chain.add(1, [
      deposit('stranger', 5n),
      key('stranger'),
      exit('stranger'),
      { kind: 'key', actor: nodeId(0), role: 'vote', publicKey: new Uint8Array(33) },
      { kind: 'key', actor: nodeId(0), role: 'vrf', publicKey: new Uint8Array(0) },
      { kind: 'key', actor: nodeId(0), role: 'vrf', publicKey: new Uint8Array(129) },
      admission('\u{d800}', 5n),
      admission('x'.repeat(129), 5n),
      deposit(nodeId(1), -5n),
      deposit(nodeId(2), 1n << 200n),
      { kind: 'participation', actor: nodeId(0), round: 1 },
    ]);
    expect(chain.state.bonds.size).toBe(5);
    expect(chain.state.bonds.get(nodeId(0))?.vrfKey).toEqual(vrfKeyOf(nodeId(0)));
    expect(chain.state.bonds.get(nodeId(1))?.deposit).toBe(0n);
    expect(chain.state.bonds.get(nodeId(2))?.deposit).toBe(1n << 120n);
    chain.addUntil(95);
    const state = chain.rules.codec.decode(chain.rules.codec.encode(chain.state));
    expect(leaderAt(state, 96, config, CONTEXT)).toBe(chain.leaderOf(96));
  });

  it('admit again whoever left, and forget leavers after the unbonding time (pos-pow N5)', () => {
    const chain = new TestChain(configOf({ evidenceEpochs: 2, unbondEpochs: 3 }));
    chain.add(1, [exit(nodeId(0)), exit(nodeId(1))]);
    chain.add(chain.firstFreeSlot(2), [admission(nodeId(0), 33n)]);
    chain.addUntil(119);
    expect(chain.state.bonds.get(nodeId(1))).toMatchObject({ exitedAt: 0 });
    chain.add(chain.firstFreeSlot(120));
    expect(chain.state.bonds.get(nodeId(1))).toBeUndefined();
    expect(chain.stakes()[nodeId(0)]).toBe(33n);
  });
});

describe('leaving', () => {
  it('twice keeps the epoch of the first time, and coming back forgets delegated stake (pos-pow N5)', () => {
    const chain = new TestChain(config);
    chain.add(1, [exit(nodeId(0)), { kind: 'stake', actor: nodeId(1), total: 99n }]);
    chain.add(chain.firstFreeSlot(35), [exit(nodeId(0))]);
    expect(chain.state.bonds.get(nodeId(0))?.exitedAt).toBe(0);
    chain.add(chain.firstFreeSlot(36), [admission(nodeId(1), 5n)]);
    expect(chain.state.bonds.get(nodeId(1))).toMatchObject({ stake: null, deposit: 5n });
  });

  it('before an ejection ends does not end it (pos-pow N1)', () => {
    const chain = new TestChain(configOf({ evidenceEpochs: 2, unbondEpochs: 3 }));
    chain.add(1, [exit(nodeId(0))]);
    chain.add(chain.firstFreeSlot(92), [{ kind: 'evidence', evidence: equivocation(nodeId(0), 1) }]);
    chain.add(chain.firstFreeSlot(151));
    expect(chain.state.bonds.get(nodeId(0))).toMatchObject({ exitedAt: 0, ejectedUntil: 6 });
    chain.add(chain.firstFreeSlot(211));
    expect(chain.state.bonds.get(nodeId(0))).toBeUndefined();
  });
});

it('ends ejections in epochs without blocks as in others (pos-pow N1)', () => {
  const chain = new TestChain(configOf({ evidenceEpochs: 2, unbondEpochs: 5 }));
  chain.add(1, [{ kind: 'evidence', evidence: equivocation(nodeId(3), 1) }]);
  const filled = chain.fork();
  const after: number[] = [];
  for (let epoch = 3; epoch <= 12; epoch++) {
    filled.addUntil(epoch * 30 + 29);
    const { snapshots } = openEpochs(chain.state, epoch, chain.config, CONTEXT);
    const ids = snapshots[0].tickets.map(({ id }) => id);
    expect(ids, `epoch ${epoch}`).toEqual(Object.keys(filled.stakes()));
    if (ids.includes(nodeId(3))) after.push(epoch);
  }
  expect(after).toEqual([8, 9, 10, 11, 12]);
});

it('pos-pow S2: a header after many empty epochs costs three snapshots, since anybody may send it', () => {
  const { state, config: given } = new TestChain(config);
  let counted = 0;
  const entries = () => {
    counted += 1;
    return state.bonds.entries();
  };
  const { bonds } = state;
  const watched = { size: bonds.size, get: bonds.get.bind(bonds), with: bonds.with, without: bonds.without, entries };
  const chain = new TestChain(given);
  const slot = 30 * 1_000;
  expect(leadershipAt({ ...state, bonds: watched }, slot, given, CONTEXT).leader.id).toBe(chain.leaderOf(slot));
  expect(counted).toBe(3);
});

it('hands on its validators and the seed of the next epoch', () => {
  const chain = new TestChain(config);
  chain.addUntil(31);
  const handover = chain.rules.exportHandover(chain.state, chain.header);
  expect(handover.validators).toBe(chain.rules.validators(chain.state));
  expect(handover.randomness).toBe(chain.state.seeds.nextSeed);
});

it('pos-pow S4, N1: hands on nobody who lost the right to produce, unless all did', () => {
  const chain = new TestChain(configOf(), census(5n, 5n, 5n));
  const heirs = () => chain.rules.exportHandover(chain.state, chain.header).validators.map(({ id }) => id);
  chain.add(1, [exit(nodeId(0)), { kind: 'evidence', evidence: equivocation(nodeId(1), 1) }]);
  expect(chain.rules.validators(chain.state)).toHaveLength(3);
  expect(heirs()).toEqual([nodeId(2)]);
  chain.add(chain.firstFreeSlot(2), [exit(nodeId(2))]);
  expect(heirs()).toEqual([nodeId(0), nodeId(1), nodeId(2)]);
});

it('applies nothing for a header without a digest or with a slot that passed', () => {
  const chain = new TestChain(config);
  expect(chain.rules.applyHeader(chain.state, headerOf({ height: 1 }), [])).toBe(chain.state);
  const early = chain.next(4);
  chain.add(5);
  expect(chain.rules.applyHeader(chain.state, early, [])).toBe(chain.state);
});

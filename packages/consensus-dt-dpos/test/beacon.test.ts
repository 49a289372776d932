import { type Bytes, type Claim, contributeSeed, type Fact, slotAlpha, startSeeds } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { decodeDigest, encodeDigest } from '../src/index.ts';
import { candidateOf } from '../src/register.ts';
import {
  CONTEXT,
  configOf,
  evaluate,
  keyedCensus,
  keyFact,
  membersCensus,
  nodeId,
  participation,
  TestChain,
  vrfKeyOf,
} from './support.ts';

/** Epochs of four rounds, of which two contribute. */
const EPOCH = 4;

const RAW = { preset: 'minimal', seedMode: 'vrf', electionLagEpochs: 2 };

const chainOf = (raw: object = {}, census: readonly Fact[] = keyedCensus(8, 5n)): TestChain =>
  new TestChain(configOf({ ...RAW, ...raw }), census);

const seedsOf = (chain: TestChain) => chain.state.beacon?.seeds ?? expect.unreachable('seeds come from VRF outputs');

/** Adds blocks until the one at `height` is the head. */
function runTo(chain: TestChain, height: number, facts: (height: number) => readonly Fact[] = () => []): void {
  while (chain.header.height < height) chain.add(chain.state.slot + 1, facts(chain.header.height + 1));
}

function claimsOf(chain: TestChain, slot: number): readonly Claim[] {
  const header = chain.next(slot);
  const verdict = chain.rules.verifyHeader(header, chain.tip, header.timestamp);
  return verdict.kind === 'accept' ? verdict.claims : expect.unreachable(JSON.stringify(verdict));
}

describe('randomness-vrf R1: every header proves an output for its slot', () => {
  it('claims that the author evaluated seed and slot under the key of its seat', () => {
    const chain = chainOf();
    runTo(chain, 5);
    const slot = chain.state.slot + 3;
    const header = chain.next(slot);
    const alpha = slotAlpha(CONTEXT.chainId, chain.state.seed, slot);
    expect(claimsOf(chain, slot)).toEqual([
      expect.objectContaining({ kind: 'signature', signer: header.author }),
      {
        kind: 'vrf',
        actor: header.author,
        publicKey: vrfKeyOf(header.author),
        alpha,
        ...evaluate(vrfKeyOf(header.author), alpha),
      },
    ]);
  });

  it('a missing evaluation is a provable fault, and so is one where seeds come from elsewhere (trust S5, S6)', () => {
    const refused = { kind: 'reject', code: 'BAD_DIGEST', provable: true };
    const proved = chainOf();
    const bare = { ...proved.next(1), digest: encodeDigest({ slot: 1 }) };
    expect(proved.rules.verifyHeader(bare, proved.tip, bare.timestamp)).toEqual(refused);

    const plain = new TestChain(configOf(), membersCensus(4));
    const vrf = evaluate(vrfKeyOf('x'), new Uint8Array(1));
    const surplus = { ...plain.next(1), digest: encodeDigest({ slot: 1, vrf }) };
    expect(plain.rules.verifyHeader(surplus, plain.tip, surplus.timestamp)).toEqual(refused);
  });

  it('the output of another header does not make the slot another one', () => {
    const chain = chainOf();
    const header = chain.next(2);
    const vrf = decodeDigest(chain.next(1).digest)?.vrf;
    const verdict = chain.rules.verifyHeader(
      { ...header, digest: encodeDigest({ slot: 2, vrf }) },
      chain.tip,
      header.timestamp,
    );
    // The claim is about the input of slot 2, so the crypto port finds it false.
    expect(verdict).toMatchObject({ claims: [{}, { alpha: slotAlpha(CONTEXT.chainId, chain.state.seed, 2), ...vrf }] });
  });
});

describe('seeds of DT-DPoS', () => {
  it('randomness-vrf R2: blocks of the first two thirds of the rounds contribute, in the order of the chain', () => {
    const chain = chainOf();
    let expected = startSeeds(new Uint8Array(32).fill(7), CONTEXT);
    for (let round = 0; round < EPOCH - 1; round++) {
      // Slots left empty change nothing about who contributes.
      const header = chain.add(chain.state.slot + 1 + round);
      const output = decodeDigest(header.digest)?.vrf?.output ?? new Uint8Array();
      if (round < 2) expected = contributeSeed(expected, output, CONTEXT);
      expect(seedsOf(chain)).toEqual(expected);
    }
    expect(seedsOf(chain).contributions).toBe(2);
  });

  it('randomness-vrf R3, R5: the mix of an epoch is the seed two epochs later; nobody made the first two', () => {
    const chain = chainOf();
    const first = startSeeds(new Uint8Array(32).fill(7), CONTEXT);
    expect(seedsOf(chain)).toEqual(first);
    const made: Bytes[] = [first.seed, first.nextSeed];
    for (let epoch = 0; epoch < 4; epoch++) {
      expect(chain.state.seed).toEqual(made[epoch]);
      runTo(chain, (epoch + 1) * EPOCH);
      made.push(seedsOf(chain).nextSeed);
    }
    expect(new Set(made.map(String)).size).toBe(6);
  });

  it('randomness-vrf R4: an epoch that an era enters after its contributing rounds stalls', () => {
    const config = configOf(RAW);
    const late = new TestChain(config, keyedCensus(5), { height: 2 });
    const before = seedsOf(late);
    runTo(late, 4);
    const stalled = seedsOf(late);
    expect(stalled).toMatchObject({ epoch: 1, seed: before.nextSeed, contributions: 0 });
    const other = new TestChain(config, keyedCensus(5), { height: 3 });
    runTo(other, 4);
    // No output is in it: it is the same after one block as after two.
    expect(seedsOf(other).nextSeed).toEqual(stalled.nextSeed);
    runTo(late, 8);
    expect(seedsOf(late)).toMatchObject({ epoch: 2, seed: stalled.nextSeed });
  });

  it('randomness-vrf R7: they are the same on a copy of the chain, and differ between branches', () => {
    const chain = chainOf();
    runTo(chain, 3);
    const twin = chainOf();
    runTo(twin, 3);
    expect(seedsOf(twin)).toEqual(seedsOf(chain));
    const branch = chainOf();
    branch.add(2);
    runTo(branch, 3);
    expect(seedsOf(branch).accumulator).not.toEqual(seedsOf(chain).accumulator);
  });

  it('are handed over: the next era starts from the seed of the next epoch (trust X9)', () => {
    const chain = chainOf();
    runTo(chain, 6);
    const { randomness } = chain.rules.exportHandover(chain.state, chain.header);
    expect(randomness).toEqual(seedsOf(chain).nextSeed);
  });
});

describe('randomness-vrf R6: candidates are fixed before their seed', () => {
  it('trust E3: what happens in an epoch changes no committee up to three epochs later', () => {
    const quiet = chainOf();
    const busy = chainOf();
    const votes = (height: number) => [nodeId(0), nodeId(3)].map((id) => participation(id, height));
    for (let epoch = 0; epoch < 6; epoch++) {
      // Ballots, votes and a departure in epoch 1, whose state elects for epoch 4.
      runTo(quiet, (epoch + 1) * EPOCH);
      runTo(busy, (epoch + 1) * EPOCH, (height) =>
        epoch === 1
          ? [...votes(height), { kind: 'exit', actor: nodeId(5) }, { kind: 'deposit', actor: nodeId(6), total: 1n }]
          : [],
      );
      const committees = [quiet, busy].map(({ state }) =>
        [state.election, ...state.upcoming].map(({ seats }) => seats),
      );
      const known = epoch + 2;
      if (known < 4) expect(committees[1]).toEqual(committees[0]);
      else if (known === 4) expect(committees[1]).not.toEqual(committees[0]);
    }
    const members = busy.state.election.seats.map(({ id }) => id);
    expect(members).not.toContain(nodeId(5));
  });

  it('the committee of an epoch is drawn once its seed is complete, with that seed', () => {
    const chain = chainOf();
    runTo(chain, EPOCH - 1);
    expect(chain.state.upcoming.map(({ epoch }) => epoch)).toEqual([1]);
    runTo(chain, EPOCH);
    expect(chain.state.election.epoch).toBe(1);
    expect(chain.state.upcoming.map(({ epoch }) => epoch)).toEqual([2]);
    // Other outputs, other draws: the same members elect differently.
    const committees = new Set<string>();
    for (let gap = 0; gap < 6; gap++) {
      const branch = chainOf();
      branch.add(1 + gap);
      runTo(branch, EPOCH);
      committees.add(String(branch.state.upcoming[0]?.seats.map(({ index }) => index)));
    }
    expect(committees.size).toBeGreaterThan(2);
  });
});

describe('VRF keys of candidates', () => {
  it('randomness-vrf K1: nobody is elected without a registered key (trust R2)', () => {
    const census = [...membersCensus(5, 5n), ...[0, 1, 2].map((index) => keyFact(nodeId(index)))];
    const chain = chainOf({}, census);
    runTo(chain, 1);
    expect(chain.state.election.seats.map(({ id }) => id)).toEqual([0, 1, 2].map(nodeId));
    expect(() => chainOf({}, membersCensus(5, 5n))).toThrow(/has weight and a VRF key/);
  });

  it('a candidate without a key goes on earning trust, and stands once it has registered one', () => {
    const chain = chainOf({ committee: { mode: 'all' } }, [...keyedCensus(3, 5n), ...membersCensus(4, 5n).slice(3)]);
    const facts = (height: number): readonly Fact[] => [
      participation(nodeId(3), height),
      ...(height === EPOCH + 2 ? [keyFact(nodeId(3))] : []),
    ];
    const seated: boolean[] = [];
    for (let epoch = 0; epoch < 6; epoch++) {
      seated.push(chain.state.election.seats.some(({ id }) => id === nodeId(3)));
      runTo(chain, (epoch + 1) * EPOCH, facts);
    }
    expect(candidateOf(chain.state.register, nodeId(3))?.trust.dynamicBase).toBeGreaterThan(1_000_000);
    // Registered in epoch 1, whose end elects for epoch 4.
    expect(seated).toEqual([false, false, false, false, true, true]);
  });

  it('randomness-vrf K3: a new key counts from the next election on, and the old one until then', () => {
    const chain = chainOf({ committee: { mode: 'all' } }, keyedCensus(3, 5n));
    const fresh = vrfKeyOf('a new key');
    runTo(chain, 1, () => [keyFact(nodeId(1), fresh)]);
    for (let epoch = 0; epoch < 5; epoch++) {
      const key = chain.state.election.seats.find(({ id }) => id === nodeId(1))?.vrfKey;
      expect(key).toEqual(epoch < 3 ? vrfKeyOf(nodeId(1)) : fresh);
      runTo(chain, (epoch + 1) * EPOCH);
    }
  });

  it('randomness-vrf K3: an identity that leaves and returns keeps the key it registered last', () => {
    const back: Fact = { kind: 'admission', actor: nodeId(1), deposit: 5n, category: 'wind' };
    for (const [facts, key] of [
      [[], vrfKeyOf(nodeId(1))],
      [[keyFact(nodeId(1), vrfKeyOf('a new key'))], vrfKeyOf('a new key')],
    ] as const) {
      const chain = chainOf({}, keyedCensus(4, 5n));
      chain.add(1, [...facts, { kind: 'exit', actor: nodeId(1) }, back]);
      expect(candidateOf(chain.state.register, nodeId(1))).toMatchObject({ index: 4, vrfKey: key });
    }
  });

  it('trust E4: a committee that goes on for want of others keeps its keys', () => {
    const chain = chainOf({}, keyedCensus(3, 5n));
    runTo(chain, 1, () => [0, 1, 2].map((index) => ({ kind: 'exit', actor: nodeId(index) })));
    runTo(chain, 5 * EPOCH);
    expect(chain.state.election.emergency).toBe(true);
    for (const { id, vrfKey } of chain.state.election.seats) expect(vrfKey).toEqual(vrfKeyOf(id));
    expect(claimsOf(chain, chain.state.slot + 1).map(({ kind }) => kind)).toEqual(['signature', 'vrf']);
  });
});

describe('randomness-vrf R8: an epoch mixes several outputs, and withholding one costs trust', () => {
  it('a configuration in which it does not is refused, and so is a governed change to it (trust T2)', () => {
    const short = { epochRounds: 2, windowEpochs: 6 };
    expect(() => chainOf({ trust: short, evidenceMaxAge: 0 })).toThrow(/trust\.epochRounds/);
    expect(() => chainOf({ trust: { penaltyMiss: 0 } })).toThrow(/trust\.penaltyMiss/);
    const chain = chainOf();
    runTo(chain, EPOCH, () => [{ kind: 'parameter', name: 'dt-dpos/trust.penaltyMiss', value: '0' }]);
    expect(chain.state.parameters).toEqual([]);
    runTo(chain, 2 * EPOCH, () => [{ kind: 'parameter', name: 'dt-dpos/trust.penaltyMiss', value: '1' }]);
    expect(chain.state.parameters).toEqual([{ name: 'trust.penaltyMiss', value: '1' }]);
  });

  it('the leader of an empty slot in the contributing part loses trust (trust F9)', () => {
    const chain = chainOf();
    const [withholder, next] = [chain.leaderOf(1), chain.leaderOf(2)];
    expect(withholder).not.toBe(next);
    chain.add(2);
    const bases = [withholder, next].map((id) => candidateOf(chain.state.register, id)?.trust.dynamicBase);
    expect(bases).toEqual([980_000, 1_000_000]);
  });
});

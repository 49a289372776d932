import { type Bytes, contributeSeed, type Fact, slotAlpha, startSeeds } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { type DposState, decodeDigest, encodeDigest } from '../src/index.ts';
import { SEED_STEPS_MAX } from '../src/seed.ts';
import {
  admission,
  CONTEXT,
  configOf,
  equivocation,
  evaluate,
  evidenceFact,
  exit,
  keyedCensus,
  keyFact,
  membersCensus,
  nodeId,
  TestChain,
  vrfKeyOf,
} from './support.ts';

/** Epochs of twelve slots, of which eight contribute; slot 0 is the era's parent. */
const EPOCH = 12;

const chainOf = (raw: object = {}, census: readonly Fact[] = keyedCensus(7)): TestChain =>
  new TestChain(configOf({ seedSource: 'vrf', ...raw }), census);

const outputIn = (digest: Bytes): Bytes => decodeDigest(digest)?.vrf?.output ?? expect.unreachable();
const seedsIn = ({ seed, nextSeed, mix }: DposState) => ({ seed, nextSeed, ...mix });

describe('randomness-vrf R1: every header proves an output for its slot', () => {
  it('claims that the delegate evaluated seed and slot under the key of its election', () => {
    const chain = chainOf();
    // The second slot lies in the next epoch, whose seed is known.
    for (const [slot, seed] of [
      [3, chain.state.seed],
      [EPOCH + 2, chain.state.nextSeed],
    ] as const) {
      const header = chain.next(slot);
      const alpha = slotAlpha(CONTEXT.chainId, seed, slot);
      const publicKey = vrfKeyOf(header.author);
      expect(chain.rules.verifyHeader(header, chain.tip, header.timestamp)).toMatchObject({
        kind: 'accept',
        claims: [
          { kind: 'signature', signer: header.author },
          { kind: 'vrf', actor: header.author, publicKey, alpha, ...evaluate(publicKey, alpha) },
        ],
      });
    }
  });

  it('a missing evaluation is refused, and so is one with deterministic seeds', () => {
    const proved = chainOf();
    const bare = { ...proved.next(1), digest: encodeDigest({ slot: 1 }) };
    expect(proved.rules.verifyHeader(bare, proved.tip, bare.timestamp)).toMatchObject({ code: 'BAD_DIGEST' });
    const plain = new TestChain(configOf(), keyedCensus(4));
    const vrf = evaluate(vrfKeyOf('x'), new Uint8Array(1));
    const surplus = { ...plain.next(1), digest: encodeDigest({ slot: 1, vrf }) };
    expect(plain.rules.verifyHeader(surplus, plain.tip, surplus.timestamp)).toMatchObject({ code: 'BAD_DIGEST' });
  });
});

describe('seeds of DPoS', () => {
  it('randomness-vrf R2: blocks in the first two thirds of the slots contribute, empty slots do not', () => {
    const chain = chainOf();
    let expected = startSeeds(CONTEXT.chainId, CONTEXT);
    for (const slot of [1, 2, 4, 5, 7, 8, 10, 11]) {
      const { digest } = chain.add(slot);
      if (slot < 8) expected = contributeSeed(expected, outputIn(digest), CONTEXT);
      const { accumulator, contributions } = expected;
      expect(chain.state.mix).toEqual({ accumulator, contributions });
    }
    expect(chain.state.mix?.contributions).toBe(5);
  });

  it('randomness-vrf R3, R5: outputs of an epoch are the seed two epochs later, and nobody made the first two', () => {
    const [one, other] = [chainOf(), chainOf()];
    const first = startSeeds(CONTEXT.chainId, CONTEXT);
    expect(seedsIn(one.state)).toEqual({
      seed: first.seed,
      nextSeed: first.nextSeed,
      accumulator: first.accumulator,
      contributions: 0,
    });
    one.run(EPOCH);
    other.run(EPOCH, [one.delegateOf(EPOCH + 1)]);
    for (const { state } of [one, other]) expect(state.seed).toEqual(first.nextSeed);
    expect(one.state.nextSeed).not.toEqual(other.state.nextSeed);
    const made = one.state.nextSeed;
    one.run(2 * EPOCH);
    expect(one.state.seed).toEqual(made);
  });

  it('randomness-vrf R4: an epoch without contributions is skipped, and one with late blocks only stalls too', () => {
    const [empty, late] = [chainOf(), chainOf()];
    empty.add(EPOCH + 9);
    late.add(8);
    late.add(EPOCH + 9);
    expect(seedsIn(late.state)).toEqual(seedsIn(empty.state));
    const contributed = chainOf();
    contributed.add(7);
    contributed.add(EPOCH + 9);
    expect(contributed.state.nextSeed).not.toEqual(empty.state.nextSeed);
  });

  it('randomness-vrf R4: after a halt of years, contributions before it count no more', () => {
    const far = (SEED_STEPS_MAX + 2) * EPOCH + 1;
    const [one, other] = [chainOf({ delegates: 4 }), chainOf({ delegates: 4 })];
    one.add(1);
    other.add(2);
    one.add(far);
    other.add(far);
    expect(one.state.seed).toEqual(other.state.seed);
  });

  it('randomness-vrf R7: a copy that was stored and read goes on in the same way', () => {
    const chain = chainOf();
    chain.run(EPOCH + 3);
    const copy = chainOf();
    copy.header = chain.header;
    copy.state = chain.rules.codec.decode(chain.rules.codec.encode(chain.state));
    expect(copy.state.epoch.election.vrfKeys).toEqual(chain.state.epoch.election.vrfKeys);
    for (const one of [chain, copy]) one.run(3 * EPOCH);
    expect(seedsIn(copy.state)).toEqual(seedsIn(chain.state));
  });
});

describe('VRF keys of candidates', () => {
  it('randomness-vrf K1: nobody is elected without a registered key', () => {
    const chain = chainOf({}, [...membersCensus(7), ...[1, 2, 5].map((index) => keyFact(nodeId(index)))]);
    const { delegates, standby } = chain.state.epoch.election;
    expect([...delegates, ...standby]).toEqual([1, 2, 5].map(nodeId));
    expect(() => chainOf({}, membersCensus(7))).toThrow(/INVALID_HANDOVER|can be elected/);
  });

  it('randomness-vrf K3, R6: a key counts from the snapshot after it on, three epochs later', () => {
    const fresh = vrfKeyOf('a new key');
    const chain = chainOf({ delegates: 4, standby: 0 }, keyedCensus(4));
    chain.add(1, [keyFact(nodeId(1), fresh), admission('late', 10n)]);
    chain.add(2, [keyFact('late')]);
    for (let epoch = 0; epoch < 5; epoch++) {
      chain.run((epoch + 1) * EPOCH - 1);
      expect(chain.state.epoch.number).toBe(epoch);
      expect(chain.state.epoch.election.vrfKeys?.get(nodeId(1))).toEqual(epoch < 3 ? vrfKeyOf(nodeId(1)) : fresh);
    }
  });

  it('of other roles, of strangers, empty or too long ones change nothing', () => {
    const chain = chainOf({}, keyedCensus(4));
    chain.add(1, [
      { kind: 'key', actor: nodeId(1), role: 'finality', publicKey: vrfKeyOf('x') },
      keyFact('stranger'),
      keyFact(nodeId(1), new Uint8Array()),
      keyFact(nodeId(1), new Uint8Array(257)),
    ]);
    const keys = [...chain.state.electorate.candidates.entries()].map(([, { id, vrfKey }]) => [id, vrfKey]);
    expect(keys).toEqual([0, 1, 2, 3].map((index) => [nodeId(index), vrfKeyOf(nodeId(index))]));
  });

  it('stay with an identity that leaves and returns, and are ignored with deterministic seeds', () => {
    const chain = chainOf({}, keyedCensus(4));
    chain.add(1, [exit(nodeId(2)), admission(nodeId(2), 5n)]);
    const { candidates, indexOf } = chain.state.electorate;
    expect(candidates.get(indexOf.get(nodeId(2)) ?? -1)).toMatchObject({ deposit: 5n, vrfKey: vrfKeyOf(nodeId(2)) });
    const plain = new TestChain(configOf(), keyedCensus(4));
    expect(plain.state.electorate.candidates.get(0)).not.toHaveProperty('vrfKey');
  });

  it('a promoted standby proves with its own key (pos-pow P4)', () => {
    const chain = chainOf({ missWindow: 2, missMax: 1, epochRounds: 6 }, keyedCensus(6));
    const absent = chain.delegateOf(1);
    const proved = new Map<string, Bytes>();
    for (let slot = 1; slot < 24; slot++) {
      if (chain.delegateOf(slot) === absent) continue;
      const header = chain.next(slot);
      const verdict = chain.rules.verifyHeader(header, chain.tip, header.timestamp);
      const claim = verdict.kind === 'accept' ? verdict.claims[1] : undefined;
      if (claim?.kind === 'vrf') proved.set(claim.actor, claim.publicKey);
      chain.add(slot);
    }
    const promoted = chain.state.epoch.promotions[0]?.promoted ?? expect.unreachable();
    expect(chain.state.epoch.election.standby).toContain(promoted);
    expect(proved.get(promoted)).toEqual(vrfKeyOf(promoted));
  });

  it('an offender loses its seat as with other seeds (pos-pow P2)', () => {
    const chain = chainOf();
    const offender = chain.delegateOf(2);
    chain.add(1, [evidenceFact(equivocation(offender, 1))]);
    const header = chain.next(2);
    expect(chain.rules.verifyHeader(header, chain.tip, header.timestamp)).toMatchObject({ code: 'DELEGATE_EJECTED' });
    expect(chain.rules.codec.decode(chain.rules.codec.encode(chain.state)).height).toBe(1);
  });
});

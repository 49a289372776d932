import { readFileSync } from 'node:fs';
import { DrawStream, taggedHash } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { drawLeader } from '../src/lottery.ts';
import { snapshotOf } from '../src/snapshot.ts';
import { CHAIN_ID, CONTEXT, configOf, fromHex, hex, sha256, TestChain } from './support.ts';

interface Vectors {
  readonly seedPipeline: { readonly chainId: string; readonly seed2: string };
  readonly slotLottery: {
    readonly stake: readonly { readonly id: string; readonly stake: string }[];
    readonly total: string;
    readonly seed: string;
    readonly slots: readonly { readonly slot: number; readonly r: string; readonly leader: string }[];
    readonly leaderCountsFirst100000Slots: Readonly<Record<string, number>>;
  };
}

const vectors: Vectors = JSON.parse(readFileSync(new URL('../testdata/chain-math.json', import.meta.url), 'utf8'));
const { slotLottery } = vectors;
const vrfKey = new Uint8Array(33);
const members = slotLottery.stake.map(({ id, stake }) => ({ id, stake: BigInt(stake), vrfKey }));
const snapshot = snapshotOf(members);
const seed = fromHex(slotLottery.seed);

describe('the vectors of the slot lottery', () => {
  it('are about the chain of the tests', () => {
    expect(hex(CHAIN_ID)).toBe(vectors.seedPipeline.chainId);
    expect(slotLottery.seed).toBe(vectors.seedPipeline.seed2);
  });

  it('pos-pow A1, A3, L1: draw and leader of each slot', () => {
    expect(snapshot.total).toBe(BigInt(slotLottery.total));
    for (const { slot, r, leader } of slotLottery.slots) {
      const number = new Uint8Array(8);
      new DataView(number.buffer).setBigUint64(0, BigInt(slot));
      const key = taggedHash(sha256, 'pos/slot/v1', CHAIN_ID, seed, number);
      expect(new DrawStream(key, sha256).draw(snapshot.total)).toBe(BigInt(r));
      expect(drawLeader(snapshot, seed, slot, CONTEXT).id).toBe(leader);
    }
  });

  it('pos-pow L1: leads of each validator over 100 000 slots, exactly', () => {
    const counts: Record<string, number> = {};
    for (let slot = 0; slot < 100_000; slot++) {
      const { id } = drawLeader(snapshot, seed, slot, CONTEXT);
      counts[id] = (counts[id] ?? 0) + 1;
    }
    expect(counts).toEqual(slotLottery.leaderCountsFirst100000Slots);
  });
});

describe('pos-pow L1: the first validator whose cumulative stake exceeds the draw', () => {
  it('agrees with a plain search, for every draw', () => {
    const small = snapshotOf([3n, 1n, 5n, 2n].map((stake, index) => ({ id: `${index}`, stake, vrfKey })));
    for (let slot = 0; slot < 500; slot++) {
      const number = new Uint8Array(8);
      new DataView(number.buffer).setBigUint64(0, BigInt(slot));
      const key = taggedHash(sha256, 'pos/slot/v1', CHAIN_ID, seed, number);
      const drawn = new DrawStream(key, sha256).draw(11n);
      let sum = 0n;
      const expected = small.tickets.find(({ stake }) => {
        sum += stake;
        return sum > drawn;
      });
      expect(drawLeader(small, seed, slot, CONTEXT)).toBe(expected);
    }
  });

  it('pos-pow A5: does not depend on the order in which validators became known', () => {
    const reversed = snapshotOf(members.toReversed());
    expect(reversed.tickets.map(({ id }) => id)).toEqual(['A', 'B', 'C', 'D', 'E']);
    for (let slot = 0; slot < 100; slot++) {
      expect(drawLeader(reversed, seed, slot, CONTEXT).id).toBe(drawLeader(snapshot, seed, slot, CONTEXT).id);
    }
  });
});

it('pos-pow L2: each slot has one leader, and an unused slot stays empty', () => {
  const chain = new TestChain(configOf());
  const leader = chain.leaderOf(7);
  for (const author of Object.keys(chain.stakes())) {
    expect(chain.judge(chain.next(7, { author }))).toBe(author === leader ? 'accept' : 'WRONG_LEADER');
  }
  chain.add(9);
  expect(chain.judge(chain.next(7))).toBe('SLOT_NOT_INCREASING');
});

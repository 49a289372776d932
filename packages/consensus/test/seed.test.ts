import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { advanceSeeds, type Bytes, contributeSeed, contributingSlots, slotAlpha, startSeeds } from '../src/index.ts';

const sha256 = (data: Bytes): Bytes => new Uint8Array(createHash('sha256').update(data).digest());
const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'hex'));

interface Vectors {
  readonly chainId: string;
  readonly seed0: string;
  readonly seed1: string;
  readonly epoch0Betas: readonly string[];
  readonly epoch0Acc: readonly string[];
  readonly seed2: string;
  readonly seed3IfEpoch1HadNoContribution: string;
  readonly alphaForSlot777WithSeed2: string;
}
const FILE = new URL('../testdata/seed-pipeline.json', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(FILE, 'utf8'));

const chainId = bytes(vectors.chainId);
const context = { chainId, sha256 };

describe('the vectors of the seed pipeline', () => {
  const genesis = startSeeds(chainId, context);
  const filled = vectors.epoch0Betas.reduce(
    (pipeline, beta) => contributeSeed(pipeline, bytes(beta), context),
    genesis,
  );

  it('randomness-vrf R5: genesis seeds', () => {
    expect([hex(genesis.seed), hex(genesis.nextSeed)]).toEqual([vectors.seed0, vectors.seed1]);
  });

  it('randomness-vrf R2: every output goes into the mix, in chain order', () => {
    const mixes = [genesis];
    for (const beta of vectors.epoch0Betas) {
      mixes.push(contributeSeed(mixes.at(-1) ?? genesis, bytes(beta), context));
    }
    expect(mixes.map(({ accumulator }) => hex(accumulator))).toEqual(vectors.epoch0Acc);
    expect(filled.contributions).toBe(3);
  });

  it('randomness-vrf R3: the mix of an epoch is the seed two epochs later', () => {
    expect(hex(advanceSeeds(filled, 1, context).nextSeed)).toBe(vectors.seed2);
    expect(hex(advanceSeeds(filled, 1, context).seed)).toBe(vectors.seed1);
    expect(hex(advanceSeeds(filled, 2, context).seed)).toBe(vectors.seed2);
  });

  it('randomness-vrf R4: an epoch without contributions hands on a hash of the next seed', () => {
    expect(hex(advanceSeeds(filled, 2, context).nextSeed)).toBe(vectors.seed3IfEpoch1HadNoContribution);
  });

  it('randomness-vrf R1: the input of a slot', () => {
    expect(hex(slotAlpha(chainId, bytes(vectors.seed2), 777))).toBe(vectors.alphaForSlot777WithSeed2);
  });
});

describe('laws of the seed pipeline', () => {
  const genesis = startSeeds(chainId, context);
  const output = new Uint8Array(32).fill(1);

  it('randomness-vrf R2: two thirds of the slots contribute, rounded down', () => {
    expect([1, 2, 3, 4, 5, 30, 31, 32, 300].map(contributingSlots)).toEqual([0, 1, 2, 2, 3, 20, 20, 21, 200]);
  });

  it('randomness-vrf R3: closing epochs one by one or at once is the same', () => {
    const mixed = contributeSeed(advanceSeeds(genesis, 3, context), output, context);
    const steps = [4, 5, 6].reduce((pipeline, epoch) => advanceSeeds(pipeline, epoch, context), mixed);
    expect(advanceSeeds(mixed, 6, context)).toEqual(steps);
    expect(advanceSeeds(mixed, 2, context)).toBe(mixed);
  });

  it('randomness-vrf R4: too few contributions count as none', () => {
    const once = contributeSeed(genesis, output, context);
    const stalled = advanceSeeds(genesis, 1, context);
    expect(advanceSeeds(once, 1, context, 2).nextSeed).toEqual(stalled.nextSeed);
    expect(advanceSeeds(contributeSeed(once, output, context), 1, context, 2).nextSeed).not.toEqual(stalled.nextSeed);
  });

  it('randomness-vrf R7: is a function of the blocks alone, and leaves what it was given unchanged', () => {
    const before = structuredClone(genesis);
    const branch = contributeSeed(genesis, output, context);
    const other = contributeSeed(genesis, new Uint8Array(32), context);
    expect(genesis).toEqual(before);
    expect(advanceSeeds(branch, 1, context).nextSeed).not.toEqual(advanceSeeds(other, 1, context).nextSeed);
  });

  it('depends on the chain', () => {
    const other = { chainId: new Uint8Array(32), sha256 };
    expect(advanceSeeds(startSeeds(chainId, other), 1, other).nextSeed).not.toEqual(
      advanceSeeds(genesis, 1, context).nextSeed,
    );
  });
});

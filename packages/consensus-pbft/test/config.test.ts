import { isConsensusError } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { AMOUNT_MAX, pbft } from '../src/index.ts';

const parse = (raw: unknown) => pbft().parseConfig(raw);

describe('configuration', () => {
  it('is complete without any input', () => {
    const defaults = {
      blockTimeMs: 2_000,
      roundTimeoutMs: 4_000,
      maxSkewMs: 1_000,
      validators: [],
      maxValidators: 100,
      weighted: false,
      blockReward: 0n,
      slashPpm: 1_000_000,
      evidenceBlocks: 1_000,
    };
    expect(parse({})).toEqual(defaults);
    expect(parse(undefined)).toEqual(defaults);
  });

  it('contract H-46: says how long proofs can be held against those who signed them', () => {
    const config = parse({ evidenceBlocks: 77 });
    const context = {
      chainId: new Uint8Array(32),
      era: 0,
      protocol: 'pbft@1',
      sha256: () => new Uint8Array(32),
    } as const;
    expect(pbft().createRules(config, context).finality).toMatchObject({ accountableBlocks: 77 });
  });

  it('takes amounts as bigint, integer or text', () => {
    expect([7n, 7, '7'].map((blockReward) => parse({ blockReward }).blockReward)).toEqual([7n, 7n, 7n]);
    expect(parse({ blockReward: AMOUNT_MAX }).blockReward).toBe(AMOUNT_MAX);
  });

  it('names its validators in order, as ids or with weights', () => {
    const ids = parse({ validators: ['b', { id: 'a', weight: '3' }] }).validators;
    expect(ids.map(({ id, weight }) => [id, weight])).toEqual([
      ['a', 3n],
      ['b', 1n],
    ]);
  });

  it.each<[string, unknown]>([
    ['config', 7],
    ['config', []],
    ['other', { other: 1 }],
    ['blockTimeMs', { blockTimeMs: 199 }],
    ['blockTimeMs', { blockTimeMs: 3_600_001 }],
    ['roundTimeoutMs', { roundTimeoutMs: 199 }],
    ['roundTimeoutMs', { roundTimeoutMs: 2.5 }],
    ['maxSkewMs', { maxSkewMs: -1 }],
    ['maxSkewMs', { maxSkewMs: -0 }],
    ['maxSkewMs', { maxSkewMs: 15_001 }],
    ['maxValidators', { maxValidators: 0 }],
    ['maxValidators', { maxValidators: 101 }],
    ['validators', { validators: 'a' }],
    ['validators', { validators: ['a', 'a'] }],
    ['validators', { validators: Array.from({ length: 101 }, (_, index) => `a${index}`) }],
    ['validators.0.id', { validators: ['with space'] }],
    ['validators.1.weight', { validators: ['a', { id: 'b', weight: 0 }] }],
    ['weighted', { weighted: 'yes' }],
    ['blockReward', { blockReward: '007' }],
    ['blockReward', { blockReward: -1n }],
    ['blockReward', { blockReward: AMOUNT_MAX + 1n }],
    ['slashPpm', { slashPpm: 1_000_001 }],
    ['evidenceBlocks', { evidenceBlocks: 9 }],
    ['evidenceBlocks', { evidenceBlocks: 100_001 }],
  ])('refuses a wrong %s', (path, raw) => {
    let thrown: unknown;
    try {
      parse(raw);
    } catch (error) {
      thrown = error;
    }
    expect(isConsensusError(thrown, 'INVALID_CONFIG') && thrown.data).toMatchObject({ path });
  });
});

import { isConsensusError, protocolId } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { type PosConfig, pos } from '../src/index.ts';

const parse = (raw: unknown): PosConfig => pos().parseConfig(raw);

describe('configuration', () => {
  it('has the defaults of the specification', () => {
    const defaults = {
      slotMs: 3_000,
      maxSkewMs: 1_500,
      epochSlots: 300,
      minStake: 1_000_000n,
      maxValidators: 1_000,
      blockReward: 0n,
      slashDoublePpm: 50_000,
      slashVotePpm: 100_000,
      reporterPpm: 62_500,
      evidenceEpochs: 14,
      unbondEpochs: 21,
      minContrib: 1,
    };
    expect(parse({})).toEqual(defaults);
    expect(parse(undefined)).toEqual(defaults);
  });

  it('takes amounts as bigints, integers and decimal text', () => {
    for (const blockReward of [50n, 50, '50']) expect(parse({ blockReward }).blockReward).toBe(50n);
  });

  it('lets the skew follow the slot and the ejection the evidence', () => {
    expect(parse({ slotMs: 701 }).maxSkewMs).toBe(350);
    expect(parse({ evidenceEpochs: 21 }).unbondEpochs).toBe(22);
    expect(parse({ evidenceEpochs: 3 }).unbondEpochs).toBe(21);
  });

  it.each([
    ['slotMs', 499],
    ['slotMs', 3_600_001],
    ['slotMs', 1_000.5],
    ['maxSkewMs', 3_001],
    ['maxSkewMs', -0],
    ['epochSlots', 29],
    ['epochSlots', 100_001],
    ['minStake', 0],
    ['minStake', '01'],
    ['maxValidators', 0],
    ['maxValidators', 4_097],
    ['blockReward', -1],
    ['blockReward', (1n << 120n) + 1n],
    ['blockReward', true],
    ['slashDoublePpm', 1_000_001],
    ['slashVotePpm', -1],
    ['reporterPpm', 500_001],
    ['evidenceEpochs', 1],
    ['unbondEpochs', 14],
    ['minContrib', 0],
    ['coinAge', 1],
  ])('refuses %s %s', (path, value) => {
    try {
      parse({ [path]: value });
      expect.unreachable();
    } catch (error) {
      expect(isConsensusError(error, 'INVALID_CONFIG')).toBe(true);
      expect(error).toMatchObject({ data: { path } });
    }
  });

  it.each([[[]], ['text'], [7]])('refuses %s', (raw) => {
    expect(() => parse(raw)).toThrow(/INVALID_CONFIG/);
  });
});

it('declares what it is', () => {
  const plugin = pos();
  expect(protocolId(plugin)).toBe('pos@1');
  expect(plugin.traits.faults).toEqual({ kind: 'byzantine', numerator: 1, denominator: 3 });
  expect(plugin.requires.claims).toEqual(['signature', 'vrf']);
});

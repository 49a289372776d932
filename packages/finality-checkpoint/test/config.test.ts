import { isConsensusError } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { checkpointFinality } from '../src/index.ts';

const parse = (raw: unknown) => checkpointFinality().parseConfig(raw);

function pathOf(raw: unknown): string {
  try {
    parse(raw);
  } catch (thrown) {
    if (isConsensusError(thrown, 'INVALID_CONFIG') && thrown.data.code === 'INVALID_CONFIG') return thrown.data.path;
    throw thrown;
  }
  return 'accepted';
}

describe('configuration', () => {
  it('has the defaults of the specification', () => {
    expect(parse(undefined)).toEqual({
      every: 8,
      delay: 1,
      maxSeats: 101,
      grace: 2,
      window: 1_024,
      weights: 'equal',
      slashPpm: 100_000,
      jailBlocks: 10_000,
    });
  });

  it('contract H-46, finality-checkpoint X: says how long certificates can be held against those who signed them', () => {
    const context = {
      chainId: new Uint8Array(32),
      era: 0,
      protocol: 'checkpoint@1',
      sha256: () => new Uint8Array(32),
    } as const;
    const rules = checkpointFinality().createRules(parse({ every: 4, window: 16 }), context);
    expect(rules.finality).toMatchObject({ accountableBlocks: 64 });
  });

  it('makes every block a checkpoint for small configured committees', () => {
    const committee = (seats: number) => Array.from({ length: seats }, (_, index) => `m${index}`);
    expect(parse({ committee: committee(7) }).every).toBe(1);
    expect(parse({ committee: committee(8) }).every).toBe(8);
    expect(parse({ committee: committee(7), every: 30 }).every).toBe(30);
  });

  it('sorts a committee, with weights of 1 unless given', () => {
    expect(parse({ committee: ['wind', { id: 'solar', weight: 3 }] }).committee).toEqual([
      { id: 'solar', weight: 3, publicKey: null },
      { id: 'wind', weight: 1, publicKey: null },
    ]);
  });

  it.each([
    [{ every: 0 }, 'every'],
    [{ every: 1_001 }, 'every'],
    [{ every: 1.5 }, 'every'],
    [{ every: 4, delay: 21 }, 'delay'],
    [{ delay: -1 }, 'delay'],
    [{ maxSeats: 102 }, 'maxSeats'],
    [{ grace: 0 }, 'grace'],
    [{ grace: 17 }, 'grace'],
    [{ window: 15 }, 'window'],
    [{ weights: 'trust' }, 'weights'],
    [{ slashPpm: 1_000_001 }, 'slashPpm'],
    [{ jailBlocks: -1 }, 'jailBlocks'],
    [{ committee: [] }, 'committee'],
    [{ committee: 'wind' }, 'committee'],
    [{ committee: null }, 'committee'],
    [{ committee: ['wind', 'wind'] }, 'committee'],
    [{ committee: ['a', 'b'], maxSeats: 1 }, 'committee'],
    [{ committee: [''] }, 'committee.0.id'],
    [{ committee: ['a', 'b c'] }, 'committee.1.id'],
    [{ committee: [7] }, 'committee.0'],
    [{ committee: [{ id: 'wind', weight: 0 }] }, 'committee.0.weight'],
    [{ committee: [{ id: 'wind', weight: 2 ** 32 }] }, 'committee.0.weight'],
    [{ deferMax: 1 }, 'deferMax'],
    [[], 'config'],
  ])('refuses %j by the name of the field', (raw, path) => {
    expect(pathOf(raw)).toBe(path);
  });

  it('takes a vote delay up to sixteen blocks above the distance', () => {
    expect(parse({ every: 4, delay: 20 }).delay).toBe(20);
  });
});

import { isConsensusError, LIMITS } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { dpos } from '../src/index.ts';

const { parseConfig } = dpos();

function pathOf(raw: unknown): string {
  try {
    parseConfig(raw);
    return 'accepted';
  } catch (error) {
    if (isConsensusError(error) && error.data.code === 'INVALID_CONFIG') return error.data.path;
    throw error;
  }
}

describe('configuration (pos-pow, section 4)', () => {
  it('has the defaults of the specification', () => {
    const defaults = {
      delegates: 21,
      standby: 10,
      maxApprovals: 30,
      slotMs: 2_000,
      maxSkewMs: 1_000,
      epochRounds: 12,
      missWindow: 20,
      missMax: 10,
      candidateDeposit: 1n,
      blockReward: 0n,
      evidenceMaxAge: 3_528,
      seedSource: 'deterministic',
    };
    expect(parseConfig({})).toEqual(defaults);
    expect(parseConfig(undefined)).toEqual(defaults);
  });

  it('only seeds from VRF outputs need a crypto port that checks them (contract H-37)', () => {
    const claims = (raw: unknown) => dpos().claimsOf?.(parseConfig(raw));
    expect(claims({})).toEqual(['signature']);
    expect(claims({ seedSource: 'vrf' })).toEqual(['signature', 'vrf']);
  });

  it('half a slot of skew and the most misses follow what they depend on', () => {
    expect(parseConfig({ slotMs: 3_001 }).maxSkewMs).toBe(1_500);
    expect(parseConfig({ missWindow: 4 }).missMax).toBe(4);
  });

  it.each([
    ['delegates', 1, 101],
    ['standby', 0, 101],
    ['maxApprovals', 1, 101],
    ['slotMs', 500, 3_600_000],
    ['maxSkewMs', 0, 2_000],
    ['epochRounds', 3, 100_000],
    ['missWindow', 1, 1_000],
    ['missMax', 1, 20],
    ['evidenceMaxAge', 1, 100_000],
  ])('%s is an integer from %d to %d', (field, min, max) => {
    for (const value of [min, max]) expect(parseConfig({ [field]: value })).toMatchObject({ [field]: value });
    for (const value of [min - 1, max + 1, min + 0.5, String(min), Number.NaN, -0, true]) {
      expect(pathOf({ [field]: value })).toBe(field);
    }
  });

  it.each(['candidateDeposit', 'blockReward'])('%s is an amount below 2^128', (field) => {
    const limit = 2n ** 128n;
    for (const value of [0, 5n, '7', limit - 1n, String(limit - 1n)]) {
      expect(parseConfig({ [field]: value })).toMatchObject({ [field]: BigInt(value) });
    }
    for (const value of [-1, -1n, limit, String(limit), 1.5, '01', '-1', '', {}, true]) {
      expect(pathOf({ [field]: value })).toBe(field);
    }
  });

  it('takes both sources of seeds, and refuses what it does not know', () => {
    expect(pathOf({ roundSlots: 21 })).toBe('roundSlots');
    expect(pathOf({ delegate: 21 })).toBe('delegate');
    for (const raw of [null, 5, 'dpos', []]) expect(['config', 'accepted']).toContain(pathOf(raw));
    expect([5, 'dpos', []].map(pathOf)).toEqual(['config', 'config', 'config']);
    for (const seedSource of ['deterministic', 'vrf'])
      expect(parseConfig({ seedSource })).toMatchObject({ seedSource });
    expect([pathOf({ seedSource: 'blockHash' }), pathOf({ seedSource: true })]).toEqual(['seedSource', 'seedSource']);
  });

  it('stays within the limits of the contract with the largest values', () => {
    const { delegates, standby } = parseConfig({ delegates: 101, standby: 101 });
    expect(delegates + standby).toBeLessThanOrEqual(LIMITS.validators);
  });
});

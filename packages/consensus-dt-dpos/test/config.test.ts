import { isConsensusError } from '@fiducia/consensus';
import { trustPreset } from '@fiducia/trust';
import { describe, expect, it } from 'vitest';
import { DORMANT_EPOCHS_MAX, dtDpos, dtDposPreset } from '../src/index.ts';

const parse = (raw: unknown, preset: 'paper' | 'default' | 'minimal' = 'default') =>
  dtDpos({ preset }).parseConfig(raw);

describe('configuration (trust T1, T3)', () => {
  it.each(['paper', 'default', 'minimal'] as const)('preset %s is within its own bounds', (preset) => {
    expect(parse(undefined, preset)).toEqual(dtDposPreset(preset));
    expect(parse({ preset })).toEqual(dtDposPreset(preset));
    expect(parse({}, preset)).toEqual(parse(null, preset));
  });

  it('the presets are those of section 4 (trust T3)', () => {
    expect(dtDposPreset('paper')).toMatchObject({
      committee: { size: 6, mode: 'all' },
      schedule: 'wrr',
      seedMode: 'blockHash',
      electionLagEpochs: 0,
      dormantEpochs: DORMANT_EPOCHS_MAX,
      tierWeights: { TRUSTED: 10_000, NORMAL: 10_000, SUSPECT: 10_000, MALICIOUS: 10_000 },
      evidenceMaxAge: 50,
      slash: { invalidHeader: 0, equivocation: 0 },
      unbondingRounds: 0,
      jailBaseEpochs: 0,
      tombstone: false,
      blockReward: 0n,
      trust: trustPreset('paper'),
    });
    expect(dtDposPreset('default')).toMatchObject({
      committee: { size: 21, mode: 'weighted' },
      seedMode: 'vrf',
      electionLagEpochs: 2,
      dormantEpochs: 48,
      tierWeights: { TRUSTED: 10_000, NORMAL: 10_000, SUSPECT: 5_000, MALICIOUS: 0 },
      evidenceMaxAge: 2_880,
      slash: { invalidHeader: 500, equivocation: 1_000 },
      unbondingRounds: 2_880,
      genesisD0: 1_000_000,
      trust: { d0: 500_000, neutralA: 500_000, voteSaturation: 21 },
    });
  });

  it('only seeds from VRF outputs need a crypto port that checks them (contract H-37)', () => {
    const claims = (raw: unknown) => dtDpos().claimsOf?.(parse(raw));
    expect(claims({ seedMode: 'vrf' })).toEqual(['signature', 'vrf']);
    expect(claims({ preset: 'paper' })).toEqual(['signature']);
    expect(claims({ preset: 'minimal' })).toEqual(['signature']);
  });

  it('overrides nest; vote saturation and evidence age follow what they depend on', () => {
    const config = parse({ preset: 'paper', slotMs: 900_000, committee: { size: 9 }, trust: { windowEpochs: 28 } });
    expect(config).toMatchObject({ slotMs: 900_000, committee: { size: 9, mode: 'all' } });
    expect(config.trust).toEqual({ ...trustPreset('paper'), windowEpochs: 28, voteSaturation: 9 });
    expect(config.evidenceMaxAge).toBe(28);
    expect(parse({ committee: { size: 9 }, trust: { voteSaturation: 3 } }).trust.voteSaturation).toBe(3);
  });

  it('amounts may be bigints, safe integers or decimal text', () => {
    for (const depositTarget of [500n, 500, '500']) expect(parse({ depositTarget }).depositTarget).toBe(500n);
  });

  it.each([
    ['config', 7],
    ['config', []],
    ['preset', { preset: 'fast' }],
    ['preset', { preset: 3 }],
    ['slotms', { slotms: 1_000 }],
    ['committee.seats', { committee: { seats: 3 } }],
    ['__proto__', JSON.parse('{"__proto__": {"slotMs": 5}}')],
    ['slotMs', { slotMs: 99 }],
    ['slotMs', { slotMs: 3_600_001 }],
    ['slotMs', { slotMs: '1000' }],
    ['driftMs', { driftMs: -1 }],
    ['driftMs', { driftMs: 1_001 }],
    ['driftMs', { driftMs: 0.5 }],
    ['driftMs', { driftMs: -0 }],
    ['committee', { committee: 3 }],
    ['committee.size', { committee: { size: 0 } }],
    ['committee.size', { committee: { size: 1_001 } }],
    ['committee.mode', { committee: { mode: 'best' } }],
    ['schedule', { schedule: 'random' }],
    ['seedMode', { seedMode: 'beacon' }],
    ['electionLagEpochs', { seedMode: 'vrf', electionLagEpochs: 1 }],
    ['trust.epochRounds', { trust: { epochRounds: 2, windowEpochs: 48 }, dormantEpochs: 60, evidenceMaxAge: 0 }],
    ['trust.penaltyMiss', { trust: { penaltyMiss: 0 } }],
    ['electionLagEpochs', { electionLagEpochs: 5 }],
    ['electionLagEpochs', { electionLagEpochs: -1 }],
    ['dormantEpochs', { dormantEpochs: 1 }],
    ['dormantEpochs', { dormantEpochs: 2 ** 32 }],
    ['depositMin', { depositMin: 0 }],
    ['depositMin', { depositMin: 3, depositTarget: 2 }],
    ['depositTarget', { depositTarget: 1n << 128n }],
    ['depositTarget', { depositTarget: '0x10' }],
    ['depositTarget', { depositTarget: 1.5 }],
    ['blockReward', { blockReward: -1 }],
    ['tierWeights.TRUSTED', { tierWeights: { TRUSTED: 10_001 } }],
    ['tierWeights.SUSPECT', { tierWeights: { NORMAL: 4_000 } }],
    ['tierWeights.MALICIOUS', { tierWeights: { SUSPECT: 0, MALICIOUS: 1 } }],
    ['slash.invalidHeader', { slash: { invalidHeader: 10_001 } }],
    ['slash.equivocation', { slash: { equivocation: -1 } }],
    ['evidenceMaxAge', { evidenceMaxAge: 2_881 }],
    ['evidenceMaxAge', { unbondingRounds: 2_879 }],
    ['evidenceMaxAge', { preset: 'paper', evidenceMaxAge: 51 }],
    ['unbondingRounds', { unbondingRounds: -1 }],
    ['unbondingRounds', { evidenceMaxAge: 0, unbondingRounds: 179 }],
    ['unbondingRounds', { preset: 'minimal', electionLagEpochs: 3 }],
    ['jailBaseEpochs', { jailBaseEpochs: 1_025 }],
    ['tombstone', { tombstone: 1 }],
    ['genesisD0', { genesisD0: 1_500_001 }],
    ['trust', { trust: 'paper' }],
    ['trust.alphaBp + betaBp + deltaBp + gammaBp', { trust: { alphaBp: 3_499 } }],
    ['trust.windowEpochs', { trust: { windowEpochs: 1_025 } }],
    ['trust.mu3', { trust: { mu3: 1 } }],
  ])('refuses a wrong %s: %o (trust T1, X5)', (path, raw) => {
    try {
      parse(raw);
      expect.unreachable();
    } catch (error) {
      expect(isConsensusError(error, 'INVALID_CONFIG')).toBe(true);
      expect(isConsensusError(error) && error.data.code === 'INVALID_CONFIG' && error.data.path).toBe(path);
    }
  });

  it.each([
    [{ slotMs: 100, driftMs: 0 }],
    [{ slotMs: 3_600_000, driftMs: 3_600_000 }],
    [{ committee: { size: 1_000, mode: 'top' }, electionLagEpochs: 4 }],
    [{ dormantEpochs: 2 }],
    [{ depositMin: 7, depositTarget: (1n << 128n) - 1n }],
    [{ evidenceMaxAge: 0, unbondingRounds: 180 }],
    [{ preset: 'minimal', electionLagEpochs: 2 }],
    [{ slash: { invalidHeader: 0, equivocation: 0 }, unbondingRounds: 0 }],
    [{ tierWeights: { TRUSTED: 0, NORMAL: 0, SUSPECT: 0 } }],
    [{ seedMode: 'fixed', schedule: 'permutation', jailBaseEpochs: 1_024 }],
  ])('accepts the bounds themselves: %o (trust T1)', (raw) => {
    expect(parse(raw)).toMatchObject({});
  });

  it('the plugin declares what it needs and promises', () => {
    const { name, version, contract, traits, requires } = dtDpos();
    expect({ name, version, contract }).toEqual({ name: 'dt-dpos', version: '1.0.0', contract: 1 });
    expect(traits).toEqual({
      role: 'production',
      leader: 'slot',
      finality: 'settle',
      forks: true,
      faults: { kind: 'byzantine', numerator: 1, denominator: 3 },
    });
    expect([...requires.facts, ...(requires.optionalFacts ?? [])].sort()).toEqual([
      'admission',
      'ballot',
      'custom',
      'deposit',
      'evidence',
      'exit',
      'key',
      'parameter',
      'participation',
    ]);
  });
});

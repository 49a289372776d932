import { trustPreset } from '@fiducia/trust';
import { describe, expect, it } from 'vitest';
import { runModelExperiment } from '../src/experiment/model-level.ts';

describe('experiments at model level', () => {
  it.each([
    ['fig4a', 'wrr', [40, 41, 41, 41, 42, 45], '2dce5a3c0ac0fde183cacd37365a0864209e48de7cb50ff431bde17fd55f5078'],
    ['fig4b', 'wrr', [47, 48, 48, 49, 49, 9], '1d4f0631c4bded9996c9df74782c58c66ded97ca1244f3d5f01b249a4e05b8bd'],
    ['fig4a', 'lottery', [51, 39, 42, 34, 53, 31], 'c681d3700febb3c997aa56f2650b74d8c15ec2f7324d4437bf336e77c80e004f'],
    ['fig4b', 'lottery', [51, 58, 47, 37, 49, 8], 'dc8e2837d8d1a5a57ddad408e45487cec08257efb338c7176883c7dd0fc5606a'],
  ] as const)(
    'gives %s with schedule %s the published counts and hash (trust TV15)',
    (name, schedule, counts, sha256) => {
      expect(runModelExperiment(name, schedule)).toEqual({
        counts,
        sha256,
        rounds: 250,
        blocks: 250,
        level: 'model',
        schedule,
      });
    },
  );

  it('counts what the rules decide: a milder rule elects the offender more often (trust P1, A1)', () => {
    const mild = { ...trustPreset('paper'), mu2: 1_000_000, penaltyMalicious: 50_000 };
    expect(runModelExperiment('fig4b', 'wrr', mild).counts[5]).toBeGreaterThan(9);
  });
});

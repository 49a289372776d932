import type { DemoInput } from '../../src/input/load.ts';
import { NODE_PROFILES } from '../../src/scenario/nodes.ts';
import type { DemoResult } from '../../src/scenario/result.ts';

/** A small invented result, for tests of how results are shown. */
export function sampleResult(input: DemoInput): DemoResult {
  const rounds = 30;
  const elections = [5, 6, 6, 6, 5, 2];
  const compositeTrust = Array.from({ length: rounds }, (_, index) => [
    ...[960_000, 970_000, 980_000, 990_000, 1_000_000],
    Math.max(120_000, 1_000_000 - index * 40_000),
  ]);
  return {
    input,
    options: {
      consensus: 'dt-dpos',
      finality: null,
      rounds,
      malicious: 6,
      act: 'invalid',
      seed: 7,
      schedule: 'wrr',
      profile: 'paper',
    },
    signatureLibrary: 'noble',
    summary: {
      consensus: 'dt-dpos',
      finality: {
        kind: 'settle',
        height: 23,
        certificates: 0,
        time: { p50Ms: 4_500_040, p99Ms: 5_400_070, p50Rounds: 5, p99Rounds: 6 },
        holds: true,
      },
      rounds,
      blocks: 28,
      nodes: NODE_PROFILES.map(({ number: node, role }, index) => ({
        node,
        role,
        elections: elections[index] ?? 0,
        trust: {
          composite: compositeTrust.at(-1)?.[index] ?? 0,
          historical: node === 6 ? -433_333 : 980_000,
          votes: 1_000_000,
          deposit: 1_000_000,
          dynamic: node === 6 ? 20_000 : 1_150_000,
        },
        tier: node === 6 ? 'MALICIOUS' : 'TRUSTED',
      })),
      stateRoots: NODE_PROFILES.map(() => 'ab'.repeat(32)),
      consensusRoots: NODE_PROFILES.map(() => 'cd'.repeat(32)),
      energy: { tradedWh: 12_345, meanPriceMicro: 431, slots: 16 },
      conserved: { money: true, energy: true },
      rejectedBlocks: 2,
      evidence: 2,
      seed: 7,
      traceHash: 'ef'.repeat(32),
    },
    history: {
      leaders: [],
      emptySlots: [2, 11],
      compositeTrust,
      slots: input.market.rows
        .slice(0, 16)
        .map((_, row) => ({ row, volumeWh: 500 + row, priceMicro: 431, meteredWh: null })),
      settledSlots: 10,
      balances: {},
      refusals: {},
      selfSufficiencyPermille: 594,
    },
  };
}

/** The same without trust: node 6 was proven to have signed twice, once. */
export function sampleResultWithoutTrust(input: DemoInput): DemoResult {
  const { options, summary, history, ...rest } = sampleResult(input);
  return {
    ...rest,
    options: { ...options, consensus: 'dpos', act: 'equivocate', schedule: null, profile: null },
    summary: {
      ...summary,
      consensus: 'dpos',
      evidence: 1,
      nodes: summary.nodes.map(({ node, role, elections }) => ({
        node,
        role,
        elections,
        blocks: node === 6 ? 1 : elections,
        deposit: node === 6 ? '0' : '1000',
        jailed: node === 6,
      })),
    },
    history: { ...history, compositeTrust: [] },
  };
}

import { describe, expect, it } from 'vitest';
import { runNodesExperiment } from '../src/experiment/nodes-level.ts';
import { summariseLeaders } from '../src/experiment/result.ts';
import { modelNodeLevel } from './support/node-level-model.ts';

/** Golden of Fig. 4(b) at node level; docs/experiments.md says why it is not that of TV15b. */
const NODE_LEVEL_SHA256 = '35b50a1720ed84e86707008e9e077c10c36fc4dbf777072953b580a708da94ad';

describe('experiments at node level (trust F7, F8, F9, S4, S5, S6, S7)', () => {
  it('gives Fig. 4(a) the counts and the hash of the model (trust TV15a)', async () => {
    expect(await runNodesExperiment('fig4a', 'wrr')).toEqual({
      counts: [40, 41, 41, 41, 42, 45],
      sha256: '2dce5a3c0ac0fde183cacd37365a0864209e48de7cb50ff431bde17fd55f5078',
      rounds: 250,
      blocks: 250,
      level: 'nodes',
      schedule: 'wrr',
    });
  });

  it('gives Fig. 4(b) its counts with nine empty slots and a hash of its own (trust S7)', async () => {
    expect(await runNodesExperiment('fig4b', 'wrr')).toEqual({
      counts: [47, 48, 48, 49, 49, 9],
      sha256: NODE_LEVEL_SHA256,
      rounds: 250,
      blocks: 241,
      level: 'nodes',
      schedule: 'wrr',
    });
  });

  it('agrees with a model of this level that has no nodes in it', () => {
    const { leaders, blocks } = modelNodeLevel(250, 5);
    expect(blocks).toBe(241);
    expect(summariseLeaders(leaders).sha256).toBe(NODE_LEVEL_SHA256);
    // docs/experiments.md: slot 4 is the first in which the node level leaves the model of TV15b.
    expect(leaders.slice(0, 5)).toEqual([0, 5, 1, 2, 4]);
  });

  it('gives the lottery with a fixed seed the counts and the hash of the model (trust S2)', async () => {
    expect(await runNodesExperiment('fig4a', 'lottery')).toMatchObject({
      counts: [51, 39, 42, 34, 53, 31],
      sha256: 'c681d3700febb3c997aa56f2650b74d8c15ec2f7324d4437bf336e77c80e004f',
      blocks: 250,
    });
  });

  it('elects a malicious node less often under the lottery too (trust S2)', async () => {
    expect(await runNodesExperiment('fig4b', 'lottery')).toMatchObject({
      counts: [45, 44, 45, 62, 41, 13],
      sha256: 'f0c0c7f58d5641b400d171afa7866e1cc9c0365f9698cda76c88487531ca4324',
      blocks: 237,
    });
  });

  it('does not depend on the delays of the network', async () => {
    const { sha256 } = await runNodesExperiment('fig4b', 'wrr', { seed: 99 });
    expect(sha256).toBe(NODE_LEVEL_SHA256);
  });

  it('counts what the nodes decide: other trust parameters give other counts', async () => {
    const mild = { mu2: 1_000_000, penaltyMalicious: 50_000 };
    const { counts, blocks } = await runNodesExperiment('fig4b', 'wrr', { trust: mild });
    expect(counts[5]).toBeGreaterThan(9);
    expect(blocks).toBe(250 - (counts[5] ?? 0));
  });
});

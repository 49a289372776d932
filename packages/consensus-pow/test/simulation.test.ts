import type { BlockId, Evidence, Tip } from '@fiducia/consensus';
import { readProducerIncome } from '@fiducia/ledger';
import { type ChainNode, requireCommonPrefix, requireEqualStates, requireIntegrity } from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { type PowState, settleDepth } from '../src/index.ts';
import { createTestNetwork, headOf, heightOf, type TestNetwork } from './support/network.ts';

const SPACING = 10_000;
const SHARE_PPM = 200_000;
const DEPTH = settleDepth(SHARE_PPM, 1_000);
/** Five nodes of equal power find a block of test difficulty per spacing. */
const POWERS = [20, 20, 20, 20, 20].map((millihashes) => millihashes / 1_000);
const CONFIG = { preset: 'test', settleSharePpm: SHARE_PPM, blockReward: '50' };
const NETWORK = { delayMs: { min: 5, max: 400 }, lossPermille: 100 };

/** `npm run campaign` runs as many as wanted, with other faults. */
const SEEDS = 5;

interface Seen {
  /** Settled blocks that a node took back. */
  readonly broken: BlockId[];
  readonly evidence: Evidence[];
  reverted: number;
  watch(node: ChainNode): void;
}

function watchAll(nodes: readonly ChainNode[]): Seen {
  const settled = new Map<string, Set<BlockId>>();
  const seen: Seen = {
    broken: [],
    evidence: [],
    reverted: 0,
    watch({ name, host }) {
      const own = settled.get(name) ?? new Set();
      settled.set(name, own);
      host.events.on('settled', ({ header }) => own.add(header.id));
      host.events.on('evidenceFound', ({ evidence }) => seen.evidence.push(evidence));
      host.events.on('headChanged', ({ reverted }) => {
        seen.reverted += reverted.length;
        seen.broken.push(...reverted.filter((id) => own.has(id)));
      });
    },
  };
  for (const node of nodes) seen.watch(node);
  return seen;
}

/** At least 50 blocks, with one node of five cut off for a while and another one restarted. */
async function runCampaign(seed: number): Promise<{ readonly network: TestNetwork; readonly seen: Seen }> {
  const network = await createTestNetwork({ seed, config: CONFIG, powers: POWERS, network: NETWORK });
  const seen = watchAll(network.nodes);
  await network.run(20 * SPACING);
  network.simulation.partition([['node-4']]);
  await network.run(10 * SPACING);
  network.simulation.heal();
  await network.run(20 * SPACING);
  seen.watch(await network.restart(3));
  await network.run(40 * SPACING);
  return { network, seen };
}

describe('a network that mines in virtual time (pos-pow M4)', () => {
  it('is safe up to its settlement hint and live, with loss, delay and a healed partition', async () => {
    let reverted = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { network, seen } = await runCampaign(seed);
      const { nodes } = network;
      const heights = nodes.map(heightOf);
      expect(Math.min(...heights), `seed ${seed}`).toBeGreaterThanOrEqual(50);
      expect(seen.broken, `seed ${seed}`).toEqual([]);
      const agreed = await requireCommonPrefix(nodes, DEPTH);
      expect(agreed).toBeGreaterThan(35);
      const common = await nodes[0]?.ledger.read({ kind: 'height', height: agreed });
      requireEqualStates(nodes, common?.block.header.id ?? '');
      await requireIntegrity(nodes[0] as (typeof nodes)[number]);
      // Nobody signs anything, so nobody can be accused, restart or not.
      expect(seen.evidence).toEqual([]);
      reverted += seen.reverted;
      for (const node of nodes) await node.stop();
    }
    // Branches did compete.
    expect(reverted).toBeGreaterThan(SEEDS);
  });

  it('has one trace for one seed, and another for another (pos-pow M4)', async () => {
    const traceOf = async (seed: number) => (await runCampaign(seed)).network.simulation.traceHash();
    const first = await traceOf(7);
    expect(await traceOf(7)).toBe(first);
    expect(await traceOf(8)).not.toBe(first);
  });

  it('pays each author for its blocks, in proportion to its power (pos-pow M5)', async () => {
    const network = await createTestNetwork({ config: CONFIG, powers: [0.06, 0.03, 0.01], network: NETWORK });
    await network.run(400 * SPACING);
    const [node] = network.nodes;
    const authors = new Map<string, number>();
    for (let height = 1; height <= heightOf(node); height++) {
      const { author } = (await node?.ledger.read({ kind: 'height', height }))?.block.header ?? { author: '' };
      authors.set(author, (authors.get(author) ?? 0) + 1);
    }
    const state = node?.ledger.stateAt();
    for (const [index, share] of [0.6, 0.3, 0.1].entries()) {
      const { address } = network.crypto.identity(`node-${index}`);
      const blocks = authors.get(address) ?? 0;
      expect(Math.abs(blocks / heightOf(node) - share)).toBeLessThan(0.08);
      expect(state && readProducerIncome(state, address)).toBe(BigInt(blocks) * 50n);
    }
  });

  it('follows a fourfold change of hash power (pos-pow D1, D4)', async () => {
    const genesisTarget = 2n ** 236n - 1n;
    const config = { genesisTarget: `${genesisTarget}`, windowBlocks: 30 };
    const full = Number(2n ** 20n) / 10 / 4;
    const network = await createTestNetwork({ config, powers: [full, full, full, full] });
    const target = () => {
      const head = network.nodes[0]?.host.head() as Tip<PowState> | undefined;
      return head?.state.target ?? 0n;
    };
    await network.run(90 * SPACING);
    const before = Number((genesisTarget * 1_000n) / target()) / 1_000;
    expect(before).toBeGreaterThan(0.6);
    expect(before).toBeLessThan(1.6);
    for (const power of network.powers) power.hashesPerSecond *= 4;
    await network.run(90 * SPACING);
    const after = Number((genesisTarget * 1_000n) / target()) / 1_000;
    expect(after / before).toBeGreaterThan(2.5);
    expect(after / before).toBeLessThan(6);
  });

  it('lets two machines work for one key: two blocks at one height are no offence', async () => {
    const network = await createTestNetwork({
      config: CONFIG,
      powers: [0.05, 0.05, null],
      keys: ['shared', 'shared'],
      network: { delayMs: { min: 5_000, max: 9_000 } },
    });
    const seen = watchAll(network.nodes);
    await network.run(100 * SPACING);
    expect(seen.reverted).toBeGreaterThan(5);
    expect(seen.evidence).toEqual([]);
    expect(heightOf(network.nodes[2])).toBeGreaterThan(40);
    expect(headOf(network.nodes[2])).not.toBe('');
  });
});

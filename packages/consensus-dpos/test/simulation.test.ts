import type { BlockId, Evidence } from '@fiducia/consensus';
import { FOREVER } from '@fiducia/ledger';
import {
  type ChainNode,
  monitorDoubleSigns,
  requireCommonPrefix,
  requireEqualHeads,
  requireEqualStates,
  requireIntegrity,
} from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { dpos } from '../src/index.ts';
import {
  createTestNetwork,
  DEPOSIT,
  heightOf,
  recordOf,
  SLOT_MS,
  stateOf,
  submitTransfer,
  type TestNetwork,
} from './network.ts';
import { CONTEXT } from './support.ts';

const NETWORK = { delayMs: { min: 5, max: 400 }, lossPermille: 100 };
const CONFIG = { delegates: 5, standby: 1, epochRounds: 4, missWindow: 5, missMax: 3, blockReward: '50' };
const KEYS = ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay'];
/** Depth of the hint for five delegates. */
const DEPTH = 4;

/** `npm run campaign` runs as many as wanted, with other faults. */
const SEEDS = 5;

interface Seen {
  readonly evidence: Evidence[];
  /** Blocks that were taken back after they had settled on a connected network. */
  readonly broken: BlockId[];
  reverted: number;
  isConnected: boolean;
  watch(node: ChainNode): void;
}

function watchAll(nodes: readonly ChainNode[]): Seen {
  const settled = new Map<string, Set<BlockId>>();
  const seen: Seen = {
    evidence: [],
    broken: [],
    reverted: 0,
    isConnected: true,
    watch({ name, host }) {
      const own = settled.get(name) ?? new Set();
      settled.set(name, own);
      // What settles in a cut-off minority may be taken back: the depth is a hint (pos-pow P8).
      host.events.on('settled', ({ header }) => seen.isConnected && own.add(header.id));
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

/** 70 slots: two of six nodes are cut off for ten of them, another one is restarted twice. */
async function runCampaign(seed: number): Promise<{ readonly network: TestNetwork; readonly seen: Seen }> {
  const network = await createTestNetwork({ seed, keys: KEYS, config: CONFIG, network: NETWORK });
  const seen = watchAll(network.nodes);
  await network.runSlots(10.5);
  network.simulation.partition([['node-4', 'node-5']]);
  seen.isConnected = false;
  await network.runSlots(10);
  network.simulation.heal();
  await network.runSlots(8);
  seen.isConnected = true;
  seen.watch(await network.restart(2));
  await network.runSlots(15);
  seen.watch(await network.restart(2));
  await network.runSlots(26.4);
  return { network, seen };
}

describe('a network of delegates in virtual time', () => {
  it('is safe up to its hint and live, and accuses nobody, with loss, delay, restarts and a healed partition (pos-pow P6, P8)', async () => {
    let reverted = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { network, seen } = await runCampaign(seed);
      const { nodes } = network;
      const least = Math.min(...nodes.map(heightOf));
      expect(least, `seed ${seed}`).toBeGreaterThanOrEqual(50);
      expect(seen.broken, `seed ${seed}`).toEqual([]);
      expect(seen.evidence, `seed ${seed}`).toEqual([]);
      const agreed = await requireCommonPrefix(nodes, DEPTH);
      const common = await nodes[0]?.ledger.read({ kind: 'height', height: agreed });
      requireEqualStates(nodes, common?.block.header.id ?? '');
      await requireIntegrity(nodes[0] as ChainNode);
      reverted += seen.reverted;
      for (const node of nodes) await node.stop();
    }
    // The network was bad enough to matter.
    expect(reverted).toBeGreaterThan(SEEDS);
  });

  it('has equal traces for equal seeds and different ones otherwise (simulation E4)', async () => {
    const run = async (seed: number): Promise<string> => (await runCampaign(seed)).network.simulation.traceHash();
    const first = await run(7);
    expect(await run(7)).toBe(first);
    expect(await run(8)).not.toBe(first);
  });

  it('with equal stakes fills every slot, elects by address and pays everybody the same (pos-pow V2, P7)', async () => {
    const network = await createTestNetwork({ seed: 1, keys: KEYS, config: CONFIG });
    await network.runSlots(100.5);
    requireEqualHeads(network.nodes);
    const [node] = network.nodes;
    expect([heightOf(node), stateOf(node).slot]).toEqual([100, 100]);
    const addresses = KEYS.map((key) => network.crypto.identity(key).address).toSorted();
    expect(stateOf(node).epoch.election).toMatchObject({ delegates: addresses.slice(0, 5), standby: [addresses[5]] });
    const votes = [...stateOf(node).electorate.candidates.entries()].map(([, candidate]) => candidate.votes);
    expect(votes).toEqual(KEYS.map(() => DEPOSIT));
    const authors = new Map<string, number>();
    for (let height = 1; height <= 100; height++) {
      const author = (await node?.ledger.read({ kind: 'height', height }))?.block.header.author ?? '';
      authors.set(author, (authors.get(author) ?? 0) + 1);
    }
    // 20 rounds and the first slot of the next; slot 0 belonged to genesis.
    expect([...authors.values()].toSorted().at(0)).toBeGreaterThanOrEqual(19);
    expect([...authors.keys()].toSorted()).toEqual(addresses.slice(0, 5));
    await requireIntegrity(node as ChainNode);
  });
});

describe('two machines with one key (pos-pow P2, contract H-29)', () => {
  it('are caught by honest nodes, and the ledger slashes and jails them', async () => {
    const keys = ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay', 'ada'];
    const network = await createTestNetwork({ seed: 3, keys, config: { ...CONFIG, epochRounds: 8 } });
    const offender = network.crypto.identity('ada').address;
    const observer = network.nodes[1] as ChainNode;
    const monitor = monitorDoubleSigns({
      simulation: network.simulation,
      chain: observer.ledger,
      rules: dpos().createRules(network.config, { ...CONTEXT, chainId: observer.ledger.chainId }),
    });
    const booked: Evidence[] = [];
    observer.host.events.on('blockImported', ({ facts }) => {
      for (const fact of facts) if (fact.kind === 'evidence') booked.push(fact.evidence);
    });
    expect(recordOf(observer, offender)).toMatchObject({ deposit: DEPOSIT, jailedUntil: 0 });
    // Only the second machine knows these transactions when the slot begins, so its block differs.
    for (let slot = 1; slot <= 30; slot++) {
      network.simulation.schedule(network.simulation.now() + slot * SLOT_MS - 1, 'transfer', () =>
        submitTransfer(network.nodes[6] as ChainNode, network.crypto, 'fay', 1n),
      );
    }
    await network.runSlots(40.5);

    expect(monitor.found()).toMatchObject([{ author: offender }]);
    expect(booked).toMatchObject([{ kind: 'equivocation', offender }]);
    const honest = network.nodes.slice(1, 6);
    requireEqualHeads(honest);
    for (const node of honest) {
      expect(recordOf(node, offender)).toMatchObject({ deposit: 0n, jailedUntil: FOREVER });
      const { electorate, epoch } = stateOf(node);
      expect(electorate.candidates.get(electorate.indexOf.get(offender) ?? -1)?.status).toBe('EJECTED');
      expect(epoch.promotions.map(({ suspended }) => suspended)).toEqual([offender]);
    }
    monitor.requireNoneBy(keys.slice(1, 6).map((key) => network.crypto.identity(key).address));
    await requireIntegrity(observer);
  });
});

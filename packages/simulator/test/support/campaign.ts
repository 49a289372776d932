/** Chains that live through loss, delay, reordering and one partition that heals. */
import type { ConsensusPlugin, Era, Validator } from '@fiducia/consensus';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { createRoundVote, type GenesisConfig } from '@fiducia/ledger';
import { roundRobin } from '../../../../examples/custom-plugin/src/round-robin.ts';
import {
  type ChainNode,
  createChainNode,
  createSimulation,
  createStubCrypto,
  type DoubleSign,
  monitorDoubleSigns,
  requireEqualStates,
  requireIntegrity,
  type StubCrypto,
} from '../../src/index.ts';
import { SLOT_MS, START } from './chain.ts';
import { sha256 } from './hash.ts';

/** What is asked of a run. */
export interface CampaignOptions {
  readonly plugin: 'round-robin' | 'dt-dpos';
  readonly seed: number;
  /** Height to reach. */
  readonly blocks: number;
}

/** What came out of a run. */
export interface CampaignResult {
  readonly height: number;
  /** Blocks that left an adopted branch, over all nodes. */
  readonly reverted: number;
  readonly accusations: number;
  readonly doubleSigns: readonly DoubleSign[];
  readonly rejections: readonly string[];
  /** Slots after the last block asked for until all heads were equal. */
  readonly slotsToAgree: number;
  readonly events: number;
  readonly traceHash: string;
}

const SIZE = 4;
const NETWORK = { delayMs: { min: 5, max: 400 }, lossPermille: 100 };
/** A head that is 400 ms under way must have arrived before heads are compared. */
const LATE_IN_SLOT_MS = 900;
const SLOTS_TO_AGREE_MAX = 20;

/** Runs one seed; throws if nodes end in different states. */
export async function runCampaign({ plugin: name, seed, blocks }: CampaignOptions): Promise<CampaignResult> {
  const crypto = createStubCrypto({ sha256 });
  const simulation = createSimulation({ seed, startTime: START, sha256, network: NETWORK });
  const names = Array.from({ length: SIZE }, (_, index) => `node-${index}`);
  const plugin: ConsensusPlugin = name === 'dt-dpos' ? dtDpos() : roundRobin();
  const nodes = names.map((node) => createCampaignNode(node, names, plugin, crypto, simulation.addNode(node)));
  const [first] = nodes;
  if (first === undefined) throw new Error('a chain needs nodes');
  const counts = { reverted: 0, accusations: 0 };
  const rejections: string[] = [];
  for (const { host } of nodes) {
    host.events.on('headChanged', ({ reverted }) => (counts.reverted += reverted.length));
    host.events.on('evidenceFound', () => (counts.accusations += 1));
    host.events.on('blockRejected', ({ code }) => rejections.push(code));
  }
  const context = { chainId: first.ledger.chainId, era: 0, protocol: `${plugin.name}@1`, sha256 } as const;
  const rules = plugin.createRules(plugin.parseConfig(configOf(plugin)), context);
  const monitor = monitorDoubleSigns({ simulation, chain: first.ledger, rules });
  for (const node of nodes) await node.start();
  if (name === 'dt-dpos') for (const node of nodes) voteInEveryRound(node, crypto);

  const topology = simulation.random('topology');
  const cutAt = topology.integer(5, Math.floor(blocks / 3));
  const healAt = cutAt + topology.integer(5, Math.floor(blocks / 3));
  const group = names.filter((_, index) => index === 0 || topology.chance(400));
  const heights = () => nodes.map(({ host }) => host.head().header.height);
  let slot = 0;
  const runSlot = (): Promise<void> => simulation.runUntil(START + slot++ * SLOT_MS + LATE_IN_SLOT_MS);
  while (Math.min(...heights()) < blocks && slot < blocks * 4) {
    await runSlot();
    if (slot === cutAt) simulation.partition([group]);
    if (slot === healAt) simulation.heal();
  }
  let slotsToAgree = 0;
  const heads = () => new Set(nodes.map(({ host }) => host.head().header.id));
  for (; heads().size > 1 && slotsToAgree < SLOTS_TO_AGREE_MAX; slotsToAgree++) await runSlot();
  requireEqualStates(nodes, first.host.head().header.id);
  for (const node of nodes) await requireIntegrity(node);
  const height = Math.min(...heights());
  for (const node of nodes) await node.stop();
  const events = simulation.eventCount();
  const doubleSigns = monitor.found();
  return { height, ...counts, doubleSigns, rejections, slotsToAgree, events, traceHash: simulation.traceHash() };
}

function configOf(plugin: ConsensusPlugin): unknown {
  return plugin.name === 'dt-dpos' ? { preset: 'minimal', slotMs: SLOT_MS } : { slotMs: SLOT_MS };
}

function createCampaignNode(
  name: string,
  names: readonly string[],
  plugin: ConsensusPlugin,
  crypto: StubCrypto,
  ports: Parameters<typeof createChainNode>[0]['ports'],
): ChainNode {
  const validators: Validator[] = names.map((node) => ({ id: crypto.identity(node).address, weight: 1n }));
  const eras: Era[] = [{ fromHeight: 1, production: { name: plugin.name, config: configOf(plugin) } }];
  return createChainNode({
    ports,
    genesis: createGenesis(validators, plugin),
    crypto,
    signer: crypto.createSigner(name),
    plugins: [plugin],
    eras,
    genesisValidators: validators,
  });
}

/** One vote per head, as a round voter sends it (trust F8). */
function voteInEveryRound({ host, ledger, name }: ChainNode, crypto: StubCrypto): void {
  host.events.on('headChanged', ({ tip }) => {
    const { id, height } = tip.header;
    const signer = crypto.identity(name);
    const vote = createRoundVote({ chainId: ledger.chainId, height: height + 1, parentId: id, signer });
    void ledger.submitRoundVote(vote);
  });
}

function createGenesis(validators: readonly Validator[], plugin: ConsensusPlugin): GenesisConfig {
  const ids = validators.map(({ id }) => id);
  return {
    chainName: 'campaign',
    timestamp: START,
    minimumFee: 1n,
    accounts: ids.map((actor) => ({ actor, balance: 1_000_000n })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 0n,
    unbondingBlocks: 10,
    candidates: ids.map((id) => ({ id, owner: id, deposit: 1_000n, category: 'WIND', signatures: [] })),
    ballots: ids.map((from, index) => ({ from, to: ids[(index + 1) % ids.length] ?? from, weight: 1_000n })),
    consensus: new TextEncoder().encode(plugin.name),
  };
}

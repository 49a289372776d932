import { vrfPossessionAlpha } from '@fiducia/consensus';
import { createCrypto, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import {
  createRoundVote,
  createTransaction,
  type GenesisConfig,
  ledgerScope,
  registerKey,
  type TransactionSigner,
  validatorKeysModule,
} from '@fiducia/ledger';
import {
  type ChainNode,
  createChainNode,
  createSimulation,
  createStubCrypto,
  requireEqualHeads,
  requireEqualStates,
  requireIntegrity,
} from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { type DtDposState, decodeDigest, dtDpos } from '../src/index.ts';
import { sha256, T0 } from './support.ts';

/** With `CAMPAIGN_SEEDS=200` the full size of the specification. */
const SEEDS = Number(process.env.CAMPAIGN_SEEDS ?? 4);
const BLOCKS = 50;
const SLOT_MS = 1_000;

/** The default profile with epochs that are short enough for several lives of a seed. */
const SHORT = { preset: 'default', committee: { size: 4 }, trust: { epochRounds: 6 } };

const stateOf = (node: ChainNode | undefined): DtDposState => node?.host.head().state as DtDposState;

const seedsOf = (node: ChainNode | undefined) =>
  stateOf(node).beacon?.seeds ?? expect.unreachable('seeds come from VRF outputs');

function genesisOf(ids: readonly string[]): GenesisConfig {
  return {
    chainName: 'seeds of DT-DPoS',
    timestamp: T0,
    minimumFee: 1n,
    accounts: ids.map((actor) => ({ actor, balance: 1_000n })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: 3_000,
    candidates: ids.map((id) => ({ id, owner: id, deposit: 5n, category: 'WIND', signatures: [] })),
    ballots: [],
    consensus: new Uint8Array(),
  };
}

/** Every candidate votes for each round on each head it adopts (trust F8). */
function voteAlways(node: ChainNode, signer: TransactionSigner): void {
  const { ledger } = node;
  node.host.events.on('headChanged', async ({ tip: { header } }) => {
    const vote = { chainId: ledger.chainId, height: header.height + 1, parentId: header.id, signer };
    await ledger.submitRoundVote(createRoundVote(vote));
  });
}

interface Outcome {
  readonly height: number;
  readonly slots: number;
  readonly reverted: number;
  readonly rejections: readonly string[];
  readonly epochs: number;
  readonly committees: number;
  readonly traceHash: string;
}

/** Six nodes for four seats under loss, delay, and a partition that heals; they agree in the end. */
async function runSimulation(seed: number): Promise<Outcome> {
  const names = Array.from({ length: 6 }, (_, index) => `node-${index}`);
  const crypto = createStubCrypto({ sha256 });
  const ids = names.map((name) => crypto.identity(name).address);
  const network = { delayMs: { min: 5, max: 400 }, lossPermille: 100 };
  const simulation = createSimulation({ seed, startTime: T0, sha256, network });
  const keys = names.map((name, index) => ({
    actor: ids[index] ?? '',
    publicKey: crypto.identity(`${name}/vrf`).publicKey,
  }));
  const rejections: string[] = [];
  const committees = new Set<string>();
  let reverted = 0;
  const nodes = names.map((name) => {
    const node = createChainNode({
      ports: simulation.addNode(name),
      genesis: genesisOf(ids),
      modules: [validatorKeysModule({ keys })],
      crypto,
      signer: crypto.createSigner(name),
      plugins: [dtDpos()],
      eras: [{ fromHeight: 1, production: { name: 'dt-dpos', config: { ...SHORT, slotMs: SLOT_MS } } }],
    });
    node.host.events.on('blockRejected', ({ code }) => rejections.push(code));
    node.host.events.on('headChanged', (event) => {
      reverted += event.reverted.length;
      const { election } = event.tip.state as DtDposState;
      committees.add(`${election.epoch}: ${election.seats.map(({ index }) => index)}`);
    });
    voteAlways(node, crypto.identity(name));
    return node;
  });
  for (const node of nodes) await node.start();

  const cutAt = simulation.random('topology').integer(8, 20);
  const lowest = (): number => Math.min(...nodes.map(({ host }) => host.head().header.height));
  const heads = (): number => new Set(nodes.map(({ host }) => host.head().header.id)).size;
  let slot = 0;
  const isDone = (): boolean => slot > cutAt + 12 && lowest() >= BLOCKS && heads() === 1;
  for (; !isDone() && slot < 6 * BLOCKS; slot++) {
    if (slot === cutAt) simulation.partition([['node-0']]);
    if (slot === cutAt + 12) simulation.heal();
    // Shortly before the next slot, when the last block has reached everybody.
    await simulation.runUntil(T0 + slot * SLOT_MS + 950);
  }
  requireEqualHeads(nodes);
  requireEqualStates(nodes, nodes[0]?.host.head().header.id ?? '');
  for (const node of nodes) await requireIntegrity(node);
  const outcome = {
    height: lowest(),
    slots: slot,
    reverted,
    rejections,
    epochs: seedsOf(nodes[0]).epoch,
    committees: new Set([...committees].map((text) => text.split(': ')[1])).size,
    traceHash: simulation.traceHash(),
  };
  for (const node of nodes) await node.stop();
  return outcome;
}

describe('the default profile under loss of 10 %, delays of 5 to 400 ms and a partition that heals', () => {
  it('randomness-vrf R1 to R3, R7, trust X9: nodes draw the same committees from seeds that the chain made', async () => {
    const total = { height: 0, slots: 0, reverted: 0, committees: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = await runSimulation(seed);
      expect(outcome.height, `seed ${seed}`).toBeGreaterThanOrEqual(BLOCKS);
      expect(outcome.rejections, `seed ${seed}`).toEqual([]);
      expect(outcome.epochs, `seed ${seed}`).toBeGreaterThanOrEqual(8);
      expect(outcome.committees, `seed ${seed}`).toBeGreaterThan(2);
      for (const key of ['height', 'slots', 'reverted', 'committees'] as const) total[key] += outcome[key];
    }
    process.stdout.write(`\n${SEEDS} seeds: ${JSON.stringify(total)}\n`);
  }, 3_600_000);

  it('leaves one trace for one seed, and another for another', async () => {
    const [first, again, other] = [await runSimulation(7), await runSimulation(7), await runSimulation(8)];
    expect(again).toEqual(first);
    expect(other.traceHash).not.toBe(first.traceHash);
  });
});

it('randomness-vrf K1, K4, R1: two nodes of the default profile prove with real keys, recompute after a restart, and a third joins', async () => {
  const crypto = await createCrypto();
  const names = ['wind', 'solar', 'hydro'];
  const keyPairs = names.map((name) => keyPairFromSeed(name));
  const simulation = createSimulation({ seed: 1, startTime: T0, sha256: crypto.sha256, network: {} });
  const signerOf = (index: number) => {
    const [keyPair, vrf] = [keyPairs[index], keyPairFromSeed(`${names[index]}/vrf`)];
    if (keyPair === undefined) throw new Error(`no key ${index}`);
    return createMemorySigner({ keyPair, crypto, vrfSecretKey: vrf.secretKey });
  };
  const ids = keyPairs.map(({ address }) => address);
  // The third is a candidate without a key.
  const keys = [0, 1].map((index) => ({ actor: ids[index] ?? '', publicKey: signerOf(index).vrfPublicKey }));
  const config = { preset: 'default', slotMs: SLOT_MS, trust: { epochRounds: 6 } };
  const ports = names.map((name) => simulation.addNode(name));
  const create = (index: number): ChainNode =>
    createChainNode({
      ports: ports[index] ?? expect.unreachable(),
      genesis: genesisOf(ids),
      modules: [validatorKeysModule({ keys })],
      crypto,
      signer: signerOf(index),
      plugins: [dtDpos()],
      eras: [{ fromHeight: 1, production: { name: 'dt-dpos', config } }],
    });
  const nodes = names.map((_name, index) => create(index));
  for (const node of nodes) await node.start();

  const [ledger, keyPair, signer] = [nodes[2]?.ledger, keyPairs[2], signerOf(2)];
  if (ledger === undefined || keyPair === undefined) return expect.unreachable();
  const { chainId } = ledger;
  const possession = await signer.proveVrf(ledgerScope(chainId), vrfPossessionAlpha(chainId, signer.self));
  const wallet: TransactionSigner = {
    address: signer.self,
    sign: (scope, domain, data) => crypto.sign(keyPair, scope, domain, data),
  };
  const payload = { id: signer.self, publicKey: signer.vrfPublicKey, ...possession };
  const transaction = createTransaction(registerKey, { chainId, nonce: 0, fee: 1n, payload, signer: wallet });
  expect(await ledger.submit(transaction)).toMatchObject({ kind: 'added' });

  const isSeated = () => stateOf(nodes[0]).election.seats.some(({ id }) => id === signer.self);
  await simulation.runUntil(T0 + 10 * SLOT_MS + 900);
  expect(isSeated()).toBe(false);
  // K4: a node that comes back with nothing but its keys proves as before.
  await nodes[1]?.stop();
  nodes[1] = create(1);
  await nodes[1].start();
  await simulation.runUntil(T0 + 36 * SLOT_MS + 900);
  requireEqualHeads(nodes);
  expect(isSeated()).toBe(true);
  const authors = new Set<string>();
  for (let height = 12; height <= (nodes[0]?.host.head().header.height ?? 0); height++) {
    const header = (await ledger.read({ kind: 'height', height }))?.block.header ?? expect.unreachable();
    expect(decodeDigest(header.digest)?.vrf?.proof).toHaveLength(81);
    authors.add(header.author);
  }
  expect(authors).toEqual(new Set(ids));
  expect(seedsOf(nodes[0]).epoch).toBeGreaterThan(4);
});

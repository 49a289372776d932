import type { BlockId, Bytes, ConsensusHeader, Tip } from '@fiducia/consensus';
import type { ImportResult } from '@fiducia/host';
import type { ChainNode } from '@fiducia/simulator';
import { describe, expect, it, vi } from 'vitest';
import { encodeTarget, medianTimePast, type PowState, TARGET_MAX, workOf } from '../src/index.ts';
import { createTestNetwork, headOf, heightOf, type TestNetwork } from './support/network.ts';
import { GENESIS_TIME, sha256 } from './support/rules.ts';
import { nonceFor } from './support/simulated-mining.ts';

const SPACING = 10_000;

/** A network of nodes that only follow; blocks are made by hand. */
async function followers(count: number, config: object, options: object = {}): Promise<TestNetwork> {
  const network = await createTestNetwork({ config, powers: Array.from({ length: count }, () => null), ...options });
  // Blocks may then claim any time since genesis.
  await network.run(10_000 * SPACING);
  return network;
}

function nodeAt(network: TestNetwork, index: number): ChainNode {
  const node = network.nodes[index];
  if (node === undefined) throw new Error(`no node ${index}`);
  return node;
}

const genesisOf = (node: ChainNode): BlockId => node.host.finalized().id;

interface Forged {
  readonly header: ConsensusHeader;
  readonly bytes: Bytes;
}

interface ForgeOptions {
  readonly parentId: BlockId;
  readonly timestamp?: number;
  readonly author?: string;
  readonly target?: bigint;
  readonly nonce?: Bytes;
}

/** Builds and seals a child of a block that `node` knows. */
async function forge(network: TestNetwork, node: ChainNode, options: ForgeOptions): Promise<Forged> {
  const { host, ledger } = node;
  const tip = host.tipOf(options.parentId) as Tip<PowState> | undefined;
  if (tip === undefined) throw new Error('unknown parent');
  const target = options.target ?? tip.state.target;
  const block = await ledger.build({
    parentId: options.parentId,
    timestamp: options.timestamp ?? medianTimePast(tip.state.timestamps) + SPACING,
    author: network.crypto.identity(options.author ?? 'forger').address,
    protocol: 'pow@1',
    digest: encodeTarget(target),
    directives: [],
    evidence: [],
    certificates: [],
    deadline: network.simulation.now() + SPACING,
  });
  if (block === null) throw new Error('nothing was built');
  return ledger.seal(block, options.nonce ?? nonceFor(block.header.sealHash, target, sha256));
}

/** Forges and imports `count` blocks on top of each other, and returns them. */
async function extend(
  network: TestNetwork,
  node: ChainNode,
  from: BlockId,
  count: number,
  gapMs: number,
  author: string,
): Promise<readonly Forged[]> {
  const blocks: Forged[] = [];
  let parentId = from;
  let timestamp = host(node, from).header.timestamp;
  for (let index = 0; index < count; index++) {
    timestamp += gapMs;
    const block = await forge(network, node, { parentId, timestamp, author });
    expect((await node.host.importBlock(block.bytes)).kind).toMatch(/adopted|stored/);
    parentId = block.header.id;
    blocks.push(block);
  }
  return blocks;
}

const host = (node: ChainNode, id: BlockId): Tip<PowState> => node.host.tipOf(id) as Tip<PowState>;

const rejected = (id: string, code: string): ImportResult => ({ kind: 'rejected', id, code });

describe('pos-pow F1: the branch with the most work', () => {
  it('wins over one with more blocks', async () => {
    const config = { genesisTarget: `${2n ** 230n}`, windowBlocks: 4 };
    const network = await followers(1, config);
    const node = nodeAt(network, 0);
    const genesis = genesisOf(node);

    // Slow blocks make the next ones easy: three of work w, then five of w / 4.
    const long = await extend(network, node, genesis, 8, 5 * SPACING, 'slow');
    expect(headOf(node)).toBe(long.at(-1)?.header.id);
    // Fast blocks make the next one hard: three of work w, then one of 4 w.
    const short = await extend(network, node, genesis, 4, 1, 'fast');
    expect(headOf(node)).toBe(short.at(-1)?.header.id);
    expect(heightOf(node)).toBe(4);

    const weightOf = (blocks: readonly Forged[]) => host(node, blocks.at(-1)?.header.id ?? '').totalWeight;
    const work = workOf(2n ** 230n);
    expect(weightOf(long) < 5n * work).toBe(true);
    expect(weightOf(short) > 6n * work).toBe(true);
  });
});

describe('pos-pow F2: equal work', () => {
  it('gives the same head on all nodes, whichever block came first (contract H-20)', async () => {
    const network = await followers(2, { preset: 'test' });
    const [first, second] = [nodeAt(network, 0), nodeAt(network, 1)];
    const genesis = genesisOf(first);
    const blocks: Forged[] = [];
    for (const author of ['a', 'b', 'c', 'd']) blocks.push(await forge(network, first, { parentId: genesis, author }));

    network.simulation.partition([['node-0'], ['node-1']]);
    for (const { bytes } of blocks) await first.host.importBlock(bytes);
    for (const { bytes } of blocks.toReversed()) await second.host.importBlock(bytes);
    const lowest = blocks.map(({ header }) => header.id).sort()[0];
    expect([headOf(first), headOf(second)]).toEqual([lowest, lowest]);
  });

  it('is over as soon as one branch grows', async () => {
    const network = await followers(1, { preset: 'test' });
    const node = nodeAt(network, 0);
    const parentId = genesisOf(node);
    const pair = [
      await forge(network, node, { parentId, author: 'a' }),
      await forge(network, node, { parentId, author: 'b' }),
    ];
    for (const { bytes } of pair) await node.host.importBlock(bytes);
    const loser = pair.find(({ header }) => header.id !== headOf(node))?.header.id ?? '';
    const [child] = await extend(network, node, loser, 1, SPACING, 'c');
    expect(headOf(node)).toBe(child?.header.id);
  });
});

describe('pos-pow F3: work before the body', () => {
  it.each<[string, Omit<ForgeOptions, 'parentId'>, string]>([
    ['without work', { nonce: new Uint8Array(8) }, 'WORK_INSUFFICIENT'],
    ['of an easier target', { target: TARGET_MAX }, 'WRONG_TARGET'],
    ['without a nonce', { nonce: new Uint8Array() }, 'BAD_NONCE'],
  ])('a block %s is refused before anything is executed', async (_case, change, code) => {
    const network = await followers(1, {});
    const node = nodeAt(network, 0);
    const block = await forge(network, node, { parentId: genesisOf(node), ...change });
    const execute = vi.spyOn(node.ledger, 'execute');
    expect(await node.host.importBlock(block.bytes)).toEqual(rejected(block.header.id, code));
    expect(execute).not.toHaveBeenCalled();
  });
});

describe('pos-pow F4: side branches', () => {
  it('are capped, and a flood of them never displaces the branch with the most work', async () => {
    const network = await followers(1, { preset: 'test' }, { hostLimits: { unfinalizedBlocksMax: 12 } });
    const node = nodeAt(network, 0);
    const genesis = genesisOf(node);
    const main = await extend(network, node, genesis, 6, SPACING, 'honest');
    const flood: Forged[] = [];
    for (let index = 0; index < 40; index++) {
      flood.push(await forge(network, node, { parentId: genesis, author: `flood ${index}` }));
    }
    for (const { bytes } of flood) expect((await node.host.importBlock(bytes)).kind).toBe('stored');
    const live = flood.filter(({ header }) => node.host.tipOf(header.id) !== undefined);
    expect(live.length).toBeLessThanOrEqual(6);
    expect(headOf(node)).toBe(main.at(-1)?.header.id);
    for (const { header } of main) expect(node.host.tipOf(header.id)).toBeDefined();
  });
});

describe('pos-pow T3: a block from the future', () => {
  it('is held, and accepted when its time has come', async () => {
    const network = await followers(1, { maxFutureDriftMs: 20_000 });
    const node = nodeAt(network, 0);
    const timestamp = network.simulation.now() + 25_000;
    const block = await forge(network, node, { parentId: genesisOf(node), timestamp });
    expect(await node.host.importBlock(block.bytes)).toEqual({ kind: 'deferred', id: block.header.id });
    await network.run(4_999);
    expect(heightOf(node)).toBe(0);
    await network.run(2);
    expect(headOf(node)).toBe(block.header.id);
  });

  it('is no offence: neither the peer is penalised nor is the block remembered as bad', async () => {
    const network = await followers(2, { maxFutureDriftMs: 20_000 });
    const [node, peer] = [nodeAt(network, 0), nodeAt(network, 1)];
    const penalise = vi.spyOn(node.ports.net, 'penalise');
    const timestamp = network.simulation.now() + 60_000;
    const block = await forge(network, node, { parentId: genesisOf(node), timestamp });
    // Too far ahead even to be held.
    expect(await node.host.importBlock(block.bytes, peer.name)).toEqual(rejected(block.header.id, 'BLOCK_TOO_EARLY'));
    await network.run(45_000);
    expect((await node.host.importBlock(block.bytes, peer.name)).kind).toBe('adopted');
    expect(penalise).not.toHaveBeenCalled();
  });
});

describe('a chain of proof of work', () => {
  it('begins at genesis time, whatever the clock says', async () => {
    const node = nodeAt(await followers(1, {}), 0);
    expect(node.host.head().header.timestamp).toBe(GENESIS_TIME);
  });
});

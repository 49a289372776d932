import { accept, type Effect, type Input } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { createLoopbackNetwork, createMemoryLog } from '../src/index.ts';
import { branchOf, childOf, SCRIPTED } from './fixtures/blocks.ts';
import { createFakeChain, type FakeChain } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup, type TestNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { type Script, scripted, weigh } from './fixtures/scripted.ts';
import { settle } from './fixtures/virtual-clock.ts';

const QUORUM = ['alice', 'bob'];

/** A protocol like QBFT: blocks have no seal of their own and come with their proof. */
function attached(script: Script = {}) {
  const rules = { finality: quorumFinality(true), verifyHeader: () => accept(), ...script.rules };
  return scripted({ ...script, rules });
}

async function started(setup: NodeSetup = {}): Promise<TestNode> {
  const node = createNode({ plugin: attached(), ...setup });
  await node.host.start();
  return node;
}

const prove = (block: ReturnType<typeof childOf>, signers = QUORUM) => proofOf(block, signers, SCRIPTED);

describe('contract section 4, step 4: where proofs are attached, no block is imported without one', () => {
  test('a proven block is adopted and final at once, and its proof is stored and handed on', async () => {
    const network = createLoopbackNetwork();
    const chain = createFakeChain();
    const node = await started({ chain, net: network.join('alice') });
    const blocks = branchOf(chain.genesis, 3);
    for (const block of blocks) {
      expect(await node.host.importBlock(block.bytes, 'bob', prove(block))).toMatchObject({ kind: 'adopted' });
      expect(node.host.finalized().id).toBe(block.header.id);
      expect(chain.stored.get(block.header.id)?.proof).toEqual(prove(block));
    }
    expect(chain.updates.map(({ finalized }) => finalized?.id)).toEqual(blocks.map(({ header }) => header.id));

    const late = await started({ name: 'dave', net: network.join('dave') });
    const last = blocks.at(-1);
    if (last !== undefined) await late.host.importBlock(last.bytes, 'alice', prove(last));
    await settle();
    expect(late.host.finalized().id).toBe(last?.header.id);
  });

  test('contract H-6 and H-40: while a signer does not answer, final blocks do not pile up before the engine', async () => {
    const heard: string[] = [];
    let release: () => void = () => undefined;
    const signer = {
      self: 'alice',
      publicKey: weigh(1),
      vrfPublicKey: weigh(1),
      sign: () =>
        new Promise<{ readonly kind: 'refused'; readonly code: string }>((resolve) => {
          release = () => resolve({ kind: 'refused', code: 'DISABLED' });
        }),
      proveVrf: () => Promise.reject(new Error('unused')),
    };
    const plugin = attached({
      start: () => [{ kind: 'send', to: { kind: 'all' }, payload: weigh(1) }],
      on(input) {
        if (input.kind === 'finalized') heard.push(`final ${input.header.height}`);
        if (input.kind === 'headChanged') heard.push(`head ${input.head.header.height}`);
        return [];
      },
    });
    const node = await started({ plugin, options: { signer } });
    await settle();
    const blocks = branchOf(node.chain.genesis, 200);
    for (const block of blocks) await node.host.importBlock(block.bytes, 'bob', prove(block));
    expect(heard).toEqual([]);
    expect(node.host.usage()).toContainEqual({ name: 'finalizedWaitingPerEngine', count: 64, max: 64 });
    release();
    await settle();
    expect(heard.length).toBe(65);
    expect(heard.slice(-2)).toEqual(['final 200', 'head 200']);
  });

  test('without a proof, with too little weight, with a duplicate signer, or with a forged signature it is refused', async () => {
    const node = await started();
    const block = childOf(node.chain.genesis);
    const other = childOf(node.chain.genesis, { digest: weigh(1, 1) });
    const huge = new Uint8Array(262_145);
    const codes = [];
    for (const proof of [
      undefined,
      prove(block, ['alice']),
      prove(block, ['bob', 'bob']),
      prove(other),
      huge,
      weigh(1),
    ]) {
      codes.push(await node.host.importBlock(block.bytes, 'mallory', proof));
    }
    expect(codes).toMatchObject([
      { code: 'PROOF_MISSING' },
      { code: 'NO_QUORUM' },
      { code: 'NO_QUORUM' },
      { code: 'PROOF_FORGED' },
      { code: 'PROOF_TOO_LARGE' },
      { code: 'BAD_PROOF' },
    ]);
    expect(await node.host.importBlock(block.bytes, 'bob', prove(block))).toMatchObject({ kind: 'adopted' });
  });

  test('header and proof are checked in one batch', async () => {
    const rules = { verifyHeader: scripted().createRules({}, {} as never).verifyHeader };
    const node = await started({ plugin: attached({ rules }) });
    const block = childOf(node.chain.genesis);
    await node.host.importBlock(block.bytes, 'bob', prove(block));
    expect(node.crypto.batches.map((claims) => claims.length)).toEqual([3]);
  });
});

/** Builds a block on the head, proposes it, and publishes it once it was found valid. */
function proposer(inputs: Input<unknown>[], proofFor: (id: string) => Uint8Array): Script {
  return {
    start: ({ head }) => [
      { kind: 'buildBlock', requestId: 'b', parentId: head.header.id, timestamp: 1, digest: weigh(1), deadline: 9 },
    ],
    on(input): readonly Effect[] {
      inputs.push(input);
      if (input.kind === 'blockBuilt' && input.header !== null) {
        const guard = { lane: 'proposal', sequence: [1, 0] };
        return [{ kind: 'send', to: { kind: 'all' }, payload: weigh(1), guard, blockId: input.header.id }];
      }
      if (input.kind === 'messageReceived' && input.header !== undefined) {
        return [{ kind: 'validateBlock', blockId: input.header.id }];
      }
      if (input.kind !== 'blockValidated' || input.result !== 'valid') return [];
      const proof = proofFor(input.blockId);
      return [
        { kind: 'persist', height: 1, entry: weigh(7) },
        { kind: 'publish', blockId: input.blockId, sealing: { kind: 'attach', seal: new Uint8Array() }, proof },
      ];
    },
  };
}

describe('contract section 8: a voting plugin', () => {
  /** A chain that remembers what it built, for a committee that votes for everything. */
  function votable() {
    const built = new Map<string, Block>();
    const plain = createFakeChain();
    const chain: FakeChain = {
      ...plain,
      async build(request) {
        const block = await plain.build(request);
        if (block !== null) built.set(block.header.id, block);
        return block;
      },
    };
    const vote = (id: string) => prove(built.get(id) ?? plain.genesis);
    return { chain, vote };
  }

  test('proposes, validates without adopting, and publishes with an empty seal and the proof to everybody', async () => {
    const network = createLoopbackNetwork();
    const inputs: Input<unknown>[] = [];
    const { chain, vote } = votable();
    const follower = await started({ name: 'bob', net: network.join('bob') });
    const node = await started({ chain, net: network.join('alice'), plugin: attached(proposer(inputs, vote)) });
    await settle();
    const isAnswer = ({ kind }: Input<unknown>) => kind !== 'syncChanged';
    expect(inputs.filter(isAnswer).map(({ kind }) => kind)).toEqual([
      'blockBuilt',
      'messageReceived',
      'blockValidated',
      'finalized',
      'headChanged',
    ]);
    expect(node.host.finalized().height).toBe(1);
    expect(follower.host.finalized().id).toBe(node.host.finalized().id);
    expect(follower.host.finalized().seal).toHaveLength(0);
  });

  test('contract H-28: an own proof that does not hold is not sent', async () => {
    const network = createLoopbackNetwork();
    const { chain } = votable();
    const follower = await started({ name: 'bob', net: network.join('bob') });
    const plugin = attached(proposer([], () => weigh(1)));
    const node = await started({ chain, net: network.join('alice'), plugin });
    await settle();
    const rejected = [
      { event: { event: 'OWN_BLOCK_REJECTED', data: { code: 'BAD_PROOF' } } },
      { name: 'blockRejected' },
    ];
    expect(node.seen).toMatchObject(rejected);
    expect(node.host.head().header.height).toBe(0);
    expect(follower.seen).toEqual([]);
  });

  test('contract H-41 and H-42: what was persisted comes back until a block of its height is final', async () => {
    const log = createMemoryLog();
    const chain = createFakeChain();
    const writing = attached({
      start: () => [
        { kind: 'persist', height: 1, entry: weigh(1) },
        { kind: 'persist', height: 2, entry: weigh(2) },
      ],
    });
    const first = await started({ chain, plugin: writing, options: { log } });
    const block = childOf(chain.genesis);
    await settle();
    await first.host.importBlock(block.bytes, 'bob', prove(block));
    await first.host.stop();

    const logs: unknown[] = [];
    const starts: unknown[] = [];
    const reading = attached({
      start(start) {
        logs.push(start.log);
        starts.push(start.finalized.id);
        return [];
      },
    });
    const second = await started({ chain, plugin: reading, options: { log } });
    await settle();
    expect(logs).toEqual([[weigh(2)]]);
    expect(starts).toEqual([block.header.id]);
    expect(second.host.finalized().id).toBe(block.header.id);
    const left: number[] = [];
    for await (const entry of log.read(0, SCRIPTED)) left.push(entry.height);
    expect(left).toEqual([2]);
    await second.host.stop();

    // A log may keep more than it must; the engine gets what still counts all the same.
    const lazy = { ...log, truncate: async () => undefined };
    await log.append({ era: 0, protocol: SCRIPTED, height: 1, bytes: weigh(1) });
    await started({ chain, plugin: reading, options: { log: lazy } });
    await settle();
    expect(logs.at(-1)).toEqual([weigh(2)]);
  });
});

describe('finality-checkpoint X and contract H-20: a final block is never left', () => {
  test('a second proven block at its height stops the engine for good and keeps both proofs', async () => {
    const log = createMemoryLog();
    const chain = createFakeChain();
    const sent: string[] = [];
    const plugin = attached({
      on(input) {
        sent.push(input.kind);
        return [];
      },
    });
    const node = await started({ chain, plugin, options: { log } });
    const [first, second] = branchOf(chain.genesis, 2);
    const rival = childOf(chain.genesis, { digest: weigh(9) });
    for (const block of [first, second]) if (block) await node.host.importBlock(block.bytes, 'bob', prove(block));
    expect(await node.host.importBlock(rival.bytes, 'mallory')).toMatchObject({ code: 'BELOW_FINALIZED' });
    expect(node.seen.filter(({ name }) => name === 'finalityConflict')).toEqual([]);

    const proof = prove(rival, ['bob', 'carol']);
    expect(await node.host.importBlock(rival.bytes, 'carol', proof)).toMatchObject({ code: 'BELOW_FINALIZED' });
    const conflict = {
      finalizedId: second?.header.id,
      finalizedProof: second && prove(second),
      conflictingId: rival.header.id,
      conflictingProof: proof,
    };
    expect(node.seen.filter(({ name }) => name === 'finalityConflict')).toEqual([
      { name: 'finalityConflict', event: conflict },
    ]);
    const third = childOf(second ?? chain.genesis);
    const before = sent.length;
    expect(await node.host.importBlock(third.bytes, 'bob', prove(third))).toMatchObject({ kind: 'adopted' });
    await settle();
    expect(sent).toHaveLength(before);
    await node.host.stop();

    let starts = 0;
    const counting = attached({
      start() {
        starts++;
        return [];
      },
    });
    const again = await started({ chain, plugin: counting, options: { log } });
    await settle();
    expect(starts).toBe(0);
    expect(again.seen).toContainEqual({ name: 'finalityConflict', event: conflict });
  });

  test('the proof of a rival that does not hold convicts nobody', async () => {
    const node = await started();
    const block = childOf(node.chain.genesis);
    const rival = childOf(node.chain.genesis, { digest: weigh(9) });
    await node.host.importBlock(block.bytes, 'bob', prove(block));
    await node.host.importBlock(rival.bytes, 'mallory', prove(rival, ['bob', 'mallory']));
    await node.host.importBlock(rival.bytes, 'mallory', prove(block));
    expect(node.seen.filter(({ name }) => name === 'finalityConflict')).toEqual([]);
  });
});

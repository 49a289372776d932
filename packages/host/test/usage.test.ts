import { defer, type Effect, LIMITS } from '@fiducia/consensus';
import type { MessageOutcome } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { encodeProofNotice } from '../src/finality/proof-codec.ts';
import { type ConsensusHost, createLoopbackNetwork, isHostError } from '../src/index.ts';
import { branchOf, childOf, SCRIPTED } from './fixtures/blocks.ts';
import { createNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { settle } from './fixtures/virtual-clock.ts';

function countOf(host: ConsensusHost, name: string): number | undefined {
  return host.usage().find((buffer) => buffer.name === name)?.count;
}

describe('usage of a host (simulation I11)', () => {
  test('there is none before it has started', () => {
    const { host } = createNode({ plugin: scripted() });
    expect(() => host.usage()).toThrow(expect.toSatisfy((error) => isHostError(error, 'NOT_STARTED')));
  });

  test('every buffer is named once, has a limit, and is within it', async () => {
    const usage = () => [{ name: 'votes', count: 2, max: 9 }];
    const { host } = createNode({ plugin: scripted({ usage }), options: { limits: { orphanBlocksMax: 7 } } });
    await host.start();
    await settle();
    const buffers = host.usage();
    expect(buffers.map(({ name }) => name)).toMatchInlineSnapshot(`
      [
        "treeBlocks",
        "claimsWaiting",
        "claimsPerPeer",
        "rejectedBlocks",
        "orphanBlocks",
        "orphanBlocksPerPeer",
        "parkedBlocks",
        "parkedBlocksPerPeer",
        "importsPerPeer",
        "derivingPeers",
        "delayedSpreads",
        "fetchesPerPeer",
        "questionsPerPeer",
        "peersAhead",
        "peersAsked",
        "heldBlocks",
        "attachedBlocks",
        "attachedBlocksPerPeer",
        "pendingProofs",
        "pendingProofsPerPeer",
        "proofsPerPeer",
        "duplicates",
        "lackingParents",
        "lackingParentsPerPeer",
        "messageEras",
        "conflictKeys",
        "conflictKeysPerAuthor",
        "evidencePool",
        "certificatesPerProtocol",
        "messagesWaiting",
        "finalizedWaitingPerEngine",
        "production/timers",
        "production/openRequests",
        "production/stickyMessages",
        "production/effectsWaiting",
        "production/votes",
        "knownClaims",
        "recordsKept",
      ]
    `);
    expect(new Set(buffers.map(({ name }) => name)).size).toBe(buffers.length);
    for (const { count, max } of buffers) expect(count).toBeLessThanOrEqual(max);
    expect(Math.min(...buffers.map(({ max }) => max))).toBeGreaterThan(0);
    expect(buffers).toContainEqual({ name: 'orphanBlocks', count: 0, max: 7 });
    expect(buffers).toContainEqual({ name: 'production/votes', count: 2, max: 9 });
  });

  test('simulation I11: a peer that sends orphans and blocks of the future fills its own part and no more', async () => {
    const plugin = scripted({ rules: { verifyHeader: () => defer(5_000) } });
    const limits = { orphansPerPeerMax: 2, orphanBlocksMax: 3, parkedPerPeerMax: 2, parkedBlocksMax: 3 };
    const { host, chain } = createNode({ plugin, options: { limits } });
    await host.start();
    const orphans = branchOf(chain.genesis, 6).slice(1);
    for (const block of orphans) await host.importBlock(block.bytes, 'mallory');
    expect([countOf(host, 'orphanBlocks'), countOf(host, 'orphanBlocksPerPeer')]).toEqual([2, 2]);
    for (const block of orphans.slice(0, 3)) await host.importBlock(block.bytes, 'bob');
    expect([countOf(host, 'orphanBlocks'), countOf(host, 'orphanBlocksPerPeer')]).toEqual([3, 2]);
    for (let salt = 0; salt < 5; salt++) {
      await host.importBlock(childOf(chain.genesis, { digest: weigh(1, salt) }).bytes, salt < 3 ? 'mallory' : 'bob');
    }
    expect([countOf(host, 'parkedBlocks'), countOf(host, 'parkedBlocksPerPeer')]).toEqual([3, 2]);
    expect(countOf(host, 'rejectedBlocks')).toBe(0);
  });

  test('contract H-39: a peer that sends proofs has few of them judged at a time, and others have their own room', async () => {
    const net = createLoopbackNetwork().join('alice');
    let receive = async (_from: string, _bytes: Uint8Array): Promise<MessageOutcome> => 'ignore';
    const plugin = scripted({ rules: { finality: quorumFinality(false) } });
    const { host, chain } = createNode({
      plugin,
      net: {
        ...net,
        subscribe(channel, handler) {
          if (channel === 'proofs') receive = handler;
          return () => undefined;
        },
      },
      options: { limits: { pendingProofsPerPeerMax: 2 } },
    });
    await host.start();
    const block = childOf(chain.genesis);
    await host.importBlock(block.bytes);
    const notice = (proof: Uint8Array) =>
      encodeProofNotice({ era: 0, protocol: SCRIPTED, blockId: block.header.id, proof });
    const flood = Array.from({ length: 10 }, (_, salt) => receive('mallory', notice(weigh(1, salt))));
    expect(countOf(host, 'proofsPerPeer')).toBe(2);
    const honest = receive('bob', notice(proofOf(block, ['bob', 'carol'], SCRIPTED)));
    expect(await Promise.all(flood)).toEqual(['reject', 'reject', ...new Array(8).fill('ignore')]);
    expect(await honest).toBe('accept');
    expect(countOf(host, 'proofsPerPeer')).toBe(0);
  });

  test('contract H-3: a disk that does not answer stops the engine before its effects fill the memory', async () => {
    const trace = (): Effect => ({ kind: 'trace', event: 'later' });
    const many = Array.from({ length: LIMITS.effectsPerInput }, trace);
    let durable: () => void = () => undefined;
    let inputs = 0;
    const plugin = scripted({
      start: () => [{ kind: 'persist', height: 1, entry: weigh(1) }],
      on(input) {
        if (input.kind === 'headChanged') inputs += 1;
        return many;
      },
    });
    const log = {
      append: () =>
        new Promise<void>((resolve) => {
          durable = resolve;
        }),
      async *read() {},
      truncate: async () => undefined,
    };
    const { host, chain, seen } = createNode({ plugin, options: { log } });
    await host.start();
    for (const block of branchOf(chain.genesis, 20)) {
      await host.importBlock(block.bytes);
      await settle();
    }
    expect(inputs).toBe(4);
    expect(countOf(host, 'production/effectsWaiting')).toBe(4 * LIMITS.effectsPerInput);
    durable();
    await settle();
    // Of the heads that came meanwhile only the last one still is one (contract H-6).
    expect(inputs).toBe(5);
    expect(countOf(host, 'production/effectsWaiting')).toBe(0);
    expect(seen.filter(({ name }) => name === 'trace')).toHaveLength(5 * LIMITS.effectsPerInput);
  });
});

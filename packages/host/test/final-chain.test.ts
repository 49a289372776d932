import { accept, type Effect, type Evidence, LIMITS, MESSAGE_DOMAIN } from '@fiducia/consensus';
import type { LogPort, MessageOutcome } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { keepConflict, readConflict } from '../src/finality/conflict.ts';
import { encodeProofNotice, encodeProvenBlock } from '../src/finality/proof-codec.ts';
import { createLoopbackNetwork, createMemoryLog, PROVEN_BLOCKS_CHANNEL } from '../src/index.ts';
import { encodeEnvelope } from '../src/messages/message-codec.ts';
import { branchOf, childOf, SCRIPTED, scopeOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup, type TestNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { type Script, scripted, weigh } from './fixtures/scripted.ts';
import { createStubCrypto, stubSign } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

type Block = ReturnType<typeof childOf>;
const prove = (block: Block, signers = ['bob', 'carol']) => proofOf(block, signers, SCRIPTED);
const notice = (block: Block, proof = prove(block)) =>
  encodeProofNotice({ era: 0, protocol: SCRIPTED, blockId: block.header.id, proof });
const provable = (script: Script = {}) =>
  scripted({ ...script, rules: { finality: quorumFinality(false), ...script.rules } });

async function listening(setup: NodeSetup = {}) {
  const net = setup.net ?? createLoopbackNetwork().join('alice');
  let receive = async (_from: string, _bytes: Uint8Array): Promise<MessageOutcome> => 'ignore';
  const node = createNode({
    plugin: provable(),
    ...setup,
    net: {
      ...net,
      subscribe(channel, handler) {
        if (channel === 'proofs') receive = handler;
        return net.subscribe(channel, handler);
      },
    },
  });
  await node.host.start();
  return { node, receive: (from: string, bytes: Uint8Array) => receive(from, bytes) };
}
const importAll = async (node: TestNode, blocks: readonly Block[]) => {
  const out = [];
  for (const block of blocks) out.push(await node.host.importBlock(block.bytes));
  return out;
};
const named = (node: TestNode, name: string) =>
  node.seen.filter((item) => item.name === name).map(({ event }) => event);

test('contract H-20 and H-22: a branch derived again below the retention point does not outlive finality', async () => {
  const { node, receive } = await listening({ options: { limits: { retentionBlocks: 3 } } });
  const main = branchOf(node.chain.genesis, 10, () => ({ digest: weigh(5) }));
  await importAll(node, main);
  const side = branchOf(node.chain.genesis, 10, (index) => ({ digest: weigh(index < 3 ? 1 : 1_000, 3) }));
  for (const block of side.slice(0, 3)) {
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'stored' });
  }
  expect(node.host.tipOf(side[2]?.header.id ?? '')).toBeDefined();

  expect(await receive('bob', notice(main[8] as Block))).toBe('accept');
  for (const { header } of side) expect(node.host.tipOf(header.id)).toBeUndefined();
  const beyond = await node.host.importBlock((side[3] as Block).bytes);
  expect(beyond).toMatchObject({ kind: 'rejected', code: 'BELOW_FINALIZED' });
  await importAll(node, side.slice(4));
  expect(node.host.head().header.id).toBe(main[9]?.header.id);
});

test('contract H-22: nor if finality lags behind retention', async () => {
  const { node, receive } = await listening({ options: { limits: { retentionBlocks: 3 } } });
  const main = branchOf(node.chain.genesis, 10, () => ({ digest: weigh(5) }));
  await importAll(node, main.slice(0, 3));
  await receive('bob', notice(main[0] as Block));
  await importAll(node, main.slice(3));
  const fork = branchOf(main[2] as Block, 2, () => ({ digest: weigh(1, 3) }));
  await importAll(node, fork);
  expect(node.host.tipOf(fork[1]?.header.id ?? '')).toBeDefined();
  await node.host.importBlock((main[4] as Block).bytes, 'bob', prove(main[4] as Block));
  await receive('bob', notice(main[7] as Block));
  expect(node.host.finalized().height).toBe(8);
  const heavy = childOf(fork[1] as Block, { digest: weigh(10_000) });
  expect(await node.host.importBlock(heavy.bytes)).toMatchObject({ code: 'BELOW_FINALIZED' });
});

test('contract H-20: a side block far above the final one is no rival of it, also if its states are gone', async () => {
  const chain = createFakeChain();
  const setup: NodeSetup = { chain, options: { limits: { retentionBlocks: 10, unfinalizedBlocksMax: 12 } } };
  const { node, receive } = await listening(setup);
  const main = branchOf(chain.genesis, 20, () => ({ digest: weigh(5) }));
  await importAll(node, main.slice(0, 2));
  await receive('bob', notice(main[0] as Block));
  await importAll(node, main.slice(2));
  const side = branchOf(main[15] as Block, 3, (index) => ({ digest: weigh(index < 2 ? 1 : 1_000, 3) }));
  await importAll(node, side.slice(0, 2));
  await node.host.stop();

  const again = await listening(setup);
  await again.receive('bob', notice(side[1] as Block));
  await settle();
  expect(named(again.node, 'finalityConflict')).toEqual([]);
  expect(await again.node.host.importBlock((side[2] as Block).bytes)).toMatchObject({ kind: 'adopted' });
});

describe('contract H-22: a proof counts, also if a restart has left its block out of memory', () => {
  const chain = createFakeChain();
  const main = branchOf(chain.genesis, 5, () => ({ digest: weigh(5) }));
  const side = branchOf(chain.genesis, 6, (index) => ({ digest: weigh(index < 5 ? 1 : 1_000, 3) }));
  const restarted = async (setup: NodeSetup = {}) => {
    const own = createFakeChain();
    const { node } = await listening({ chain: own });
    await importAll(node, [...main, ...side.slice(0, 4)]);
    await node.host.stop();
    return listening({ ...setup, chain: own });
  };

  test('the branch of the block was adopted from its newest block on', async () => {
    const { node, receive } = await restarted();
    await importAll(node, side.slice(4));
    expect(node.host.head().header.id).toBe(side[5]?.header.id);
    const forged = notice(side[1] as Block, prove(side[1] as Block, ['bob', 'mallory']));
    expect(await receive('mallory', forged)).toBe('reject');
    await receive('bob', notice(side[1] as Block));
    expect(node.host.finalized().id).toBe(side[1]?.header.id);
    // The oldest one that is in memory.
    expect(await receive('bob', notice(side[3] as Block))).toBe('accept');
    expect(node.host.finalized().id).toBe(side[3]?.header.id);
    expect(node.host.head().header.id).toBe(side[5]?.header.id);
    await importAll(node, branchOf(side[5] as Block, 1));
    expect(node.host.head().header.height).toBe(7);
  });

  test('the block is on a branch that was left', async () => {
    const { node, receive } = await restarted();
    await receive('bob', notice(side[2] as Block));
    expect(node.host.finalized().id).toBe(side[2]?.header.id);
    expect(node.host.head().header.id).toBe(side[2]?.header.id);
    await importAll(node, side.slice(3));
    expect(node.host.head().header.id).toBe(side[5]?.header.id);
  });

  test('the own engine proves it', async () => {
    const publish: Effect = { kind: 'publish', blockId: side[1]?.header.id ?? '', proof: prove(side[1] as Block) };
    const on: Script['on'] = (input) => (input.kind === 'headChanged' ? [publish] : []);
    const { node } = await restarted({ plugin: provable({ on }) });
    await importAll(node, side.slice(4));
    await settle();
    expect(node.host.finalized().id).toBe(side[1]?.header.id);
  });

  test('contract H-39: no peer makes the host derive states without end', async () => {
    const { node, receive } = await restarted();
    await importAll(node, side.slice(4));
    const forged = [0, 1, 2, 3, 4, 5].map((salt) => prove(side[1] as Block, ['bob', `mallory${salt}`]));
    const answers = [];
    for (const proof of forged) answers.push(await receive('mallory', notice(side[1] as Block, proof)));
    expect(answers).toEqual(['reject', 'reject', 'ignore', 'ignore', 'ignore', 'ignore']);
    await receive('bob', notice(side[1] as Block));
    expect(node.host.finalized().id).toBe(side[1]?.header.id);
  });
});

test('finality-checkpoint X: a proof that a peer shows for a block that was left convicts, one for a final block does not', async () => {
  const { node, receive } = await listening();
  const main = branchOf(node.chain.genesis, 3, () => ({ digest: weigh(5) }));
  const side = branchOf(node.chain.genesis, 3, () => ({ digest: weigh(1, 3) }));
  await importAll(node, [...main, ...side]);
  await receive('bob', notice(main[1] as Block));
  expect(await receive('carol', notice(main[0] as Block))).toBe('ignore');
  const forged = notice(side[0] as Block, prove(side[0] as Block, ['bob', 'mallory']));
  expect(await receive('carol', forged)).toBe('ignore');
  expect(named(node, 'finalityConflict')).toEqual([]);

  expect(await receive('carol', notice(side[1] as Block))).toBe('ignore');
  await settle();
  expect(named(node, 'finalityConflict')).toMatchObject([
    { finalizedId: main[1]?.header.id, conflictingId: side[1]?.header.id, conflictingProof: prove(side[1] as Block) },
  ]);
  expect(node.host.finalized().id).toBe(main[1]?.header.id);
  // The first is the one that counts.
  await receive('dave', notice(side[0] as Block));
  expect(named(node, 'finalityConflict')).toHaveLength(1);
});

test('finality-checkpoint X: a proven block that descends from one beside the final chain convicts, a forged one does not', async () => {
  const { node, receive } = await listening();
  const main = branchOf(node.chain.genesis, 3, () => ({ digest: weigh(5) }));
  const [first, second, third] = branchOf(node.chain.genesis, 3, () => ({ digest: weigh(1, 3) })) as [
    Block,
    Block,
    Block,
  ];
  await importAll(node, main);
  await receive('bob', notice(main[1] as Block));
  const show = async (proof: Uint8Array): Promise<void> => {
    await node.host.importBlock(third.bytes, 'carol', proof);
    await node.host.importBlock(second.bytes, 'carol');
    await node.host.importBlock(first.bytes, 'carol');
    await settle();
  };
  await show(prove(third, ['bob', 'mallory']));
  expect(named(node, 'finalityConflict')).toEqual([]);
  await show(prove(third));
  expect(named(node, 'finalityConflict')).toMatchObject([
    { finalizedId: main[1]?.header.id, conflictingId: third.header.id, conflictingProof: prove(third) },
  ]);
  expect(node.host.head().header.id).toBe(main[2]?.header.id);
});

test('finality-checkpoint X: after a restart with a conflict no engine starts, whatever the head does', async () => {
  const chain = createFakeChain();
  const log = createMemoryLog();
  const rival = branchOf(chain.genesis, 2, () => ({ digest: weigh(1, 7) }));
  const starts: number[] = [];
  const publish: Effect = { kind: 'publish', blockId: rival[1]?.header.id ?? '', proof: prove(rival[1] as Block) };
  const plugin = provable({
    start({ head }) {
      starts.push(head.header.height);
      return [];
    },
    on: ({ kind }) => (kind === 'finalized' ? [publish] : []),
  });
  const { node, receive } = await listening({ chain, plugin, options: { log } });
  const main = branchOf(chain.genesis, 4);
  await importAll(node, main.slice(0, 2));
  await importAll(node, rival);
  await receive('carol', notice(main[1] as Block));
  await settle();
  expect(named(node, 'finalityConflict')).toHaveLength(1);
  await importAll(node, main.slice(2, 3));
  await settle();
  expect(starts).toEqual([0]);
  await node.host.stop();
  // No final block may make the record of it go away.
  const heights = [];
  for await (const entry of log.read(0, 'finality-CONFLICT@1')) heights.push(entry.height);
  expect(heights).toEqual([Number.MAX_SAFE_INTEGER]);

  const again = await listening({ chain, plugin, options: { log } });
  expect(named(again.node, 'finalityConflict')).toHaveLength(1);
  await importAll(again.node, main.slice(3));
  await settle();
  expect(again.node.host.head().header.height).toBe(4);
  expect(starts).toEqual([0]);
});

test('finality-checkpoint X: a conflict is remembered, also if its proofs are longer than an entry of the log', async () => {
  const conflict = {
    finalizedId: 'mine',
    finalizedProof: new Uint8Array(LIMITS.proofBytes).fill(1),
    conflictingId: 'theirs',
    conflictingProof: new Uint8Array(LIMITS.proofBytes).fill(2),
  };
  const log = createMemoryLog();
  const strict: LogPort = {
    ...log,
    async append(entry) {
      if (entry.bytes.length > LIMITS.logEntryBytes) throw new Error('the entry is too long');
      await log.append(entry);
    },
  };
  await keepConflict(strict, conflict);
  expect(await readConflict(strict)).toEqual(conflict);

  // A crash came before the end of an earlier one.
  const torn = createMemoryLog();
  for await (const entry of log.read(0, 'finality-CONFLICT@1')) {
    await torn.append(entry);
    break;
  }
  expect(await readConflict(torn)).toBeNull();
  await keepConflict(torn, conflict);
  expect(await readConflict(torn)).toEqual(conflict);
});

test('contract H-42: a block that a caller imports while the host starts brings no engine forward, and none twice', async () => {
  const starts: number[] = [];
  const clock = createVirtualClock();
  const plugin = provable({
    start({ head }) {
      starts.push(head.header.height);
      return [{ kind: 'setTimer', timerId: 'slot', at: 1_000 }];
    },
  });
  let open = (): void => undefined;
  const isReadable = new Promise<void>((resolve) => {
    open = () => resolve();
  });
  const log = createMemoryLog();
  const slow: LogPort = {
    ...log,
    async *read(era, protocol) {
      if (protocol === 'finality-CONFLICT@1') await isReadable;
      yield* log.read(era, protocol);
    },
  };
  const node = createNode({ plugin, clock, options: { log: slow } });
  const starting = node.host.start();
  await settle();
  await importAll(node, branchOf(node.chain.genesis, 1));
  await settle();
  expect(starts).toEqual([]);
  open();
  await starting;
  await settle();
  expect(starts).toEqual([1]);
  await node.host.stop();
  expect(clock.pending).toBe(0);
});

test('contract H-39: signatures of a proof count for the peer that sent it, and for nobody else', async () => {
  const crypto = createStubCrypto();
  const ends: (() => void)[] = [];
  const verify: typeof crypto.verify = async (scope, claims) => {
    if (claims.length > 1) await new Promise<void>((resolve) => ends.push(resolve));
    return crypto.verify(scope, claims);
  };
  // A proof has two: one at a time finds room, however many signed it.
  const options = { crypto: { ...crypto, verify }, limits: { claimsPerPeerMax: 1 } };
  const handlers = new Map<string, (from: string, bytes: Uint8Array) => Promise<MessageOutcome>>();
  const port = createLoopbackNetwork().join('alice');
  const { node, receive } = await listening({
    options,
    net: {
      ...port,
      subscribe(channel, handler) {
        handlers.set(channel, handler);
        return port.subscribe(channel, handler);
      },
    },
  });
  const [block] = branchOf(node.chain.genesis, 1);
  await importAll(node, [block as Block]);
  const judged = receive('bob', notice(block as Block));
  await settle();
  const say = (from: string) => {
    const payload = weigh(1);
    const message = {
      author: 'alice',
      payload,
      signature: stubSign(scopeOf(SCRIPTED), MESSAGE_DOMAIN, payload, 'alice'),
    };
    const envelope = { era: 0, protocol: SCRIPTED, height: 2, message, block: new Uint8Array() };
    return handlers.get('messages')?.(from, encodeEnvelope(envelope));
  };
  expect(await say('bob')).toBe('ignore');
  expect(await say('carol')).toBe('accept');
  for (const end of ends.splice(0)) end();
  expect(await judged).toBe('accept');
  expect(node.host.finalized().height).toBe(1);
});

test('contract H-39: a garbled proof for a block that is here is judged once, and the block stays what it is', async () => {
  let judged = 0;
  const finality = quorumFinality(false);
  if (finality.kind !== 'proof') throw new Error('no proofs');
  const verifyProof: typeof finality.verifyProof = (...subject) => {
    judged++;
    return finality.verifyProof(...subject);
  };
  const { node } = await listening({ plugin: scripted({ rules: { finality: { ...finality, verifyProof } } }) });
  const [first, second] = branchOf(node.chain.genesis, 2) as [Block, Block];
  await importAll(node, [first, second]);
  for (let time = 0; time < 3; time++) {
    const result = await node.host.importBlock(first.bytes, 'mallory', prove(first, ['bob', 'mallory']));
    expect(result).toMatchObject({ kind: 'rejected', code: 'NO_QUORUM' });
  }
  expect(judged).toBe(1);
  expect(await node.host.importBlock(first.bytes, 'mallory')).toMatchObject({ kind: 'known' });
  expect(await node.host.importBlock(second.bytes, 'bob', prove(second))).toMatchObject({ kind: 'known' });
  expect(node.host.finalized().id).toBe(second.header.id);
  // Below the final block, with any proof or none: it is here, and nothing is judged any more.
  for (const proof of [undefined, prove(first), weigh(1)]) {
    expect(await node.host.importBlock(first.bytes, 'bob', proof)).toMatchObject({ kind: 'known' });
  }
  expect(judged).toBe(2);
});

test('a notice that names no protocol by its form is refused, one of an unknown protocol ignored', async () => {
  const { receive } = await listening();
  const named = (protocol: string) =>
    encodeProofNotice({ era: 0, protocol: protocol as typeof SCRIPTED, blockId: 'b', proof: weigh(1) });
  expect(await receive('bob', named('other@1'))).toBe('ignore');
  for (const protocol of ['', 'scripted', 'Scripted@1', 'scripted@01', 'scripted@1 ']) {
    expect(await receive('bob', named(protocol))).toBe('reject');
  }
});

test('contract H-29: an engine hears what rival proofs quote before it ends, and the other side hears of the conflict', async () => {
  const quote = ({ header }: Block) =>
    stubSign({ ...scopeOf(SCRIPTED), era: 0 }, MESSAGE_DOMAIN, header.sealHash, 'bob');
  const accusation: Evidence = {
    ...{ kind: 'custom', id: 'quoted', era: 0, protocol: SCRIPTED, offender: 'bob', height: 1 },
    data: weigh(1),
  };
  const heard: Uint8Array[] = [];
  const plugin = scripted({
    rules: {
      finality: {
        kind: 'proof',
        attached: false,
        verifyProof: (signature, { sealHash: data }) =>
          accept([{ kind: 'signature', signer: 'bob', domain: MESSAGE_DOMAIN, data, signature }]),
      },
      verifyEvidence: () => accept(),
    },
    on(input) {
      if (input.kind !== 'messageReceived') return [];
      heard.push(input.message.payload);
      return [
        { kind: 'persist', height: 9, entry: weigh(1) },
        { kind: 'accuse', evidence: accusation },
      ];
    },
  });
  const network = createLoopbackNetwork();
  const told: Uint8Array[] = [];
  network.join('bob').subscribe(PROVEN_BLOCKS_CHANNEL, async (_from, bytes) => {
    told.push(bytes);
    return 'ignore';
  });
  const { node, receive } = await listening({ plugin, net: network.join('alice') });
  const [main, side] = [1, 2].map((index) => childOf(node.chain.genesis, { digest: weigh(3 - index, index) })) as [
    Block,
    Block,
  ];
  await importAll(node, [main, side]);
  await receive('bob', notice(main, quote(main)));
  expect(heard).toEqual([]);
  await receive('carol', notice(side, quote(side)));
  await settle();

  expect(heard).toEqual([side.header.sealHash, main.header.sealHash]);
  expect(named(node, 'evidenceFound')).toEqual([{ evidence: accusation }]);
  expect(named(node, 'finalityConflict')).toMatchObject([{ conflictingId: side.header.id }]);
  // Its own block with the proof, once.
  await receive('dave', notice(side, quote(side)));
  await settle();
  expect(told).toEqual([encodeProvenBlock({ block: main.bytes, proof: quote(main) })]);
});

test.each(['before', 'after'])(
  'contract H-22: a proof counts whose block is stored while it is looked for: read %s that',
  async (when) => {
    const chain = createFakeChain();
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { read } = chain;
    let isSlow = false;
    chain.read = async (locator) => {
      if (!isSlow) return read(locator);
      const early = await read(locator);
      await opened;
      return when === 'before' ? early : read(locator);
    };
    const { node, receive } = await listening({ chain });
    const block = childOf(chain.genesis);
    isSlow = true;
    const received = receive('bob', notice(block));
    await settle();
    isSlow = false;
    await node.host.importBlock(block.bytes);
    open();
    expect(await received).toBe('accept');
    expect(node.host.finalized().id).toBe(block.header.id);
  },
);

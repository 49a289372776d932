/** Plugins and peers at their worst, where finality, gadgets and eras are concerned. */
import {
  accept,
  type ConsensusPlugin,
  defer,
  type Effect,
  type Era,
  type Evidence,
  MESSAGE_DOMAIN,
} from '@fiducia/consensus';
import type { MessageOutcome, SignResult } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { decodeProvenBlock } from '../src/finality/proof-codec.ts';
import { encodeBlockRequest } from '../src/import/block-requests.ts';
import { createLoopbackNetwork } from '../src/index.ts';
import { encodeEnvelope } from '../src/messages/message-codec.ts';
import { branchOf, type ChildOptions, childOf, SCRIPTED, scopeOf } from './fixtures/blocks.ts';
import { createNode, type NodeSetup, type TestNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { gadget, type Script, scripted, weigh } from './fixtures/scripted.ts';
import { createStubSigner, stubSign } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const garbage = (value: unknown) => () => value as never;

const faultsOf = (node: TestNode) =>
  node.seen.flatMap(({ name, event }) =>
    name === 'faulted' ? [(event as { error: { data: unknown } }).error.data] : [],
  );

function withGadget(production: Script, finality: Script, setup: NodeSetup = {}): TestNode {
  const plugins = [scripted(production) as ConsensusPlugin, gadget(finality) as ConsensusPlugin];
  const eras: Era[] = [
    { fromHeight: 1, production: { name: 'scripted', config: {} }, finality: { name: 'gadget', config: {} } },
  ];
  return createNode({ ...setup, plugins, options: { eras, ...setup.options } });
}

describe('contract H-17: garbage is a defect of the plugin, also of a gadget', () => {
  test.each([undefined, {}, { kind: 'accept' }, { kind: 'maybe' }])('a proof judged as %j', async (verdict) => {
    const finality = { kind: 'proof', attached: true, verifyProof: garbage(verdict) } as const;
    const node = createNode({ plugin: scripted({ rules: { finality } }) });
    await node.host.start();
    const block = childOf(node.chain.genesis);
    expect(await node.host.importBlock(block.bytes, 'bob', weigh(1))).toMatchObject({ kind: 'halted' });
    expect(faultsOf(node)).toMatchObject([{ code: 'PLUGIN_DEFECT', call: 'finality.verifyProof' }]);
  });

  test('a deferred proof is refused, since no time decides about it', async () => {
    const finality = { kind: 'proof', attached: true, verifyProof: garbage({ kind: 'defer', until: 1 }) } as const;
    const node = createNode({ plugin: scripted({ rules: { finality } }) });
    await node.host.start();
    const block = childOf(node.chain.genesis);
    expect(await node.host.importBlock(block.bytes, 'bob', weigh(1))).toMatchObject({ code: 'PROOF_UNDECIDED' });
  });

  test('a gadget that throws ends both engines, and is named', async () => {
    const calls: string[] = [];
    const node = withGadget(
      {
        on(input) {
          calls.push(input.kind);
          return [];
        },
      },
      {
        on() {
          throw new Error('gadget');
        },
      },
    );
    await node.host.start();
    const blocks = branchOf(node.chain.genesis, 2);
    for (const block of blocks) {
      await node.host.importBlock(block.bytes);
      await settle();
    }
    expect(faultsOf(node)).toMatchObject([{ code: 'PLUGIN_DEFECT', protocol: 'gadget@1' }]);
    expect(calls).toEqual(['headChanged']);
  });

  test('more directives of both together than a block may have', async () => {
    const reward = { kind: 'reward', actor: 'a', units: 1n } as const;
    const many = Array.from({ length: 40_000 }, () => reward);
    const node = withGadget({ rules: { directives: () => many } }, { rules: { directives: () => many } });
    await node.host.start();
    await node.host.importBlock(childOf(node.chain.genesis).bytes);
    expect(faultsOf(node)).toMatchObject([{ code: 'PLUGIN_DEFECT', call: 'directives' }]);
  });

  const eras: Era[] = [
    { fromHeight: 1, production: { name: 'scripted', config: {} } },
    { fromHeight: 5, production: { name: 'next', config: {} } },
  ];
  const good = { validators: [], randomness: new Uint8Array(32), extra: new Map() };
  test.each([
    {},
    { ...good, validators: undefined },
    { ...good, randomness: new Uint8Array(8) },
    { ...good, extra: {} },
  ])('a handover without its parts', async (handover) => {
    const plugins = [
      scripted({ rules: { exportHandover: garbage(handover) } }) as ConsensusPlugin,
      scripted({ name: 'next' }) as ConsensusPlugin,
    ];
    const node = createNode({ plugins, options: { eras } });
    const failure = { data: { code: 'PLUGIN_DEFECT', call: 'exportHandover' } };
    await expect(node.host.start()).rejects.toMatchObject(failure);
  });

  test('claims of a message that are no list', async () => {
    const network = createLoopbackNetwork();
    const node = createNode({ plugin: scripted({ rules: { messageClaims: garbage(7) } }), net: network.join('alice') });
    await node.host.start();
    const signature = stubSign(scopeOf(SCRIPTED), MESSAGE_DOMAIN, weigh(1), 'bob');
    const message = { author: 'bob', payload: weigh(1), signature };
    const bytes = encodeEnvelope({ era: 0, protocol: SCRIPTED, height: 1, message, block: new Uint8Array() });
    network.join('bob').send('alice', 'messages', bytes);
    await settle();
    expect(faultsOf(node)).toMatchObject([{ code: 'PLUGIN_DEFECT', call: 'messageClaims' }]);
  });

  test('a proof that is longer than any proof', async () => {
    const proof = new Uint8Array(262_145);
    const publish = (parent: string): Effect => ({ kind: 'publish', blockId: parent, proof });
    const node = createNode({ plugin: scripted({ start: ({ head }) => [publish(head.header.id)] }) });
    await node.host.start();
    await settle();
    expect(faultsOf(node)).toMatchObject([{ code: 'PLUGIN_DEFECT', call: 'publish' }]);
  });
});

describe('contract H-9: nothing of a dropped engine gets out', () => {
  const eras: Era[] = [
    { fromHeight: 1, production: { name: 'old', config: {} } },
    { fromHeight: 2, production: { name: 'new', config: {} } },
  ];
  const OLD: ChildOptions = { protocol: 'old@1' };

  test('a signature that is ready after the border is not used, and an answer is not delivered', async () => {
    const network = createLoopbackNetwork();
    const clock = createVirtualClock();
    const heard: string[] = [];
    network.join('bob').subscribe('messages', async () => {
      heard.push('message');
      return 'accept';
    });
    let sign: (result: SignResult) => void = () => undefined;
    const signer = {
      ...createStubSigner('alice'),
      sign: () =>
        new Promise<SignResult>((resolve) => {
          sign = resolve;
        }),
    };
    const inputs: string[] = [];
    const old = scripted({
      name: 'old',
      start: ({ head }) => [
        { kind: 'buildBlock', requestId: 'b', parentId: head.header.id, timestamp: 9, digest: weigh(1), deadline: 500 },
        { kind: 'send', to: { kind: 'all' }, payload: weigh(1), sticky: 'untilFinalized' },
      ],
      on(input) {
        inputs.push(input.kind);
        return [];
      },
    });
    const plugins = [old as ConsensusPlugin, scripted({ name: 'new' }) as ConsensusPlugin];
    const node = createNode({ plugins, clock, net: network.join('alice'), options: { eras, signer } });
    await node.host.start();
    await settle();
    await node.host.importBlock(childOf(node.chain.genesis, OLD).bytes);
    sign({ kind: 'signed', signature: weigh(1) });
    await clock.runUntil(60_000);
    expect(heard).toEqual([]);
    expect(inputs).toEqual([]);
    expect(faultsOf(node)).toEqual([]);
  });
});

describe('blocks that nobody could import yet', () => {
  test('a held block is handed to a peer that asks for it', async () => {
    const network = createLoopbackNetwork();
    let built = '';
    const plugin = scripted({
      start: ({ head }) => [
        { kind: 'buildBlock', requestId: 'b', parentId: head.header.id, timestamp: 9, digest: weigh(1), deadline: 500 },
      ],
      on(input) {
        if (input.kind === 'blockBuilt') built = input.header?.id ?? '';
        return [];
      },
    });
    await createNode({ plugin, net: network.join('alice') }).host.start();
    await settle();
    const question = encodeBlockRequest({ kind: 'byId', id: built });
    const answer = await network.join('bob').request('alice', 'blocks', question, 1);
    const { block, proof } = decodeProvenBlock(answer ?? weigh(0), 1_000_000);
    expect(Buffer.from(block).includes(Buffer.from(weigh(1)))).toBe(true);
    expect(proof).toHaveLength(0);
  });

  test('bytes that are no block with a proof are refused', async () => {
    const net = createLoopbackNetwork().join('alice');
    let receive = async (_from: string, _bytes: Uint8Array): Promise<MessageOutcome> => 'ignore';
    const finality = quorumFinality(true);
    const plugin = scripted({ rules: { finality, verifyHeader: () => accept() } });
    const node = createNode({
      plugin,
      net: {
        ...net,
        subscribe(channel, handler) {
          if (channel === 'provenBlocks') receive = handler;
          return net.subscribe(channel, handler);
        },
      },
    });
    await node.host.start();
    for (const bytes of [new Uint8Array(), weigh(1), new Uint8Array(99).fill(255)]) {
      expect(await receive('mallory', bytes)).toBe('reject');
    }
    expect(node.seen).toEqual([]);
  });
});

test('contract H-31: included evidence leaves the pool once its block is final', async () => {
  const conflictKey: NonNullable<Script['rules']>['conflictKey'] = (artefact) =>
    artefact.kind === 'header' ? `${artefact.header.author}/${artefact.header.height}` : undefined;
  const rules = { finality: quorumFinality(false), conflictKey };
  const node = createNode({ plugin: scripted({ rules }), options: { limits: { evidencePoolMax: 1 } } });
  await node.host.start();
  const [first, second] = branchOf(node.chain.genesis, 2);
  const main = [first, second].filter((block) => block !== undefined);
  for (const block of main) await node.host.importBlock(block.bytes);
  const twice = (parent: ReturnType<typeof childOf>, salt: number) => childOf(parent, { digest: weigh(1, salt) });
  await node.host.importBlock(twice(main[0] ?? node.chain.genesis, 9).bytes);
  const found = () =>
    node.seen.flatMap(({ name, event }) =>
      name === 'evidenceFound' ? [(event as { evidence: Evidence }).evidence] : [],
    );
  const evidence = found();
  expect(evidence).toMatchObject([{ height: 2 }]);

  const third = childOf(main[1] ?? node.chain.genesis, { evidence });
  await node.host.importBlock(third.bytes);
  await node.host.importBlock(childOf(third).bytes);
  await node.host.importBlock(third.bytes, 'bob', proofOf(third, ['bob', 'carol'], SCRIPTED));
  expect(node.host.finalized().height).toBe(3);
  // The pool has room for one piece, and a lower height would lose against one that were still there.
  const [a, b] = [first, twice(node.chain.genesis, 8)].toSorted((x, y) =>
    Buffer.compare(x?.headerBytes ?? weigh(0), y?.headerBytes ?? weigh(0)),
  );
  const older: Evidence = {
    kind: 'equivocation',
    era: 0,
    protocol: SCRIPTED,
    offender: 'alice',
    height: 1,
    subject: 'header',
    first: a?.headerBytes ?? weigh(0),
    second: b?.headerBytes ?? weigh(0),
  };
  expect(await node.host.submitEvidence(older)).toEqual({ kind: 'added' });
});

test('contract H-39: a block of the future waits only if the claims of its verdict hold', async () => {
  const seal = scripted().createRules({}, {} as never).verifyHeader;
  const verifyHeader: NonNullable<Script['rules']>['verifyHeader'] = (header, parent, now) => {
    const verdict = seal(header, parent, now);
    return header.timestamp > now && verdict.kind === 'accept' ? defer(header.timestamp, verdict.claims) : verdict;
  };
  const clock = createVirtualClock();
  const node = createNode({ clock, plugin: scripted({ rules: { verifyHeader } }) });
  await node.host.start();
  const forged = childOf(node.chain.genesis, { signer: 'mallory' });
  expect(await node.host.importBlock(forged.bytes, 'mallory')).toMatchObject({ code: 'SIGNATURE_INVALID' });
  const good = childOf(node.chain.genesis);
  expect(await node.host.importBlock(good.bytes, 'bob')).toMatchObject({ kind: 'deferred' });
  await clock.runUntil(2_000);
  expect(node.host.head().header.id).toBe(good.header.id);
});

describe('finality-checkpoint X: a rival is another block', () => {
  const finality = { kind: 'proof', attached: true, verifyProof: () => accept() } as const;
  const conflictsAfter = async (rival: ChildOptions): Promise<number> => {
    const node = createNode({ plugin: scripted({ rules: { finality } }) });
    await node.host.start();
    const { genesis } = node.chain;
    const [block, other] = [childOf(genesis), childOf(genesis, rival)];
    expect(await node.host.importBlock(block.bytes, 'bob', weigh(1))).toMatchObject({ kind: 'adopted' });
    expect(await node.host.importBlock(other.bytes, 'mallory', weigh(1))).toMatchObject({ code: 'BELOW_FINALIZED' });
    return node.seen.filter(({ name }) => name === 'finalityConflict').length;
  };

  test('a proven copy with another seal, which nobody had to sign, stops nothing', async () => {
    expect(await conflictsAfter({ signer: 'mallory' })).toBe(0);
    expect(await conflictsAfter({ digest: weigh(7) })).toBe(1);
  });
});

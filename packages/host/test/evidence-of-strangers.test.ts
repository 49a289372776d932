/** Evidence of the era before costs its reporter nothing but keys, so it must not stand in the way of any other. */
import {
  type ConsensusPlugin,
  compareBytes,
  type Era,
  type Evidence,
  encodeSignedMessage,
  LIMITS,
  MESSAGE_DOMAIN,
} from '@fiducia/consensus';
import { expect, test } from 'vitest';
import { createLoopbackNetwork } from '../src/index.ts';
import { encodeEnvelope } from '../src/messages/message-codec.ts';
import { branchOf, type ChildOptions, childOf, scopeOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, type TestNode } from './fixtures/nodes.ts';
import { type Script, scripted, weigh } from './fixtures/scripted.ts';
import { stubSign } from './fixtures/stub-crypto.ts';
import { settle } from './fixtures/virtual-clock.ts';

type Block = ReturnType<typeof childOf>;

const BORDER = 4;
const eras: readonly Era[] = [
  { fromHeight: 1, production: { name: 'old', config: {} } },
  { fromHeight: BORDER, production: { name: 'new', config: {} } },
];
const OLD: ChildOptions = { protocol: 'old@1' };
const NEW: ChildOptions = { protocol: 'new@1', era: 1 };
const rules: NonNullable<Script['rules']> = {
  conflictKey: (artefact) =>
    artefact.kind === 'header' ? `${artefact.header.author}/${artefact.header.height}` : artefact.message.author,
};

/** Two blocks of one author at one place. */
function pairOn(parent: Block, author: string, options: ChildOptions): Evidence {
  const blocks = [1, 2].map((salt) => childOf(parent, { ...options, author, digest: weigh(1, salt) }));
  const [first, second] = blocks.map(({ headerBytes }) => headerBytes).sort(compareBytes);
  const { protocol = 'old@1', era = 0 } = options;
  const height = parent.header.height + 1;
  const place = { era, protocol, offender: author, height } as const;
  return { kind: 'equivocation', ...place, subject: 'header', first: first ?? weigh(0), second: second ?? weigh(0) };
}

async function afterBorder() {
  const chain = createFakeChain();
  const requests: (readonly Evidence[])[] = [];
  const builder: Script = {
    rules,
    on: ({ kind }, now) =>
      kind !== 'headChanged'
        ? []
        : [
            {
              kind: 'buildBlock',
              requestId: 'b',
              parentId: last.header.id,
              timestamp: now,
              digest: weigh(1),
              deadline: 9,
            },
          ],
  };
  const plugins = [scripted({ name: 'old', rules }), scripted({ name: 'new', ...builder })] as ConsensusPlugin[];
  const watching = {
    ...chain,
    build: (request: Parameters<typeof chain.build>[0]) => {
      requests.push(request.evidence);
      return chain.build(request);
    },
  };
  const node: TestNode = createNode({ chain: watching, plugins, options: { eras } });
  const main = [...branchOf(chain.genesis, BORDER - 1, () => OLD)];
  main.push(...branchOf(main.at(-1) as Block, 2, () => NEW));
  const last = main.at(-1) as Block;
  await node.host.start();
  for (const block of main.slice(0, -1)) await node.host.importBlock(block.bytes);
  return { node, main, last, requests };
}

test('contract H-31 and H-32: builders take what concerns the running era first, whatever came before it', async () => {
  const { node, main, last, requests } = await afterBorder();
  const genesis = node.chain.genesis;
  const strangers = Array.from({ length: LIMITS.evidencePerBlock + 4 }, (_, index) =>
    pairOn(genesis, `s${index}`, OLD),
  );
  for (const evidence of strangers) expect(await node.host.submitEvidence(evidence)).toEqual({ kind: 'added' });
  const own = pairOn(main[BORDER - 2] as Block, 'alice', NEW);
  expect(await node.host.submitEvidence(own)).toEqual({ kind: 'added' });
  await node.host.importBlock(last.bytes);
  await settle();
  expect(requests.at(-1)).toEqual([own, ...strangers.slice(0, LIMITS.evidencePerBlock - 1)]);
});

test('contract H-32: the height that a reporter of messages claims lies near the border, so that the pool lets go', async () => {
  const { node } = await afterBorder();
  const [first, second] = [1, 2].map((salt) => {
    const payload = weigh(1, salt);
    const signature = stubSign(scopeOf('old@1'), MESSAGE_DOMAIN, payload, 'bob');
    return encodeSignedMessage({ author: 'bob', payload, signature });
  });
  const place = { era: 0, protocol: 'old@1', offender: 'bob', subject: 'message' } as const;
  const claimed = (height: number): Evidence => {
    return { kind: 'equivocation', ...place, height, first: first ?? weigh(0), second: second ?? weigh(0) };
  };
  const highest = BORDER + LIMITS.futureHeights;
  const refused = { kind: 'rejected', code: 'EVIDENCE_TOO_EARLY' };
  expect(await node.host.submitEvidence(claimed(highest + 1))).toEqual(refused);
  expect(await node.host.submitEvidence(claimed(Number.MAX_SAFE_INTEGER))).toEqual(refused);
  expect(await node.host.submitEvidence(claimed(highest))).toEqual({ kind: 'added' });
});

test('contract H-32: evidence of the era before is of equivocation, and no era further back counts', async () => {
  const third = [...eras, { fromHeight: BORDER + 1, production: { name: 'last', config: {} } }];
  const plugins = ['old', 'new', 'last'].map((name) => scripted({ name, rules })) as ConsensusPlugin[];
  const node = createNode({ plugins, options: { eras: third } });
  await node.host.start();
  const main = branchOf(node.chain.genesis, BORDER - 1, () => OLD);
  for (const { bytes } of main) await node.host.importBlock(bytes);
  const old = pairOn(node.chain.genesis, 'bob', OLD);
  const { headerBytes: header } = childOf(node.chain.genesis, { ...OLD, author: 'bob', digest: weigh(0) });
  const place = { era: 0, protocol: 'old@1', offender: 'bob', height: 1 } as const;
  const invalid: Evidence = { kind: 'invalidHeader', ...place, header, code: 'BAD_WEIGHT' };
  const custom: Evidence = { kind: 'custom', id: 'any', ...place, data: weigh(1) };
  for (const evidence of [invalid, custom]) {
    expect(await node.host.submitEvidence(evidence)).toEqual({ kind: 'rejected', code: 'EVIDENCE_UNSUPPORTED' });
  }
  const ahead: Evidence = { ...old, era: 2, protocol: 'last@1' };
  expect(await node.host.submitEvidence(ahead)).toEqual({ kind: 'rejected', code: 'EVIDENCE_WRONG_ERA' });

  await node.host.importBlock(childOf(main[2] as Block, NEW).bytes);
  expect(node.host.head().header.height).toBe(BORDER);
  expect(await node.host.submitEvidence(old)).toEqual({ kind: 'rejected', code: 'EVIDENCE_WRONG_ERA' });
});

test('contract H-38: messages of the era before are listened to as long as evidence of it is accepted', async () => {
  const network = createLoopbackNetwork().join('alice');
  const plugins = ['old', 'new'].map((name) => scripted({ name, rules })) as ConsensusPlugin[];
  let receive: Parameters<typeof network.subscribe>[1] = async () => 'ignore';
  const net: typeof network = {
    ...network,
    subscribe(channel, handler) {
      if (channel === 'messages') receive = handler;
      return network.subscribe(channel, handler);
    },
  };
  const node = createNode({ plugins, net, options: { eras } });
  await node.host.start();
  const say = (salt: number, height: number) => {
    const payload = weigh(1, salt);
    const signature = stubSign(scopeOf('old@1'), MESSAGE_DOMAIN, payload, `author ${salt}`);
    const message = { author: `author ${salt}`, payload, signature };
    return receive('bob', encodeEnvelope({ era: 0, protocol: 'old@1', height, message, block: new Uint8Array() }));
  };
  const main = branchOf(node.chain.genesis, BORDER - 1, () => OLD);
  main.push(...branchOf(main[2] as Block, 1_000, () => NEW));
  const last = main.pop() as Block;
  for (const { bytes } of main) await node.host.importBlock(bytes);
  expect(node.host.head().header.height).toBe(BORDER + 998);
  expect(await say(1, BORDER + LIMITS.futureHeights)).toBe('accept');
  expect(await say(2, BORDER - 1)).toBe('accept');
  expect(await say(3, BORDER + LIMITS.futureHeights + 1)).toBe('ignore');
  await node.host.importBlock(last.bytes);
  await node.host.importBlock(childOf(last, NEW).bytes);
  expect(await say(4, BORDER)).toBe('ignore');
});

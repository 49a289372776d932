/** A message that comes again is no news, but what its receiver could not do with it is done then. */
import { type ConsensusPlugin, type Era, type Input, MESSAGE_DOMAIN } from '@fiducia/consensus';
import type { LogEntry } from '@fiducia/consensus/ports';
import { expect, test } from 'vitest';
import { createLoopbackNetwork, createMemoryLog } from '../src/index.ts';
import { encodeEnvelope } from '../src/messages/message-codec.ts';
import { answerOf, branchOf, type ChildOptions, childOf, SCRIPTED, scopeOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { stubSign } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const none = new Uint8Array();

function envelope(height: number, block: Uint8Array = none, protocol: typeof SCRIPTED = SCRIPTED, era = 0): Uint8Array {
  const payload = weigh(height);
  const signature = stubSign({ ...scopeOf(protocol), era }, MESSAGE_DOMAIN, payload, 'bob');
  return encodeEnvelope({ era, protocol, height, message: { author: 'bob', payload, signature }, block });
}

test('contract H-11: the parent of an attached block is asked for as often as the message comes, until it is here', async () => {
  const network = createLoopbackNetwork();
  const chain = createFakeChain();
  const [parent, child] = branchOf(chain.genesis, 2);
  if (parent === undefined || child === undefined) throw new Error('two blocks');
  const bob = network.join('bob');
  let asked = 0;
  bob.serve('blocks', async () => (++asked < 3 ? null : answerOf(parent)));
  const node = createNode({ plugin: scripted() as ConsensusPlugin, chain, net: network.join('alice') });
  await node.host.start();
  await settle();
  asked = 0;
  for (let time = 0; time < 5; time++) {
    bob.send('alice', 'messages', envelope(2, child.bytes));
    await settle();
  }
  expect(node.host.head().header.id).toBe(parent.header.id);
  expect(asked).toBe(3);
});

test('contract H-39: what one peer lacks pushes out nothing that another does', async () => {
  const network = createLoopbackNetwork();
  const chain = createFakeChain();
  const [parent, child] = branchOf(chain.genesis, 2);
  if (parent === undefined || child === undefined) throw new Error('two blocks');
  const [bob, mallory] = [network.join('bob'), network.join('mallory')];
  let isThere = false;
  bob.serve('blocks', async () => (isThere ? answerOf(parent) : null));
  const plugin = scripted() as ConsensusPlugin;
  const node = createNode({ plugin, chain, net: network.join('alice'), options: { limits: { heldBlocksMax: 10 } } });
  await node.host.start();
  bob.send('alice', 'messages', envelope(2, child.bytes));
  await settle();
  for (let salt = 0; salt < 50; salt++) {
    const stray = childOf(childOf(chain.genesis, { digest: weigh(2, salt) }));
    mallory.send('alice', 'messages', envelope(1, stray.bytes));
    await settle();
  }
  isThere = true;
  bob.send('alice', 'messages', envelope(2, child.bytes));
  await settle();
  expect(node.host.head().header.id).toBe(parent.header.id);
});

test('contract H-34: what came while the engines of an era were started is heard when it comes again', async () => {
  const network = createLoopbackNetwork();
  const chain = createFakeChain();
  const heard: string[] = [];
  const hearing = (name: string) =>
    scripted({
      name,
      on(input: Input<unknown>) {
        if (input.kind === 'messageReceived') heard.push(name);
        return [];
      },
    }) as ConsensusPlugin;
  const eras: Era[] = [
    { fromHeight: 1, production: { name: 'old', config: {} } },
    { fromHeight: 2, production: { name: 'new', config: {} } },
  ];
  const memory = createMemoryLog();
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const log = {
    ...memory,
    async *read(era: number, protocol: LogEntry['protocol']) {
      if (era === 1) await opened;
      yield* memory.read(era, protocol);
    },
  };
  const plugins = [hearing('old'), hearing('new')];
  const node = createNode({
    plugins,
    chain,
    net: network.join('alice'),
    clock: createVirtualClock(),
    options: { eras, log },
  });
  await node.host.start();
  const OLD: ChildOptions = { protocol: 'old@1' };
  await node.host.importBlock(childOf(chain.genesis, OLD).bytes);
  const bob = network.join('bob');
  bob.send('alice', 'messages', envelope(2, none, 'new@1', 1));
  await settle();
  open();
  await settle();
  expect(heard).toEqual([]);
  for (let time = 0; time < 3; time++) {
    bob.send('alice', 'messages', envelope(2, none, 'new@1', 1));
    await settle();
  }
  expect(heard).toEqual(['new']);
});

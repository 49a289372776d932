/** Anybody can make up keys and sign with them: what that must not take from those who have a say. */
import {
  type Artefact,
  accept,
  type ConsensusPlugin,
  type Evidence,
  type Input,
  MESSAGE_DOMAIN,
} from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { createLoopbackNetwork } from '../src/index.ts';
import { encodeEnvelope } from '../src/messages/message-codec.ts';
import { SCRIPTED, scopeOf } from './fixtures/blocks.ts';
import { createNode, type TestNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { stubSign } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const MEMBERS = ['alice', 'bob', 'carol'];
const limits = { conflictKeysMax: 40, conflictKeysPerAuthorMax: 10 };

function envelope(author: string, value: number, place: number, height = 1): Uint8Array {
  const payload = weigh(value, place);
  const signature = stubSign(scopeOf(SCRIPTED), MESSAGE_DOMAIN, payload, author);
  const message = { author, payload, signature };
  return encodeEnvelope({ era: 0, protocol: SCRIPTED, height, message, block: new Uint8Array() });
}

/** The value is what the author says, the salt where; saying two things at one place is an offence. */
function conflictKey(artefact: Artefact): string | undefined {
  if (artefact.kind !== 'message') return undefined;
  return `${artefact.message.author}/${[...artefact.message.payload.subarray(4)].join('.')}`;
}

async function listener(bounds = limits): Promise<{
  readonly node: TestNode;
  readonly inputs: readonly Input<unknown>[];
  readonly receive: (from: string, bytes: Uint8Array) => Promise<string>;
  readonly found: () => readonly Evidence[];
}> {
  const inputs: Input<unknown>[] = [];
  const net = createLoopbackNetwork().join('alice');
  let receive: (from: string, bytes: Uint8Array) => Promise<string> = async () => 'none';
  const validators = () => MEMBERS.map((id) => ({ id, weight: 1n }));
  const node = createNode({
    clock: createVirtualClock(),
    plugin: scripted({
      rules: { conflictKey, validators, verifyEvidence: () => accept() },
      on(input) {
        inputs.push(input);
        return [];
      },
    }) as ConsensusPlugin,
    net: {
      ...net,
      subscribe(channel, handler) {
        if (channel === 'messages') receive = handler;
        return () => undefined;
      },
    },
    options: { limits: bounds },
  });
  await node.host.start();
  const found = () =>
    node.seen.flatMap(({ name, event }) =>
      name === 'evidenceFound' ? [(event as { readonly evidence: Evidence }).evidence] : [],
    );
  return { node, inputs, receive: (from, bytes) => receive(from, bytes), found };
}

const usage = (node: TestNode, name: string): number =>
  node.host.usage().find((buffer) => buffer.name === name)?.count ?? -1;

describe('contract H-29, H-39: strangers never blind the watch over those who have a say', () => {
  test.each([1, 2, 10])('not with keys that nobody knows, for height %d', async (height) => {
    const { node, receive, found } = await listener();
    await receive('bob', envelope('bob', 1, 1));
    for (let index = 0; index < 500; index++) await receive('mallory', envelope(`m${index}`, 1, 1, height));
    expect(usage(node, 'conflictKeys')).toBeLessThanOrEqual(limits.conflictKeysMax);
    // Far less than the whole index is worth remembering of them.
    expect(usage(node, 'conflictKeys')).toBeLessThanOrEqual(2 * limits.conflictKeysPerAuthorMax + 1);
    await receive('carol', envelope('carol', 1, 1));
    await receive('bob', envelope('bob', 2, 1));
    await receive('carol', envelope('carol', 2, 1));
    expect(found().map(({ offender }) => offender)).toEqual(['bob', 'carol']);
  });

  test('nor does one member that of another by all it has to say', async () => {
    const { receive, found } = await listener({ ...limits, conflictKeysPerAuthorMax: 40 });
    for (let place = 0; place < 10; place++) await receive('bob', envelope('bob', 1, place));
    for (let place = 0; place < 60; place++) await receive('carol', envelope('carol', 1, place, 10));
    expect(found()).toEqual([]);
    for (let place = 0; place < 10; place++) await receive('bob', envelope('bob', 7, place));
    await settle();
    expect(found().map(({ offender }) => offender)).toEqual(['bob']);
  });

  test('what strangers contradict is noticed while there is room, as long as it is worth anything', async () => {
    const { receive, found } = await listener();
    await receive('mallory', envelope('mallory', 1, 1));
    await receive('mallory', envelope('mallory', 2, 1));
    await settle();
    expect(found().map(({ offender }) => offender)).toEqual(['mallory']);
  });
});

describe('contract H-11, H-39: what strangers sign costs a node little', () => {
  test('of one peer for one height few messages are looked at, and what members say through it is heard', async () => {
    const { node, inputs, receive } = await listener({ conflictKeysMax: 65_536, conflictKeysPerAuthorMax: 4_096 });
    for (let index = 0; index < 3_000; index++) await receive('mallory', envelope(`m${index}`, 1, 1));
    expect(node.crypto.batches.length).toBeLessThanOrEqual(1_024);
    expect(await receive('mallory', envelope('bob', 1, 1))).toBe('accept');
    expect(await receive('dave', envelope('erin', 1, 1))).toBe('accept');
    await settle();
    expect(inputs.at(-2)).toMatchObject({ message: { author: 'bob' } });
    const ofStrangers = node.host.usage().find(({ name }) => name === 'messagesOfStrangersPerPeer');
    expect(ofStrangers).toMatchObject({ count: 1_024, max: 1_024 });
  });
});

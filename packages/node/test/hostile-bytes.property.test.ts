import { encodeEvidence } from '@fiducia/consensus';
import type { MessageOutcome, NetPort } from '@fiducia/consensus/ports';
import { portModule } from '@fiducia/di';
import { createLoopbackNetwork } from '@fiducia/host';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTestNode, even, GENESIS_TIME, odd, slotTime } from './support/chain.ts';
import { createStoppedClock } from './support/clock.ts';

type Subscriber = (from: string, bytes: Uint8Array) => Promise<MessageOutcome>;
type Server = (from: string, bytes: Uint8Array) => Promise<Uint8Array | null>;

/** A network port that shows what its node sends and lets a test be its peers. */
function createTappedNet(net: NetPort) {
  const subscribers = new Map<string, Subscriber>();
  const servers = new Map<string, Server>();
  const sent = new Map<string, Uint8Array[]>();
  const note = (channel: string, bytes: Uint8Array) => sent.set(channel, [...(sent.get(channel) ?? []), bytes]);
  const tapped: NetPort = {
    ...net,
    send(to, channel, bytes) {
      note(channel, bytes);
      net.send(to, channel, bytes);
    },
    request(peer, channel, bytes, timeoutMs) {
      note(`ask/${channel}`, bytes);
      return net.request(peer, channel, bytes, timeoutMs);
    },
    subscribe(channel, handler) {
      subscribers.set(channel, handler);
      return net.subscribe(channel, handler);
    },
    serve(channel, handler) {
      servers.set(channel, handler);
      return net.serve(channel, handler);
    },
  };
  return { tapped, subscribers, servers, sent };
}

/** What a peer can do to sound bytes without the key that signed them. */
const edits = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('append' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
    fc.record({ kind: fc.constant('fill' as const), at: fc.nat(), value: fc.constantFrom(0, 0x7f, 0x80, 0xff) }),
  ),
  { minLength: 1, maxLength: 4 },
);

type Edit = typeof edits extends fc.Arbitrary<(infer Item)[]> ? Item : never;

function applyEdit(bytes: Uint8Array, edit: Edit): Uint8Array {
  const edited = bytes.slice();
  if (edit.kind === 'append') return new Uint8Array([...edited, ...edit.bytes]);
  const at = edited.length === 0 ? 0 : edit.at % edited.length;
  if (edit.kind === 'cut') return edited.slice(0, at);
  if (edit.kind === 'fill') return edited.fill(edit.value, at, at + 4);
  edited[at] = (edited[at] ?? 0) ^ (1 << edit.bit);
  return edited;
}

async function createVictim() {
  const clock = createStoppedClock(GENESIS_TIME);
  const network = createLoopbackNetwork();
  const tap = createTappedNet(network.join('victim'));
  const victim = await createTestNode({ keyPair: odd, network, clock, modules: [portModule({ net: tap.tapped })] });
  const other = await createTestNode({ keyPair: even, network, clock });
  const faults: unknown[] = [];
  victim.host.events.on('faulted', ({ error }) => faults.push(error));
  for (const node of [victim, other]) await node.start();
  await clock.advanceTo(slotTime(4));
  return { clock, victim, other, tap, faults };
}

describe('contract H-39: bytes of peers, on every channel of a complete node', () => {
  it('never throw, never stop the node, and never move its head', async () => {
    const { clock, victim, other, tap, faults } = await createVictim();
    const head = victim.host.head().header;
    const evidence = encodeEvidence({
      kind: 'invalidHeader',
      era: 0,
      protocol: head.protocol,
      offender: even.address,
      height: 1,
      header: tap.sent.get('blocks')?.[0] ?? new Uint8Array(),
      code: 'WRONG_TURN',
    });
    const sound = [...[...tap.sent.values()].flat(), evidence];
    expect(sound.length).toBeGreaterThan(4);
    const channels = [...tap.subscribers.keys()];
    expect(channels).toEqual(expect.arrayContaining(['blocks', 'evidence', 'messages', 'transactions', 'roundVotes']));

    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.constantFrom(...sound), edits).map(([bytes, list]) => list.reduce(applyEdit, bytes)),
    );
    await fc.assert(
      fc.asyncProperty(hostile, fc.constantFrom('mallory', 'bob', even.address), async (bytes, from) => {
        for (const channel of channels) {
          const outcome = await tap.subscribers.get(channel)?.(from, bytes);
          expect(['accept', 'ignore', 'reject']).toContain(outcome);
        }
        for (const serve of tap.servers.values()) {
          const answer = await serve(from, bytes);
          expect(answer === null || answer instanceof Uint8Array).toBe(true);
        }
        expect(faults).toEqual([]);
        expect(victim.host.head().header.id).toBe(head.id);
      }),
      { numRuns: 300 },
    );

    await clock.advanceTo(slotTime(8));
    expect(victim.host.head().header.height).toBe(8);
    expect(victim.host.head().header.id).toBe(other.host.head().header.id);
    for (const node of [victim, other]) await node.stop();
  });
});

/** The network of the chain, which sends texts from peer to peer, as a port of the host. */
import type { Bytes, PeerId } from '@fiducia/consensus';
import type { ClockPort, MessageOutcome, NetPort } from '@fiducia/consensus/ports';
import { bytesOf, hexOf } from '../port/projection.ts';

/** What the chain has: texts arrive, or do not. */
export interface Wire {
  readonly self: PeerId;
  peers(): readonly PeerId[];
  send(to: PeerId, text: string): void;
  onText(handler: (from: PeerId, text: string) => void): void;
  /** Called with what a peer did wrong. */
  report(peer: PeerId, code: string): void;
}

type Packet = readonly [kind: 'tell' | 'ask' | 'answer', channel: string, number: number, hex: string | null];
type Subscriber = (from: PeerId, bytes: Bytes) => Promise<MessageOutcome>;
type Server = (from: PeerId, bytes: Bytes) => Promise<Bytes | null>;

const OPEN_MAX = 256;

export function createWireNet(wire: Wire, clock: ClockPort): NetPort {
  const subscribers = new Map<string, Set<Subscriber>>();
  const servers = new Map<string, Server>();
  const open = new Map<number, { readonly peer: PeerId; readonly answer: (bytes: Bytes | null) => void }>();
  let asked = 0;
  const send = (to: PeerId, ...packet: Packet): void => wire.send(to, JSON.stringify(packet));

  const receive = async (from: PeerId, [kind, channel, number, hex]: Packet): Promise<void> => {
    const bytes = hex === null ? null : bytesOf(hex);
    if (kind === 'answer') {
      // Only the peer that was asked may answer.
      if (open.get(number)?.peer === from) open.get(number)?.answer(bytes);
    } else if (kind === 'ask' && bytes !== null) {
      const answer = (await servers.get(channel)?.(from, bytes)) ?? null;
      send(from, 'answer', channel, number, answer && hexOf(answer));
    } else if (bytes !== null) {
      for (const handle of subscribers.get(channel) ?? []) {
        if ((await handle(from, bytes)) === 'reject') wire.report(from, channel);
      }
    }
  };
  wire.onText((from, text) => {
    const packet = parsePacket(text);
    if (packet === null) wire.report(from, 'PACKET');
    else void receive(from, packet);
  });

  return {
    self: wire.self,
    peers: () => wire.peers(),
    penalise: (peer, code) => wire.report(peer, code),
    send(to, channel, bytes) {
      for (const peer of to === null ? wire.peers() : [to]) send(peer, 'tell', channel, 0, hexOf(bytes));
    },
    subscribe(channel, handler) {
      const handlers = subscribers.get(channel) ?? new Set();
      subscribers.set(channel, handlers.add(handler));
      return () => handlers.delete(handler);
    },
    request(peer, channel, bytes, timeoutMs) {
      if (open.size >= OPEN_MAX) return Promise.resolve(null);
      asked += 1;
      const number = asked;
      return new Promise((resolve) => {
        const cancel = clock.schedule(clock.now() + timeoutMs, () => answer(null));
        const answer = (answered: Bytes | null): void => {
          cancel();
          open.delete(number);
          resolve(answered);
        };
        open.set(number, { peer, answer });
        send(peer, 'ask', channel, number, hexOf(bytes));
      });
    },
    serve(channel, handler) {
      servers.set(channel, handler);
      return () => servers.delete(channel);
    },
  };
}

function parsePacket(text: string): Packet | null {
  try {
    const [kind, channel, number, hex] = JSON.parse(text);
    const isKnown = kind === 'tell' || kind === 'ask' || kind === 'answer';
    const isHex = hex === null || (typeof hex === 'string' && /^([0-9a-f]{2})*$/.test(hex));
    if (!isKnown || typeof channel !== 'string' || typeof number !== 'number' || !isHex) return null;
    return [kind, channel, number, hex];
  } catch {
    return null;
  }
}

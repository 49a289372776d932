/**
 * Ports for development and tests: a loop-back network, a log in memory, a clock over given functions.
 *
 * @module
 */
import type { Bytes, Millis, PeerId } from '@fiducia/consensus';
import type { ClockPort, LogEntry, LogPort, MessageOutcome, NetPort } from '@fiducia/consensus/ports';

/** A network of nodes in one process; nothing is lost, delayed or reordered. */
export interface LoopbackNetwork {
  /** Connects a node to all others. @param peer - Unique among the nodes. */
  join(peer: PeerId): NetPort;
}

type Subscriber = (from: PeerId, bytes: Bytes) => Promise<MessageOutcome>;
type Server = (from: PeerId, bytes: Bytes) => Promise<Bytes | null>;

interface LoopbackNode {
  readonly subscribers: Map<string, Set<Subscriber>>;
  readonly servers: Map<string, Server>;
}

/**
 * Creates a network without sockets. Messages arrive in a later microtask, requests know no time-out
 * and peers no score.
 *
 * @example
 * ```ts
 * const network = createLoopbackNetwork();
 * const [alice, bob] = [network.join('alice'), network.join('bob')];
 * bob.subscribe('greetings', async (from, bytes) => 'accept');
 * alice.send('bob', 'greetings', Uint8Array.of(1));
 * ```
 */
export function createLoopbackNetwork(): LoopbackNetwork {
  const nodes = new Map<PeerId, LoopbackNode>();
  return {
    join(peer) {
      nodes.set(peer, { subscribers: new Map(), servers: new Map() });
      return createLoopbackPort(peer, nodes);
    },
  };
}

function createLoopbackPort(self: PeerId, nodes: ReadonlyMap<PeerId, LoopbackNode>): NetPort {
  const own = nodes.get(self);
  const others = () => [...nodes.keys()].filter((peer) => peer !== self);
  return {
    self,
    peers: others,
    penalise: () => undefined,
    send(to, channel, bytes) {
      for (const peer of to === null ? others() : [to]) {
        for (const subscriber of nodes.get(peer)?.subscribers.get(channel) ?? []) {
          void Promise.resolve().then(() => subscriber(self, bytes));
        }
      }
    },
    subscribe(channel, handler) {
      const handlers = own?.subscribers.get(channel) ?? new Set();
      own?.subscribers.set(channel, handlers);
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    async request(peer, channel, bytes) {
      const server = nodes.get(peer)?.servers.get(channel);
      return server === undefined ? null : server(self, bytes);
    },
    serve(channel, handler) {
      own?.servers.set(channel, handler);
      return () => own?.servers.delete(channel);
    },
  };
}

/** Creates a log that forgets everything when the process ends; for tests and observers only. */
export function createMemoryLog(): LogPort {
  let entries: readonly LogEntry[] = [];
  const isOf = (entry: LogEntry, era: number, protocol: string) => entry.era === era && entry.protocol === protocol;
  return {
    async append(entry) {
      entries = [...entries, entry];
    },
    async *read(era, protocol) {
      yield* entries.filter((entry) => isOf(entry, era, protocol));
    },
    async truncate(era, protocol, height) {
      entries = entries.filter((entry) => !isOf(entry, era, protocol) || entry.height > height);
    },
  };
}

/** What {@link createSystemClock} needs from its platform. */
export interface SystemClockOptions {
  /** Wall-clock time, e.g. `Date.now`; it may jump back, the clock does not follow. */
  readonly now: () => Millis;
  /** Calls back after `delayMs`; returns a function that prevents the call. */
  readonly schedule: (callback: () => void, delayMs: Millis) => () => void;
  /** 32 fresh random bytes. */
  readonly entropy: () => Bytes;
}

/** Platform timers count milliseconds in 32 bits; a longer wait is cut into pieces. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Makes a clock port from functions of the platform, so that this package touches no global.
 *
 * @example
 * ```ts
 * const clock = createSystemClock({
 *   now: Date.now,
 *   schedule(callback, delayMs) {
 *     const timer = setTimeout(callback, delayMs);
 *     return () => clearTimeout(timer);
 *   },
 *   entropy: () => globalThis.crypto.getRandomValues(new Uint8Array(32)),
 * });
 * ```
 */
export function createSystemClock(options: SystemClockOptions): ClockPort {
  let latest: Millis = 0;
  const now = () => {
    latest = Math.max(latest, options.now());
    return latest;
  };
  return {
    now,
    schedule(at, callback) {
      let cancel: () => void = () => undefined;
      const arm = () => {
        const waitMs = Math.max(0, at - now());
        const last = waitMs <= LONGEST_DELAY_MS;
        cancel = options.schedule(last ? fire : arm, last ? waitMs : LONGEST_DELAY_MS);
      };
      // Platforms count milliseconds from another moment than wall clocks, so every sixth timer is early by one. A wall
      // clock that jumped back does not know how long it was.
      const fire = () => {
        const isEarly = options.now() >= latest && now() < at;
        if (isEarly) arm();
        else callback();
      };
      arm();
      return () => cancel();
    },
    entropy: options.entropy,
  };
}

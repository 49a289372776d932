/**
 * The ports as the host calls them: every failure of a port carries its name (contract H-43).
 *
 * @module
 */
import type {
  Awaitable,
  ChainPort,
  ClockPort,
  CryptoPort,
  LogPort,
  NetPort,
  SignerPort,
} from '@fiducia/consensus/ports';
import { HostError, isHostError, type PortName, reasonOf } from './errors.ts';

/** The six ports of one host. */
export interface Ports {
  readonly chain: Required<ChainPort>;
  readonly net: NetPort;
  readonly crypto: Required<CryptoPort>;
  readonly signer: SignerPort | null;
  readonly clock: ClockPort;
  readonly log: LogPort;
}

/** Wraps the ports whose failure must stop the host, so that a rejection names the port. */
export function namePortFailures(
  ports: Omit<Ports, 'chain' | 'crypto'> & { readonly chain: ChainPort; readonly crypto: CryptoPort },
): Ports {
  const { chain, net, crypto, signer, clock, log } = ports;
  return {
    chain: {
      provides: chain.provides,
      read: (locator) => callAsync('chain', 'read', () => chain.read(locator)),
      decode: (bytes, part) => callSync('chain', 'decode', () => chain.decode(bytes, part)),
      refusalOf: (bytes) => callSync('chain', 'refusalOf', () => chain.refusalOf?.(bytes) ?? 'BLOCK_ENCODING'),
      build: (request) => callAsync('chain', 'build', () => chain.build(request)),
      seal: (block, seal) => callSync('chain', 'seal', () => chain.seal(block, seal)),
      execute: (block, request) => callAsync('chain', 'execute', () => chain.execute(block, request)),
      commit: (update) => callAsync('chain', 'commit', () => chain.commit(update)),
    },
    net: {
      self: net.self,
      send: (to, channel, bytes) => callSync('net', 'send', () => net.send(to, channel, bytes)),
      subscribe: (channel, handler) => callSync('net', 'subscribe', () => net.subscribe(channel, handler)),
      request: (peer, channel, bytes, timeoutMs) =>
        callAsync('net', 'request', () => net.request(peer, channel, bytes, timeoutMs)),
      serve: (channel, handler) => callSync('net', 'serve', () => net.serve(channel, handler)),
      peers: () => callSync('net', 'peers', () => net.peers()),
      penalise: (peer, code) => callSync('net', 'penalise', () => net.penalise(peer, code)),
    },
    clock: {
      now: () => callSync('clock', 'now', () => clock.now()),
      schedule: (at, callback) => callSync('clock', 'schedule', () => clock.schedule(at, callback)),
      entropy: () => callSync('clock', 'entropy', () => clock.entropy()),
    },
    crypto: {
      supports: crypto.supports,
      sha256: (data) => crypto.sha256(data),
      verify: (scope, claims) => callAsync('crypto', 'verify', () => crypto.verify(scope, claims)),
      mine: (task, signal) => callAsync('crypto', 'mine', () => crypto.mine(task, signal)),
      recall: crypto.recall?.bind(crypto) ?? ((_space, _bytes, compute) => compute()),
    },
    signer: signer && {
      self: signer.self,
      publicKey: signer.publicKey,
      vrfPublicKey: signer.vrfPublicKey,
      sign: (request) => callAsync('signer', 'sign', () => signer.sign(request)),
      proveVrf: (scope, alpha) => callAsync('signer', 'proveVrf', () => signer.proveVrf(scope, alpha)),
    },
    log: {
      append: (entry) => callAsync('log', 'append', () => log.append(entry)),
      read: (era, protocol) => log.read(era, protocol),
      truncate: (era, protocol, height) => callAsync('log', 'truncate', () => log.truncate(era, protocol, height)),
    },
  };
}

/** Throws or rejects with the name of the port, as the port itself does. */
function callAsync<T>(port: PortName, call: string, run: () => Promise<T>): Promise<T>;
function callAsync<T>(port: PortName, call: string, run: () => Awaitable<T>): Awaitable<T>;
function callAsync<T>(port: PortName, call: string, run: () => Awaitable<T>): Awaitable<T> {
  const fail = (thrown: unknown): never => {
    throw failure(port, call, thrown);
  };
  let answer: Awaitable<T>;
  try {
    answer = run();
  } catch (thrown) {
    return fail(thrown);
  }
  if (answer instanceof Promise) return answer.catch(fail);
  // Promises of other realms and of libraries become promises of this one, which the rest of the host recognises.
  return isThenable(answer) ? Promise.resolve(answer).catch(fail) : answer;
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function callSync<T>(port: PortName, call: string, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw failure(port, call, thrown);
  }
}

function failure(port: PortName, call: string, thrown: unknown): HostError {
  // A port may run code of ours, e.g. while it consumes a checkpoint; that failure has its own name.
  if (isHostError(thrown)) return thrown;
  return new HostError({ code: 'PORT_FAILED', port, call, reason: reasonOf(thrown) }, thrown);
}

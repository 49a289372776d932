/**
 * The ports as the host calls them: every failure of a port carries its name (contract H-43).
 *
 * @module
 */
import { type Bytes, type Claim, compareBytes, type HashFunction, type Millis } from '@fiducia/consensus';
import type {
  Awaitable,
  Block,
  BlockLocator,
  BuildRequest,
  ChainPort,
  ChainUpdate,
  ClaimsResult,
  ClockPort,
  CryptoPort,
  ExecuteRequest,
  ExecutionResult,
  LogPort,
  MiningTask,
  NetPort,
  SignerPort,
  SigningScope,
  StoredBlock,
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
    chain: new NamedChain(chain),
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
    clock: new NamedClock(clock),
    crypto: new NamedCrypto(crypto),
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

/**
 * A class, as the next one: the thousands of nodes of a simulation have one function for all of them. What is called for
 * every block is written out, since a closure for each call would be one of the larger things that an import makes.
 */
class NamedChain implements Required<ChainPort> {
  readonly provides: ChainPort['provides'];
  readonly #chain: ChainPort;

  constructor(chain: ChainPort) {
    this.provides = chain.provides;
    this.#chain = chain;
  }

  read(locator: BlockLocator): Awaitable<StoredBlock | null> {
    return callAsync('chain', 'read', () => this.#chain.read(locator));
  }

  decode(bytes: Bytes, part: 'block' | 'header'): Block | null {
    try {
      return this.#chain.decode(bytes, part);
    } catch (thrown) {
      throw failure('chain', 'decode', thrown);
    }
  }

  refusalOf(bytes: Bytes): string {
    return callSync('chain', 'refusalOf', () => this.#chain.refusalOf?.(bytes) ?? 'BLOCK_ENCODING');
  }

  build(request: BuildRequest): Awaitable<Block | null> {
    let built: Awaitable<Block | null>;
    try {
      built = this.#chain.build(request);
    } catch (thrown) {
      throw failure('chain', 'build', thrown);
    }
    return isThenable(built) ? requireAskedAfter(Promise.resolve(built), request) : requireAsked(built, request);
  }

  seal(block: Block, seal: Bytes): Block {
    return callSync('chain', 'seal', () => this.#chain.seal(block, seal));
  }

  execute(block: Block, request: ExecuteRequest): Awaitable<ExecutionResult> {
    try {
      return named('chain', 'execute', this.#chain.execute(block, request));
    } catch (thrown) {
      throw failure('chain', 'execute', thrown);
    }
  }

  commit(update: ChainUpdate): Awaitable<void> {
    try {
      return named('chain', 'commit', this.#chain.commit(update));
    } catch (thrown) {
      throw failure('chain', 'commit', thrown);
    }
  }
}

class NamedClock implements ClockPort {
  readonly #clock: ClockPort;

  constructor(clock: ClockPort) {
    this.#clock = clock;
  }

  now(): Millis {
    try {
      return this.#clock.now();
    } catch (thrown) {
      throw failure('clock', 'now', thrown);
    }
  }

  schedule(at: Millis, callback: () => void): () => void {
    try {
      return this.#clock.schedule(at, callback);
    } catch (thrown) {
      throw failure('clock', 'schedule', thrown);
    }
  }

  entropy(): Bytes {
    try {
      return this.#clock.entropy();
    } catch (thrown) {
      throw failure('clock', 'entropy', thrown);
    }
  }
}

class NamedCrypto implements Required<CryptoPort> {
  readonly supports: CryptoPort['supports'];
  // Both are handed on as functions of their own.
  readonly sha256: HashFunction;
  readonly recall: Required<CryptoPort>['recall'];
  readonly #crypto: CryptoPort;

  constructor(crypto: CryptoPort) {
    this.supports = crypto.supports;
    this.sha256 = (data) => crypto.sha256(data);
    this.recall = crypto.recall?.bind(crypto) ?? ((_space, _bytes, compute) => compute());
    this.#crypto = crypto;
  }

  verify(scope: SigningScope, claims: readonly Claim[]): Awaitable<ClaimsResult> {
    try {
      return named('crypto', 'verify', this.#crypto.verify(scope, claims));
    } catch (thrown) {
      throw failure('crypto', 'verify', thrown);
    }
  }

  mine(task: MiningTask, signal: AbortSignal): Promise<Bytes | null> {
    return callAsync('crypto', 'mine', () => this.#crypto.mine(task, signal));
  }
}

/**
 * An engine passes over a block that is not what it asked for, and the chain would stand still without a word. Times are
 * left to the rules, which name them when they refuse.
 */
function requireAsked(block: Block | null, request: BuildRequest): Block | null {
  const wrong = block === null ? null : unaskedPart(block, request);
  if (wrong === null) return block;
  const reason = `the block has another ${wrong} than was asked for`;
  throw new HostError({ code: 'PORT_FAILED', port: 'chain', call: 'build', reason });
}

function requireAskedAfter(built: Promise<Block | null>, request: BuildRequest): Promise<Block | null> {
  return built.then(
    (block) => requireAsked(block, request),
    (thrown) => {
      throw failure('chain', 'build', thrown);
    },
  );
}

function unaskedPart({ header }: Block, { parentId, author, protocol, digest }: BuildRequest): string | null {
  if (header.parentId !== parentId) return 'parent';
  if (header.author !== author) return 'author';
  if (header.protocol !== protocol) return 'protocol';
  return compareBytes(header.digest, digest) === 0 ? null : 'digest';
}

/** Throws or rejects with the name of the port, as the port itself does. */
function callAsync<T>(port: PortName, call: string, run: () => Promise<T>): Promise<T>;
function callAsync<T>(port: PortName, call: string, run: () => Awaitable<T>): Awaitable<T>;
function callAsync<T>(port: PortName, call: string, run: () => Awaitable<T>): Awaitable<T> {
  try {
    return named(port, call, run());
  } catch (thrown) {
    throw failure(port, call, thrown);
  }
}

/** An answer that rejects, if it does, with the name of the port. */
function named<T>(port: PortName, call: string, answer: Awaitable<T>): Awaitable<T> {
  if (answer instanceof Promise) return namedPromise(port, call, answer);
  // Promises of other realms and of libraries become promises of this one, which the rest of the host recognises.
  return isThenable(answer) ? namedPromise(port, call, Promise.resolve(answer)) : answer;
}

function namedPromise<T>(port: PortName, call: string, answer: Promise<T>): Promise<T> {
  return answer.catch((thrown: unknown) => {
    throw failure(port, call, thrown);
  });
}

function isThenable<T>(value: Awaitable<T>): value is Promise<T> {
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

/**
 * The six ports of the host: what surrounds a consensus plugin.
 *
 * A plugin never sees a port. A chain that wants to use Fiducia without Fiducia's ledger implements
 * {@link ChainPort}; the other five have ready implementations.
 *
 * Ports may be asynchronous. They fail, by a rejection or a throw, only for reasons of their own (disk full, worker
 * died); the host then stops the engines and reports the fault. Anything a peer can cause is a value.
 *
 * A method that returns an {@link Awaitable} may answer at once instead: a host then goes on without giving way, which
 * costs it a fraction of the time.
 *
 * @module
 */
import type { Directive } from './directive.ts';
import type { Guard } from './engine.ts';
import type { Certificate, Evidence } from './evidence.ts';
import type { Fact, FactKind } from './fact.ts';
import type { ConsensusHeader } from './header.ts';
import type { HashFunction } from './plugin.ts';
import type { ActorId, BlockId, Bytes, EraIndex, Height, Millis, PeerId, ProtocolId } from './primitives.ts';
import type { Claim, ClaimKind } from './verdict.ts';

/**
 * An answer that is there already, or the promise of one. An `async` function gives the latter; a port in memory need
 * not make its callers wait for what it knows. Callers `await` it and need not tell the two apart.
 *
 * @example
 * ```ts
 * async function heightOf(chain: ChainPort): Promise<number> {
 *   const head = await chain.read({ kind: 'head' });
 *   return head?.block.header.height ?? 0;
 * }
 * ```
 */
export type Awaitable<T> = T | Promise<T>;

// ------------------------------------------------------------------------------------------------
// Chain
// ------------------------------------------------------------------------------------------------

/** A decoded block as the host handles it. */
export interface Block {
  /** Projection onto the contract. */
  readonly header: ConsensusHeader;
  /** Canonical encoding of the header alone; enough for anybody to recompute `sealHash` and `id`. */
  readonly headerBytes: Bytes;
  /** Canonical encoding of the whole block; empty if only the header was decoded. */
  readonly bytes: Bytes;
  /** Evidence in the body, in body order. */
  readonly evidence: readonly Evidence[];
  /** Certificates in the body, in body order. */
  readonly certificates: readonly Certificate[];
}

/** Which stored block to read. */
export type BlockLocator =
  | { readonly kind: 'genesis' }
  | { readonly kind: 'head' }
  | { readonly kind: 'finalized' }
  | { readonly kind: 'id'; readonly id: BlockId }
  /** Block at this height on the adopted branch. */
  | { readonly kind: 'height'; readonly height: Height };

/** A block with what the host stored beside it. */
export interface StoredBlock {
  /** The block. */
  readonly block: Block;
  /** Host-owned: era, total weight and filtered facts, so that states can be derived again. */
  readonly record: Bytes;
  /** Chunks of the consensus states after this block, if a checkpoint was stored; read lazily. */
  readonly checkpoint?: Iterable<Bytes>;
  /** Finality proof, if one is known for exactly this block. */
  readonly proof?: Bytes;
}

/** What to build. */
export interface BuildRequest {
  /** Block to build on. */
  readonly parentId: BlockId;
  /** Time to claim; the engine chose it. */
  readonly timestamp: Millis;
  /** Who will seal the block. */
  readonly author: ActorId;
  /** Protocol of the era of the new height. */
  readonly protocol: ProtocolId;
  /** Plugin-owned data for the header, at most `LIMITS.digestBytes`. */
  readonly digest: Bytes;
  /** Apply these first, in order; they are what `execute` will get for the finished block. */
  readonly directives: readonly Directive[];
  /** Put these into the body. */
  readonly evidence: readonly Evidence[];
  /** Put these into the body, behind the evidence. */
  readonly certificates: readonly Certificate[];
  /** Local time at which the chain must have answered; stop adding transactions well before. */
  readonly deadline: Millis;
}

/** How to execute. */
export interface ExecuteRequest {
  /** Apply these first, in order. */
  readonly directives: readonly Directive[];
  /** Also list the current value of all facts of these kinds; used at the start of an era. */
  readonly census?: readonly FactKind[];
}

/** Outcome of executing a block on the state of its parent. */
export type ExecutionResult =
  | {
      readonly kind: 'executed';
      /** What the block established, in execution order. */
      readonly facts: readonly Fact[];
      /** Present if asked for: sorted, deterministic, valid until the next `commit`; each plugin of an era iterates it. */
      readonly census?: Iterable<Fact>;
    }
  | { readonly kind: 'invalid'; readonly code: string }
  /** The state of the parent is not kept here any more. Says nothing about the block. */
  | { readonly kind: 'unavailable' };

/** One atomic step of the chain. Either all of it survives a crash, or nothing. */
export interface ChainUpdate {
  /**
   * Newly executed blocks, parents first, on any branch. After a restart those beside the adopted branch come again: one
   * that is stored already must not be lost if the update is.
   */
  readonly store: readonly StoredBlock[];
  /** Adopted head after the update. */
  readonly headId: BlockId;
  /** Blocks leaving the adopted branch, newest first. */
  readonly reverted: readonly BlockId[];
  /** Blocks joining the adopted branch, oldest first. */
  readonly applied: readonly BlockId[];
  /** New irreversible block; everything not descending from it may be deleted. */
  readonly finalized?: { readonly id: BlockId; readonly proof?: Bytes };
  /**
   * Consensus states to keep with a finalised block, or with the last block of an era, which is then in `store`.
   * Chunks may be empty. Consumed lazily and possibly over several transactions; visible only when complete. Equal chunks may be stored once. Older checkpoints
   * may be deleted, except the newest one below it.
   */
  readonly checkpoint?: { readonly id: BlockId; readonly chunks: Iterable<Bytes> };
}

/**
 * A ledger, as six methods. `@fiducia/ledger` implements it; so can any other chain.
 *
 * The host calls `build`, `execute` and `commit` one at a time per branch; `read` and `decode` may
 * overlap with everything.
 */
export interface ChainPort {
  /** Facts this ledger can produce. Checked against plugin requirements at configuration time. */
  readonly provides: ReadonlySet<FactKind>;

  /** Loads a stored block, or `null`. */
  read(locator: BlockLocator): Awaitable<StoredBlock | null>;

  /**
   * Decodes bytes from a peer. Synchronous, total, without reading storage: canonical form, sizes and
   * `sealHash` are checked here, signatures and state are not.
   * @returns `null` for anything not canonical.
   */
  decode(bytes: Bytes, part: 'block' | 'header'): Block | null;

  /**
   * Says why `decode` refuses a block: a stable UPPER_SNAKE code, e.g. `TX_ENCODING`. Synchronous, total,
   * called only with bytes that `decode` refused. Without it hosts report `BLOCK_ENCODING` for all of them.
   */
  refusalOf?(bytes: Bytes): string;

  /**
   * Builds an unsealed block, or returns `null` if that is impossible before the deadline. A block with another parent,
   * author, protocol or digest than was asked for counts as a failure of the port.
   */
  build(request: BuildRequest): Awaitable<Block | null>;

  /** Attaches a seal. The id may change, `sealHash` must not. Synchronous, total. */
  seal(block: Block, seal: Bytes): Block;

  /**
   * Executes a block speculatively. Idempotent; changes nothing that `read` can see. The parent is
   * either committed or was executed earlier. Genesis is executed like any other block.
   */
  execute(block: Block, request: ExecuteRequest): Awaitable<ExecutionResult>;

  /** Makes an update durable and visible, atomically. Returns, or resolves, after it is durable. */
  commit(update: ChainUpdate): Awaitable<void>;
}

// ------------------------------------------------------------------------------------------------
// Network
// ------------------------------------------------------------------------------------------------

/** What the network should think of a received message and of the peer that forwarded it. */
export type MessageOutcome = 'accept' | 'ignore' | 'reject';

/** Moves bytes between peers. Unordered, lossy, duplicating; no promise of delivery. */
export interface NetPort {
  /** Own transport identity. */
  readonly self: PeerId;
  /** Sends to one peer or to all subscribers of a channel. Never blocks; drops when saturated. */
  send(to: PeerId | null, channel: string, bytes: Bytes): void;
  /** Delivers messages until the returned function is called. `reject` lowers the peer's score. */
  subscribe(channel: string, handler: (from: PeerId, bytes: Bytes) => Promise<MessageOutcome>): () => void;
  /** Asks one peer. Resolves to `null` on refusal, time-out or disconnect. */
  request(peer: PeerId, channel: string, bytes: Bytes, timeoutMs: Millis): Promise<Bytes | null>;
  /** Answers questions of peers until the returned function is called. */
  serve(channel: string, handler: (from: PeerId, bytes: Bytes) => Promise<Bytes | null>): () => void;
  /** Currently connected peers. */
  peers(): readonly PeerId[];
  /** Lowers the score of a peer. */
  penalise(peer: PeerId, code: string): void;
}

// ------------------------------------------------------------------------------------------------
// Keys and cryptography
// ------------------------------------------------------------------------------------------------

/** Identifies the place where a signature is valid. */
export interface SigningScope {
  /** 32 bytes that identify the chain. */
  readonly chainId: Bytes;
  /** Era in which the signature counts. */
  readonly era: EraIndex;
  /** Protocol that reads the signature. */
  readonly protocol: ProtocolId;
}

/** What to sign. */
export interface SignRequest {
  /** Place where the signature will be valid. */
  readonly scope: SigningScope;
  /** Domain label, e.g. `seal` or `message`. */
  readonly domain: string;
  /** What to sign. */
  readonly data: Bytes;
  /** Place that must never be signed twice with different bytes; absent where nothing can conflict. */
  readonly guard?: Guard;
}

/** Outcome of a request to sign. */
export type SignResult =
  /** Signed now, or signed earlier with equal bytes. */
  | { readonly kind: 'signed'; readonly signature: Bytes }
  /** Other bytes were signed at this sequence; send these instead. */
  | { readonly kind: 'conflict'; readonly data: Bytes; readonly signature: Bytes }
  /** Lower sequence, lower floor, or signing is disabled (`STALE`, `FLOOR`, `DISABLED`). */
  | { readonly kind: 'refused'; readonly code: string };

/** Holds the keys of one validator, in memory, in a file, or behind a remote signer. */
export interface SignerPort {
  /** Who signs. */
  readonly self: ActorId;
  /** Key to register for verification. */
  readonly publicKey: Bytes;
  /** Key to register for VRF proofs; separate from the signing key. */
  readonly vrfPublicKey: Bytes;
  /**
   * Signs after the guard was checked and durably recorded, in one indivisible step. Missing guard
   * records on a chain above genesis disable signing until an operator confirms.
   */
  sign(request: SignRequest): Awaitable<SignResult>;
  /** Evaluates the VRF of RFC 9381 on the scoped `alpha`. */
  proveVrf(scope: SigningScope, alpha: Bytes): Awaitable<{ readonly output: Bytes; readonly proof: Bytes }>;
}

/** Outcome of checking claims. */
export type ClaimsResult =
  | { readonly kind: 'valid' }
  /**
   * `index` of one claim that does not hold, and a stable UPPER_SNAKE `code` that says why, e.g.
   * `SIGNATURE_HIGH_S`; blocks and transactions are refused with this code.
   */
  | { readonly kind: 'invalid'; readonly index: number; readonly code: string };

/** A proof-of-work search. */
export interface MiningTask {
  /** Name of the hash, as in the claim of kind `work`. */
  readonly algorithm: string;
  /** Bytes before the nonce. */
  readonly data: Bytes;
  /** Largest hash that counts, read big-endian. */
  readonly target: bigint;
  /** Where to start, so that nodes search different nonces. */
  readonly startNonce: bigint;
}

/** Checks claims and searches nonces, usually on worker threads. */
export interface CryptoPort {
  /** Claims it understands. Checked against plugin requirements at configuration time. */
  readonly supports: ReadonlySet<ClaimKind>;
  /** SHA-256, synchronous. */
  readonly sha256: HashFunction;
  /** Checks all claims of one scope. Malformed keys or signatures are `invalid`, never a rejection. */
  verify(scope: SigningScope, claims: readonly Claim[]): Awaitable<ClaimsResult>;
  /** Searches until found or aborted; resolves to `null` when aborted. */
  mine(task: MiningTask, signal: AbortSignal): Promise<Bytes | null>;
  /**
   * Returns what was computed from equal bytes before, or computes it. Only simulations have it, where many nodes of
   * one process decode the same bytes; whoever calls it must do the same without it.
   *
   * @param space - Names the computation with everything but the bytes that the result depends on.
   * @param compute - A pure function of `space` and `bytes` that does not throw; nobody may change what it returned.
   */
  recall?<T>(space: string, bytes: Bytes, compute: () => T): T;
}

// ------------------------------------------------------------------------------------------------
// Time and durability
// ------------------------------------------------------------------------------------------------

/** Wall-clock time. Reported time never decreases; peers never adjust it. */
export interface ClockPort {
  /** Current time. */
  now(): Millis;
  /** Calls back at `at` or as soon as possible after; returns a function that prevents the call. */
  schedule(at: Millis, callback: () => void): () => void;
  /** 32 fresh random bytes; the only source of randomness of a node. */
  entropy(): Bytes;
}

/** An entry of the consensus log. */
export interface LogEntry {
  /** Era of the engine that wrote it. */
  readonly era: EraIndex;
  /** Protocol of the engine that wrote it. */
  readonly protocol: ProtocolId;
  /** Height the entry concerns; it may go once a block of this height is final. */
  readonly height: Height;
  /** What the engine wrote, at most `LIMITS.logEntryBytes`. */
  readonly bytes: Bytes;
  /** Canonical encoding of the block that the entry is about, if the engine named one. */
  readonly block?: Bytes;
}

/** Append-only log of what engines must remember across a crash. */
export interface LogPort {
  /** Returns, or resolves, after the entry is durable. Entries become durable in order. */
  append(entry: LogEntry): Awaitable<void>;
  /** Entries of one protocol in one era, oldest first. A torn last entry is dropped silently. */
  read(era: EraIndex, protocol: ProtocolId): AsyncIterable<LogEntry>;
  /** Forgets entries with a height at or below `height`. */
  truncate(era: EraIndex, protocol: ProtocolId, height: Height): Awaitable<void>;
}

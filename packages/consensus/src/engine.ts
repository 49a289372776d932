/**
 * The active half of a plugin: inputs, effects, guards.
 *
 * @module
 */
import type { Evidence, SignedMessage } from './evidence.ts';
import type { ConsensusHeader, Tip } from './header.ts';
import type { ActorId, BlockId, Bytes, Height, LIMITS, Millis, PeerId, SEAL_DOMAIN, VRF_DOMAIN } from './primitives.ts';

/** Name of a timer within one engine. */
export type TimerId = string;

/** Correlates an effect with the input that answers it; chosen by the engine, unique while open. */
export type RequestId = string;

/** Who gets a message. The sender always receives its own message too. */
export type Recipient =
  | { readonly kind: 'all' }
  | { readonly kind: 'validators' }
  | { readonly kind: 'actor'; readonly actorId: ActorId }
  | { readonly kind: 'peer'; readonly peerId: PeerId };

/**
 * Protects a signature against signing twice.
 *
 * Before signing, the host durably records lane, sequence and bytes. A lower sequence is refused.
 * An equal sequence with equal bytes is repeated. An equal sequence with other bytes is refused and
 * the recorded bytes are sent instead, so a restarted node is not mute for the round.
 */
export interface Guard {
  /** Name of the lane, e.g. `seal` or `precommit`. At most 16 lanes per protocol. */
  readonly lane: string;
  /** Position, compared element by element; missing elements count as 0. At most 4 elements. */
  readonly sequence: readonly number[];
  /**
   * Values that may stay equal but never fall, e.g. the source checkpoint of a Casper vote. The
   * host refuses to sign if a recorded floor of the same name is higher.
   */
  readonly floors?: Readonly<Record<string, number>>;
}

/** How a published block gets its seal. */
export type Sealing =
  | {
      /** The host signs `sealHash` under {@link SEAL_DOMAIN} and uses the signature as seal. */
      readonly kind: 'sign';
      readonly guard: Guard;
    }
  | {
      /** The engine supplies the seal, e.g. a nonce. */
      readonly kind: 'attach';
      readonly seal: Bytes;
    };

/** Value allowed in a trace record. */
export type TraceValue = string | number | bigint | boolean | null | Bytes;

/** What the host tells an engine. */
export type Input<State> =
  | {
      /** The adopted head changed, by extension or by reorganisation. */
      readonly kind: 'headChanged';
      readonly head: Tip<State>;
    }
  | {
      /** This block and its ancestors became irreversible; heights never decrease. */
      readonly kind: 'finalized';
      readonly header: ConsensusHeader;
    }
  | {
      /** A timer set by this engine is due; it is disarmed before this input is delivered. */
      readonly kind: 'timerElapsed';
      readonly timerId: TimerId;
    }
  | {
      /**
       * An authentic message, own messages included. May be repeated or out of order. `author` is
       * verified; whether it is a validator is for the engine to decide.
       */
      readonly kind: 'messageReceived';
      readonly from: PeerId;
      readonly message: SignedMessage;
      /** Header of a block that travelled with the message; available for `validateBlock`. */
      readonly header?: ConsensusHeader;
    }
  | {
      /** A block asked for with `fetchBlock` arrived. It is held, not imported. */
      readonly kind: 'blockFetched';
      readonly requestId: RequestId;
      /** `null` if nobody had it before the request expired. */
      readonly header: ConsensusHeader | null;
    }
  | {
      /** Answer to `buildBlock`. */
      readonly kind: 'blockBuilt';
      readonly requestId: RequestId;
      /** Unsealed block, or `null` if the ledger could not build one in time. */
      readonly header: ConsensusHeader | null;
    }
  | {
      /** Answer to `validateBlock`. */
      readonly kind: 'blockValidated';
      readonly blockId: BlockId;
      /** `unavailable` means that body or parent is missing here; it says nothing about validity. */
      readonly result: 'valid' | 'invalid' | 'unavailable';
    }
  | {
      /** Answer to `mine`. */
      readonly kind: 'mined';
      readonly requestId: RequestId;
      readonly blockId: BlockId;
      /** Nonce that satisfies the target. */
      readonly seal: Bytes;
    }
  | {
      /** Answer to `proveVrf`. */
      readonly kind: 'vrfProved';
      readonly requestId: RequestId;
      readonly output: Bytes;
      readonly proof: Bytes;
    }
  | {
      /** The node fell behind its peers or caught up. Do not produce or vote while behind. */
      readonly kind: 'syncChanged';
      readonly behind: boolean;
    };

/** Names of the {@link Input} variants. */
export type InputKind = Input<unknown>['kind'];

/** What an engine asks of the host. The host carries out a list of effects strictly in order. */
export type Effect =
  | {
      /** Arms, re-arms (same id) or disarms (`at: null`) a timer. A time in the past fires at once. */
      readonly kind: 'setTimer';
      readonly timerId: TimerId;
      readonly at: Millis | null;
    }
  | {
      /** Builds a block on `parentId`; answered by `blockBuilt`. */
      readonly kind: 'buildBlock';
      readonly requestId: RequestId;
      readonly parentId: BlockId;
      readonly timestamp: Millis;
      readonly digest: Bytes;
      /** Local time after which the answer is `null`. */
      readonly deadline: Millis;
    }
  | {
      /** Verifies and executes a block without adopting it; answered by `blockValidated`. */
      readonly kind: 'validateBlock';
      readonly blockId: BlockId;
    }
  | {
      /**
       * Searches a nonce for the `sealHash` of a built block; answered by `mined`. Ends without an
       * answer on `cancel`, on another `mine` with the same id, and with the engine.
       */
      readonly kind: 'mine';
      readonly requestId: RequestId;
      readonly blockId: BlockId;
      readonly algorithm: string;
      readonly target: bigint;
    }
  | {
      /** Evaluates the node's VRF on `alpha` under {@link VRF_DOMAIN}; answered by `vrfProved`. */
      readonly kind: 'proveVrf';
      readonly requestId: RequestId;
      readonly alpha: Bytes;
    }
  | {
      /** Abandons an open request. Its answer will not be delivered. */
      readonly kind: 'cancel';
      readonly requestId: RequestId;
    }
  | {
      /** Signs and sends a message. Ignored, with a trace, if the node has no signer. */
      readonly kind: 'send';
      readonly to: Recipient;
      readonly payload: Bytes;
      /** Required for every payload that has a `conflictKey`. */
      readonly guard?: Guard;
      /** Attaches a block the host holds, so that recipients can validate it. */
      readonly blockId?: BlockId;
      /**
       * Repeats the message with growing gaps until the head or the finalised block changes. A
       * newer sticky message in the same guard lane replaces it. Absent: sent once.
       */
      readonly sticky?: 'untilHeadChanges' | 'untilFinalized';
    }
  | {
      /**
       * Releases a block to the network and imports it here. `sealing` is absent when the block is
       * already sealed, for instance when a finality gadget adds a proof to somebody's block.
       *
       * A proof of a block that cannot descend from the finalised one says that finality itself is broken: the host
       * keeps both proofs and signs nothing more.
       */
      readonly kind: 'publish';
      readonly blockId: BlockId;
      readonly sealing?: Sealing;
      /** Finality proof to store and spread with the block. */
      readonly proof?: Bytes;
    }
  | {
      /** Offers a certificate to block builders; the newest four per protocol are kept. */
      readonly kind: 'offerCertificate';
      readonly certificate: Bytes;
    }
  | {
      /** Asks peers for a block; answered by `blockFetched`. */
      readonly kind: 'fetchBlock';
      readonly requestId: RequestId;
      readonly blockId: BlockId;
      /** Peer to ask first. */
      readonly from?: PeerId;
    }
  | {
      /**
       * Barrier: no later effect of this engine is carried out before `entry` is durable. Returned
       * by {@link EngineStart.log} after a restart until a block of `height` is final.
       */
      readonly kind: 'persist';
      readonly height: Height;
      readonly entry: Bytes;
      /**
       * Keeps this held block as long as the entry, and holds it again after a restart: without it nobody
       * might have the body of a block that nodes are locked on.
       */
      readonly blockId?: BlockId;
    }
  | {
      /** Files evidence. The host verifies it before pooling or spreading it. */
      readonly kind: 'accuse';
      readonly evidence: Evidence;
    }
  | {
      /** Lowers the score of a peer that sent something provably invalid. */
      readonly kind: 'penalisePeer';
      readonly peerId: PeerId;
      readonly code: string;
    }
  | {
      /** Records an observation. Never influences anything. */
      readonly kind: 'trace';
      readonly event: string;
      readonly data?: Readonly<Record<string, TraceValue>>;
    };

/** Names of the {@link Effect} variants. */
export type EffectKind = Effect['kind'];

/** What an engine gets when it starts: everything it needs to catch up without past inputs. */
export interface EngineStart<State> {
  /** Adopted head. */
  readonly head: Tip<State>;
  /** Last irreversible block; genesis or the era's parent if there is none. */
  readonly finalized: ConsensusHeader;
  /** Entries of `persist` above the finalised height, oldest first; empty on the first start. */
  readonly log: readonly Bytes[];
  /** 32 fresh random bytes, the engine's only source of randomness; recorded for replay. */
  readonly entropy: Bytes;
  /** Whether the node is behind its peers. */
  readonly behind: boolean;
}

/**
 * The active half of a plugin: a deterministic state machine without IO.
 *
 * The host calls `start` once and then `on` for one input at a time; calls never overlap. Recorded
 * inputs replayed into a new engine give the same effects.
 */
export interface ConsensusEngine<State> {
  /** First call. Returns at most {@link LIMITS}`.effectsPerInput` effects. */
  start(start: EngineStart<State>, now: Millis): readonly Effect[];
  /**
   * Handles one input. Total: whatever a peer sends, it returns, and quickly: one call should
   * stay under a millisecond and must stay under 50 ms.
   */
  on(input: Input<State>, now: Millis): readonly Effect[];
  /**
   * Lists every buffer of this engine that peers can fill, for metrics and tests. Changes nothing and influences
   * nothing; may be called at any time between two inputs. Absent: the engine keeps nothing of what peers send.
   */
  usage?(): readonly BufferUsage[];
}

/** How full a bounded buffer is, see {@link ConsensusEngine.usage}. */
export interface BufferUsage {
  /** Which buffer, in camelCase; unique within one list. What is bounded for each peer ends in `PerPeer`. */
  readonly name: string;
  /** Entries now; of a bound for each peer or author those of whoever has most. */
  readonly count: number;
  /** Most entries that there may be, at least 1. */
  readonly max: number;
}

/** Orders two guard sequences: negative, zero or positive. Missing elements count as 0. */
export function compareSequences(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

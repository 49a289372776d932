/**
 * Names of the primitive values, signing domains and hard limits of the contract.
 *
 * @module
 */
import type { Effect } from './engine.ts';
import type { EraStart } from './era.ts';
import type { Evidence, SignedMessage } from './evidence.ts';
import type { ConsensusHeader } from './header.ts';
import type { ConsensusPlugin } from './plugin.ts';
import type { ConsensusRules, StateCodec } from './rules.ts';
import type { Claim } from './verdict.ts';

/** Raw bytes. Treated as immutable by both sides once handed over. */
export type Bytes = Uint8Array;

/** Milliseconds since the Unix epoch, or a duration in milliseconds; a non-negative safe integer. */
export type Millis = number;

/** Number of blocks from genesis, which has height 0; a non-negative safe integer. */
export type Height = number;

/** Index of an era: 0 for the plugin that starts at genesis, one more after every switch. */
export type EraIndex = number;

/** Identity of a block chosen by the host: canonical lower-case text, equal exactly for equal blocks. */
export type BlockId = string;

/** Canonical identity of a validator, candidate or account, e.g. a lower-case hex address. */
export type ActorId = string;

/** Identity of a transport endpoint. It says who forwarded bytes, never who signed them. */
export type PeerId = string;

/**
 * A plugin and the major version of its rules: `name@major`, e.g. `dt-dpos@1`.
 *
 * Every header names its protocol, so decoding never depends on height or configuration.
 */
export type ProtocolId = `${string}@${number}`;

/** Version of this contract. A host refuses a plugin whose {@link ConsensusPlugin.contract} differs. */
export const CONTRACT_VERSION = 1;

/** Domain label under which the host signs `sealHash`; see {@link Claim}. */
export const SEAL_DOMAIN = 'seal';

/** Domain label under which the host signs message payloads; see {@link SignedMessage}. */
export const MESSAGE_DOMAIN = 'message';

/** Domain label that prefixes every VRF input; see {@link Effect}, `proveVrf`. */
export const VRF_DOMAIN = 'vrf';

/**
 * Sizes and counts that every host enforces and every plugin may rely on.
 *
 * A peer that exceeds a limit is penalised; a plugin that exceeds one has a bug and stops the node.
 */
export const LIMITS = {
  /** Longest {@link ConsensusHeader.digest}. */
  digestBytes: 4_096,
  /** Longest {@link ConsensusHeader.seal}. */
  sealBytes: 4_096,
  /** Longest {@link SignedMessage.payload}. */
  messageBytes: 262_144,
  /** Longest finality proof or certificate. */
  proofBytes: 262_144,
  /** Longest chunk yielded by {@link StateCodec.encode}. */
  stateChunkBytes: 1_048_576,
  /** Longest {@link Effect} `persist` entry. */
  logEntryBytes: 262_144,
  /** Longest encoding of one {@link Evidence}. */
  evidenceBytes: 65_536,
  /** Most evidence in one block. */
  evidencePerBlock: 16,
  /** Most certificates in one block. */
  certificatesPerBlock: 4,
  /**
   * Most facts that a ledger tells of one block. A census (see {@link EraStart}) is exempt, and so are the facts of the
   * host: of evidence, of certificates, and of at most {@link LIMITS}`.validators` signers for each certificate.
   */
  factsPerBlock: 65_536,
  /** Most directives of one block. */
  directivesPerBlock: 65_536,
  /** Most validators returned by {@link ConsensusRules.validators}. */
  validators: 4_096,
  /** Most effects returned for one input. */
  effectsPerInput: 1_024,
  /** Most timers armed at once by one engine. */
  timers: 256,
  /** Most unanswered requests (`buildBlock`, `validateBlock`, `mine`, `proveVrf`, `fetchBlock`). */
  openRequests: 64,
  /** Most sticky messages kept alive at once by one engine. */
  stickyMessages: 64,
  /** Heights above the head for which the host still delivers messages. */
  futureHeights: 10,
} as const;

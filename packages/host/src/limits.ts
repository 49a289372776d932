/**
 * Bounds of every buffer of the host (contract, section 9).
 *
 * @module
 */
import { LIMITS, type Millis } from '@fiducia/consensus';
import { HostError } from './errors.ts';

/** Sizes of the host's buffers and how long things are kept; each may be lowered, none raised. */
export interface HostLimits {
  /** Most inputs waiting for the engine; beyond it network messages are dropped. @defaultValue 4096 */
  readonly inputsMax: number;
  /** Most messages of one author and height from one peer in `duplicatesMs`. @defaultValue 64 */
  readonly messagesPerAuthorMax: number;
  /** Most authors of messages for one height from one peer in `duplicatesMs`. @defaultValue 4096 */
  readonly authorsPerPeerMax: number;
  /** Hashes of messages remembered to recognise repetition. @defaultValue 65536 */
  readonly duplicatesMax: number;
  /** How long a message hash is remembered and messages are counted, in milliseconds. @defaultValue 600000 */
  readonly duplicatesMs: Millis;
  /** Most claims of messages and evidence waiting to be checked. @defaultValue 16384 */
  readonly claimsWaitingMax: number;
  /** Most claims of one peer among them. @defaultValue 1024 */
  readonly claimsPerPeerMax: number;
  /** Valid signatures remembered so that they are checked once. @defaultValue 16384 */
  readonly knownClaimsMax: number;
  /** Most blocks parked because their time lies ahead. @defaultValue 256 */
  readonly parkedBlocksMax: number;
  /** Most parked blocks of one peer. @defaultValue 32 */
  readonly parkedPerPeerMax: number;
  /** How far ahead a block may lie to be parked, in milliseconds. @defaultValue 15000 */
  readonly parkedAheadMs: Millis;
  /** Most blocks waiting for their parent. @defaultValue 512 */
  readonly orphanBlocksMax: number;
  /** Most blocks of one peer waiting for their parent. @defaultValue 32 */
  readonly orphansPerPeerMax: number;
  /** Most blocks of one peer waiting for import. @defaultValue 64 */
  readonly importsPerPeerMax: number;
  /** Longest accepted block in bytes; the ledger may be stricter. @defaultValue 16777216 */
  readonly blockBytesMax: number;
  /** Rejected blocks remembered so that they are judged once. @defaultValue 4096 */
  readonly rejectedBlocksMax: number;
  /** Blocks held for the engine because it had them built or fetched, and as many attached to messages. @defaultValue 64 */
  readonly heldBlocksMax: number;
  /** Blocks attached to messages that are held for one peer. @defaultValue 8 */
  readonly heldPerPeerMax: number;
  /** Most keys in the conflict index. @defaultValue 65536 */
  readonly conflictKeysMax: number;
  /** Most keys of one author in the conflict index. @defaultValue 4096 */
  readonly conflictKeysPerAuthorMax: number;
  /** How far from the head the conflict index reaches, in blocks. @defaultValue 1000 */
  readonly conflictBlocks: number;
  /** Proofs of finality kept for blocks that are not here yet. @defaultValue 64 */
  readonly pendingProofsMax: number;
  /** Proofs of one peer among them. @defaultValue 8 */
  readonly pendingProofsPerPeerMax: number;
  /** Most evidence in the pool. @defaultValue 1024 */
  readonly evidencePoolMax: number;
  /** How long one call of an engine may take before a warning, in milliseconds. @defaultValue 50 */
  readonly engineCallMs: Millis;
  /** Blocks below the head whose states stay in memory (contract H-23). @defaultValue 10000 */
  readonly retentionBlocks: number;
  /** Most blocks in the tree (contract H-24). @defaultValue 20000 */
  readonly unfinalizedBlocksMax: number;
  /** Blocks between two checkpoints of the consensus state (contract H-26). @defaultValue 4096 */
  readonly checkpointBlocks: number;
  /** States a peer may make the host derive again from storage per adopted head. @defaultValue 4 */
  readonly derivationsPerPeerMax: number;
  /** How long a peer may take to answer a request, in milliseconds. @defaultValue 5000 */
  readonly fetchTimeoutMs: Millis;
  /** Most blocks asked for at once while catching up. @defaultValue 128 */
  readonly syncBatchBlocks: number;
  /**
   * How long a starting host waits, without any progress, for peers to tell it of newer blocks before it builds on
   * what it knows, in milliseconds (contract H-44). @defaultValue 2000
   */
  readonly startSyncMs: Millis;
  /**
   * How old the head may become before a peer is asked what follows on it, in milliseconds; where blocks are far apart,
   * longer (contract H-47). @defaultValue 10000
   */
  readonly quietMs: Millis;
  /** Engine calls kept for a fault report. @defaultValue 64 */
  readonly recordsKeptMax: number;
}

/** The defaults, which are also the maxima. */
export const DEFAULT_HOST_LIMITS: HostLimits = {
  // Those that every block meets, side by side in memory.
  blockBytesMax: 16_777_216,
  importsPerPeerMax: 64,
  conflictBlocks: 1_000,
  engineCallMs: 50,
  retentionBlocks: 10_000,
  unfinalizedBlocksMax: 20_000,
  checkpointBlocks: 4_096,
  // All others.
  inputsMax: 4_096,
  messagesPerAuthorMax: 64,
  authorsPerPeerMax: 4_096,
  duplicatesMax: 65_536,
  duplicatesMs: 600_000,
  claimsWaitingMax: 16_384,
  claimsPerPeerMax: 1_024,
  knownClaimsMax: 16_384,
  parkedBlocksMax: 256,
  parkedPerPeerMax: 32,
  parkedAheadMs: 15_000,
  orphanBlocksMax: 512,
  orphansPerPeerMax: 32,
  rejectedBlocksMax: 4_096,
  heldBlocksMax: 64,
  heldPerPeerMax: 8,
  conflictKeysMax: 65_536,
  conflictKeysPerAuthorMax: 4_096,
  pendingProofsMax: 64,
  pendingProofsPerPeerMax: 8,
  evidencePoolMax: 1_024,
  derivationsPerPeerMax: 4,
  fetchTimeoutMs: 5_000,
  syncBatchBlocks: 128,
  startSyncMs: 2_000,
  quietMs: 10_000,
  recordsKeptMax: 64,
};

/**
 * How old an offence may be, in blocks, under rules that have no `verifyEvidence`. It decides about
 * validity, so every node has the same value and no option changes it (contract H-32).
 */
export const EVIDENCE_WINDOW_BLOCKS = 1_000;

/**
 * How far ahead of its announcement an era must start, in blocks. It decides about validity, so every node has the
 * same value and no option changes it (contract H-36).
 */
export const ERA_NOTICE_BLOCKS = 1_000;

/**
 * Most facts of one block beside those of the ledger: evidence, certificates, and who takes part by signing those. It
 * decides about validity, so every node has the same value and no option changes it.
 */
export const HOST_FACTS_MAX = LIMITS.evidencePerBlock + LIMITS.certificatesPerBlock * (1 + LIMITS.validators);

/** Calls of an engine in a row over `engineCallMs` after which the host reports `PLUGIN_SLOW`. */
export const SLOW_CALLS_MAX = 5;

/**
 * Fills in {@link DEFAULT_HOST_LIMITS}.
 * @throws {@link HostError} with `INVALID_OPTIONS` for a value that is no integer in 1 … default.
 */
export function requireHostLimits(limits: Partial<HostLimits>): HostLimits {
  for (const [name, value] of Object.entries(limits)) {
    const max = (DEFAULT_HOST_LIMITS as unknown as Record<string, number | undefined>)[name];
    if (max === undefined) throw invalid(name, 'is not a limit');
    if (!Number.isSafeInteger(value) || value < 1 || value > max) {
      throw invalid(name, `must be an integer in [1, ${max}]`);
    }
  }
  return { ...DEFAULT_HOST_LIMITS, ...limits };
}

function invalid(name: string, reason: string): HostError {
  return new HostError({ code: 'INVALID_OPTIONS', path: `limits.${name}`, reason });
}

/**
 * Typed errors of this package.
 *
 * @module
 */
import type { BlockId, ClaimKind, EraIndex, FactKind, ProtocolId } from '@fiducia/consensus';

/** Which port failed. */
export type PortName = 'chain' | 'net' | 'crypto' | 'signer' | 'clock' | 'log';

/** Failure data: `code` selects the shape of the rest. */
export type HostErrorData =
  /** An option of {@link createHost} is missing or out of range. */
  | { readonly code: 'INVALID_OPTIONS'; readonly path: string; readonly reason: string }
  /** A gadget stands beside a plugin that finalises by itself, or beside itself. */
  | { readonly code: 'GADGET_UNFIT'; readonly production: string; readonly gadget: string }
  /** An era names a plugin that was not passed in `plugins`. */
  | { readonly code: 'PLUGIN_MISSING'; readonly plugin: string }
  /** Two different plugins have one name. */
  | { readonly code: 'PLUGIN_AMBIGUOUS'; readonly plugin: string }
  /** The plugin was written for another version of the contract. */
  | { readonly code: 'CONTRACT_MISMATCH'; readonly plugin: string; readonly contract: number }
  /** The plugin stands in a place of an era that its role does not fit. */
  | { readonly code: 'ROLE_MISMATCH'; readonly plugin: string; readonly role: string }
  /** The plugin refuses its configuration. */
  | { readonly code: 'CONFIG_INVALID'; readonly plugin: string; readonly path: string; readonly reason: string }
  /** The ledger does not produce facts that the plugin needs. */
  | { readonly code: 'FACTS_MISSING'; readonly plugin: string; readonly missing: readonly FactKind[] }
  /** The crypto port does not check claims that the plugin makes. */
  | { readonly code: 'CLAIMS_MISSING'; readonly plugin: string; readonly missing: readonly ClaimKind[] }
  /** The plugin needs validators, and neither the handover nor its configuration names one of positive weight. */
  | { readonly code: 'VALIDATORS_MISSING'; readonly plugin: string; readonly era: EraIndex }
  /** The plugin cannot start from the handover and census of the era before, or of genesis. */
  | { readonly code: 'HANDOVER_INVALID'; readonly plugin: string; readonly era: EraIndex; readonly reason: string }
  /** The host was read before {@link ConsensusHost.start} had finished. */
  | { readonly code: 'NOT_STARTED' }
  /** {@link ConsensusHost.start} was called twice; create a new host instead. */
  | { readonly code: 'ALREADY_STARTED' }
  /** A block was named whose state is not in memory. */
  | { readonly code: 'BLOCK_UNKNOWN'; readonly id: BlockId }
  /** The chain port holds something that the host did not write, or misses something it wrote. */
  | { readonly code: 'STORE_CORRUPT'; readonly reason: string }
  /** A plugin threw where it must not, or exceeded a limit of the contract (contract H-17). */
  | { readonly code: 'PLUGIN_DEFECT'; readonly protocol: ProtocolId; readonly call: string; readonly reason: string }
  /** A port rejected for a reason of its own (contract H-43). */
  | { readonly code: 'PORT_FAILED'; readonly port: PortName; readonly call: string; readonly reason: string }
  /** A line of a recording is not what {@link createRecordWriter} writes. Lines count from 1. */
  | { readonly code: 'RECORD_INVALID'; readonly line: number; readonly reason: string }
  /** Something inside the host that cannot happen did. */
  | { readonly code: 'INVARIANT_BROKEN'; readonly reason: string };

/**
 * Thrown by {@link createHost} and {@link ConsensusHost.start} on misuse, and reported by the event
 * `faulted` when the host has stopped by itself. Never caused by what a peer sent.
 *
 * Recognise it with {@link isHostError}: two installed copies of this package have two classes.
 */
export class HostError extends Error {
  /** Always `HostError`. */
  override readonly name = 'HostError';
  /** Machine-readable reason. */
  readonly data: HostErrorData;

  /**
   * @param data - What went wrong; the message is derived from it.
   * @param cause - What was thrown by a plugin or a port.
   */
  constructor(data: HostErrorData, cause?: unknown) {
    const { code, ...rest } = data;
    const details = Object.entries(rest).map(([field, value]) => `${field}=${value}`);
    super(details.length === 0 ? code : `${code}: ${details.join(', ')}`, cause === undefined ? undefined : { cause });
    this.data = data;
  }
}

/** Recognises a {@link HostError} of any installed copy, optionally of one code (contract H-19). */
export function isHostError(value: unknown, code?: HostErrorData['code']): value is HostError {
  if (!(value instanceof Error) || value.name !== 'HostError') return false;
  return code === undefined || (value as HostError).data.code === code;
}

/** Text of anything thrown, for {@link HostErrorData}. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Stops on a broken invariant; the host turns it into a fault and signs nothing more. */
export function assertInvariant(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new HostError({ code: 'INVARIANT_BROKEN', reason });
}

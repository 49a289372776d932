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
  /**
   * An option of {@link createHost} is missing or out of range.
   *
   * Cause: an option of the wrong length or range, eras that do not start at height 1 or are not in order, a limit
   * above its maximum.
   * Remedy: correct the option at `path`; limits can only be lowered.
   */
  | { readonly code: 'INVALID_OPTIONS'; readonly path: string; readonly reason: string }
  /**
   * A gadget stands beside a plugin that finalises by itself, or beside itself.
   *
   * Cause: an era that names a finality gadget beside a protocol whose blocks are final by themselves.
   * Remedy: leave `finality` out of that era, or choose a production protocol that settles.
   */
  | { readonly code: 'GADGET_UNFIT'; readonly production: string; readonly gadget: string }
  /**
   * An era names a plugin that was not passed in `plugins`.
   *
   * Cause: a name in an era that no element of `plugins` has; a typing mistake as a rule.
   * Remedy: pass the plugin, or correct the name in the era.
   */
  | { readonly code: 'PLUGIN_MISSING'; readonly plugin: string }
  /**
   * Two different plugins have one name.
   *
   * Cause: one plugin passed twice as different objects, for instance from two installed copies.
   * Remedy: pass each plugin once.
   */
  | { readonly code: 'PLUGIN_AMBIGUOUS'; readonly plugin: string }
  /**
   * The plugin was written for another version of the contract; `expected` is that of the host, `reason` says which
   * of the two is behind.
   *
   * Cause: a plugin and a host of different versions of the contract.
   * Remedy: install versions of both that name the same contract.
   */
  | {
      readonly code: 'CONTRACT_MISMATCH';
      readonly plugin: string;
      readonly contract: number;
      readonly expected: number;
      readonly reason: string;
    }
  /**
   * The plugin stands in a place of an era that its role does not fit.
   *
   * Cause: a gadget in place of a production protocol, or the other way round.
   * Remedy: name production protocols under `production` and gadgets under `finality`.
   */
  | { readonly code: 'ROLE_MISMATCH'; readonly plugin: string; readonly role: string }
  /**
   * The plugin refuses its configuration.
   *
   * Cause: a key that the plugin does not know, or a value outside its range.
   * Remedy: correct the value at `path`; the plugin's page has the table.
   */
  | { readonly code: 'CONFIG_INVALID'; readonly plugin: string; readonly path: string; readonly reason: string }
  /**
   * The ledger does not produce facts that the plugin needs.
   *
   * Cause: a chain port that does not name a kind of fact that the plugin cannot do without.
   * Remedy: let the ledger produce the facts and list them in `provides`, or choose a plugin that needs less.
   */
  | { readonly code: 'FACTS_MISSING'; readonly plugin: string; readonly missing: readonly FactKind[] }
  /**
   * The crypto port does not check claims that the plugin makes.
   *
   * Cause: a crypto port that cannot check a kind of claim, such as a proof of randomness or of work.
   * Remedy: use a crypto port that lists the claims in `supports`, such as that of `@fiducia/crypto`.
   */
  | { readonly code: 'CLAIMS_MISSING'; readonly plugin: string; readonly missing: readonly ClaimKind[] }
  /**
   * The plugin needs validators, and neither the handover nor its configuration names one of positive weight.
   *
   * Cause: an era of a voting protocol on a chain that nobody gave validators.
   * Remedy: set `genesisValidators` or the plugin's own list, with positive weights.
   */
  | { readonly code: 'VALIDATORS_MISSING'; readonly plugin: string; readonly era: EraIndex }
  /**
   * The plugin cannot start from the handover and census of the era before, or of genesis.
   *
   * Cause: validators, census or parameters that the plugin of the era cannot start from; `reason` is what it said.
   * Remedy: change what genesis or the era before hands over, or the configuration of the era.
   */
  | { readonly code: 'HANDOVER_INVALID'; readonly plugin: string; readonly era: EraIndex; readonly reason: string }
  /**
   * The host was read before {@link ConsensusHost.start} had finished.
   *
   * Cause: a read before `start` has resolved.
   * Remedy: await `start`, then read.
   */
  | { readonly code: 'NOT_STARTED' }
  /**
   * {@link ConsensusHost.start} was called twice; create a new host instead.
   *
   * Cause: a second call of `start`, also after `stop`.
   * Remedy: create a new host over the same ports.
   */
  | { readonly code: 'ALREADY_STARTED' }
  /**
   * A block was named whose state is not in memory.
   *
   * Cause: a block that never arrived, was refused, or is older than `retentionBlocks`.
   * Remedy: ask for a block of the tree, or read the chain port for older ones.
   */
  | { readonly code: 'BLOCK_UNKNOWN'; readonly id: BlockId }
  /**
   * The chain port holds something that the host did not write, or misses something it wrote.
   *
   * Cause: a store of another chain, one that was edited, or a disk that lost what it had confirmed.
   * Remedy: stop, keep the store for a look, and synchronise anew into an empty one.
   */
  | { readonly code: 'STORE_CORRUPT'; readonly reason: string }
  /**
   * A plugin threw where it must not, or exceeded a limit of the contract (contract H-17).
   *
   * Cause: an exception, a value outside its type or an effect over a limit of the contract, in a plugin's rules or
   * engine.
   * Remedy: report it to the plugin's author with the records of `faulted`; `replayRecords` repeats it. The node
   * signs nothing more until it is restarted.
   */
  | { readonly code: 'PLUGIN_DEFECT'; readonly protocol: ProtocolId; readonly call: string; readonly reason: string }
  /**
   * A port rejected for a reason of its own (contract H-43).
   *
   * Cause: a ledger, log, network, clock, crypto or signer that rejected: a full disk, a lost key, a defect.
   * Remedy: see `cause`, repair the port, and restart the node; it goes on from what is durable.
   */
  | { readonly code: 'PORT_FAILED'; readonly port: PortName; readonly call: string; readonly reason: string }
  /**
   * A line of a recording is not what {@link createRecordWriter} writes. Lines count from 1.
   *
   * Cause: a recording that was cut off, edited or written by another version.
   * Remedy: replay it with the version that wrote it.
   */
  | { readonly code: 'RECORD_INVALID'; readonly line: number; readonly reason: string }
  /**
   * Something inside the host that cannot happen did.
   *
   * Cause: a defect of the host.
   * Remedy: report it with the records of `faulted`; the node signs nothing more until it is restarted.
   */
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

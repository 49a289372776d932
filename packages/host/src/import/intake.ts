/**
 * Blocks from peers, from this node and from callers, on their way through the import queue.
 *
 * @module
 */
import {
  type BlockId,
  type BufferUsage,
  type Bytes,
  type ConsensusHeader,
  type PeerId,
  tryDecode,
} from '@fiducia/consensus';
import type { Awaitable, Block, MessageOutcome } from '@fiducia/consensus/ports';
import { attempt, whenFailed, whenOver } from '../awaitable.ts';
import type { HostContext } from '../context.ts';
import type { DelayedSpread } from '../finality/delayed-spread.ts';
import { decodeProvenBlock, encodeProvenBlock } from '../finality/proof-codec.ts';
import { byteStringOf } from '../hex.ts';
import { sizeFault } from './assess.ts';
import { Candidate } from './candidate.ts';
import type { BlockImporter, CandidateOutcome } from './importer.ts';
import type { Lane } from './lane.ts';
import { placesOf } from './peer-buffer.ts';
import { type MissingAncestor, OrphanBlocks, ParkedBlocks, PeerQuota } from './waiting.ts';

/** Channel on which blocks are spread and asked for. */
export const BLOCKS_CHANNEL = 'blocks';

/** Channel on which blocks are spread together with the proof that makes them final. */
export const PROVEN_BLOCKS_CHANNEL = 'provenBlocks';

/** Codes that say something about this node and moment, not about the block. */
const REFUSED_FOR_NOW: readonly string[] = [
  'BLOCK_TOO_EARLY',
  'PARENT_TOO_OLD',
  'BELOW_FINALIZED',
  'ERA_NOT_FINAL',
  'ERA_UNSUPPORTED',
];

/** Whether a code says something about this node and moment, not about the block. */
export function isRefusedForNow(code: string): boolean {
  return REFUSED_FOR_NOW.includes(code);
}

/** What became of a block. */
export type ImportResult =
  | {
      /**
       * `adopted`: it is the new head. `stored`: valid, on another branch. `known`: stored before.
       * `deferred`: parked until its time has come. `orphan`: its parent is missing and asked for.
       */
      readonly kind: 'adopted' | 'stored' | 'known' | 'deferred' | 'orphan';
      /** Its identity. */
      readonly id: BlockId;
      /** Why the proof that came with a block that was adopted or stored does not hold; the block is fine without. */
      readonly proofCode?: string;
    }
  | {
      /** The host is not running, or stopped while it judged the block; nothing is said about the block. */
      readonly kind: 'halted';
      /** `null` if the bytes were not decoded. */
      readonly id: BlockId | null;
    }
  | {
      /** Invalid, or refused for now. */
      readonly kind: 'rejected';
      /** `null` if the bytes could not be decoded. */
      readonly id: BlockId | null;
      /** The plugin's code, the ledger's, the crypto port's, or one of the host's. */
      readonly code: string;
    };

/** What the intake tells the rest of the host. */
export interface IntakeHooks {
  /** A parent is missing; `linked` orphans connect it to `orphan`. */
  readonly onMissing: (missing: MissingAncestor, orphan: Candidate) => void;
  /** A block that this node's own engine proved cannot descend from the final one. */
  readonly onConflict: (header: ConsensusHeader, proof: Bytes) => Promise<void>;
}

/** Accepts blocks from everywhere and keeps what cannot be judged yet. */
export class BlockIntake {
  readonly #context: HostContext;
  readonly #importer: BlockImporter;
  readonly #lane: Lane;
  readonly #later: DelayedSpread;
  readonly #hooks: IntakeHooks;
  readonly #orphans: OrphanBlocks;
  readonly #parked: ParkedBlocks;
  readonly #quota: PeerQuota;
  /** Codes of rejected blocks by digest, so that each is judged and reported once. */
  readonly #rejected = new Map<string, { readonly id: BlockId | null; readonly code: string }>();
  /** Whether any block was ever rejected: known without a look into the map, which is far away in memory. */
  #hasRejected = false;

  constructor(context: HostContext, importer: BlockImporter, lane: Lane, later: DelayedSpread, hooks: IntakeHooks) {
    this.#context = context;
    this.#importer = importer;
    this.#lane = lane;
    this.#later = later;
    this.#hooks = hooks;
    this.#orphans = new OrphanBlocks(context.limits);
    this.#parked = new ParkedBlocks(context.clock, context.limits);
    this.#quota = new PeerQuota(context.limits.importsPerPeerMax);
  }

  usage(): readonly BufferUsage[] {
    const rejected = {
      name: 'rejectedBlocks',
      count: this.#rejected.size,
      max: this.#context.limits.rejectedBlocksMax,
    };
    const waiting = [...this.#orphans.usage(), ...this.#parked.usage(), ...this.#quota.usage('imports')];
    return [rejected, ...waiting, ...this.#importer.usage(), ...this.#later.usage()];
  }

  /** Handles a block from a peer. */
  receive(from: PeerId, bytes: Bytes): Awaitable<MessageOutcome> {
    return this.#receive(from, bytes, undefined);
  }

  /** Handles a block from a peer that came with its proof. */
  receiveProven(from: PeerId, bytes: Bytes): Awaitable<MessageOutcome> {
    const { crypto, limits } = this.#context;
    const proven = crypto.recall(`proven block/${limits.blockBytesMax}`, bytes, () =>
      tryDecode(() => decodeProvenBlock(bytes, limits.blockBytesMax)),
    );
    return proven === undefined ? 'reject' : this.#receive(from, proven.block, proven.proof);
  }

  /** Handles a proof from a peer for a block that is stored here and no longer live. */
  receiveStored(from: PeerId, block: Block, proof: Bytes): Awaitable<MessageOutcome> {
    return this.#receive(from, block.bytes, proof);
  }

  #receive(from: PeerId, bytes: Bytes, proof: Bytes | undefined): Awaitable<MessageOutcome> {
    const { blockBytesMax, importsPerPeerMax } = this.#context.limits;
    const places = Math.min(placesOf(bytes.length, blockBytesMax), importsPerPeerMax);
    if (!this.#quota.hasRoom(from, places)) return 'ignore';
    const imported = this.importBytes(bytes, from, proof);
    if (!(imported instanceof Promise)) return this.#outcomeOf(imported, bytes, proof);
    // Only what waits takes room.
    this.#quota.take(from, places);
    return whenOver(
      () => imported.then((result) => this.#outcomeOf(result, bytes, proof)),
      () => this.#quota.release(from, places),
    );
  }

  #outcomeOf(result: ImportResult, bytes: Bytes, proof: Bytes | undefined): MessageOutcome {
    if (proof !== undefined && result.kind === 'known') this.#later.heard(result.id);
    if (result.kind === 'adopted' || result.kind === 'stored') {
      if (result.proofCode === undefined) return 'accept';
      // Who has the block would blame whoever passes this message on. Who has not would never hear of the block.
      if (this.#context.isRunning()) this.#context.net.send(null, BLOCKS_CHANNEL, bytes);
      return 'reject';
    }
    return result.kind === 'rejected' && !isRefusedForNow(result.code) ? 'reject' : 'ignore';
  }

  /** Decodes and imports; `from` is `null` for a caller of this node. */
  importBytes(bytes: Bytes, from: PeerId | null, proof?: Bytes): Awaitable<ImportResult> {
    if (bytes.length > this.#context.limits.blockBytesMax) return this.#refuse(null, null, 'BLOCK_TOO_LARGE', from);
    const remembered = this.#hasRejected ? this.#rejected.get(this.#digestOf(bytes, proof)) : undefined;
    if (remembered !== undefined) return { kind: 'rejected', ...remembered };

    const block = this.#decode(bytes);
    if (block === undefined) return { kind: 'halted', id: null };
    if (typeof block === 'string') return this.#refuse(this.#digestOf(bytes, proof), null, block, from);
    return this.#importSized(new Candidate(block, { bytes, proof, from, own: false }, this.#digestOf));
  }

  #importSized(candidate: Candidate): Awaitable<ImportResult> {
    const fault = sizeFault(candidate.block, this.#context.limits);
    return fault === null ? this.#import(candidate) : this.#follow(candidate, { kind: 'rejected', code: fault });
  }

  /** Imports a block that this node made and, once accepted, spreads it (contract H-28). */
  importOwn(block: Block, proof?: Bytes): Awaitable<ImportResult> {
    return this.#importSized(
      new Candidate(block, { bytes: block.bytes, proof, from: null, own: true }, this.#digestOf),
    );
  }

  /**
   * A block that failed with one proof may be fine with another. The mark keeps both apart from their encoding, which
   * anybody can send as if it were a block.
   */
  readonly #digestOf = (block: Bytes, proof: Bytes | undefined): string => {
    const { crypto } = this.#context;
    const bytes = proof === undefined ? block : encodeProvenBlock({ block, proof });
    const digest = crypto.recall('digest', bytes, () => byteStringOf(crypto.sha256(bytes)));
    return proof === undefined ? digest : `proven/${digest}`;
  };

  /** What all validators prove together need not come from all of them. */
  #spreadOwn({ block, proof }: Candidate): void {
    if (proof === undefined) this.spread(block, undefined);
    else this.#later.spread(block.header, () => this.spread(block, proof));
  }

  /** Sends a block to all peers, together with its proof if it is known. */
  spread({ bytes }: Block, proof: Bytes | undefined): void {
    if (proof === undefined) this.#context.net.send(null, BLOCKS_CHANNEL, bytes);
    else this.#context.net.send(null, PROVEN_BLOCKS_CHANNEL, encodeProvenBlock({ block: bytes, proof }));
  }

  /** Forgets everything that waits. */
  clear(): void {
    this.#orphans.clear();
    this.#parked.clear();
    this.#later.clear();
  }

  /** @returns The block, the chain's word for what is wrong with the bytes, or `undefined` if the chain failed. */
  #decode(bytes: Bytes): Block | string | undefined {
    const { chain } = this.#context;
    try {
      return chain.decode(bytes, 'block') ?? chain.refusalOf(bytes);
    } catch (thrown) {
      this.#context.fault(thrown);
      return undefined;
    }
  }

  /** A defect or a failing port says nothing about the block (contract H-17). */
  #import(candidate: Candidate): Awaitable<ImportResult> {
    try {
      const outcome = this.#lane.run(candidate.own ? 'own' : 'peer', () => this.#importOnce(candidate));
      return outcome instanceof Promise ? this.#importSlowly(candidate, outcome) : this.#follow(candidate, outcome);
    } catch (thrown) {
      return this.#halt(candidate, thrown);
    }
  }

  #importSlowly(candidate: Candidate, outcome: Promise<CandidateOutcome>): Awaitable<ImportResult> {
    return attempt(
      () => outcome,
      (reached) => this.#follow(candidate, reached),
      (thrown) => this.#halt(candidate, thrown),
    );
  }

  #halt({ block }: Candidate, thrown: unknown): ImportResult {
    this.#context.fault(thrown);
    return { kind: 'halted', id: block.header.id };
  }

  /** Long branches wait for one block: each of them has to begin after the one before is over, not within it. */
  async #importLater(candidate: Candidate): Promise<void> {
    await null;
    await this.#import(candidate);
  }

  #importOnce(candidate: Candidate): Awaitable<CandidateOutcome> {
    const remembered = this.#hasRejected ? this.#rejected.get(candidate.digest) : undefined;
    if (remembered !== undefined) return { kind: 'rejected', code: remembered.code };
    return this.#importer.import(candidate);
  }

  #follow(candidate: Candidate, outcome: CandidateOutcome): ImportResult {
    const { header } = candidate.block;
    const { id } = header;
    const isRunning = this.#context.isRunning();
    switch (outcome.kind) {
      case 'rejected':
        if (candidate.own) this.#context.events.trace('OWN_BLOCK_REJECTED', { id, code: outcome.code });
        return this.#refuse(candidate.digest, header, outcome.code, candidate.from);
      case 'deferred':
        // The host may have stopped while it judged the block: nothing is to wait or to be sent any more.
        if (!isRunning) return { kind: 'halted', id };
        return this.#park(candidate, outcome.until);
      case 'unconnected':
        return this.#refuse(null, header, 'PARENT_TOO_OLD', candidate.from);
      case 'barred':
        if (outcome.code === 'BELOW_FINALIZED') this.#dropDescendants(candidate);
        return this.#refuse(null, header, outcome.code, candidate.from);
      case 'orphan':
        if (!isRunning) return { kind: 'halted', id };
        this.#orphans.add(candidate);
        this.#hooks.onMissing(this.#orphans.missingAncestorOf(candidate), candidate);
        return { kind: 'orphan', id };
      case 'halted':
        return { kind: 'halted', id };
      case 'adopted':
      case 'stored':
      case 'known':
        if (candidate.own && isRunning) this.#spreadOwn(candidate);
        for (const child of this.#orphans.takeChildren(id)) void this.#importLater(child);
        return resultOf(outcome, id);
    }
  }

  /**
   * What waited for a block beside the final chain can never connect to it. A proof among it convicts its signers:
   * the own engine judged its own, and those of peers are judged as far as that is possible here.
   */
  #dropDescendants(candidate: Candidate): void {
    const onFailure = (thrown: unknown): void => this.#context.fault(thrown);
    const rivals: Candidate[] = [];
    const pending = [...this.#orphans.takeChildren(candidate.block.header.id)];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { block, proof, own } = next;
      if (proof !== undefined && own) this.#hooks.onConflict(block.header, proof).catch(onFailure);
      else if (proof !== undefined) rivals.push(next);
      pending.push(...this.#orphans.takeChildren(block.header.id));
    }
    if (rivals.length === 0) return;
    void whenFailed(() => this.#lane.run('peer', () => this.#importer.suspect(candidate, rivals)), onFailure);
  }

  #park(candidate: Candidate, until: number): ImportResult {
    const { header } = candidate.block;
    const resume = () => void this.#import(candidate);
    if (this.#parked.park(candidate, until, this.#context.now(), resume)) return { kind: 'deferred', id: header.id };
    // The block may become acceptable later, so it is not remembered as rejected.
    return this.#refuse(null, header, 'BLOCK_TOO_EARLY', candidate.from);
  }

  #refuse(digest: string | null, header: ConsensusHeader | null, code: string, from: PeerId | null): ImportResult {
    const id = header?.id ?? null;
    if (digest !== null) {
      if (this.#rejected.has(digest)) return { kind: 'rejected', id, code };
      this.#rejected.set(digest, { id, code });
      this.#hasRejected = true;
      const [oldest] = this.#rejected.keys();
      if (oldest !== undefined && this.#rejected.size > this.#context.limits.rejectedBlocksMax) {
        this.#rejected.delete(oldest);
      }
    }
    this.#context.events.emit('blockRejected', { id, header, code, from });
    return { kind: 'rejected', id, code };
  }
}

function resultOf(
  outcome: Extract<CandidateOutcome, { kind: 'adopted' | 'stored' | 'known' }>,
  id: BlockId,
): ImportResult {
  const { kind } = outcome;
  if (kind === 'known' || outcome.proofCode === undefined) return { kind, id };
  return { kind, id, proofCode: outcome.proofCode };
}

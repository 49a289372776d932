/**
 * What an engine knows about the height it works on (pbft section 5).
 *
 * @module
 */
import {
  type BlockId,
  type BufferUsage,
  type Bytes,
  type ConsensusHeader,
  compareBytes,
  type Height,
  type Millis,
  type PeerId,
  type RequestId,
  type Tip,
} from '@fiducia/consensus';
import type { Council } from './council.ts';
import { toHex } from './hex.ts';
import { type BlockRef, type PreparedValue, StepLock } from './journal.ts';
import { backs, highestClaim, isQuorumOf } from './justification.ts';
import { type Certificate, HEIGHT_MAX, type PreparedClaim, type QuotedRoundChange, type Round } from './message.ts';
import type { PbftState } from './state.ts';
import { RoundChangeBook, VoteBook } from './votes.ts';

/** Blocks of one height of which the identity is kept; a round has one, and rounds are few. */
const BLOCKS_MAX = 256;

/** A justified proposal whose block is being checked (pbft R2). */
export interface Pending {
  readonly block: BlockRef;
  /** Peer that sent it; asked for the block if the host has lost it. */
  readonly from: PeerId;
  /** Local time before which the block counts as coming from the future. */
  readonly notBefore: Millis;
  /** How far the check has come; a block that the host lacks is asked for once. */
  readonly step: 'waiting' | 'checked' | 'fetching' | 'fetched' | 'checkedAgain';
  /** Whether another copy of the block may have come since the check began: nobody signed the body of the first one. */
  readonly isHeardAgain: boolean;
}

/** Why a block may be proposed in a round, and which (pbft R8). */
export interface Justification {
  readonly roundChanges: readonly QuotedRoundChange[];
  readonly certificates: readonly Certificate[];
  /** The value that must be proposed; `undefined` if any block may be. */
  readonly value: PreparedClaim | undefined;
}

/** All of one height; a new object for the next. */
export class HeightState {
  /** Head that the block of this height extends, unless it has to be one on a head that gave way (see {@link replaceParent}). */
  parent: Tip<PbftState>;
  readonly height: Height;
  council: Council;
  /** Current round. */
  round: Round = 0;
  /** Proposal accepted in a round, the current one unless that has none yet. */
  accepted: { readonly round: Round; readonly block: BlockRef } | undefined;
  /** The lock (pbft R3); it never goes back within the height. */
  prepared: PreparedValue | null = null;
  /** Justified proposals by round, waiting for the check of their block. */
  readonly pending = new Map<Round, Pending>();
  readonly prepares = new VoteBook();
  readonly commits = new VoteBook();
  readonly roundChanges = new RoundChangeBook();
  readonly steps = new StepLock();
  /** Blocks that the host found valid. */
  readonly valid = new Set<BlockId>();
  /** Rounds in which this node made its proposal. */
  readonly proposed = new Set<Round>();
  /** Blocks being built for a round, or built. */
  readonly built = new Map<Round, BlockRef | null>();
  /** Sends again what the log says about the last round, while the node may not vote yet (pbft S2). */
  readonly owed: (() => void)[] = [];
  /** Questions to the host that end with the height. */
  readonly requests = new Set<RequestId>();
  /** Whether a quorum of COMMITs was handed to the host (pbft R4). */
  isDecided = false;
  readonly #certificates = new Map<string, Certificate>();
  readonly #blocks = new Map<string, BlockRef>();

  constructor(parent: Tip<PbftState>, council: Council) {
    this.parent = parent;
    this.height = Math.min(parent.header.height + 1, HEIGHT_MAX);
    this.council = council;
  }

  /** How full the books of this height are. */
  usage(): readonly BufferUsage[] {
    const seats = Math.max(1, this.council.seats.length);
    return [
      this.prepares.usage('prepares', seats),
      this.commits.usage('commits', seats),
      this.roundChanges.usage(seats),
      // The lock stays beyond the others.
      { name: 'blockNames', count: this.#blocks.size, max: BLOCKS_MAX + 1 },
    ];
  }

  /**
   * Goes on above another head of the same height: where an era begins on a block that is not final, another one may take its
   * place (contract H-35). Messages name the height alone, so every vote and every lock is as good as before (pbft S3).
   */
  replaceParent(parent: Tip<PbftState>, council: Council): void {
    this.parent = parent;
    this.council = council;
    this.pending.clear();
    this.built.clear();
    this.requests.clear();
  }

  /** Block by digest, if a header of it came along. */
  blockOf(digest: Bytes): BlockRef | undefined {
    const known = this.#blocks.get(toHex(digest));
    if (known !== undefined) return known;
    // Names give way to newer ones, but never that of a block which this node votes for.
    return [this.accepted?.block, this.prepared?.block].find((own) => own && compareBytes(own.digest, digest) === 0);
  }

  /**
   * Remembers which block a digest stands for, if the header that came with it is of that block and for this height. A
   * seal is outside of the digest and may be part of the identity, so a copy with one would take the place of the block.
   *
   * @param isPrepared - Whether a quorum was prepared for it, on whatever head: it may have to be proposed again.
   * @returns `undefined` if no block is known, or the header is of none.
   */
  learn(header: ConsensusHeader | undefined, digest: Bytes, isPrepared: boolean): BlockRef | undefined {
    const known = this.blockOf(digest);
    if (header === undefined) return known;
    const isChild = header.height === this.height && (isPrepared || header.parentId === this.parent.header.id);
    const isOfBlock = header.seal.length === 0 && compareBytes(header.sealHash, digest) === 0;
    return isChild && isOfBlock ? (known ?? this.remember({ id: header.id, digest })) : undefined;
  }

  /** Remembers a block of this height; the oldest that is no lock goes first. */
  remember(block: BlockRef): BlockRef {
    this.#blocks.set(toHex(block.digest), block);
    const locked = this.prepared === null ? '' : toHex(this.prepared.block.digest);
    for (const key of this.#blocks.keys()) {
      if (this.#blocks.size <= BLOCKS_MAX) break;
      if (key !== locked) this.#blocks.delete(key);
    }
    return block;
  }

  /** Keeps a certificate that is a quorum here (pbft J5). */
  addCertificate(certificate: Certificate): boolean {
    if (!isQuorumOf(certificate.signatures, this.council)) return false;
    const key = keyOf(certificate);
    if (!this.#certificates.has(key)) this.#certificates.set(key, certificate);
    return true;
  }

  /** Whether the proposal of a round is being checked. If it is this one, the host may have another copy of its block now. */
  isChecking(round: Round, block: BlockRef): boolean {
    const pending = this.pending.get(round);
    if (pending?.block.id === block.id) this.pending.set(round, { ...pending, isHeardAgain: true });
    return pending !== undefined;
  }

  /** Enters a round: what belongs to lower ones goes, except COMMITs (pbft R4). */
  enter(round: Round): void {
    this.round = round;
    this.prepares.prune(round);
    this.commits.prune(round);
    this.roundChanges.advance(round);
    for (const waiting of this.pending.keys()) if (waiting < round) this.pending.delete(waiting);
  }

  /** Smallest round that this node may jump to (pbft R7); `undefined` if too few ask for one. */
  jumpTarget(): Round | undefined {
    const asked = this.roundChanges.above(this.round);
    if (this.council.weigh(asked.keys()) < this.council.honest) return undefined;
    return Math.min(...asked.values());
  }

  /** Quorum of ROUND-CHANGEs for a round, all of whose claims are backed (pbft R8, J1, J5). */
  justify(round: Round): Justification | undefined {
    const roundChanges = this.roundChanges.at(round).filter(({ prepared }) => {
      const certificate = prepared === null ? undefined : this.#certificates.get(keyOf(prepared));
      return prepared === null || (certificate !== undefined && backs(certificate, prepared, this.council));
    });
    if (!isQuorumOf(roundChanges, this.council)) return undefined;
    const needed = new Map<Round, Certificate>();
    for (const { prepared } of roundChanges) {
      const certificate = prepared === null ? undefined : this.#certificates.get(keyOf(prepared));
      if (certificate !== undefined) needed.set(certificate.round, certificate);
    }
    const certificates = [...needed.values()].toSorted((a, b) => a.round - b.round);
    return { roundChanges, certificates, value: highestClaim(roundChanges) };
  }
}

function keyOf({ round, digest }: PreparedClaim): string {
  return `${round}/${toHex(digest)}`;
}

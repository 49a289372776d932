/**
 * Catching up with a peer that is far ahead, or on a branch that left ours long ago.
 *
 * @module
 */
import { type BlockId, type BufferUsage, type Height, type PeerId, tryDecode } from '@fiducia/consensus';
import type { HostContext } from '../context.ts';
import { decodeBlockList, encodeBlockRequest, LOCATOR_MAX } from './block-requests.ts';
import { BLOCKS_CHANNEL, type BlockIntake, isRefusedForNow } from './intake.ts';
import { RECENT_PEERS_MAX, RecentPeers } from './recent-peers.ts';

/** From this gap on, single fetches backwards are slower than batches forwards. */
const GAP_MIN_BLOCKS = 32;
/** From this many linked orphans on, the branches parted long ago. */
const ORPHANS_MIN = 8;

/** From this many blocks on that were fetched one below the other, it is worth asking for those from the other end. */
const FETCHED_MIN = 16;

/** What one answer brought. */
interface Batch {
  /** Its last block that is new here, or else that is known here; `null` if there is none or the answer was bad. */
  readonly last: BlockId | null;
  /** Whether some of it was new here. */
  readonly isNew: boolean;
  /** Whether the head moved. */
  readonly adopted: boolean;
}

const NOTHING_NEW: Batch = { last: null, isNew: false, adopted: false };

/** Imports adopted branches of peers in batches; a slow peer holds up nobody but itself (contract H-39). */
export class ChainSync {
  readonly #context: HostContext;
  readonly #intake: BlockIntake;
  readonly #onBehind: (behind: boolean) => void;
  readonly #active = new Map<PeerId, Promise<void>>();
  readonly #asked = new RecentPeers();
  /** Those that were asked because they are ahead. */
  readonly #hinted = new RecentPeers();
  #behind = 0;
  #batchesAdopted = 0;

  /** @param onBehind - Told when the first peer turns out to be ahead, and when the last one is no more. */
  constructor(context: HostContext, intake: BlockIntake, onBehind: (behind: boolean) => void) {
    this.#context = context;
    this.#intake = intake;
    this.#onBehind = onBehind;
  }

  /** Whether a block at `height` with `orphans` linked blocks below it calls for batches. */
  isFar(height: Height, orphans: number): boolean {
    return height > this.#context.branches.head.tip.header.height + GAP_MIN_BLOCKS || orphans >= ORPHANS_MIN;
  }

  /** Whether `orphans` blocks fetched one below the other show that the branch parted long ago. */
  isDeep(orphans: number): boolean {
    return orphans >= FETCHED_MIN;
  }

  /** Whether some peer is known to be ahead, or this node is held to be behind. */
  get isBehind(): boolean {
    return this.#behind > 0;
  }

  /** Answers so far that moved the head. */
  get batchesAdopted(): number {
    return this.#batchesAdopted;
  }

  /** Counts this node as behind until `release`, whatever peers say. */
  hold(): void {
    this.#count(true);
  }

  /** Ends one `hold`. */
  release(): void {
    this.#count(false);
  }

  /** Imports until the peer has nothing new. */
  catchUp(peer: PeerId): Promise<void> {
    const active = this.#active.get(peer);
    if (active !== undefined) return active;
    this.#asked.note(peer, this.#context.now());
    const work = this.#importAll(peer).finally(() => this.#active.delete(peer));
    this.#active.set(peer, work);
    return work;
  }

  /**
   * A peer talks about heights far above the head: it is asked what follows, at most once in `startSyncMs`. Voters that
   * wait for this node make no block that would show it what it missed (contract H-45).
   */
  async followHint(peer: PeerId): Promise<void> {
    const now = this.#context.now();
    if (this.#hinted.isWithin(peer, now, this.#context.limits.startSyncMs)) return;
    this.#hinted.note(peer, now);
    await this.catchUp(peer);
  }

  /**
   * A peer asks what follows on a block that this node does not have, which may be all that others ever hear of its
   * branch (contract H-48). If it was asked a moment ago it may have asked for that very reason.
   */
  async askBack(peer: PeerId): Promise<void> {
    const context = this.#context;
    if (!context.isRunning() || this.#asked.isWithin(peer, context.now(), context.limits.startSyncMs)) return;
    await this.catchUp(peer);
  }

  usage(): readonly BufferUsage[] {
    return [
      { name: 'peersAhead', count: this.#hinted.size, max: RECENT_PEERS_MAX },
      { name: 'peersAsked', count: this.#asked.size, max: RECENT_PEERS_MAX },
    ];
  }

  async #importAll(peer: PeerId): Promise<void> {
    let isBehind = false;
    try {
      let last: BlockId | null = null;
      let knownUpTo: Height = -1;
      do {
        const batch: Batch = await this.#importBatch(peer, last);
        // Only adopted blocks show that this node is behind: claims cost nothing, and valid blocks of a weak
        // branch cost one producer's slots. Neither must stop the production of others.
        if (batch.adopted) this.#batchesAdopted += 1;
        // Nor must a peer that heard of the newest block a little sooner, and never says whether there is more.
        const wasBehind: boolean = isBehind;
        isBehind = batch.adopted && !this.#isHeadNew();
        if (isBehind !== wasBehind) this.#count(isBehind);
        last = batch.last;
        // The block where branches part may lie far above the nearest one that was named, and what is between is known.
        if (last !== null && !batch.isNew) {
          const height = await this.#heightOf(last);
          if (height <= knownUpTo) break;
          knownUpTo = height;
        }
      } while (last !== null && this.#context.isRunning());
    } finally {
      if (isBehind) this.#count(false);
    }
  }

  #isHeadNew(): boolean {
    const { branches, limits } = this.#context;
    return branches.head.tip.header.timestamp + limits.startSyncMs >= this.#context.now();
  }

  #count(behind: boolean): void {
    const before = this.#behind;
    this.#behind += behind ? 1 : -1;
    if ((before === 0) !== (this.#behind === 0)) this.#onBehind(behind);
  }

  async #importBatch(peer: PeerId, previous: BlockId | null): Promise<Batch> {
    const { net, limits } = this.#context;
    const known = this.#locator(previous);
    const question = encodeBlockRequest({ kind: 'after', known, count: limits.syncBatchBlocks });
    const answer = await net.request(peer, BLOCKS_CHANNEL, question, limits.fetchTimeoutMs);
    if (answer === null) return NOTHING_NEW;
    const blocks = tryDecode(() => decodeBlockList(answer, limits.syncBatchBlocks, limits.blockBytesMax));
    if (blocks === undefined) {
      net.penalise(peer, 'BAD_BLOCK_LIST');
      return NOTHING_NEW;
    }
    let last: BlockId | null = null;
    let isNew = false;
    let adopted = false;
    for (const { block, proof } of blocks) {
      const result = await this.#intake.importBytes(block, peer, proof.length > 0 ? proof : undefined);
      if (result.kind !== 'adopted' && result.kind !== 'stored' && result.kind !== 'known') {
        if (result.kind === 'rejected' && !isRefusedForNow(result.code)) net.penalise(peer, result.code);
        return NOTHING_NEW;
      }
      if (result.proofCode !== undefined) net.penalise(peer, result.proofCode);
      last = result.id;
      isNew ||= result.kind !== 'known';
      adopted ||= result.kind === 'adopted';
    }
    return { last, isNew, adopted };
  }

  async #heightOf(id: BlockId): Promise<Height> {
    return (await this.#context.chain.read({ kind: 'id', id }))?.block.header.height ?? -1;
  }

  /** Blocks of the adopted branch with doubling gaps, newest first, and the final block and genesis at the end. */
  #locator(previous: BlockId | null): readonly BlockId[] {
    const { branches } = this.#context;
    const known: BlockId[] = previous === null ? [] : [previous];
    const top = branches.head.tip.header.height;
    for (let gap = 1, height = top; known.length < LOCATOR_MAX - 1 && height > 0; height -= gap, gap *= 2) {
      const node = branches.adoptedAt(height);
      if (node === undefined) break;
      known.push(node.tip.header.id);
    }
    // Whatever the peer follows, it shares the final block, or there is nothing to share.
    const bases = [branches.finalized, branches.genesis].map(({ tip }) => tip.header.id);
    return [...known.slice(0, LOCATOR_MAX - bases.length), ...bases.filter((id) => !known.includes(id))];
  }
}

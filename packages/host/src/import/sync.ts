/**
 * Catching up with a peer that is far ahead, or on a branch that left ours long ago.
 *
 * @module
 */
import { type BlockId, type Height, type PeerId, tryDecode } from '@fiducia/consensus';
import type { HostContext } from '../context.ts';
import { decodeBlockList, encodeBlockRequest, LOCATOR_MAX } from './block-requests.ts';
import { BLOCKS_CHANNEL, type BlockIntake } from './intake.ts';

/** From this gap on, single fetches backwards are slower than batches forwards. */
const GAP_MIN_BLOCKS = 32;
/** From this many linked orphans on, the branches parted long ago. */
const ORPHANS_MIN = 8;

/** Imports adopted branches of peers in batches; a slow peer holds up nobody but itself (contract H-39). */
export class ChainSync {
  readonly #context: HostContext;
  readonly #intake: BlockIntake;
  readonly #onBehind: (behind: boolean) => void;
  readonly #active = new Set<PeerId>();
  #behind = 0;

  /** @param onBehind - Told when the first peer turns out to be ahead, and when the last one has nothing new. */
  constructor(context: HostContext, intake: BlockIntake, onBehind: (behind: boolean) => void) {
    this.#context = context;
    this.#intake = intake;
    this.#onBehind = onBehind;
  }

  /** Whether a block at `height` with `orphans` linked blocks below it calls for batches. */
  isFar(height: Height, orphans: number): boolean {
    return height > this.#context.branches.head.tip.header.height + GAP_MIN_BLOCKS || orphans >= ORPHANS_MIN;
  }

  /** Imports until the peer has nothing new. */
  async catchUp(peer: PeerId): Promise<void> {
    if (this.#active.has(peer)) return;
    this.#active.add(peer);
    try {
      const first = await this.#importBatch(peer, null);
      // Only valid blocks show that this node is behind; a mere claim must not stop its production.
      if (first !== null) await this.#followUp(peer, first);
    } finally {
      this.#active.delete(peer);
    }
  }

  async #followUp(peer: PeerId, first: BlockId): Promise<void> {
    if (this.#behind++ === 0) this.#onBehind(true);
    try {
      let last: BlockId | null = first;
      while (last !== null && this.#context.isRunning()) last = await this.#importBatch(peer, last);
    } finally {
      if (--this.#behind === 0) this.#onBehind(false);
    }
  }

  /** @returns The last block that is new here, or `null` if the batch brought nothing new. */
  async #importBatch(peer: PeerId, previous: BlockId | null): Promise<BlockId | null> {
    const { net, limits } = this.#context;
    const known = this.#locator(previous);
    const question = encodeBlockRequest({ kind: 'after', known, count: limits.syncBatchBlocks });
    const answer = await net.request(peer, BLOCKS_CHANNEL, question, limits.fetchTimeoutMs);
    if (answer === null) return null;
    const blocks = tryDecode(() => decodeBlockList(answer, limits.syncBatchBlocks));
    if (blocks === undefined) {
      net.penalise(peer, 'BAD_BLOCK_LIST');
      return null;
    }
    let last: BlockId | null = null;
    for (const bytes of blocks) {
      const result = await this.#intake.importBytes(bytes, peer);
      if (result.kind === 'known') continue;
      if (result.kind !== 'adopted' && result.kind !== 'stored') {
        if (result.kind === 'rejected') net.penalise(peer, result.code);
        return null;
      }
      last = result.id;
    }
    return last;
  }

  /** Blocks of the adopted branch with doubling gaps, newest first, and genesis at the end. */
  #locator(previous: BlockId | null): readonly BlockId[] {
    const { branches } = this.#context;
    const known: BlockId[] = previous === null ? [] : [previous];
    const top = branches.head.tip.header.height;
    for (let gap = 1, height = top; known.length < LOCATOR_MAX - 1 && height > 0; height -= gap, gap *= 2) {
      const node = branches.adoptedAt(height);
      if (node === undefined) break;
      known.push(node.tip.header.id);
    }
    return [...known, branches.genesis.tip.header.id];
  }
}

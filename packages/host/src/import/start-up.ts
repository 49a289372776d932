/**
 * What a starting host asks its peers before it builds on what it knows (contract H-44).
 *
 * @module
 */
import type { PeerId } from '@fiducia/consensus';
import type { HostContext } from '../context.ts';
import type { ChainSync } from './sync.ts';

/** More would cost more traffic than they add to the chance that one of them is honest. */
const PEERS_ASKED_MAX = 8;

/**
 * A host whose store is old or lost would build on an old head until the first block of a peer reaches it, so it
 * counts as behind until its peers have nothing new.
 *
 * Only blocks that this node adopts prolong that: a peer that promises much, sends nothing, or sends valid blocks of a
 * weak branch holds up nobody for longer than `startSyncMs`. Hosts that start together answer each other at once.
 */
export class StartUp {
  readonly #context: HostContext;
  readonly #sync: ChainSync;
  #peers: readonly PeerId[] = [];
  #isHolding = false;
  #cancelDeadline: () => void = () => undefined;

  constructor(context: HostContext, sync: ChainSync) {
    this.#context = context;
    this.#sync = sync;
  }

  /**
   * From now on the node counts as behind, unless it has nobody to ask. Called before engines start, so that none acts
   * too early.
   */
  begin(): void {
    this.#peers = this.#context.net.peers().slice(0, PEERS_ASKED_MAX);
    if (this.#peers.length === 0) return;
    this.#isHolding = true;
    this.#sync.hold();
  }

  /** Asks until peers have nothing new, or there is no progress for too long. Called on a joined network. */
  async run(): Promise<void> {
    if (!this.#isHolding) return;
    this.#watch();
    let before: number;
    do {
      before = this.#sync.batchesAdopted;
      // The first to have nothing new may know a lower head than another, and heads grow meanwhile.
      await Promise.all(this.#peers.map((peer) => this.#sync.catchUp(peer)));
    } while (this.#isHolding && this.#sync.batchesAdopted > before);
    this.#finish();
  }

  /** Ends all waiting. */
  clear(): void {
    this.#isHolding = false;
    this.#cancelDeadline();
  }

  #watch(): void {
    const { clock, limits } = this.#context;
    const before = this.#sync.batchesAdopted;
    this.#cancelDeadline = clock.schedule(this.#context.now() + limits.startSyncMs, () => {
      if (this.#sync.batchesAdopted > before) this.#watch();
      else this.#finish();
    });
  }

  #finish(): void {
    if (!this.#isHolding) return;
    this.clear();
    if (this.#context.isRunning()) this.#sync.release();
  }
}

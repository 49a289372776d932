/**
 * What a host does about a head that stands still although there are peers (contract H-47).
 *
 * @module
 */
import type { BlockId, Millis } from '@fiducia/consensus';
import type { HostContext } from '../context.ts';
import type { ChainSync } from './sync.ts';

/** How many times as long as the last blocks were apart a head may be alone (fault catalogue N11). */
const GAPS_WAITED = 3;
/** Blocks whose distances tell how fast the chain goes. */
const GAPS_LOOKED_AT = 8;

/**
 * Gossip may lose a block that nobody builds on, and then nobody speaks of it: its successors wait for whoever made it,
 * who waits for them. So a host whose head is old asks a peer what follows on it, and then the next one.
 *
 * It looks when its timer fires and at no other time: blocks that come cost nothing more.
 */
export class QuietWatch {
  readonly #context: HostContext;
  readonly #sync: ChainSync;
  /** Head at the last look. */
  #head: BlockId | null = null;
  #turn = 0;
  #cancel: () => void = () => undefined;

  constructor(context: HostContext, sync: ChainSync) {
    this.#context = context;
    this.#sync = sync;
  }

  /** Called on a joined network. */
  begin(): void {
    this.#head = this.#context.branches.head.tip.header.id;
    this.#wait(this.#context.now() + this.#quietMs());
  }

  /** Ends it with the host. */
  clear(): void {
    this.#cancel();
  }

  #wait(until: Millis): void {
    if (!this.#context.isRunning()) return;
    this.#cancel = this.#context.clock.schedule(until, () => {
      try {
        this.#look();
      } catch (thrown) {
        this.#context.fault(thrown);
      }
    });
  }

  #look(): void {
    const { id, timestamp } = this.#context.branches.head.tip.header;
    const quietMs = this.#quietMs();
    const now = this.#context.now();
    const isNew = id !== this.#head;
    this.#head = id;
    if (!isNew && this.#mayAsk()) this.#askNext();
    // A head that came since the last look is as old as it says, unless that cannot be: then it came just now.
    const isYoung = isNew && timestamp <= now && timestamp + quietMs > now;
    this.#wait((isYoung ? timestamp : now) + quietMs);
  }

  /**
   * The shortest distance counts: neither an outage nor a liar among the producers makes it long, and by work one block in
   * eight comes soon. That of the first block says nothing, since genesis is as old as it likes.
   */
  #quietMs(): Millis {
    const { branches, limits } = this.#context;
    let { height, timestamp: later } = branches.head.tip.header;
    let shortest = Number.POSITIVE_INFINITY;
    const lowest = Math.max(1, height - GAPS_LOOKED_AT);
    while (height > lowest) {
      height -= 1;
      const earlier = branches.adoptedAt(height)?.tip.header.timestamp;
      if (earlier === undefined) break;
      shortest = Math.min(shortest, later - earlier);
      later = earlier;
    }
    return Number.isFinite(shortest) ? Math.max(limits.quietMs, GAPS_WAITED * shortest) : limits.quietMs;
  }

  /** Not while somebody is being asked who has more; nor at a border that this node cannot pass, whatever it is sent. */
  #mayAsk(): boolean {
    const { eras, branches } = this.#context;
    return !this.#sync.isBehind && eras.barrierAt(branches.head.tip.header.height + 1, []) === null;
  }

  /**
   * One peer, whether or not the one before it has finished: silence, lies and a trickle of blocks that change nothing use
   * up the turn of their sender alone (contract H-39).
   */
  #askNext(): void {
    const peers = this.#context.net.peers();
    const peer = peers[this.#turn++ % peers.length];
    if (peer !== undefined) this.#sync.catchUp(peer).catch((thrown) => this.#context.fault(thrown));
  }
}

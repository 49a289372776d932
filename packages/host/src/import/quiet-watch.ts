/**
 * What a host does about a head that stands still although there are peers (contract H-47).
 *
 * @module
 */
import type { BlockId, Height, Millis } from '@fiducia/consensus';
import type { HostContext } from '../context.ts';
import type { ChainSync } from './sync.ts';

/** How many times as long as blocks are apart a head may be alone (fault catalogue N11). */
const GAPS_WAITED = 3;
/** Whoever finds a seal does so after any time, and one block in twenty comes after three times the usual. */
const LOTTERY_GAPS_WAITED = 10;
/** Blocks that tell how far they are apart. */
const BLOCKS_LOOKED_AT = 32;
/** It looks at least once in as many `quietMs`, since blocks may come faster than before. */
const QUIETS_UNTIL_LOOK = 60;

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
  /** From when on that head has been alone, or another peer not been asked. */
  #from: Millis = 0;
  #turn = 0;
  #cancel: () => void = () => undefined;

  constructor(context: HostContext, sync: ChainSync) {
    this.#context = context;
    this.#sync = sync;
  }

  /** Called on a joined network. */
  begin(): void {
    this.#head = this.#context.branches.head.tip.header.id;
    this.#from = this.#context.now();
    this.#wait(this.#from, this.#quietMs());
  }

  /** Ends it with the host. */
  clear(): void {
    this.#cancel();
  }

  #wait(now: Millis, quietMs: Millis): void {
    if (!this.#context.isRunning()) return;
    const until = Math.min(this.#from + quietMs, now + QUIETS_UNTIL_LOOK * this.#context.limits.quietMs);
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
    if (id !== this.#head) {
      this.#head = id;
      // As old as it says, unless that cannot be: then it came just now.
      this.#from = timestamp <= now && timestamp + quietMs >= now ? timestamp : now;
    }
    if (this.#from + quietMs <= now) {
      this.#from = now;
      if (this.#mayAsk()) this.#askNext();
    }
    this.#wait(now, quietMs);
  }

  /**
   * The faster half of the last 32 blocks counts: neither an outage nor a liar among the producers makes both halves long.
   * The gap below the first block says nothing, since genesis is as old as it likes.
   */
  #quietMs(): Millis {
    const { branches, eras, limits } = this.#context;
    const { height } = branches.head.tip.header;
    const lowest = Math.max(1, height - BLOCKS_LOOKED_AT);
    const middle = Math.floor((lowest + height) / 2);
    if (middle <= lowest) return limits.quietMs;
    const gapMs = Math.min(this.#gapMs(lowest, middle), this.#gapMs(middle, height));
    const { leader } = eras.at(height + 1).production.plugin.traits;
    return Math.max(limits.quietMs, Math.ceil((leader === 'lottery' ? LOTTERY_GAPS_WAITED : GAPS_WAITED) * gapMs));
  }

  /** How far apart blocks of the adopted branch are on average, zero for those that this node has not. */
  #gapMs(from: Height, to: Height): Millis {
    const { branches } = this.#context;
    const first = branches.adoptedAt(from)?.tip.header.timestamp;
    const last = branches.adoptedAt(to)?.tip.header.timestamp;
    return first === undefined || last === undefined ? 0 : (last - first) / (to - from);
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

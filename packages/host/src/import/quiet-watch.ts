/**
 * What a host does about a head that stands still although there are peers (contract H-47).
 *
 * @module
 */
import type { BlockId, Millis } from '@fiducia/consensus';
import type { HostContext } from '../context.ts';
import type { ChainSync } from './sync.ts';

/**
 * Gossip may lose a block that nobody builds on, and then nobody speaks of it: its successors wait for whoever made it,
 * who waits for them. So a host whose head is `quietMs` old asks a peer what follows on it, and then the next one.
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
    const { branches, limits } = this.#context;
    this.#head = branches.head.tip.header.id;
    this.#wait(this.#context.now() + limits.quietMs);
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
    const { branches, limits } = this.#context;
    const { id, timestamp } = branches.head.tip.header;
    const now = this.#context.now();
    const isNew = id !== this.#head;
    this.#head = id;
    if (!isNew && this.#mayAsk()) this.#askNext();
    // A head that came since the last look is as old as it says, unless that cannot be: then it came just now.
    const isYoung = isNew && timestamp <= now && timestamp + limits.quietMs > now;
    this.#wait((isYoung ? timestamp : now) + limits.quietMs);
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

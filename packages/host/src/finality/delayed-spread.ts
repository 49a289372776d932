/**
 * What many nodes know at the same moment is sent by few of them.
 *
 * @module
 */
import type { BlockId, BufferUsage, ConsensusHeader, Millis } from '@fiducia/consensus';
import type { HostContext } from '../context.ts';

/** Far above the delay of a network, far below the patience of whoever missed it. */
const WAIT_MIN_MS: Millis = 500;
/** Random part, so that the first of many is heard by the others before their turn comes. */
const WAIT_SPREAD_MS: Millis = 500;
/** Beyond it the oldest are forgotten: whoever learns of a newer final block learns of those below. */
const WAITING_MAX = 16;

/**
 * Every voter completes the proof of a block on its own, so that each would send to all what all of them have. The
 * author of the block sends at once; the others wait, and are silent if somebody was faster.
 *
 * Whoever claims to be faster is not checked: that can silence other voters, but neither the author nor the next
 * block, and nodes that missed the votes learn from both.
 */
export class DelayedSpread {
  readonly #context: HostContext;
  readonly #waiting = new Map<BlockId, () => void>();

  constructor(context: HostContext) {
    this.#context = context;
  }

  /** Sends what makes a block final, now or if nobody else does. */
  spread({ id, author }: ConsensusHeader, send: () => void): void {
    const { signer, clock } = this.#context;
    if (author === signer?.self) {
      send();
      return;
    }
    const [byte = 0] = clock.entropy();
    const at = this.#context.now() + WAIT_MIN_MS + Math.trunc((WAIT_SPREAD_MS * byte) / 256);
    this.heard(id);
    this.#waiting.set(
      id,
      clock.schedule(at, () => this.#send(id, send)),
    );
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined && this.#waiting.size > WAITING_MAX) this.heard(oldest);
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'delayedSpreads', count: this.#waiting.size, max: WAITING_MAX }];
  }

  /** Somebody else sent it. */
  heard(id: BlockId): void {
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
  }

  clear(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  #send(id: BlockId, send: () => void): void {
    this.#waiting.delete(id);
    try {
      if (this.#context.isRunning()) send();
    } catch (thrown) {
      this.#context.fault(thrown);
    }
  }
}

/**
 * How many claims may wait for the crypto port (contract, section 9).
 *
 * @module
 */
import type { BufferUsage, PeerId } from '@fiducia/consensus';
import type { Awaitable } from '@fiducia/consensus/ports';
import { whenOver } from './awaitable.ts';
import type { HostLimits } from './limits.ts';
import { largest } from './usage.ts';

/** Counts claims of messages and evidence that are being checked, in total and per peer (contract H-39). */
export class ClaimBudget {
  readonly #byPeer = new Map<PeerId, number>();
  readonly #limits: HostLimits;
  #waiting = 0;

  constructor(limits: HostLimits) {
    this.#limits = limits;
  }

  /**
   * Runs `check` unless too many claims wait already. What is checked at once takes no more room than there is, or a proof
   * by more voters than that would never be looked at.
   * @param from - Whose claims they are; `null` for this node, which only the total limits.
   * @returns `null` if there is no room.
   */
  run<T>(from: PeerId | null, count: number, check: () => Awaitable<T>): Awaitable<T | null> {
    const { claimsWaitingMax, claimsPerPeerMax } = this.#limits;
    const ofPeer = from === null ? 0 : (this.#byPeer.get(from) ?? 0);
    const places = Math.min(count, claimsWaitingMax, from === null ? claimsWaitingMax : claimsPerPeerMax);
    if (this.#waiting + places > claimsWaitingMax || (from !== null && ofPeer + places > claimsPerPeerMax)) return null;
    this.#add(from, places);
    return whenOver(check, () => this.#add(from, -places));
  }

  usage(): readonly BufferUsage[] {
    const { claimsWaitingMax, claimsPerPeerMax } = this.#limits;
    return [
      { name: 'claimsWaiting', count: this.#waiting, max: claimsWaitingMax },
      { name: 'claimsPerPeer', count: largest(this.#byPeer.values()), max: claimsPerPeerMax },
    ];
  }

  #add(from: PeerId | null, count: number): void {
    this.#waiting += count;
    if (from === null) return;
    const ofPeer = (this.#byPeer.get(from) ?? 0) + count;
    if (ofPeer === 0) this.#byPeer.delete(from);
    else this.#byPeer.set(from, ofPeer);
  }
}

/**
 * What one account has sent and no block has taken yet.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { KeyPair } from '@fiducia/crypto';
import { MINIMUM_FEE } from '../genesis.ts';
import type { Letter } from './gateway.ts';

/** A place in the order of an account, with what was paid for it last. */
interface Place {
  readonly nonce: number;
  /** What a letter there pays; more than what it replaces, or no pool takes it (catalogue T04). */
  readonly fee: bigint;
}

/** A letter at its place. */
interface Posted extends Place {
  readonly letter: Letter<unknown>;
}

/** Letters of one account in the order of their nonces. */
export class Outbox {
  readonly account: KeyPair;
  #waiting: Posted[] = [];
  #unsent: Posted[] = [];
  /** Places from which letters moved up, lowest first; pools still hold what they were before. */
  #vacated: Place[] = [];

  constructor(account: KeyPair) {
    this.account = account;
  }

  /** Puts a letter behind all others. @param nonce - Next one of the account, those in pools counted. */
  add(letter: Letter<unknown>, nonce: number): void {
    const vacated = this.#vacated.shift();
    const place = vacated === undefined ? { nonce, fee: MINIMUM_FEE } : dearer(vacated);
    const posted = { letter, ...place };
    this.#waiting.push(posted);
    this.#unsent.push(posted);
  }

  /** Letters to be signed and sent now, each once. */
  takeUnsent(): readonly Posted[] {
    const unsent = this.#unsent;
    this.#unsent = [];
    return unsent;
  }

  /** Letters of a kind that wait before a nonce. */
  countBefore(nonce: number, kind: string): number {
    return this.#waiting.filter((posted) => posted.nonce < nonce && posted.letter.type.kind === kind).length;
  }

  /**
   * Forgets what stands in a block. If the time of another letter is over, it goes too, and those behind it move up.
   *
   * @param nonce - Next nonce of the account in the state.
   * @param nextBlockAt - When the next block is to be expected.
   * @returns Whether there is something to send.
   */
  settle(nonce: number, nextBlockAt: Millis): boolean {
    this.#waiting = this.#waiting.filter((posted) => posted.nonce >= nonce);
    this.#vacated = this.#vacated.filter((place) => place.nonce >= nonce);
    const current = this.#waiting.filter(
      ({ letter: { deadline } }) => deadline === undefined || nextBlockAt < deadline,
    );
    if (current.length === this.#waiting.length) return false;
    const places = this.#waiting;
    const first = places.findIndex((posted, index) => posted !== current[index]);
    const moved = current.slice(first).map(({ letter }, index): Posted => {
      return { letter, ...dearer(places[first + index] as Posted) };
    });
    this.#vacated.unshift(...places.slice(current.length).map(({ nonce, fee }) => ({ nonce, fee })));
    this.#waiting = [...current.slice(0, first), ...moved];
    this.#unsent.push(...moved);
    return moved.length > 0;
  }
}

/** The same place at a price at which it changes hands: at least a tenth more. */
function dearer({ nonce, fee }: Place): Place {
  return { nonce, fee: fee + fee / 10n + 1n };
}

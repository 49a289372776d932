/**
 * Open requests of one engine (contract H-4).
 *
 * @module
 */
import { LIMITS, type RequestId } from '@fiducia/consensus';

/** One open request; a new one with the same id takes its place. */
export interface OpenRequest {
  /** Aborted on `cancel`, replacement and end of the engine. */
  readonly signal: AbortSignal;
  /** Closes the request; true exactly once and only if it was still open. */
  readonly close: () => boolean;
}

/** Gives every request at most one answer, and none after it was cancelled. */
export class OpenRequests {
  readonly #open = new Map<RequestId, AbortController>();

  /** @returns `null` if more requests than allowed would be open. */
  open(id: RequestId): OpenRequest | null {
    this.cancel(id);
    if (this.#open.size >= LIMITS.openRequests) return null;
    const controller = new AbortController();
    this.#open.set(id, controller);
    return {
      signal: controller.signal,
      close: () => this.#open.get(id) === controller && this.#open.delete(id),
    };
  }

  cancel(id: RequestId): void {
    const controller = this.#open.get(id);
    this.#open.delete(id);
    controller?.abort();
  }

  clear(): void {
    for (const id of [...this.#open.keys()]) this.cancel(id);
  }
}

/**
 * Open requests of one engine (contract H-4).
 *
 * @module
 */
import { type BufferUsage, LIMITS, type RequestId } from '@fiducia/consensus';

/** Given as reason, because platforms make an error with a stack for every abort without one. */
const CANCELLED = 'request cancelled';

/** One open request; a new one with the same id takes its place. */
export class OpenRequest {
  readonly #close: (request: OpenRequest) => boolean;
  #isCancelled = false;
  #onCancel: (() => void) | null = null;
  #controller: AbortController | null = null;

  /** @param close - Takes the request off the list of open ones; false if it is not on it. */
  constructor(close: (request: OpenRequest) => boolean) {
    this.#close = close;
  }

  /** Whether it was cancelled or replaced, or its engine ended. */
  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Aborted when it is cancelled. Made when it is asked for: most requests have no use for one. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isCancelled) this.#controller.abort(CANCELLED);
    return this.#controller.signal;
  }

  /** Calls back when it is cancelled; the last callback counts. */
  onCancel(callback: () => void): void {
    this.#onCancel = callback;
  }

  /** Closes the request; true exactly once and only if it was still open. */
  readonly close = (): boolean => this.#close(this);

  /** Ends it without an answer. */
  cancel(): void {
    this.#isCancelled = true;
    this.#onCancel?.();
    this.#controller?.abort(CANCELLED);
  }
}

/** Gives every request at most one answer, and none after it was cancelled. */
export class OpenRequests {
  readonly #open = new Map<RequestId, OpenRequest>();

  /** @returns `null` if more requests than allowed would be open. */
  open(id: RequestId): OpenRequest | null {
    this.cancel(id);
    if (this.#open.size >= LIMITS.openRequests) return null;
    const request = new OpenRequest((closed) => this.#open.get(id) === closed && this.#open.delete(id));
    this.#open.set(id, request);
    return request;
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'openRequests', count: this.#open.size, max: LIMITS.openRequests }];
  }

  cancel(id: RequestId): void {
    const request = this.#open.get(id);
    this.#open.delete(id);
    request?.cancel();
  }

  clear(): void {
    for (const id of [...this.#open.keys()]) this.cancel(id);
  }
}

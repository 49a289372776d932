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
  readonly id: RequestId;
  readonly #list: OpenRequests;
  #isCancelled = false;
  #onCancel: (() => void) | null = null;
  #controller: AbortController | null = null;

  constructor(id: RequestId, list: OpenRequests) {
    this.id = id;
    this.#list = list;
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
  readonly close = (): boolean => this.#list.close(this);

  /** Ends it without an answer. */
  cancel(): void {
    this.#isCancelled = true;
    this.#onCancel?.();
    this.#controller?.abort(CANCELLED);
  }
}

/** Gives every request at most one answer, and none after it was cancelled. */
export class OpenRequests {
  /** Mostly one or two: a map that is emptied and filled again for each of them makes itself anew every time. */
  readonly #open: OpenRequest[] = [];

  /** @returns `null` if more requests than allowed would be open. */
  open(id: RequestId): OpenRequest | null {
    this.cancel(id);
    if (this.#open.length >= LIMITS.openRequests) return null;
    const request = new OpenRequest(id, this);
    this.#open.push(request);
    return request;
  }

  /** Takes a request off the list. @returns False if it is not on it. */
  close(request: OpenRequest): boolean {
    const index = this.#open.indexOf(request);
    if (index < 0) return false;
    this.#open.splice(index, 1);
    return true;
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'openRequests', count: this.#open.length, max: LIMITS.openRequests }];
  }

  cancel(id: RequestId): void {
    const request = this.#open.find((open) => open.id === id);
    if (request === undefined) return;
    this.close(request);
    request.cancel();
  }

  clear(): void {
    for (const { id } of [...this.#open]) this.cancel(id);
  }
}

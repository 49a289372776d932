/**
 * A thread of the worker miner; it runs when it is loaded, and only as such.
 *
 * @module
 */
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { Bytes, HashFunction } from '@fiducia/consensus';
import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';
import { loadPlatformSha256 } from './hash.ts';
import { type NonceClass, NonceSearch } from './nonce-search.ts';
import { requireWorkHash } from './work.ts';

/** What the miner asks of a thread. */
export type ThreadRequest =
  | {
      readonly kind: 'search';
      readonly id: number;
      readonly algorithm: string;
      readonly data: Bytes;
      readonly target: bigint;
      readonly nonces: NonceClass;
    }
  | { readonly kind: 'cancel'; readonly id: number };

/** What a thread tells the miner. */
export interface ThreadReport {
  readonly id: number;
  /** Hashes since the last report of this search. */
  readonly hashes: number;
  readonly nonce: Bytes | null;
  /** Whether this thread has left the search. */
  readonly isDone: boolean;
}

/** Hashes between two looks at the messages: some milliseconds, so that a cancel is answered at once. */
const SLICE_HASHES = 1_024;

/** Slices between two reports without a nonce. */
const REPORT_SLICES = 64;

interface Running {
  readonly search: NonceSearch;
  hashes: number;
  slices: number;
}

/** Takes turns between all open searches, and looks at its messages after each turn. */
class SearchLoop {
  readonly #port: MessagePort;
  readonly #sha256: HashFunction;
  readonly #running = new Map<number, Running>();
  #isTurning = false;

  constructor(port: MessagePort, sha256: HashFunction) {
    this.#port = port;
    this.#sha256 = sha256;
  }

  handle(request: ThreadRequest): void {
    if (request.kind === 'cancel') {
      const running = this.#running.get(request.id);
      if (running !== undefined) this.#report(request.id, running, null, true);
      return;
    }
    const search = new NonceSearch(request, requireWorkHash(request.algorithm, this.#sha256), request.nonces);
    this.#running.set(request.id, { search, hashes: 0, slices: 0 });
    if (!this.#isTurning) this.#turn();
  }

  #turn(): void {
    for (const [id, running] of this.#running) {
      const { nonce, hashes } = running.search.run(SLICE_HASHES);
      running.hashes += hashes;
      running.slices += 1;
      if (nonce !== null) this.#report(id, running, nonce, true);
      else if (running.slices % REPORT_SLICES === 0) this.#report(id, running, null, false);
    }
    this.#isTurning = this.#running.size > 0;
    if (this.#isTurning) setImmediate(() => this.#turn());
  }

  #report(id: number, running: Running, nonce: Bytes | null, isDone: boolean): void {
    const report: ThreadReport = { id, hashes: running.hashes, nonce, isDone };
    running.hashes = 0;
    if (isDone) this.#running.delete(id);
    this.#port.postMessage(report);
  }
}

function serve(port: MessagePort): void {
  const loop = new SearchLoop(port, loadPlatformSha256() ?? portableSha256);
  port.on('message', (request: ThreadRequest) => loop.handle(request));
}

if (parentPort !== null) serve(parentPort);

/**
 * Verified evidence waiting to be included (contract H-31).
 *
 * @module
 */
import type { BufferUsage, Evidence } from '@fiducia/consensus';

/** Bounded set of evidence, one piece per offence; the lowest height goes first. */
export class EvidencePool {
  readonly #items = new Map<string, Evidence>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'evidencePool', count: this.#items.size, max: this.#max }];
  }

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  has(evidence: Evidence): boolean {
    return this.#items.has(poolKey(evidence));
  }

  /** @returns Whether it is kept. */
  add(evidence: Evidence): boolean {
    if (this.has(evidence)) return false;
    this.#items.set(poolKey(evidence), evidence);
    if (this.#items.size <= this.#max) return true;
    let lowest = evidence;
    for (const item of this.#items.values()) if (item.height < lowest.height) lowest = item;
    this.remove(lowest);
    return lowest !== evidence;
  }

  remove(evidence: Evidence): void {
    this.#items.delete(poolKey(evidence));
  }

  /** Oldest entry first. */
  items(): readonly Evidence[] {
    return [...this.#items.values()];
  }
}

/** The height of two messages is the reporter's word, so that one contradiction could otherwise fill the pool. */
function poolKey(evidence: Evidence): string {
  const { era, protocol, kind, offender, height } = evidence;
  const isTold = evidence.kind === 'equivocation' && evidence.subject === 'message';
  return `${era}/${protocol}/${kind}/${offender}/${isTold ? 'messages' : height}`;
}

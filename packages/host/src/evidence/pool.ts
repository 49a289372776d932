/**
 * Verified evidence waiting to be included (contract H-31).
 *
 * @module
 */
import type { BufferUsage, Evidence, Height } from '@fiducia/consensus';
import { offenceKey } from '../tree/block-tree.ts';

/** Evidence, and the height of the head when it came. */
export interface PooledEvidence {
  readonly evidence: Evidence;
  readonly since: Height;
}

/** Bounded set of evidence, one piece per offence; the oldest era goes first, of one era the lowest height. */
export class EvidencePool {
  readonly #items = new Map<string, PooledEvidence>();
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

  /** What is kept of the same offence. */
  find(evidence: Evidence): PooledEvidence | undefined {
    return this.#items.get(poolKey(evidence));
  }

  /** @returns Whether it is kept. */
  add(evidence: Evidence, since: Height): boolean {
    if (this.find(evidence) !== undefined) return false;
    this.#items.set(poolKey(evidence), { evidence, since });
    if (this.#items.size <= this.#max) return true;
    let first = evidence;
    for (const item of this.#items.values()) if (goesBefore(item.evidence, first)) first = item.evidence;
    this.remove(first);
    return first !== evidence;
  }

  remove(evidence: Evidence): void {
    this.#items.delete(poolKey(evidence));
  }

  /** Oldest entry first. */
  items(): readonly PooledEvidence[] {
    return [...this.#items.values()];
  }
}

/** Evidence of the era before costs its reporter nothing but new keys, whatever height it tells (contract H-32). */
function goesBefore(a: Evidence, b: Evidence): boolean {
  return a.era === b.era ? a.height < b.height : a.era < b.era;
}

/** Evidence of an era is named as in its blocks, also after it. */
function poolKey(evidence: Evidence): string {
  return `${evidence.era}/${offenceKey(evidence, evidence.era)}`;
}

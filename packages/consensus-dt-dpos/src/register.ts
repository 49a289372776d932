/**
 * The paged register: lookup, and updates that share every untouched page.
 *
 * @module
 */
import { type ActorId, createPersistentMap, persistentMapOf } from '@fiducia/consensus';
import { floorDivide } from '@fiducia/trust';
import type { Candidate, CandidateIndex, Register } from './state.ts';

/** Candidates per page: small enough to copy for one change, large enough to keep the page map flat. */
export const PAGE_SIZE = 256;

/** A register without candidates. */
export function createRegister(): Register {
  return { size: 0, pages: createPersistentMap(), indexOf: createPersistentMap() };
}

/** Candidate with `index`, or `undefined`. */
export function candidateAt(register: Register, index: CandidateIndex): Candidate | undefined {
  return register.pages.get(pageOf(index))?.[index % PAGE_SIZE];
}

/** Candidate that `id` currently stands for, or `undefined`. */
export function candidateOf(register: Register, id: ActorId): Candidate | undefined {
  const index = register.indexOf.get(id);
  return index === undefined ? undefined : candidateAt(register, index);
}

/** All candidates in order of index. */
export function* candidatesIn(register: Register): Iterable<Candidate> {
  for (const [, page] of register.pages.entries()) yield* page;
}

/**
 * Changes collected for one new register. Local to one call of the rules; the register it started
 * from stays as it is.
 */
export class RegisterDraft {
  readonly #base: Register;
  readonly #changed = new Map<CandidateIndex, Candidate>();
  readonly #added = new Map<ActorId, CandidateIndex>();
  #size: number;

  /** @param base - Register to start from. */
  constructor(base: Register) {
    this.#base = base;
    this.#size = base.size;
  }

  /** Index that the next admission gets. */
  get size(): number {
    return this.#size;
  }

  /** Candidate with `index` after the changes so far. */
  at(index: CandidateIndex): Candidate | undefined {
    return this.#changed.get(index) ?? candidateAt(this.#base, index);
  }

  /** Candidate that `id` stands for after the changes so far. */
  of(id: ActorId): Candidate | undefined {
    const index = this.#added.get(id) ?? this.#base.indexOf.get(id);
    return index === undefined ? undefined : this.at(index);
  }

  /** Replaces a candidate, or appends one whose index is {@link size}. */
  set(candidate: Candidate): void {
    this.#changed.set(candidate.index, candidate);
    if (candidate.index < this.#size) return;
    this.#added.set(candidate.id, candidate.index);
    this.#size = candidate.index + 1;
  }

  /** The new register: copies exactly the pages with changes. */
  finish(): Register {
    let { pages, indexOf } = this.#base;
    const copies = new Map<number, Candidate[]>();
    for (const [index, candidate] of this.#changed) {
      const number = pageOf(index);
      const page = copies.get(number) ?? [...(pages.get(number) ?? [])];
      page[index % PAGE_SIZE] = candidate;
      copies.set(number, page);
    }
    for (const [number, page] of copies) pages = pages.with(number, page);
    if (indexOf.size === 0) indexOf = persistentMapOf(this.#added);
    else for (const [id, index] of this.#added) indexOf = indexOf.with(id, index);
    return { size: this.#size, pages, indexOf };
  }
}

function pageOf(index: CandidateIndex): number {
  return floorDivide(index, PAGE_SIZE);
}

/**
 * Generic detection of equivocation (contract H-29).
 *
 * @module
 */
import {
  type ActorId,
  type Artefact,
  type BufferUsage,
  type Bytes,
  compareBytes,
  type Evidence,
  type Height,
} from '@fiducia/consensus';
import type { ActivePlugin } from '../era/schedule.ts';
import type { HostLimits } from '../limits.ts';
import { largest } from '../usage.ts';

/** An artefact whose signature was found valid. */
export interface AuthenticArtefact {
  readonly artefact: Artefact;
  readonly author: ActorId;
  readonly height: Height;
  /** What the signature covers: seal hash or payload. */
  readonly signed: Bytes;
  /** Canonical encoding, as evidence carries it; asked for only if there is a contradiction. */
  readonly encode: () => Bytes;
}

/**
 * First artefact seen under each key, bounded per author, in total and by distance from the head.
 *
 * Anybody can make up authors and sign for them, so authors without a say have a small part of the room together, and
 * lose it first. Among the others whoever has most makes room for a new one (contract H-39).
 */
export class ConflictIndex {
  readonly #byAuthor = new Map<ActorId, Map<string, AuthenticArtefact>>();
  readonly #byHeight = new Map<Height, Map<string, ActorId>>();
  readonly #limits: HostLimits;
  readonly #members: () => ReadonlySet<ActorId>;
  #size = 0;
  #lowest: Height = 0;
  /** Size at which the part of strangers is looked at again: who is one is asked for many of them at once. */
  #checkAt: number;

  /** @param members - Those who have a say now. */
  constructor(limits: HostLimits, members: () => ReadonlySet<ActorId>) {
    this.#limits = limits;
    this.#members = members;
    this.#checkAt = limits.conflictKeysPerAuthorMax;
  }

  get size(): number {
    return this.#size;
  }

  usage(): readonly BufferUsage[] {
    const ofAuthor = largest([...this.#byAuthor.values()].map(({ size }) => size));
    return [
      { name: 'conflictKeys', count: this.#size, max: this.#limits.conflictKeysMax },
      { name: 'conflictKeysPerAuthor', count: ofAuthor, max: this.#limits.conflictKeysPerAuthorMax },
    ];
  }

  /**
   * Remembers an artefact, or proves that its author contradicted an earlier one.
   * @param headHeight - Artefacts too far from it are ignored.
   */
  observe(item: AuthenticArtefact, active: ActivePlugin, headHeight: Height): Evidence | undefined {
    const key = active.rules.conflictKey?.(item.artefact);
    if (key === undefined || Math.abs(item.height - headHeight) > this.#limits.conflictBlocks) return undefined;
    const indexed = `${active.era}/${active.protocol}/${item.artefact.kind}/${key}`;
    const first = this.#byAuthor.get(item.author)?.get(indexed);
    if (first === undefined) {
      this.#insert(indexed, item);
      return undefined;
    }
    return compareBytes(first.signed, item.signed) === 0 ? undefined : contradiction(first, item, active);
  }

  /** Forgets everything too far below the head. */
  prune(headHeight: Height): void {
    const keepFrom = headHeight - this.#limits.conflictBlocks;
    if (this.#size === 0) this.#lowest = Math.max(this.#lowest, keepFrom);
    // Heights are consecutive in practice; the loop runs once per block.
    for (; this.#lowest < keepFrom; this.#lowest++) this.#dropHeight(this.#lowest);
  }

  #insert(key: string, item: AuthenticArtefact): void {
    const own = this.#byAuthor.get(item.author) ?? new Map<string, AuthenticArtefact>();
    this.#byAuthor.set(item.author, own);
    own.set(key, item);
    const level = this.#byHeight.get(item.height) ?? new Map<string, ActorId>();
    this.#byHeight.set(item.height, level);
    level.set(key, item.author);
    this.#size++;

    if (own.size > this.#limits.conflictKeysPerAuthorMax) {
      const [oldest] = own;
      if (oldest !== undefined) this.#drop(oldest[0], item.author, oldest[1].height);
    }
    const { conflictKeysMax, conflictKeysPerAuthorMax } = this.#limits;
    if (this.#size > this.#checkAt) {
      this.#dropStrangers(conflictKeysPerAuthorMax);
      this.#checkAt = this.#size + conflictKeysPerAuthorMax;
    }
    if (this.#size > conflictKeysMax) this.#dropStrangers(0);
    if (this.#size > conflictKeysMax) this.#dropFromLargest();
  }

  /** Those that came first go first; where nobody has a say, nobody is a stranger. @param max - Most keys of all of them together that stay. */
  #dropStrangers(max: number): void {
    const members = this.#members();
    if (members.size === 0) return;
    const strangers = [...this.#byAuthor].filter(([author]) => !members.has(author));
    let count = strangers.reduce((sum, [, own]) => sum + own.size, 0);
    for (const [author, own] of strangers) {
      if (count <= max) return;
      count -= own.size;
      for (const [key, { height }] of [...own]) this.#drop(key, author, height);
    }
  }

  #dropFromLargest(): void {
    let largest: readonly [ActorId, ReadonlyMap<string, AuthenticArtefact>] | undefined;
    for (const entry of this.#byAuthor) if (largest === undefined || entry[1].size > largest[1].size) largest = entry;
    if (largest === undefined) return;
    const [author, own] = largest;
    const [oldest] = own;
    if (oldest !== undefined) this.#drop(oldest[0], author, oldest[1].height);
  }

  #dropHeight(height: Height): void {
    for (const [key, author] of this.#byHeight.get(height) ?? []) this.#drop(key, author, height);
  }

  #drop(key: string, author: ActorId, height: Height): void {
    const own = this.#byAuthor.get(author);
    if (own?.delete(key) === true) this.#size--;
    if (own?.size === 0) this.#byAuthor.delete(author);
    const level = this.#byHeight.get(height);
    level?.delete(key);
    if (level?.size === 0) this.#byHeight.delete(height);
  }
}

function contradiction(a: AuthenticArtefact, b: AuthenticArtefact, active: ActivePlugin): Evidence {
  const [encodedA, encodedB] = [a.encode(), b.encode()];
  const isInOrder = compareBytes(encodedA, encodedB) < 0;
  return {
    kind: 'equivocation',
    era: active.era,
    protocol: active.protocol,
    offender: a.author,
    height: Math.min(a.height, b.height),
    subject: a.artefact.kind,
    first: isInOrder ? encodedA : encodedB,
    second: isInOrder ? encodedB : encodedA,
  };
}

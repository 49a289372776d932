/**
 * Facts from the storage of a contract that keeps a journal of them.
 *
 * @module
 */
import type { StateManagerInterface } from '@ethereumjs/common';
import {
  type Address,
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  createAddressFromString,
  setLengthLeft,
} from '@ethereumjs/util';
import { type ActorId, type Bytes, compareActors, type Fact, type FactKind, LIMITS } from '@fiducia/consensus';
import type { FactSource } from './facts.ts';

/** Kinds of journal entries that this package reads itself; further ones are for {@link JournalFactsOptions.custom}. */
export const JOURNAL_KINDS = { admission: 1, exit: 2, deposit: 3, ballot: 4, participation: 5 } as const;

/** An entry of a journal, as a contract wrote it. */
export interface JournalEntry {
  /** 1 to 255, see {@link JOURNAL_KINDS}. */
  readonly kind: number;
  /** Whom the entry is about: an address in lower-case hexadecimal with `0x`. */
  readonly actor: ActorId;
  /** 88 bits: deposit, total, weight or round. */
  readonly amount: bigint;
  /** The second word, 256 bits: the candidate of a ballot in its lower 160 bits, whatever the contract says otherwise. */
  readonly detail: bigint;
}

/** What {@link createJournalFacts} reads. */
export interface JournalFactsOptions {
  /** Contract with the journal, as hexadecimal text with `0x`. */
  readonly contract: `0x${string}`;
  /** State manager of the virtual machine; it is copied, never changed. */
  readonly stateManager: StateManagerInterface;
  /**
   * Reads entries of other kinds, as `custom` facts for instance; `undefined` skips the entry. Total, deterministic.
   * Without it other kinds are skipped.
   */
  readonly custom?: (entry: JournalEntry) => Fact | undefined;
}

const ACTOR_BITS = 160n;
const ACTOR_MASK = (1n << ACTOR_BITS) - 1n;
const AMOUNT_BITS = 88n;
const AMOUNT_MASK = (1n << AMOUNT_BITS) - 1n;
const WORD_BYTES = 32;

/**
 * Facts that a contract appended to a journal in its storage. What the contract lets whom append, and for what deposit, is
 * its own business; the layout is this:
 *
 * - slot 0: number of entries;
 * - slot 2·i + 1, i from 0: kind (8 bits) ‖ amount (88 bits) ‖ actor (160 bits);
 * - slot 2·i + 2: detail (256 bits).
 *
 * The facts of a block are the entries that it appended, which both state roots prove. At most `LIMITS.factsPerBlock` entries
 * of one block are read; a contract on a chain whose blocks have room for more has to limit itself.
 *
 * Needs a state manager that keeps the states since the newest checkpoint of consensus.
 */
export function createJournalFacts({ contract, stateManager, custom }: JournalFactsOptions): FactSource {
  const address = createAddressFromString(contract);
  const read = (roots: readonly [Bytes | null, Bytes]) => readEntries(stateManager, address, roots, custom);
  const kinds: readonly FactKind[] = ['admission', 'exit', 'deposit', 'ballot', 'participation'];
  return {
    provides: new Set(custom === undefined ? kinds : [...kinds, 'custom']),
    census: async (root) => {
      const facts = await read([null, root]);
      return facts === null ? null : censusOf(facts);
    },
    factsOf: ({ parentRoot, root }) => read([parentRoot, root]),
  };
}

async function readEntries(
  original: StateManagerInterface,
  address: Address,
  [before, after]: readonly [Bytes | null, Bytes],
  custom: JournalFactsOptions['custom'],
): Promise<readonly Fact[] | null> {
  const state = original.shallowCopy();
  const enter = async (root: Bytes): Promise<boolean> => {
    if (!(await state.hasStateRoot(root))) return false;
    await state.setStateRoot(root, true);
    return true;
  };
  const wordAt = async (slot: bigint): Promise<bigint> =>
    bytesToBigInt(await state.getStorage(address, setLengthLeft(bigIntToBytes(slot), WORD_BYTES)));

  let first = 0n;
  if (before !== null) {
    if (!(await enter(before))) return null;
    first = await wordAt(0n);
  }
  if (!(await enter(after))) return null;
  const count = await wordAt(0n);
  const end = before === null ? count : minOf(count, first + BigInt(LIMITS.factsPerBlock));
  const facts: Fact[] = [];
  for (let index = first; index < end; index++) {
    const entry = decodeEntry(await wordAt(2n * index + 1n), await wordAt(2n * index + 2n));
    const fact = factOf(entry) ?? custom?.(entry);
    if (fact !== undefined) facts.push(fact);
  }
  return facts;
}

function decodeEntry(word: bigint, detail: bigint): JournalEntry {
  return {
    kind: Number(word >> (ACTOR_BITS + AMOUNT_BITS)),
    amount: (word >> ACTOR_BITS) & AMOUNT_MASK,
    actor: addressText(word & ACTOR_MASK),
    detail,
  };
}

function factOf({ kind, actor, amount, detail }: JournalEntry): Fact | undefined {
  switch (kind) {
    case JOURNAL_KINDS.admission:
      return { kind: 'admission', actor, deposit: amount, category: 'sealer' };
    case JOURNAL_KINDS.exit:
      return { kind: 'exit', actor };
    case JOURNAL_KINDS.deposit:
      return { kind: 'deposit', actor, total: amount };
    case JOURNAL_KINDS.ballot:
      return { kind: 'ballot', from: actor, to: addressText(detail & ACTOR_MASK), weight: amount };
    case JOURNAL_KINDS.participation:
      // A round is a height; a larger one is no height that a block could have.
      return amount > BigInt(Number.MAX_SAFE_INTEGER)
        ? undefined
        : { kind: 'participation', actor, round: Number(amount) };
    default:
      return undefined;
  }
}

function addressText(value: bigint): ActorId {
  return bytesToHex(setLengthLeft(bigIntToBytes(value), 20));
}

/**
 * What is the case after all entries: the last value of everything, of members who have not left, and no mere events.
 * Admissions in order of admission, then all others sorted by actor, as `EraStart.census` wants them.
 */
function censusOf(entries: readonly Fact[]): readonly Fact[] {
  const current = new Map<string, Fact>();
  const admissions = new Map<ActorId, number>();
  /** Admission of the candidate that a ballot was cast for: it counts for no later one (trust K4). */
  const castFor = new Map<Fact, number>();
  for (const fact of entries) {
    if (fact.kind === 'exit') {
      current.delete(`admission/${fact.actor}`);
      current.delete(`deposit/${fact.actor}`);
    } else if (fact.kind === 'admission' || fact.kind === 'deposit') {
      const key = `${fact.kind}/${fact.actor}`;
      if (fact.kind === 'admission' && !current.has(key)) {
        admissions.set(fact.actor, (admissions.get(fact.actor) ?? 0) + 1);
      }
      current.set(key, fact);
    } else if (fact.kind === 'ballot') {
      const key = `ballot/${fact.from}/${fact.to}`;
      castFor.set(fact, admissions.get(fact.to) ?? 0);
      if (fact.weight === 0n) current.delete(key);
      else current.set(key, fact);
    }
  }
  const counts = (fact: Fact): boolean =>
    fact.kind !== 'ballot' || (current.has(`admission/${fact.to}`) && castFor.get(fact) === admissions.get(fact.to));
  const facts = [...current.values()].filter(counts);
  const others = facts.filter(({ kind }) => kind !== 'admission');
  const sorted = others.toSorted((a, b) => compareActors(actorOf(a), actorOf(b)));
  return [...facts.filter(({ kind }) => kind === 'admission'), ...sorted];
}

function actorOf(fact: Fact): ActorId {
  if (fact.kind === 'ballot') return fact.from;
  return 'actor' in fact ? fact.actor : '';
}

function minOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

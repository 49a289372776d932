/**
 * What the state can hold: the ranges of facts.
 *
 * A ledger keeps within them. They are checked all the same, because the rules may never throw, and
 * one amount or name without an encoding would stop every node at its next checkpoint.
 *
 * @module
 */
import type { Fact } from '@fiducia/consensus';

/** Amounts of tokens and votes are below this. */
export const AMOUNT_LIMIT = 1n << 128n;

/** Longest identity, in UTF-16 code units. */
const ACTOR_LENGTH_MAX = 128;

const CATEGORY_LENGTH_MAX = 128;
const KEY_BYTES_MAX = 256;

/**
 * Whether the values of a fact are in range; others are dropped, as facts about strangers are.
 *
 * Identities that are only looked up need no check: what is not registered is not found.
 *
 * @see docs/spec/trust.md, rule F1.
 */
export function isWithinBounds(fact: Fact): boolean {
  switch (fact.kind) {
    case 'admission':
      return (
        isText(fact.actor, ACTOR_LENGTH_MAX) && isText(fact.category, CATEGORY_LENGTH_MAX) && isAmount(fact.deposit)
      );
    case 'deposit':
      return isAmount(fact.total);
    case 'ballot':
      return isText(fact.from, ACTOR_LENGTH_MAX) && isAmount(fact.weight);
    case 'key':
      return fact.publicKey.length <= KEY_BYTES_MAX;
    case 'evidence':
      return Number.isSafeInteger(fact.evidence.height) && fact.evidence.height >= 0;
    default:
      return true;
  }
}

function isAmount(value: bigint): boolean {
  return value >= 0n && value < AMOUNT_LIMIT;
}

/** Text with a lone surrogate has no encoding. */
function isText(value: string, lengthMax: number): boolean {
  return value.length <= lengthMax && !/\p{Surrogate}/u.test(value);
}

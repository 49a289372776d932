/**
 * The bad transactions of a comparison: every one is refused by the pool of each node, or left out by each builder.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { createRandomStream } from '@fiducia/simulator';
import { compareMembers, outsiderKeyPair } from './market.ts';
import { FRESH_REGISTERS } from './metering.ts';
import { BUILDER_TRAPS } from './refused-by-builder.ts';
import { POOL_TRAPS } from './refused-by-pool.ts';
import { CLOSING_PHASE, FIRST_TRADING_PHASE } from './timeline.ts';
import type { Trap } from './trap.ts';
import type { Workload } from './workload.ts';

/** A transaction that no block may contain. */
export interface RefusedTransaction {
  /** What is wrong with it, for people. */
  readonly name: string;
  /** Code of the refusal. */
  readonly code: string;
  /**
   * `pool`: no node takes it. `builder`: nodes take it, because only its execution shows what is wrong, and no builder
   * includes it.
   */
  readonly refusedBy: 'pool' | 'builder';
  /** Phase in which it is sent. */
  readonly phase: number;
  /** Encoding; may be anything but a valid transaction. */
  readonly bytes: Bytes;
}

/** Bad transactions of a comparison. Each has an outsider of its own: what waits in a pool lets no later nonce pass. */
export const REFUSED_TRANSACTIONS = 100;

/**
 * Writes the bad transactions. They are bad for good: none becomes valid later, so that it does not matter when a
 * builder looks at them.
 *
 * @param workload - Good transactions of the same chain; some bad ones repeat or continue them.
 * @param seed - Chooses phases, amounts and what is damaged.
 */
export function createRefusedTransactions(workload: Workload, seed: number): readonly RefusedTransaction[] {
  const { pen, registers, transactions } = workload;
  const random = createRandomStream({ seed, label: 'adversary', sha256: pen.crypto.sha256 });
  const traps: readonly (Trap & Pick<RefusedTransaction, 'refusedBy'>)[] = [
    ...POOL_TRAPS.map((trap) => ({ ...trap, refusedBy: 'pool' as const })),
    ...BUILDER_TRAPS.map((trap) => ({ ...trap, refusedBy: 'builder' as const })),
  ];
  const members = compareMembers().map((member, index) => ({
    ...member,
    registers: registers[index] ?? FRESH_REGISTERS,
  }));
  let closing = 0;
  return Array.from({ length: REFUSED_TRANSACTIONS }, (_, index): RefusedTransaction => {
    const { name, code, refusedBy, when, make } = elementOf(traps, index);
    const phase = when === 'closing' ? CLOSING_PHASE : random.integer(FIRST_TRADING_PHASE + 1, CLOSING_PHASE);
    // A member sends one at most: nothing could follow it.
    const place = when === 'closing' ? closing++ : random.integer(0, members.length - 1);
    const bytes = make({
      pen,
      random,
      phase,
      outsider: outsiderKeyPair(index),
      member: elementOf(members, place),
      other: elementOf(members, place + 1),
      earlier: transactions.filter((transaction) => transaction.phase < phase),
    });
    return { name, code, refusedBy, phase, bytes };
  });
}

/** Element at an index, which goes round. */
function elementOf<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}

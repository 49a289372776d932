/**
 * A second opinion on every protocol in which time is cut into slots.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { Oracle } from '../run/world.ts';

/**
 * Knows what holds whoever the owner of a slot is: a block stands at the beginning of a slot, counted from genesis, later
 * than its parent, and no node takes it long before its time. For chains with one era.
 *
 * @param options.slotMs - Duration of a slot.
 * @param options.aheadMaxMs - How far clocks may differ by the specification of the protocol.
 * @example
 * ```ts
 * const subject: Subject = { name, slotMs, production, oracle: createSlotOracle({ slotMs, aheadMaxMs: slotMs / 2 }) };
 * ```
 */
export function createSlotOracle(options: { readonly slotMs: Millis; readonly aheadMaxMs: Millis }): Oracle {
  const { slotMs, aheadMaxMs } = options;
  return {
    aheadMaxMs,
    whyIneligible({ header, parent, ancestorAt }) {
      const genesis = ancestorAt(0);
      if (genesis === undefined) return 'it does not descend from genesis';
      if ((header.timestamp - genesis.timestamp) % slotMs !== 0) return `no slot begins at ${header.timestamp}`;
      if (header.timestamp > parent.header.timestamp) return null;
      return `its slot is not later than that of its parent at ${parent.header.timestamp}`;
    },
  };
}

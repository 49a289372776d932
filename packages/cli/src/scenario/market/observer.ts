/**
 * Reading the market from the state of one running node, and auditing it after every block.
 *
 * @module
 */
import {
  checkEnergyConserved,
  checkMoneyConserved,
  type MarketSlotRecord,
  readMarket,
  readMarketSlot,
} from '@fiducia/energy';
import type { HeadChangedEvent } from '@fiducia/host';
import { auditSupply, type StateReader } from '@fiducia/ledger';
import type { FiduciaNode } from '@fiducia/node';
import type { ClearedSlot } from '../result.ts';
import { marketSlotOf } from './timeline.ts';

/** What the chain says about the rows of the input. */
interface MarketReading {
  /** Rows that have cleared, in order. */
  readonly slots: readonly ClearedSlot[];
  /** Rows that have been settled. */
  readonly settledSlots: number;
  /** Whether energy adds up in every settled row (energy I-6). */
  readonly isEnergyConserved: boolean;
  /** Money of every market account, free and locked, as decimal text; µ¤. */
  readonly balances: Readonly<Record<string, string>>;
}

/** Follows the market on the adopted chain of one node. */
export interface MarketObserver {
  /** Whether the sum of all money stayed the same after every block so far (energy I-4). */
  isMoneyConserved(): boolean;
  /** Wh traded in the rows that have cleared so far. */
  tradedWh(): number;
  /** Reads all rows. */
  read(): MarketReading;
}

/**
 * Starts to follow a node; call it after the node has started.
 *
 * @param rowCount - Rows of the input.
 */
export function observeMarket({ host, ledger }: FiduciaNode, zone: string, rowCount: number): MarketObserver {
  const stateAfter = (blockId?: string): StateReader => {
    const state = ledger.stateAt(blockId);
    if (state === undefined) throw new Error('the ledger does not hold the state of an adopted block');
    return state;
  };
  let isMoneyConserved = isMoneyAccountedFor(stateAfter());
  host.events.on('headChanged', ({ applied }: HeadChangedEvent) => {
    for (const id of applied) isMoneyConserved &&= isMoneyAccountedFor(stateAfter(id));
  });

  let nextRow = 0;
  let tradedWh = 0;
  return {
    isMoneyConserved: () => isMoneyConserved,
    tradedWh() {
      const state = stateAfter();
      for (; nextRow < rowCount; nextRow++) {
        const record = readMarketSlot(state, zone, marketSlotOf(nextRow));
        if (!hasCleared(record)) break;
        tradedWh += record.volume;
      }
      return tradedWh;
    },
    read: () => readRows(stateAfter(), zone, rowCount),
  };
}

/** Every unit is in a core balance, an income, a deposit or the market, and the market's accounts add up to its part. */
function isMoneyAccountedFor(state: StateReader): boolean {
  const { conserved, supply } = auditSupply(state);
  const market = checkMoneyConserved(state);
  return conserved && market.conserved && market.held === supply.modules;
}

function readRows(state: StateReader, zone: string, rowCount: number): MarketReading {
  const slots: ClearedSlot[] = [];
  let settledSlots = 0;
  let isEnergyConserved = true;
  for (let row = 0; row < rowCount; row++) {
    const slot = marketSlotOf(row);
    const record = readMarketSlot(state, zone, slot);
    if (!hasCleared(record)) break;
    const settlement = checkEnergyConserved(state, zone, slot);
    if (settlement !== null) settledSlots++;
    isEnergyConserved &&= settlement?.conserved ?? true;
    slots.push({ row, volumeWh: record.volume, priceMicro: record.price, meteredWh: settlement?.meteredWh ?? null });
  }
  const balances = Object.fromEntries(
    [...readMarket(state).accounts].map(([id, { available, escrow }]) => [id, String(available + escrow)]),
  );
  return { slots, settledSlots, isEnergyConserved, balances };
}

function hasCleared(record: MarketSlotRecord | undefined): record is MarketSlotRecord {
  return record !== undefined && record.state !== 'OPEN' && record.state !== 'CLOSED';
}

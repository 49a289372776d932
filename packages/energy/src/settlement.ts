/**
 * Metered settlement of one market slot (energy SE1–SE5), as pure functions.
 *
 * @module
 */
import {
  capMoney,
  compareIds,
  floorQuotient,
  type MicroMoney,
  type Permille,
  type PriceMicro,
  type WattHours,
} from './units.ts';

/** System account of the grid operator: fees, top-ups and feed-in (energy SE2). */
export const GRID = 'GRID';

/** System account that receives penalties (energy SE2). */
export const FUND = 'FUND';

/** Prices and tolerance of a settlement. */
export interface SettlementParams {
  /** Grid fee in µ¤/Wh of traded energy, paid by the buyer. */
  readonly gridFee: PriceMicro;
  /** Price of energy taken beyond any contract. */
  readonly retail: PriceMicro;
  /** Price of energy given beyond any contract. */
  readonly feedIn: PriceMicro;
  /** Penalty per Wh beyond the tolerance, at least 1. */
  readonly penalty: PriceMicro;
  /** Tolerance in Wh. */
  readonly tolWh: WattHours;
  /** Tolerance as a share of the contract; the larger of the two holds. */
  readonly tolPermille: Permille;
}

/** A trade as settlement sees it. */
export interface SettlementTrade {
  /** Decides the order among otherwise equal trades. */
  readonly id: string;
  /** Who pays. */
  readonly buyer: string;
  /** Who delivers. */
  readonly seller: string;
  /** Energy, at least 1 Wh. */
  readonly wh: WattHours;
  /** Price of the seller in µ¤/Wh. */
  readonly price: PriceMicro;
}

/**
 * Why money moved. The last two settle what cumulative registers show after missed readings, outside any
 * contract (energy SE4).
 */
export type PostingReason =
  | 'energy'
  | 'gridfee'
  | 'top-up'
  | 'penalty-short'
  | 'feed-in'
  | 'penalty-under'
  | 'gap-import'
  | 'gap-export';

/** An obligation with its two legs (energy I-4). */
export interface Posting {
  /** Account that owes. */
  readonly payer: string;
  /** Account that receives. */
  readonly payee: string;
  /** Amount owed, 1 to 2⁶³ − 1 µ¤; what would be more is this much. */
  readonly due: MicroMoney;
  /** Why. */
  readonly reason: PostingReason;
}

/** A posting that was carried out; `due − paid` became debt of the payer (energy SE5). */
export interface PaidPosting extends Posting {
  /** Amount moved, 0 to `due`. */
  readonly paid: MicroMoney;
}

/** Energy that a participant contracted for in one slot. */
export interface Contract {
  /** Wh bought. */
  readonly bought: WattHours;
  /** Wh sold. */
  readonly sold: WattHours;
}

/** Contract against meter of one participant (energy SE1, SE2). */
export interface Deviation {
  /** N = bought − sold. */
  readonly contract: WattHours;
  /** M: metered import − export. */
  readonly meter: WattHours;
  /** D = M − N. */
  readonly deviation: WattHours;
  /** s: sold energy that was not delivered. */
  readonly shortfall: WattHours;
  /** u: bought energy that was not taken. */
  readonly undertake: WattHours;
  /** Part of `shortfall` or `undertake` beyond the tolerance. */
  readonly breach: WattHours;
}

/** What {@link settleSlot} settles. */
export interface SettlementInput {
  /** Trades of the slot, in any order. */
  readonly trades: readonly SettlementTrade[];
  /** Metered net Wh per participant; + is import. Everyone who traded must be listed. */
  readonly meters: ReadonlyMap<string, WattHours>;
  /** Money before, per account; absent accounts hold nothing. */
  readonly balances: ReadonlyMap<string, MicroMoney>;
  /** Prices and tolerance. */
  readonly params: SettlementParams;
}

/** What a settlement leaves behind. */
export interface SettlementResult {
  /** Postings in the order of energy SE3. */
  readonly postings: readonly PaidPosting[];
  /** Money after, per account. */
  readonly balances: ReadonlyMap<string, MicroMoney>;
  /** What could not be paid, per payer; accounts without debt are absent. */
  readonly debts: ReadonlyMap<string, MicroMoney>;
  /** Contract against meter, per metered participant. */
  readonly deviations: ReadonlyMap<string, Deviation>;
  /** Σ D = Σ M: energy that the grid operator balances (energy I-6). */
  readonly gridBalancingWh: WattHours;
}

/**
 * Settles one market slot against plain balances, without escrow.
 *
 * @see docs/spec/energy.md, rules SE1–SE3 and SE5.
 * @example
 * ```ts
 * const { balances } = settleSlot({
 *   trades: [{ id: 't1', buyer: 'u1', seller: 'w1', wh: 1000, price: 440 }],
 *   meters: new Map([['u1', 1000], ['w1', -1000]]),
 *   balances: new Map([['u1', 2_000_000n], ['w1', 0n]]),
 *   params: { gridFee: 40, retail: 620, feedIn: 300, penalty: 150, tolWh: 20, tolPermille: 50 },
 * });
 * balances.get('w1'); // 440_000n
 * ```
 */
export function settleSlot(input: SettlementInput): SettlementResult {
  const balances = new Map(input.balances);
  const debts = new Map<string, MicroMoney>();
  const postings: PaidPosting[] = [];
  const carryOut = (posting: Posting): void => {
    const held = balances.get(posting.payer) ?? 0n;
    const paid = posting.due < held ? posting.due : held;
    balances.set(posting.payer, held - paid);
    balances.set(posting.payee, (balances.get(posting.payee) ?? 0n) + paid);
    // SE5: a balance never goes below zero; the rest is owed.
    if (paid < posting.due) debts.set(posting.payer, (debts.get(posting.payer) ?? 0n) + posting.due - paid);
    postings.push({ ...posting, paid });
  };

  for (const trade of [...input.trades].sort(compareTrades)) tradePostings(trade, input.params).forEach(carryOut);

  const contracts = contractsOf(input.trades);
  const deviations = new Map<string, Deviation>();
  let gridBalancingWh = 0;
  for (const [participant, meter] of [...input.meters].sort(([a], [b]) => compareIds(a, b))) {
    const contract = contracts.get(participant) ?? { bought: 0, sold: 0 };
    const deviation = computeDeviation(contract, meter, input.params);
    deviations.set(participant, deviation);
    gridBalancingWh += deviation.deviation;
    deviationPostings(participant, deviation, input.params).forEach(carryOut);
  }
  return { postings, balances, debts, deviations, gridBalancingWh };
}

/** Order of trades in a settlement (energy SE3). */
function compareTrades(a: SettlementTrade, b: SettlementTrade): number {
  return (
    compareIds(a.buyer, b.buyer) ||
    compareIds(a.seller, b.seller) ||
    a.wh - b.wh ||
    a.price - b.price ||
    compareIds(a.id, b.id)
  );
}

/** What a trade moves: the energy to the seller, the fee to the grid operator (energy SE2). */
export function tradePostings(trade: SettlementTrade, params: SettlementParams): readonly Posting[] {
  return nonZero([
    { payer: trade.buyer, payee: trade.seller, due: amount(trade.wh, trade.price), reason: 'energy' },
    { payer: trade.buyer, payee: GRID, due: amount(trade.wh, params.gridFee), reason: 'gridfee' },
  ]);
}

/**
 * Compares contract and meter (energy SE1, SE2).
 *
 * @param meter - Metered net Wh, + is import.
 */
export function computeDeviation(contract: Contract, meter: WattHours, params: SettlementParams): Deviation {
  const net = contract.bought - contract.sold;
  const deviation = meter - net;
  const shortfall = deviation > 0 ? Math.min(deviation, contract.sold) : 0;
  const undertake = deviation < 0 ? Math.min(-deviation, contract.bought) : 0;
  const breach =
    deviation > 0 ? shortfall - tolerance(contract.sold, params) : undertake - tolerance(contract.bought, params);
  return { contract: net, meter, deviation, shortfall, undertake, breach: Math.max(0, breach) };
}

/** What a deviation costs or earns (energy SE2), in posting order. */
export function deviationPostings(
  participant: string,
  { deviation, breach }: Deviation,
  params: SettlementParams,
): readonly Posting[] {
  const penalty = amount(breach, params.penalty);
  if (deviation > 0) {
    return nonZero([
      { payer: participant, payee: GRID, due: amount(deviation, params.retail), reason: 'top-up' },
      { payer: participant, payee: FUND, due: penalty, reason: 'penalty-short' },
    ]);
  }
  return nonZero([
    { payer: GRID, payee: participant, due: amount(-deviation, params.feedIn), reason: 'feed-in' },
    { payer: participant, payee: FUND, due: penalty, reason: 'penalty-under' },
  ]);
}

/** What a meter shows after missed readings (energy SE4). */
export interface RegisterGap {
  /** Wh that the import register advanced over the missed slots. */
  readonly gapImport: WattHours;
  /** Wh that the export register advanced over the missed slots. */
  readonly gapExport: WattHours;
  /** Wh of import that the estimates of these slots already counted. */
  readonly countedImport: WattHours;
}

/**
 * What cumulative registers show after missed readings (energy SE4): use is paid at retail, generation at
 * feed-in, and an estimate that was too high is not refunded.
 */
export function gapPostings(participant: string, gap: RegisterGap, params: SettlementParams): readonly Posting[] {
  const uncounted = Math.max(0, gap.gapImport - gap.countedImport);
  return nonZero([
    { payer: participant, payee: GRID, due: amount(uncounted, params.retail), reason: 'gap-import' },
    { payer: GRID, payee: participant, due: amount(gap.gapExport, params.feedIn), reason: 'gap-export' },
  ]);
}

function contractsOf(trades: readonly SettlementTrade[]): Map<string, Contract> {
  const contracts = new Map<string, Contract>();
  for (const { buyer, seller, wh } of trades) {
    const bought = contracts.get(buyer) ?? { bought: 0, sold: 0 };
    contracts.set(buyer, { ...bought, bought: bought.bought + wh });
    const sold = contracts.get(seller) ?? { bought: 0, sold: 0 };
    contracts.set(seller, { ...sold, sold: sold.sold + wh });
  }
  return contracts;
}

/** The larger tolerance holds; the share is floored, one of the roundings of energy UN3. */
function tolerance(contractWh: WattHours, params: SettlementParams): WattHours {
  return Math.max(params.tolWh, floorQuotient(contractWh * params.tolPermille, 1000));
}

/** UN2: an obligation beyond all money there can be is the largest one; that of a trade never is (AD-15). */
function amount(wh: WattHours, price: PriceMicro): MicroMoney {
  return capMoney(BigInt(wh) * BigInt(price));
}

/** SE3: zero amounts post nothing. */
function nonZero(postings: readonly Posting[]): readonly Posting[] {
  return postings.filter((posting) => posting.due > 0n);
}

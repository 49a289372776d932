/**
 * Energy market as a ledger module: meters, orders, uniform-price clearing, metered settlement and market trust.
 *
 * The market rules are the Fiducia project's own; the paper that DT-DPoS comes from gives none. They stand in
 * `docs/spec/energy.md`, whose labels this package cites.
 *
 * @example A market by itself
 * ```ts
 * import { clearUniform, settleSlot } from '@fiducia/energy';
 *
 * const { price } = clearUniform(
 *   [
 *     { id: 'b1', side: 'buy', price: 600, qty: 1000 },
 *     { id: 's1', side: 'sell', price: 320, qty: 1200 },
 *   ],
 *   { gridFee: 40, kPermille: 500 },
 * ); // 320: the seller has energy left over
 * const { balances } = settleSlot({
 *   trades: [{ id: 't1', buyer: 'u1', seller: 'w1', wh: 1000, price: price ?? 0 }],
 *   meters: new Map([['u1', 1000], ['w1', -950]]),
 *   balances: new Map([['u1', 2_000_000n], ['w1', 500_000n]]),
 *   params: { gridFee: 40, retail: 620, feedIn: 300, penalty: 150, tolWh: 20, tolPermille: 50 },
 * });
 * ```
 * On a chain, {@link energyModule} is handed to the ledger, and transactions such as {@link placeOrder} are signed
 * with the ledger's `createTransaction`. {@link readMarket} and the checks beside it read any node's state.
 *
 * @example The same market on a chain
 * ```ts
 * import { createLedger, createTransaction } from '@fiducia/ledger';
 * import { DEMO_ENERGY_PARAMS, energyModule, placeOrder, readMarket } from '@fiducia/energy';
 *
 * const market = energyModule({ params: DEMO_ENERGY_PARAMS, grid, supervisors, accounts });
 * const ledger = createLedger({ genesis, modules: [market], crypto });
 * await ledger.submit(
 *   createTransaction(placeOrder, {
 *     chainId: ledger.chainId,
 *     nonce: ledger.nonceOf(signer.address),
 *     fee: 1n,
 *     payload: { meter: 'm1', slot, side: 'sell', price: 340, qty: 2000, clientRef: '00s' },
 *     signer,
 *   }),
 * );
 * ```
 *
 * Not for: consensus, keys, weather, files or reports. Readings are visible to every validator (energy PV2); this
 * package hides nothing.
 *
 * @packageDocumentation
 */
export {
  type ClearingOrder,
  type ClearingParams,
  type ClearingResult,
  clearUniform,
  type Fill,
  type MatchedPair,
  type PriceLevel,
  type Side,
} from './clearing.ts';
export { type DemoOrder, demoOrder, demoOrders } from './demo-strategy.ts';
export { EnergyError, type EnergyErrorData, isEnergyError } from './errors.ts';
export { buyEscrow, coveringDeposit, type EscrowParams, sellBond } from './escrow.ts';
export {
  type EnergyGenesis,
  encodeEnergyGenesis,
  type GenesisMarketAccount,
  type GenesisSupervisor,
  requireEnergyGenesis,
} from './genesis.ts';
export {
  checkEnergyConserved,
  checkMoneyConserved,
  type EnergyCheck,
  type EscrowMismatch,
  findEscrowMismatches,
  type MoneyCheck,
} from './invariants.ts';
export {
  MARKET_INPUT_CHARACTERS_MAX,
  MARKET_INPUT_PARTICIPANTS_MAX,
  MARKET_INPUT_ROWS_MAX,
  type MarketInput,
  type MarketInputParticipant,
  type MarketInputRow,
  parseMarketCsv,
} from './market-input.ts';
export { MARKET_TRUST_PARAMS, SUSPENSION_TRUST_MICRO } from './market-trust.ts';
export { energyModule } from './module.ts';
export {
  type BondTier,
  CHRONIC_SHORT_LIMITS,
  clearingParamsOf,
  DEMO_ENERGY_PARAMS,
  type EnergyParams,
  MARKET_ROLES,
  type MarketRole,
  ROLES,
  type Role,
  requireEnergyParams,
  settlementParamsOf,
  type Zone,
} from './params.ts';
export {
  type MarketReport,
  type MarketSlotReport,
  type MarketSlotState,
  marketSlotState,
  type ParticipantReport,
  readAudit,
  readCertificates,
  readMarket,
  readMarketSlot,
  readMeter,
  readOrders,
  readPortfolios,
  readReadings,
  readTrades,
} from './readers.ts';
export {
  DEMO_BALANCE,
  DEMO_GRID_BALANCE,
  type ReferenceMarket,
  type ReferenceMarketOptions,
  type ReferenceParticipant,
  type ReferenceSlot,
  runMarket,
} from './reference-market.ts';
export type { MarketRefusal, NoTradeReason } from './refusals.ts';
export {
  type Contract,
  computeDeviation,
  type Deviation,
  deviationPostings,
  FUND,
  GRID,
  gapPostings,
  type PaidPosting,
  type Posting,
  type PostingReason,
  type RegisterGap,
  type SettlementInput,
  type SettlementParams,
  type SettlementResult,
  type SettlementTrade,
  settleSlot,
  tradePostings,
} from './settlement.ts';
export type {
  AuditAction,
  AuditEntry,
  Certificate,
  CertificateHolding,
  CursorStage,
  MarketAccount,
  MarketOrder,
  MarketSlotRecord,
  MarketTrade,
  Meter,
  OrderState,
  Participant,
  ParticipantSettlement,
  ParticipantStatus,
  Portfolio,
  ReadingQuality,
  SlotCursor,
  StoredReading,
  StoredSlotState,
  ZoneRecord,
} from './state/records.ts';
export {
  COSIGN_DOMAIN,
  type CosignedFields,
  energyCosignData,
  type MeterApproval,
  type MeterReading,
} from './transactions/cosign.ts';
export { fund, type MoveFunds, withdraw } from './transactions/funds.ts';
export {
  type ApproveMeter,
  approveMeter,
  type RegisterMeter,
  type ReportDoubleReading,
  registerMeter,
  reportDoubleReading,
  type SubmitReading,
  submitReading,
} from './transactions/meters.ts';
export { type CancelOrder, cancelOrder, type PlaceOrder, placeOrder } from './transactions/orders.ts';
export {
  type RegisterParticipant,
  type ReviewParticipant,
  registerParticipant,
  reviewParticipant,
  type SetStatus,
  setStatus,
} from './transactions/participants.ts';
export {
  isMarketId,
  type MarketId,
  type MarketSlot,
  type MicroMoney,
  MONEY_MAX,
  marketSlotAt,
  ORDER_WH_MAX,
  type Permille,
  PRICE_MAX,
  type PriceMicro,
  type WattHours,
  type Watts,
} from './units.ts';

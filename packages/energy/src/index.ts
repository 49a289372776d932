/**
 * Energy market as a ledger module: meters, orders, uniform-price clearing, metered settlement and market trust.
 *
 * @packageDocumentation
 */
export * from './clearing.ts';
export * from './demo-strategy.ts';
export * from './errors.ts';
export * from './market-input.ts';
export * from './params.ts';
export * from './reference-market.ts';
export * from './settlement.ts';
export * from './units.ts';

/**
 * Energy market as a ledger module: meters, orders, uniform-price clearing, metered settlement and market trust.
 *
 * @packageDocumentation
 */
export {};

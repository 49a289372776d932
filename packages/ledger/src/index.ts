/**
 * Account ledger with pluggable transaction modules, a provable state tree and a mempool; a ChainPort for the host.
 *
 * @packageDocumentation
 */
export {};

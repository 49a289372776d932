/**
 * Account ledger with pluggable transaction modules, a provable state tree and a mempool; a ChainPort for the host.
 *
 * @packageDocumentation
 */
export { actorIdCodec, amountCodec, bytesCodec, isActorId, listCodec, safeUintCodec, textCodec } from './codec.ts';
export { isLedgerError, LedgerError, type LedgerErrorData } from './errors.ts';
export type { BlockContext, LedgerModule, TransactionContext, TransactionType } from './modules/module.ts';
export {
  type Codec,
  defineTable,
  KEY_BYTES_MAX,
  type StateReader,
  type StateWriter,
  type Table,
} from './state/table.ts';

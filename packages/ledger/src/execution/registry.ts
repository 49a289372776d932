/**
 * All modules of a ledger: their order, their transaction types, and the facts they provide.
 *
 * @module
 */
import { type Bytes, type Claim, type FactKind, tryDecode } from '@fiducia/consensus';
import { sameBytes } from '../codec.ts';
import { LedgerError } from '../errors.ts';
import type { LedgerModule, TransactionType } from '../modules/module.ts';
import { isTransactionKind, TRANSACTION_DOMAIN, type Transaction } from '../transaction/codec.ts';

/** A transaction whose kind and payload are understood; its signatures are not checked yet. */
export interface PreparedTransaction {
  /** The transaction. */
  readonly transaction: Transaction;
  /** Its type. */
  readonly type: TransactionType;
  /** Its decoded payload. */
  readonly payload: unknown;
}

/** Modules of one ledger, in order. */
export interface ModuleRegistry {
  /** In the order in which their hooks run. */
  readonly modules: readonly LedgerModule[];
  /** Transaction types by kind. */
  readonly types: ReadonlyMap<string, TransactionType>;
  /** Kinds of facts the ledger can produce. */
  readonly provides: ReadonlySet<FactKind>;
}

/**
 * Checks the names of modules and collects what they offer.
 *
 * @throws {@link LedgerError} with `NAME_INVALID` for a name outside its alphabet or used twice.
 */
export function createModuleRegistry(modules: readonly LedgerModule[]): ModuleRegistry {
  const types = new Map<string, TransactionType>();
  const provides = new Set<FactKind>(['participation']);
  const names = new Set<string>();
  for (const module of modules) {
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(module.name) || names.has(module.name)) {
      throw new LedgerError({ code: 'NAME_INVALID', value: module.name });
    }
    names.add(module.name);
    for (const type of module.transactions) {
      if (!isTransactionKind(type.kind) || !type.kind.startsWith(`${module.name}/`) || types.has(type.kind)) {
        throw new LedgerError({ code: 'NAME_INVALID', value: type.kind });
      }
      types.set(type.kind, type);
    }
    for (const kind of module.provides) provides.add(kind);
  }
  return { modules, types, provides };
}

/**
 * Understands a transaction: chain, kind, canonical payload. Total, and independent of the state.
 *
 * @returns The prepared transaction, or `TX_WRONG_CHAIN`, `TX_UNKNOWN_KIND`, `TX_ENCODING`.
 */
export function prepareTransaction(
  registry: ModuleRegistry,
  chainId: Bytes,
  transaction: Transaction,
): PreparedTransaction | string {
  if (!sameBytes(transaction.chainId, chainId)) return 'TX_WRONG_CHAIN';
  const type = registry.types.get(transaction.kind);
  if (type === undefined) return 'TX_UNKNOWN_KIND';
  const decoded = tryDecode(() => {
    const payload = type.codec.decode(transaction.payload);
    // A codec that is not quite canonical must not let one payload have two transaction ids.
    return sameBytes(type.codec.encode(payload), transaction.payload) ? { payload } : undefined;
  });
  return decoded === undefined ? 'TX_ENCODING' : { transaction, type, payload: decoded.payload };
}

/** Every signature of a transaction: that of its signer first, then those in its payload. */
export function claimsOf({ transaction, type, payload }: PreparedTransaction): Claim[] {
  const { signer, signedBytes: data, signature, chainId } = transaction;
  const own: Claim = { kind: 'signature', signer, domain: TRANSACTION_DOMAIN, data, signature };
  return type.claims === undefined ? [own] : [own, ...type.claims(payload, chainId, signer)];
}

/**
 * Signatures inside payloads (energy TX23): who else has to agree to a transaction than its signer.
 *
 * @module
 */
import { actorIdCodec, bytesCodec, safeUintCodec } from '@fiducia/ledger';
import * as P from 'micro-packed';
import { marketIdCodec } from '../state/codec.ts';
import type { ReadingQuality } from '../state/records.ts';
import { qualityCodec } from '../state/tables.ts';
import type { MarketId, MarketSlot, WattHours } from '../units.ts';

/**
 * Domain label of a signature inside a payload. Its scope is that of transactions: the chain id, era 0 and the
 * protocol `ledger@1`, so it holds on one chain only.
 */
export const COSIGN_DOMAIN = 'energy/cosign';

/** What the second signer of an approval signs (energy TX4). */
export interface MeterApproval {
  /** Meter that both signers approve. */
  readonly meterId: MarketId;
}

/** What a meter signs (energy TX10): registers are cumulative Wh and never fall. */
export interface MeterReading {
  /** Meter. */
  readonly meter: MarketId;
  /** Address of the meter's key. */
  readonly key: string;
  /** Market slot that was measured. */
  readonly slot: MarketSlot;
  /** One more than in the last reading; the first is 1. */
  readonly seq: number;
  /** Import register at the start of the slot. */
  readonly startImport: WattHours;
  /** Export register at the start of the slot. */
  readonly startExport: WattHours;
  /** Import register at the end of the slot. */
  readonly endImport: WattHours;
  /** Export register at the end of the slot. */
  readonly endExport: WattHours;
  /** How the meter got the values. */
  readonly quality: ReadingQuality;
}

/** Fields under a signature inside a payload, by transaction kind. */
export interface CosignedFields {
  /** Signed by the supervisor if the grid operator sends it, and the other way round. */
  readonly 'energy/approveMeter': MeterApproval;
  /** Signed by the meter. */
  readonly 'energy/submitReading': MeterReading;
}

/** Longest signature; its form belongs to the crypto port. */
const SIGNATURE_BYTES_MAX = 256;

/** Coder of a signature. */
export const signatureCodec: P.CoderType<Uint8Array> = bytesCodec(SIGNATURE_BYTES_MAX);

/** Fields of {@link MeterReading}, in the order of their encoding. */
export const readingFields = {
  meter: marketIdCodec,
  key: actorIdCodec,
  slot: safeUintCodec,
  seq: safeUintCodec,
  startImport: safeUintCodec,
  startExport: safeUintCodec,
  endImport: safeUintCodec,
  endExport: safeUintCodec,
  quality: qualityCodec,
};

const readingCodec = P.struct(readingFields);
const approvalCodec = P.struct({ meterId: marketIdCodec });
const kindCodec = P.string(P.U8);

/**
 * Bytes to sign for a signature inside a payload: the kind of the transaction and all fields of the payload but
 * the signature.
 *
 * Sign them under the label {@link COSIGN_DOMAIN} in the scope of transactions.
 *
 * @example
 * ```ts
 * const data = energyCosignData('energy/submitReading', reading);
 * const scope = { chainId, era: 0, protocol: 'ledger@1' } as const;
 * const signature = crypto.sign(meterKey, scope, COSIGN_DOMAIN, data);
 * ```
 */
export function energyCosignData<K extends keyof CosignedFields>(kind: K, fields: CosignedFields[K]): Uint8Array {
  const label = kindCodec.encode(kind);
  const body =
    kind === 'energy/approveMeter'
      ? approvalCodec.encode(fields as MeterApproval)
      : readingCodec.encode(fields as MeterReading);
  const data = new Uint8Array(label.length + body.length);
  data.set(label);
  data.set(body, label.length);
  return data;
}

/** The claim that `signer` signed `data` inside a payload; the ledger has it checked with the transaction. */
export function cosignClaim(signer: string, data: Uint8Array, signature: Uint8Array) {
  return { kind: 'signature', signer, domain: COSIGN_DOMAIN, data, signature } as const;
}

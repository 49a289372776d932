/**
 * Signing of admissions by supervisors and of consent by validator keys.
 *
 * @module
 */
import type { ActorId, Bytes, Height } from '@fiducia/consensus';
import {
  ADMISSION_DOMAIN,
  type AdmissionApproval,
  CONSENT_DOMAIN,
  encodeAdmissionApproval,
  encodeCandidateConsent,
} from '../modules/registry.ts';
import { ledgerScope, type TransactionSigner } from '../transaction/create.ts';
import { GENESIS_SCOPE_CHAIN_ID } from './genesis.ts';

/**
 * Signature of a supervisor that admits a candidate (trust K1, K5).
 *
 * @param approval - For members of genesis with `expiry` 0 and without `chainId`.
 * @example
 * ```ts
 * const signatures = supervisors.map((signer) => signAdmission({ id, category: 'WIND', deposit, expiry: 0 }, signer));
 * ```
 */
export function signAdmission(
  approval: AdmissionApproval & { readonly chainId?: Bytes },
  supervisor: TransactionSigner,
): Bytes {
  const scope = ledgerScope(approval.chainId ?? GENESIS_SCOPE_CHAIN_ID);
  return supervisor.sign(scope, ADMISSION_DOMAIN, encodeAdmissionApproval(approval));
}

/** Consent of a validator key to be registered, and its deposit to be owned, by `owner`. */
export function signCandidateConsent(
  consent: { readonly owner: ActorId; readonly expiry: Height; readonly chainId: Bytes },
  candidate: TransactionSigner,
): Bytes {
  const data = encodeCandidateConsent({ ...consent, id: candidate.address });
  return candidate.sign(ledgerScope(consent.chainId), CONSENT_DOMAIN, data);
}

/**
 * Register of candidates: records, admission with supervisor signatures, exit.
 *
 * @module
 */
import type { ActorId, Bytes, Claim, Fact, Height } from '@fiducia/consensus';
import * as P from 'micro-packed';
import { takeBalance } from '../account/accounts.ts';
import { actorIdCodec, amountCodec, listCodec, safeUintCodec, textCodec } from '../codec.ts';
import { LedgerError } from '../errors.ts';
import { defineTable, type StateReader, type Table } from '../state/table.ts';
import { signatureCodec } from '../transaction/codec.ts';
import {
  AMOUNT_BYTES,
  decodeWhole,
  requireActorId,
  SAFE_UINT_BYTES,
  textBytes,
  type WireReader,
  WireWriter,
} from '../wire.ts';
import type { TransactionContext, TransactionForm, TransactionType } from './module.ts';

/** Most supervisors of a chain. */
export const SUPERVISORS_MAX = 32;

/** Longest category of a candidate in UTF-8 bytes. */
export const CATEGORY_BYTES_MAX = 32;

/** Most withdrawals of one candidate that unbond at the same time. */
export const UNBONDING_MAX = 8;

/** Height that stands for ever. */
export const FOREVER: Height = Number.MAX_SAFE_INTEGER;

/** Who admits candidates (trust K1). */
export interface AdmissionRules {
  /** `open`: a deposit suffices. `supervised`: also signatures of `threshold` supervisors. */
  readonly admission: 'open' | 'supervised';
  /** Supervisors in the order in which signatures are listed, and how many of them must sign. */
  readonly supervisors: { readonly keys: readonly ActorId[]; readonly threshold: number };
  /** Least deposit of an active candidate. */
  readonly depositMin: bigint;
  /** Blocks that withdrawn deposits stay locked; they stay slashable until they are paid out. */
  readonly unbondingBlocks: number;
}

/** A withdrawn deposit that is still locked. */
export interface Unbonding {
  /** Units locked. */
  readonly amount: bigint;
  /** First height at which it may be paid out. */
  readonly releaseHeight: Height;
}

/** A candidate of the register. */
export interface CandidateRecord {
  /** Account that owns the deposit and acts for the candidate. */
  readonly owner: ActorId;
  /** Kind of node for reports; no rule reads it (trust K3). */
  readonly category: string;
  /** Sequence number of the admission, never reused (trust K4). */
  readonly index: number;
  /** Units at stake; `0n` after an exit. */
  readonly deposit: bigint;
  /** Whether it may be elected and vote, as far as it is not jailed. */
  readonly status: 'ACTIVE' | 'EXITED';
  /** First height at which it is not jailed; 0 if it never was, {@link FOREVER} without end. */
  readonly jailedUntil: Height;
  /** Sum of the weights of its ballots, at most `deposit`. */
  readonly ballotWeight: bigint;
  /** Number of its ballots. */
  readonly ballots: number;
  /** Expiry of the approval it was admitted with; an approval serves once. */
  readonly approvalExpiry: Height;
  /** Withdrawn and still locked, oldest first. */
  readonly unbonding: readonly Unbonding[];
}

/** What supervisors sign (trust K1). */
export interface AdmissionApproval {
  /** Candidate, the address of its validator key. */
  readonly id: ActorId;
  /** Kind of node. */
  readonly category: string;
  /** Deposit in base units. */
  readonly deposit: bigint;
  /** Last height at which the approval is valid; 0 for members of the genesis configuration. */
  readonly expiry: Height;
}

/** Payload of {@link registerCandidate}. */
export interface RegisterCandidatePayload extends AdmissionApproval {
  /**
   * One entry per supervisor in genesis order, empty where it did not sign; no entries in mode
   * `open`. Signatures over {@link encodeAdmissionApproval} under {@link ADMISSION_DOMAIN}.
   */
  readonly signatures: readonly Bytes[];
  /**
   * Consent of the validator key: its signature over {@link encodeCandidateConsent} under
   * {@link CONSENT_DOMAIN}. Empty exactly if the signer of the transaction is the candidate.
   */
  readonly consent: Bytes;
}

/** Payload of {@link exitCandidate}. */
export interface ExitCandidatePayload {
  /** Candidate that leaves. */
  readonly id: ActorId;
}

/** Domain label of supervisor signatures. */
export const ADMISSION_DOMAIN = 'admission';

/** Domain label of a candidate's consent to its owner. */
export const CONSENT_DOMAIN = 'candidate';

const STATUSES: readonly CandidateRecord['status'][] = ['ACTIVE', 'EXITED'];
const UNBONDING_BYTES = AMOUNT_BYTES + SAFE_UINT_BYTES;
/** Lengths of owner and of the list, status, two amounts and four integers. */
const CANDIDATE_FIXED_BYTES = 1 + 2 + 1 + 2 * AMOUNT_BYTES + 4 * SAFE_UINT_BYTES;

/** Candidates by id, exited ones included. */
export const CANDIDATES: Table<CandidateRecord> = defineTable({
  module: 'staking',
  name: 'candidate',
  subtree: 'chain',
  codec: { encode: encodeCandidate, decode: (bytes) => decodeWhole(bytes, readCandidate) },
});

/** Number of admissions so far, at the empty key. */
const ADMISSIONS: Table<number> = defineTable({
  module: 'staking',
  name: 'admissions',
  subtree: 'chain',
  codec: {
    encode: (count: number) => new WireWriter(SAFE_UINT_BYTES).safeUint(count).finish(),
    decode: (bytes) => decodeWhole(bytes, (reader) => reader.safeUint()),
  },
});

/**
 * Form of the transaction that admits a candidate (trust K1). The signer becomes its owner and pays the
 * deposit. Codes: `STAKE_DEPOSIT_MIN`, `STAKE_APPROVAL` (too few signatures, expired, or used before),
 * `STAKE_REGISTERED`, `STAKE_JAILED`, `STAKE_OWNER` (an exited candidate returns under its owner only),
 * `STAKE_CONSENT`, `TX_BALANCE`.
 */
export const registerCandidate: TransactionForm<RegisterCandidatePayload> = {
  kind: 'staking/registerCandidate',
  codec: P.struct({
    id: actorIdCodec,
    category: textCodec(CATEGORY_BYTES_MAX),
    deposit: amountCodec,
    expiry: safeUintCodec,
    signatures: listCodec(signatureCodec, SUPERVISORS_MAX),
    consent: signatureCodec,
  }) as unknown as TransactionForm<RegisterCandidatePayload>['codec'],
};

/** Form of the transaction by which the owner takes a candidate out of the register. */
export const exitCandidate: TransactionForm<ExitCandidatePayload> = {
  kind: 'staking/exitCandidate',
  codec: P.struct({ id: actorIdCodec }),
};

const approvalCodec = P.struct({
  id: actorIdCodec,
  category: textCodec(CATEGORY_BYTES_MAX),
  deposit: amountCodec,
  expiry: safeUintCodec,
});
const consentCodec = P.struct({ id: actorIdCodec, owner: actorIdCodec, expiry: safeUintCodec });

/** Bytes that a supervisor signs to admit a candidate (trust K1). */
export function encodeAdmissionApproval(approval: AdmissionApproval): Bytes {
  const { id, category, deposit, expiry } = approval;
  return approvalCodec.encode({ id, category, deposit, expiry });
}

/** Bytes that a validator key signs to let `owner` register it. */
export function encodeCandidateConsent(consent: {
  readonly id: ActorId;
  readonly owner: ActorId;
  readonly expiry: Height;
}): Bytes {
  const { id, owner, expiry } = consent;
  return consentCodec.encode({ id, owner, expiry });
}

/** Whether an actor is a candidate that is neither exited nor jailed at `height` (trust F8). */
export function isActiveCandidate(state: StateReader, actor: ActorId, height: Height): boolean {
  const record = state.get(CANDIDATES, actor);
  return record !== undefined && isActiveAt(record, height);
}

/** Whether a candidate is neither exited nor jailed at `height` (trust F8). */
export function isActiveAt({ status, jailedUntil }: CandidateRecord, height: Height): boolean {
  return status === 'ACTIVE' && jailedUntil <= height;
}

/** Supervisor signatures of an approval as claims; entries beyond the supervisors are left to {@link checkApproval}. */
export function approvalClaims(
  rules: AdmissionRules,
  approval: AdmissionApproval & { readonly signatures: readonly Bytes[] },
): Claim[] {
  const data = encodeAdmissionApproval(approval);
  return rules.supervisors.keys.flatMap((signer, index): Claim[] => {
    const signature = approval.signatures[index];
    if (signature === undefined || signature.length === 0) return [];
    return [{ kind: 'signature', signer, domain: ADMISSION_DOMAIN, data, signature }];
  });
}

/** Checks deposit and number of supervisor signatures (trust K1); the signatures themselves are claims. */
export function checkApproval(
  rules: AdmissionRules,
  approval: AdmissionApproval & { readonly signatures: readonly Bytes[] },
): string | undefined {
  if (approval.deposit < rules.depositMin) return 'STAKE_DEPOSIT_MIN';
  const expected = rules.admission === 'supervised' ? rules.supervisors.keys.length : 0;
  if (approval.signatures.length !== expected) return 'STAKE_APPROVAL';
  const signed = approval.signatures.filter((signature) => signature.length > 0).length;
  return rules.admission === 'supervised' && signed < rules.supervisors.threshold ? 'STAKE_APPROVAL' : undefined;
}

/** Type of {@link registerCandidate} under the rules of a chain. */
export function registrationType(rules: AdmissionRules): TransactionType<RegisterCandidatePayload> {
  return {
    ...registerCandidate,
    claims: (payload, _chainId, signer) => [...approvalClaims(rules, payload), ...consentClaims(payload, signer)],
    execute(context, payload) {
      const { state, signer, height } = context;
      const refused = checkApproval(rules, payload) ?? checkReturn(context, payload);
      if ((signer === payload.id) !== (payload.consent.length === 0)) return 'STAKE_CONSENT';
      if (refused !== undefined) return refused;
      if (payload.expiry < height) return 'STAKE_APPROVAL';
      if (!takeBalance(state, signer, payload.deposit)) return 'TX_BALANCE';
      context.emit(admit(context, { ...payload, owner: signer }));
      return undefined;
    },
  };
}

/** Puts a candidate into the register; its deposit was taken from somewhere by the caller. */
export function admit(
  { state }: Pick<TransactionContext, 'state'>,
  candidate: AdmissionApproval & { readonly owner: ActorId },
): Fact {
  const { id, owner, category, deposit, expiry } = candidate;
  const index = state.get(ADMISSIONS, '') ?? 0;
  state.set(ADMISSIONS, '', index + 1);
  state.set(CANDIDATES, id, {
    owner,
    category,
    index,
    deposit,
    status: 'ACTIVE',
    jailedUntil: 0,
    ballotWeight: 0n,
    ballots: 0,
    approvalExpiry: expiry,
    unbonding: state.get(CANDIDATES, id)?.unbonding ?? [],
  });
  return { kind: 'admission', actor: id, deposit, category };
}

/**
 * Candidates for an era that begins, in the order of their admission: the active ones. Whoever was jailed for ever stays out,
 * since the rules of the new era know nothing of it, unless there is nobody else (contract H-33).
 */
export function candidatesByIndex(state: StateReader): (readonly [id: ActorId, record: CandidateRecord])[] {
  const active = [...state.entries(CANDIDATES)].filter(([, record]) => record.status === 'ACTIVE');
  const eligible = active.filter(([, { jailedUntil }]) => jailedUntil !== FOREVER);
  return (eligible.length === 0 ? active : eligible).sort(([, a], [, b]) => a.index - b.index);
}

function encodeCandidate(record: CandidateRecord): Bytes {
  const { owner, category, index, deposit, status, jailedUntil, ballotWeight, ballots, approvalExpiry } = record;
  const { unbonding } = record;
  if (unbonding.length > UNBONDING_MAX) {
    throw new LedgerError({ code: 'INVALID_VALUE', what: 'unbonding', reason: 'too many' });
  }
  const length = CANDIDATE_FIXED_BYTES + owner.length + textBytes(category) + unbonding.length * UNBONDING_BYTES;
  const writer = new WireWriter(length).ascii(requireActorId(owner)).text(category, CATEGORY_BYTES_MAX);
  writer.safeUint(index).amount(deposit).uint(STATUSES.indexOf(status), 1).safeUint(jailedUntil);
  writer.amount(ballotWeight).safeUint(ballots).safeUint(approvalExpiry).uint(unbonding.length, 2);
  for (const { amount, releaseHeight } of unbonding) writer.amount(amount).safeUint(releaseHeight);
  return writer.finish();
}

function readCandidate(reader: WireReader): CandidateRecord {
  return {
    owner: reader.actorId(),
    category: reader.text(CATEGORY_BYTES_MAX),
    index: reader.safeUint(),
    deposit: reader.amount(),
    status: readStatus(reader),
    jailedUntil: reader.safeUint(),
    ballotWeight: reader.amount(),
    ballots: reader.safeUint(),
    approvalExpiry: reader.safeUint(),
    unbonding: readUnbonding(reader),
  };
}

function readStatus(reader: WireReader): CandidateRecord['status'] {
  const status = STATUSES[reader.uint(1)];
  if (status === undefined) throw new LedgerError({ code: 'INVALID_VALUE', what: 'status', reason: 'unknown' });
  return status;
}

function readUnbonding(reader: WireReader): Unbonding[] {
  const count = reader.uint(2);
  if (count > UNBONDING_MAX) throw new LedgerError({ code: 'INVALID_VALUE', what: 'unbonding', reason: 'too many' });
  return Array.from({ length: count }, () => ({ amount: reader.amount(), releaseHeight: reader.safeUint() }));
}

function consentClaims({ id, expiry, consent }: RegisterCandidatePayload, owner: ActorId): Claim[] {
  if (id === owner) return [];
  const data = encodeCandidateConsent({ id, owner, expiry });
  return [{ kind: 'signature', signer: id, domain: CONSENT_DOMAIN, data, signature: consent }];
}

function checkReturn(context: TransactionContext, payload: RegisterCandidatePayload): string | undefined {
  const known = context.state.get(CANDIDATES, payload.id);
  if (known === undefined) return undefined;
  if (known.status === 'ACTIVE') return 'STAKE_REGISTERED';
  if (known.jailedUntil > context.height) return 'STAKE_JAILED';
  if (known.owner !== context.signer) return 'STAKE_OWNER';
  return payload.expiry <= known.approvalExpiry ? 'STAKE_APPROVAL' : undefined;
}

/**
 * Account ledger with pluggable transaction modules, a provable state tree and a mempool; a ChainPort for the host.
 *
 * @packageDocumentation
 */
export {
  ACCOUNTS,
  type Account,
  credit,
  debit,
  INCOMES,
  issueToModules,
  readAccount,
  readBalance,
  readProducerIncome,
  readSupply,
  SUPPLY,
  SUPPLY_MAX,
  type Supply,
} from './account/accounts.ts';
export {
  type BlockBody,
  type BlockEncodingCode,
  type BlockHeader,
  checkBlockEncoding,
  computeBodyRoot,
  decodeBlock,
  encodeBlock,
  encodeBlockHeader,
  type LedgerBlock,
  NO_PARENT,
} from './block/codec.ts';
export { actorIdCodec, amountCodec, bytesCodec, isActorId, listCodec, safeUintCodec, textCodec } from './codec.ts';
export { isLedgerError, LedgerError, type LedgerErrorData } from './errors.ts';
export type { LedgerEventMap, LedgerEvents } from './events.ts';
export { auditSupply, type SupplyReport } from './execution/invariants.ts';
export { signAdmission, signCandidateConsent } from './genesis/admission.ts';
export {
  encodeGenesis,
  GENESIS_SCOPE_CHAIN_ID,
  type GenesisCandidate,
  type GenesisConfig,
  genesisChainId,
  requireGenesis,
} from './genesis/genesis.ts';
export { createLedger, type Ledger, type LedgerOptions } from './ledger.ts';
export {
  BLOCK_BYTES_MAX,
  BLOCK_ROUND_VOTES_MAX,
  BLOCK_TRANSACTIONS_MAX,
  DEFAULT_LIMITS,
  type LedgerLimits,
  ROUND_VOTE_BYTES_MAX,
  TRANSACTION_BYTES_MAX,
} from './limits.ts';
export { ROUND_VOTES_CHANNEL, type SubmitResult, TRANSACTIONS_CHANNEL } from './mempool/intake.ts';
export type {
  BlockContext,
  LedgerModule,
  TransactionContext,
  TransactionForm,
  TransactionType,
} from './modules/module.ts';
export {
  ADMISSION_DOMAIN,
  type AdmissionApproval,
  type AdmissionRules,
  CANDIDATES,
  CATEGORY_BYTES_MAX,
  type CandidateRecord,
  CONSENT_DOMAIN,
  type ExitCandidatePayload,
  encodeAdmissionApproval,
  encodeCandidateConsent,
  exitCandidate,
  FOREVER,
  isActiveCandidate,
  type RegisterCandidatePayload,
  registerCandidate,
  SUPERVISORS_MAX,
  UNBONDING_MAX,
  type Unbonding,
} from './modules/registry.ts';
export {
  BALLOTS,
  BALLOTS_MAX,
  type BallotRecord,
  type CastBallotPayload,
  castBallot,
  type PublishedTrust,
  readTrust,
  type TopUpDepositPayload,
  TRUST,
  topUpDeposit,
  type WithdrawDepositPayload,
  withdrawDeposit,
} from './modules/staking.ts';
export { type CollectIncomePayload, collectIncome, type TransferPayload, transfer } from './modules/transfer.ts';
export { type StateProof, type StateProofStep, verifyStateProof } from './state/proof.ts';
export {
  type Codec,
  defineTable,
  KEY_BYTES_MAX,
  type StateReader,
  type StateWriter,
  type Table,
} from './state/table.ts';
export {
  decodeRoundVote,
  decodeTransaction,
  LEDGER_PROTOCOL,
  ROUND_VOTE_DOMAIN,
  type RoundVote,
  TRANSACTION_DOMAIN,
  type Transaction,
} from './transaction/codec.ts';
export { createRoundVote, createTransaction, ledgerScope, type TransactionSigner } from './transaction/create.ts';
export type { LedgerStateView } from './view.ts';

/**
 * An account ledger for the Fiducia host: transactions, blocks, state with proofs, mempool.
 *
 * {@link createLedger} gives a `ChainPort` in memory, {@link openLedger} one that keeps its chain in a
 * {@link KvStore}. It executes blocks deterministically through *modules*: its own for accounts and staking, and any
 * {@link LedgerModule} given to it. The state is one ordered, authenticated map; every block header names its root, and
 * a {@link StateProof} shows what the state holds at a key, or that it holds nothing there. Every table declares its
 * {@link StateSubtree}; the root of the application subtree tells nothing about blocks, so chains under different
 * protocols can be compared by it. A mempool collects transactions and round votes and relays them over a `NetPort`.
 *
 * - A transaction that fails a check is in no valid block: the builder leaves it out, and a block that
 *   has one is invalid with that code (energy TX23). Fee and nonce of a failed transaction stay.
 * - Fees and block rewards are *producer income*, a balance beside the trading balance, until collected.
 * - Every unit is accounted for: after each block, balances, incomes, deposits and what modules hold
 *   equal what was issued less what was burnt (simulation I4).
 * - Signatures are checked by the `CryptoPort`, one batch a block. A transaction or round vote that was
 *   verified on arrival is remembered with its exact signature and not checked again on import.
 *
 * @example
 * ```ts
 * import { createCrypto, keyPairFromSeed } from '@fiducia/crypto';
 * import { createLedger, createTransaction, readBalance, type TransactionSigner, transfer } from '@fiducia/ledger';
 *
 * const crypto = await createCrypto();
 * const [alice, bob] = [keyPairFromSeed('alice'), keyPairFromSeed('bob')];
 * const ledger = createLedger({
 *   crypto,
 *   genesis: {
 *     chainName: 'example',
 *     timestamp: 1_700_000_000_000,
 *     minimumFee: 1n,
 *     accounts: [{ actor: alice.address, balance: 1_000n }],
 *     admission: 'open',
 *     supervisors: { keys: [], threshold: 0 },
 *     depositMin: 0n,
 *     unbondingBlocks: 100,
 *     candidates: [{ id: bob.address, owner: bob.address, deposit: 10n, category: 'USER', signatures: [] }],
 *     ballots: [],
 *     consensus: new Uint8Array(),
 *   },
 * });
 *
 * const signer: TransactionSigner = { address: alice.address, sign: (...place) => crypto.sign(alice, ...place) };
 * const payload = { to: bob.address, amount: 25n };
 * const nonce = ledger.nonceOf(alice.address);
 * await ledger.submit(createTransaction(transfer, { chainId: ledger.chainId, nonce, fee: 1n, payload, signer }));
 *
 * // What the host does when it is the node's turn:
 * const genesis = await ledger.read({ kind: 'genesis' });
 * if (genesis === null) throw new Error('a ledger begins with its genesis');
 * const block = await ledger.build({
 *   parentId: genesis.block.header.id, timestamp: 1_700_000_001_000, author: bob.address,
 *   protocol: 'example@1', digest: new Uint8Array(), directives: [], evidence: [], certificates: [],
 *   deadline: 1_700_000_002_000,
 * });
 * if (block === null) throw new Error('the builder was too late');
 * await ledger.execute(block, { directives: [] });
 * const id = block.header.id;
 * await ledger.commit({ store: [{ block, record: new Uint8Array() }], headId: id, reverted: [], applied: [id] });
 * const state = ledger.stateAt();
 * if (state !== undefined) console.log(readBalance(state, bob.address)); // 25n
 * ```
 *
 * Not for: deciding who may build a block or which branch holds (the host and its plugin do), writing to a
 * disk by itself (a `KvStore` does), running foreign code (modules are trusted and compiled in).
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
  decodeBlockHeader,
  encodeBlock,
  encodeBlockHeader,
  type LedgerBlock,
  NO_PARENT,
} from './block/codec.ts';
export {
  actorIdCodec,
  amountCodec,
  asciiCodec,
  bytesCodec,
  isActorId,
  listCodec,
  safeUintCodec,
  textCodec,
} from './codec.ts';
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
export {
  createLedger,
  type Ledger,
  type LedgerOptions,
  openLedger,
  type StoredLedger,
  type StoredLedgerOptions,
} from './ledger.ts';
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
export {
  type GenesisKey,
  type RegisterKeyPayload,
  registerKey,
  VRF_KEYS,
  validatorKeysModule,
} from './modules/validator-keys.ts';
export type { BlockRefusal, StakeRefusal, TransactionRefusal, VoteRefusal } from './refusals.ts';
export { applicationProofOf, type StateProof, type StateProofStep, verifyStateProof } from './state/proof.ts';
export {
  type Codec,
  defineTable,
  KEY_BYTES_MAX,
  type StateReader,
  type StateSubtree,
  type StateWriter,
  type Table,
} from './state/table.ts';
export { type CheckedStore, createCheckedStore, type ScannedEntry } from './store/checked-store.ts';
export {
  createMemoryStore,
  KV_KEY_BYTES_MAX,
  type KvEntry,
  type KvRangeOptions,
  type KvStore,
  type KvWrite,
  requireKvWrites,
} from './store/kv-store.ts';
export type { RecoveryReport } from './store/recovery.ts';
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

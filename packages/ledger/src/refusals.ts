/**
 * Why the ledger refuses blocks, transactions and votes.
 *
 * @module
 */

/**
 * Why a block is refused: its bytes are none of this chain, or it does not follow from its parent.
 */
export type BlockRefusal =
  /**
   * Not the canonical form of a block, or of an evidence or certificate in it.
   *
   * Cause: A peer runs another version, or sent noise.
   * Remedy: Compare versions if honest peers send such blocks.
   */
  | 'BLOCK_ENCODING'
  /**
   * Longer than `BLOCK_BYTES_MAX`, or a list of the body is too long.
   *
   * Cause: The builder does not count.
   * Remedy: None at the receiver.
   */
  | 'BLOCK_TOO_LARGE'
  /**
   * The header names another chain.
   *
   * Cause: Another genesis: one value in it is enough.
   * Remedy: Compare `chainId` of both ledgers, then their genesis.
   */
  | 'BLOCK_WRONG_CHAIN'
  /**
   * The body is not the one that the header names.
   *
   * Cause: The bytes were changed on the way, or put together wrongly.
   * Remedy: None at the receiver.
   */
  | 'BODY_ROOT_MISMATCH'
  /**
   * The height is not one above that of the parent.
   *
   * Cause: The header was made up.
   * Remedy: None at the receiver.
   */
  | 'BLOCK_HEIGHT'
  /**
   * The timestamp is below that of the parent.
   *
   * Cause: The author's clock, under a plugin that allows it.
   * Remedy: Use a plugin whose times increase; the ledger only refuses to go back.
   */
  | 'BLOCK_TIME'
  /**
   * Its transactions emit more facts than a block may have.
   *
   * Cause: Too many admissions, ballots or reports in one block.
   * Remedy: Builders leave the rest for the next block; modules emit what consensus needs and no more.
   */
  | 'BLOCK_TOO_MANY_FACTS'
  /**
   * Executing the block leads to another state than its header says.
   *
   * Cause: Builder and receiver have other modules or versions, a module is not deterministic, or the builder
   * lies.
   * Remedy: Compare versions and lists of modules; then execute the block twice on one node.
   */
  | 'STATE_ROOT_MISMATCH';

/**
 * Why a transaction is refused, by the mempool or by the block that carries it.
 */
export type TransactionRefusal =
  /**
   * The bytes are no transaction, or its payload is none of its kind.
   *
   * Cause: Encoded by something else than `createTransaction`, or with another version of a module.
   * Remedy: Create transactions with the type that the ledger has.
   */
  | 'TX_ENCODING'
  /**
   * It is longer than `TRANSACTION_BYTES_MAX`.
   *
   * Cause: A payload that is too long.
   * Remedy: Put long data elsewhere and their hash into the transaction.
   */
  | 'TX_TOO_LARGE'
  /**
   * It was signed for another chain.
   *
   * Cause: Another `chainId`, e.g. of a test network.
   * Remedy: Sign with `ledger.chainId`.
   */
  | 'TX_WRONG_CHAIN'
  /**
   * No module of this ledger has its kind.
   *
   * Cause: The module is not in the options of this node.
   * Remedy: Give all nodes of a chain the same modules.
   */
  | 'TX_UNKNOWN_KIND'
  /**
   * Its nonce is below the next one of the account.
   *
   * Cause: It was executed already, or another one with the same nonce was.
   * Remedy: Ask `nonceOf` and sign anew if it is still wanted.
   */
  | 'TX_NONCE_USED'
  /**
   * Transactions before it are missing, or it is too far ahead of them.
   *
   * Cause: Nonces were skipped, or one before it was dropped.
   * Remedy: Send the missing ones first; `nonceOf` names the next.
   */
  | 'TX_NONCE_GAP'
  /**
   * The fee is below the minimum of the chain.
   *
   * Cause: `minimumFee` of genesis is higher.
   * Remedy: Sign anew with at least `minimumFee`.
   */
  | 'TX_FEE'
  /**
   * The account has less than fee and amount, those of its waiting transactions included.
   *
   * Cause: Too little money, or it is in deposits or producer income.
   * Remedy: Wait for incoming transfers, or `collectIncome`; then sign anew.
   */
  | 'TX_BALANCE'
  /**
   * The amount is zero, or nothing is there to collect.
   *
   * Cause: A transaction that would do nothing.
   * Remedy: Leave it out.
   */
  | 'TX_AMOUNT'
  /**
   * The signer may not do this for the account that is named.
   *
   * Cause: Income belongs to the author of blocks, or the owner of its candidacy.
   * Remedy: Sign with the key of the author or the owner.
   */
  | 'TX_SIGNER'
  /**
   * Another transaction with this nonce waits, and the fee is not 10 percent above its fee.
   *
   * Cause: A second version with too low a fee.
   * Remedy: Raise the fee, or wait for the first one.
   */
  | 'TX_REPLACEMENT_FEE'
  /**
   * It left the mempool for another one with its nonce.
   *
   * Cause: The account sent a version with a higher fee.
   * Remedy: None needed.
   */
  | 'TX_REPLACED'
  /**
   * It waited longer than `limits.mempoolBlocks`.
   *
   * Cause: Its fee is too low for the blocks, or nobody builds.
   * Remedy: Send it again, with a higher fee.
   */
  | 'TX_EXPIRED'
  /**
   * The mempool is full of transactions that are worth more.
   *
   * Cause: More transactions than blocks take. One that waited already made room because it failed when a block was built,
   * waits behind a gap, or pays less than a newcomer.
   * Remedy: Send it again later, or with a higher fee.
   */
  | 'MEMPOOL_FULL'
  /**
   * Too many submissions are being checked at once.
   *
   * Cause: A flood of transactions.
   * Remedy: Send it again later.
   */
  | 'LEDGER_BUSY';

/**
 * Why a round vote is refused, by the pool or by the block that carries it.
 */
export type VoteRefusal =
  /**
   * The bytes are no round vote.
   *
   * Cause: Encoded by something else than the ledger's function.
   * Remedy: Create votes with the ledger.
   */
  | 'VOTE_ENCODING'
  /**
   * It is for a height too far from the head, or not for the parent of the block.
   *
   * Cause: The voter is behind or ahead.
   * Remedy: None: it votes again in the next round.
   */
  | 'VOTE_ROUND'
  /**
   * It is for another parent than the block has.
   *
   * Cause: The voter saw another branch.
   * Remedy: None: it votes again in the next round.
   */
  | 'VOTE_PARENT'
  /**
   * The voter is no active candidate.
   *
   * Cause: It is not admitted, jailed, or has left.
   * Remedy: Register the candidate first, or wait for the end of the jail.
   */
  | 'VOTE_NOT_CANDIDATE'
  /**
   * The voter has a vote in this round already, or votes for too many parents.
   *
   * Cause: Sent twice, or one key votes on two machines.
   * Remedy: None for the same vote; one machine for each key.
   */
  | 'VOTE_DUPLICATE'
  /**
   * Too many votes wait that are needed as soon.
   *
   * Cause: More candidates than `limits` allow for, or a flood.
   * Remedy: Raise the limit on all nodes if the chain has so many candidates.
   */
  | 'VOTE_POOL_FULL';

/**
 * Why a transaction about candidates, deposits, ballots or keys is refused.
 */
export type StakeRefusal =
  /**
   * The deposit would be below `depositMin` of genesis.
   *
   * Cause: Too small a deposit, or too much withdrawn from it.
   * Remedy: Deposit more; to withdraw everything, exit.
   */
  | 'STAKE_DEPOSIT_MIN'
  /**
   * The supervisors' approval is missing, has too few signatures, has expired, or was used before.
   *
   * Cause: Admission is `supervised`, or the chain is `open` and signatures were sent.
   * Remedy: Have enough supervisors sign with `signAdmission`, with an expiry above the current height and
   * above the last one.
   */
  | 'STAKE_APPROVAL'
  /**
   * The candidate's own signature is missing, or there is one although it signs the transaction itself.
   *
   * Cause: Owner and candidate were confused.
   * Remedy: Add `consent` exactly if another account than the candidate registers it.
   */
  | 'STAKE_CONSENT'
  /**
   * The candidate is registered already.
   *
   * Cause: Registered twice.
   * Remedy: Top the deposit up instead.
   */
  | 'STAKE_REGISTERED'
  /**
   * Nobody of this name is an active candidate.
   *
   * Cause: It never registered, or has left.
   * Remedy: Register it, or correct the name.
   */
  | 'STAKE_UNKNOWN'
  /**
   * The signer does not own the candidacy.
   *
   * Cause: Signed with the candidate's key, or another one, in place of the owner's.
   * Remedy: Sign with the key of the owner.
   */
  | 'STAKE_OWNER'
  /**
   * The candidate is jailed.
   *
   * Cause: An offence; the record in the state says until which height.
   * Remedy: Wait for that height.
   */
  | 'STAKE_JAILED'
  /**
   * Too many parts of the deposit are waiting to be released.
   *
   * Cause: Many small withdrawals.
   * Remedy: Collect what is released with a withdrawal of 0 first.
   */
  | 'STAKE_UNBONDING'
  /**
   * A candidate votes for itself.
   *
   * Cause: The rules count no such ballots.
   * Remedy: Vote for others.
   */
  | 'BALLOT_SELF'
  /**
   * The ballots of the candidate would weigh more than its deposit.
   *
   * Cause: Weights add up, or the deposit would become smaller than they are.
   * Remedy: Lower or withdraw other ballots first.
   */
  | 'BALLOT_WEIGHT'
  /**
   * The candidate has as many ballots as it may.
   *
   * Cause: More ballots than `BALLOTS_MAX`.
   * Remedy: Withdraw others with the weight 0 first.
   */
  | 'BALLOT_TOO_MANY'
  /**
   * The account cannot have a VRF key.
   *
   * Cause: Its name is no address of the form that the proof of possession needs.
   * Remedy: Use an account of `@fiducia/crypto`.
   */
  | 'KEY_ACCOUNT'
  /**
   * The key is the one that is registered already.
   *
   * Cause: Sent twice.
   * Remedy: None needed.
   */
  | 'KEY_REGISTERED';

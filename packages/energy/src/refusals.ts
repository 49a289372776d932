/**
 * Why a transaction of the market is refused.
 *
 * @module
 */

/**
 * Why a transaction of the market is refused (energy TX20). These are values, not exceptions: `execute` returns
 * one, the ledger rolls the transaction back and a block that contains it is invalid with this code.
 */
export type MarketRefusal =
  /**
   * The signer may not do this.
   *
   * Cause: It is no supervisor, no trader, not the owner, or the role exists only in genesis.
   * Remedy: Sign with the key of whoever may: the rule of the transaction in the specification names the role.
   */
  | 'E_ROLE'
  /**
   * Participant or order is not in the state that this needs.
   *
   * Cause: Not admitted yet, suspended, revoked, or the order is filled or cancelled.
   * Remedy: Read the record first; wait for the review of a supervisor if it is `PENDING`.
   */
  | 'E_STATUS'
  /**
   * There is no such meter, it is not active, not the signer's, or has another key.
   *
   * Cause: The meter waits for approval, belongs to somebody else, or its key was changed.
   * Remedy: Have the meter approved, and sign readings with its key.
   */
  | 'E_METER'
  /**
   * The slot is not open for orders.
   *
   * Cause: The gate has closed, or opens later.
   * Remedy: Order for a slot between `openLeadSec` and the gate.
   */
  | 'E_SLOT_CLOSED'
  /**
   * The price lies outside the band.
   *
   * Cause: A sale below the feed-in price, or a purchase above the retail price.
   * Remedy: Choose a price within the band of the parameters.
   */
  | 'E_PRICE_BAND'
  /**
   * The quantity or amount is zero or too large.
   *
   * Cause: Nothing, or more than the market can hold.
   * Remedy: Use a quantity of at least 1 Wh within the limits.
   */
  | 'E_QTY'
  /**
   * More than meter or participant can deliver or take.
   *
   * Cause: Orders of one meter and slot add up, or limits were raised in a review.
   * Remedy: Order less, or register the capacity that exists.
   */
  | 'E_CAPACITY'
  /**
   * There are as many orders or meters as there may be.
   *
   * Cause: Cancelled orders count too.
   * Remedy: Wait for the next slot, or use fewer and larger orders.
   */
  | 'E_TOO_MANY'
  /**
   * The order would trade with one of the signer's own.
   *
   * Cause: A purchase at or above the signer's own sale.
   * Remedy: Cancel the other order first, or change the price.
   */
  | 'E_SELF_CROSS'
  /**
   * The market trust of the seller is too low to sell.
   *
   * Cause: Deliveries fell short.
   * Remedy: Wait: trust comes back with kept deliveries.
   */
  | 'E_TRUST'
  /**
   * There is not enough available money to lock or take out.
   *
   * Cause: Too little money in the market, or a debt.
   * Remedy: Move money into the market with `energy/fund`.
   */
  | 'E_ESCROW'
  /**
   * The reading is not the next one of its meter, or two readings do not contradict each other.
   *
   * Cause: A reading was skipped or sent twice.
   * Remedy: Send readings in order, with numbers that rise by one.
   */
  | 'E_SEQ'
  /**
   * The registers are not plausible.
   *
   * Cause: They go back, or show more than the meter can measure in the time.
   * Remedy: Read the meter again; a defective one has to be replaced.
   */
  | 'E_REGISTER'
  /**
   * The slot is not one for which a reading is taken now.
   *
   * Cause: Too late, too early, or before the last reading.
   * Remedy: Send readings within `readingWindowSec` after the slot; the energy of a missed one comes with the
   * next.
   */
  | 'E_WINDOW'
  /**
   * There is one like it already.
   *
   * Cause: A name, key, order reference, reading or offence was used before.
   * Remedy: Choose another name or reference; nothing needs to be done if it was sent twice.
   */
  | 'E_DUP'
  /**
   * A value lies outside what the parameters allow.
   *
   * Cause: An unknown zone.
   * Remedy: Use a zone of the market's parameters.
   */
  | 'E_BOUNDS';

/**
 * Why nothing was cleared in a slot (energy CL2).
 */
export type NoTradeReason =
  /**
   * Nobody wanted to buy.
   *
   * Cause: No order to buy was open at the gate.
   * Remedy: None needed: the grid supplies everybody at the retail price.
   */
  | 'NO_BIDS'
  /**
   * Nobody wanted to sell.
   *
   * Cause: No order to sell was open at the gate.
   * Remedy: None needed: the grid takes what is produced at the feed-in price.
   */
  | 'NO_ASKS'
  /**
   * No buyer pays what any seller asks.
   *
   * Cause: The highest bid less the grid fee is below the lowest ask.
   * Remedy: None needed; prices within the band may be closer to each other.
   */
  | 'NO_CROSS';

/**
 * How directives of consensus change the state of accounts.
 *
 * @module
 */
import type { StateManagerInterface } from '@ethereumjs/common';
import {
  Account,
  type Address,
  bigIntToUnpaddedBytes,
  createAddressFromString,
  hexToBytes,
  isValidAddress,
  setLengthLeft,
} from '@ethereumjs/util';
import type { ActorId, Directive, HeaderContext } from '@fiducia/consensus';

/** Where directives are applied. */
export interface DirectivePlace {
  /** State of accounts after the parent; what the hook writes becomes part of the block. */
  readonly stateManager: StateManagerInterface;
  /** The block, as far as it is known before its body. */
  readonly context: HeaderContext;
}

/**
 * Applies the directives of a block, in order, before its first transaction: when the block is built and when it is executed.
 *
 * Deterministic, and it must not reject for what a directive says: an actor that it does not know is passed over. What it
 * writes is undone with the block.
 */
export type DirectiveHook = (directives: readonly Directive[], place: DirectivePlace) => Promise<void>;

/** What {@link createStateDirectives} does. */
export interface StateDirectivesOptions {
  /** Wei credited for a unit of reward. */
  readonly weiPerUnit: bigint;
  /**
   * Account in whose storage trust is published, as hexadecimal text with `0x`: the slot is the address of the
   * candidate, the value its composite trust in millionths. Contracts may read it there. Absent: trust is not published.
   */
  readonly trustAccount?: `0x${string}`;
  /** Applies `slash`, `jail` and `custom`, which are the business of whoever holds the deposits. Absent: they are passed over. */
  readonly others?: DirectiveHook;
}

const WORD_BYTES = 32;

/**
 * Creates a hook that credits rewards to accounts and publishes trust in the storage of an account.
 *
 * @example
 * ```ts
 * const directives = createStateDirectives({ weiPerUnit: 10n ** 9n, trustAccount: TRUST_ACCOUNT });
 * ```
 */
export function createStateDirectives(options: StateDirectivesOptions): DirectiveHook {
  const { weiPerUnit, trustAccount, others } = options;
  const publisher = trustAccount === undefined ? undefined : createAddressFromString(trustAccount);
  return async (directives, place) => {
    const { stateManager } = place;
    for (const directive of directives) {
      const actor = 'actor' in directive ? addressOf(directive.actor) : undefined;
      if (directive.kind === 'reward' && actor !== undefined) {
        await credit(stateManager, actor, directive.units * weiPerUnit);
      } else if (directive.kind === 'trustChanged' && actor !== undefined && publisher !== undefined) {
        await publish(stateManager, publisher, actor, BigInt(directive.trust));
      }
    }
    await others?.(
      directives.filter(({ kind }) => kind === 'slash' || kind === 'jail' || kind === 'custom'),
      place,
    );
  };
}

/** The account of an actor; `undefined` for one that is no Ethereum address. */
function addressOf(actor: ActorId): Address | undefined {
  return isValidAddress(actor) ? createAddressFromString(actor) : undefined;
}

async function credit(state: StateManagerInterface, address: Address, wei: bigint): Promise<void> {
  const account = (await state.getAccount(address)) ?? new Account();
  account.balance += wei;
  await state.putAccount(address, account);
}

async function publish(state: StateManagerInterface, publisher: Address, actor: Address, value: bigint): Promise<void> {
  // An account without nonce, balance and code is empty, and one that is empty loses its storage.
  if ((await state.getAccount(publisher)) === undefined) await state.putAccount(publisher, new Account(1n));
  const slot = setLengthLeft(actor.bytes, WORD_BYTES);
  await state.putStorage(publisher, slot, value === 0n ? hexToBytes('0x') : bigIntToUnpaddedBytes(value));
}

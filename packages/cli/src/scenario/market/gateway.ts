/**
 * Sending transactions through a node.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { Crypto, KeyPair } from '@fiducia/crypto';
import { createTransaction, type Ledger, readAccount, type TransactionForm } from '@fiducia/ledger';
import type { Simulation } from '@fiducia/simulator';
import { transactionSigner } from '../genesis.ts';
import { Outbox } from './outbox.ts';
import { SLOT_SECONDS } from './timeline.ts';

/** The next block is about one consensus slot away: what is too late for it is too late. */
const NEXT_BLOCK_MS = SLOT_SECONDS * 1000;

/** What a client wants to stand in a block. */
export interface Letter<P> {
  readonly type: TransactionForm<P>;
  /**
   * Content, made anew whenever it is signed: what it says may depend on what comes before it.
   * @param countWaiting - Counts letters of a kind that wait before this one in the same account.
   */
  readonly write: (countWaiting: (kind: string) => number) => P;
  /** From when on no block takes it any more; absent: there is no such time. */
  readonly deadline?: Millis;
}

/** Signs transactions of its clients and hands them to the ledger of one node. */
export interface Gateway {
  readonly ledger: Ledger;
  /** Sends one transaction with the next nonce of its account. */
  send<P>(account: KeyPair, letter: Letter<P>): Promise<void>;
}

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly ledger: Ledger;
  readonly crypto: Crypto;
  readonly simulation: Simulation;
  /** Told the code of every transaction that the node did not take. */
  readonly onRefused: (code: string) => void;
}

/**
 * Creates the gateway of a node.
 *
 * A letter whose time is over before it stood in a block would hold up all later ones of its account, since nonces go one
 * by one. After every block the gateway therefore looks for such letters, lets them go, and sends the others again in their
 * place.
 */
export function createGateway({ ledger, crypto, simulation, onRefused }: GatewayOptions): Gateway {
  const outboxes = new Map<string, Outbox>();
  const post = (account: KeyPair, outbox: Outbox) => async (): Promise<void> => {
    const signer = transactionSigner(account, crypto);
    for (const { letter, nonce, fee } of outbox.takeUnsent()) {
      const payload = letter.write((kind) => outbox.countBefore(nonce, kind));
      const bytes = createTransaction(letter.type, { chainId: ledger.chainId, nonce, fee, payload, signer });
      const result = await ledger.submit(bytes);
      if (result.kind === 'rejected') onRefused(result.code);
    }
  };
  ledger.events.on('headChanged', () => {
    const state = ledger.stateAt();
    if (state === undefined) return;
    for (const outbox of outboxes.values()) {
      const { account } = outbox;
      if (!outbox.settle(readAccount(state, account.address).nonce, simulation.now() + NEXT_BLOCK_MS)) continue;
      // A head changes in the middle of an event; the answer to it is an event of its own in the trace.
      simulation.schedule(simulation.now(), `again/${account.address}`, post(account, outbox));
    }
  });

  return {
    ledger,
    async send(account, letter) {
      const outbox = outboxes.get(account.address) ?? new Outbox(account);
      outboxes.set(account.address, outbox);
      outbox.add(letter as Letter<unknown>, ledger.nonceOf(account.address));
      await post(account, outbox)();
    },
  };
}

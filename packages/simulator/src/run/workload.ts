/**
 * Turns planned transactions into signed ones.
 *
 * @module
 */
import { castBallot, createTransaction, topUpDeposit, transfer } from '@fiducia/ledger';
import type { Machine } from '../machine/machine.ts';
import type { StubCrypto } from '../stub-crypto.ts';
import type { PlannedTransaction } from './fault-plan.ts';
import { payerNameOf } from './genesis.ts';

const FEE = 1n;

/**
 * Hands a transaction to the node that the plan names, unless that is down. Its nonce is the next one that this node
 * knows, as a wallet would ask for it.
 */
export async function submitPlanned(
  { node, kind, to, amount }: PlannedTransaction,
  machines: readonly Machine[],
  crypto: StubCrypto,
): Promise<void> {
  const [machine, other] = [machines[node], machines[to]];
  if (machine === undefined || other === undefined || !machine.isUp) return;
  const { ledger, identity } = machine;
  const signer = kind === 'transfer' ? crypto.identity(payerNameOf(node)) : identity;
  const common = { chainId: ledger.chainId, nonce: ledger.nonceOf(signer.address), fee: FEE, signer };
  const units = BigInt(amount);
  const [from, target] = [identity.address, other.actorId];
  if (kind === 'transfer') {
    await ledger.submit(createTransaction(transfer, { ...common, payload: { to: target, amount: units } }));
  } else if (kind === 'topUp') {
    await ledger.submit(createTransaction(topUpDeposit, { ...common, payload: { id: from, amount: units } }));
  } else if (from !== target) {
    await ledger.submit(createTransaction(castBallot, { ...common, payload: { from, to: target, weight: units } }));
  }
}

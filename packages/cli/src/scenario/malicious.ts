/**
 * The node that turns malicious: it signs what no honest node signs, in every slot it leads.
 *
 * @module
 */
import { type DtDposConfig, dtDpos } from '@fiducia/consensus-dt-dpos';
import { type Crypto, createMemorySigner, type KeyPair } from '@fiducia/crypto';
import { createTransaction, transfer } from '@fiducia/ledger';
import type { FiduciaNode } from '@fiducia/node';
import { type ByzantineProducer, createByzantineProducer, type SimulatedPorts } from '@fiducia/simulator';
import { MINIMUM_FEE, transactionSigner } from './genesis.ts';
import type { MaliciousAct } from './result.ts';

/** What the malicious producer runs on: the ports and the observer host of its node. */
export interface MaliciousParts {
  readonly act: MaliciousAct;
  readonly node: FiduciaNode;
  readonly ports: SimulatedPorts;
  readonly config: DtDposConfig;
  readonly keyPair: KeyPair;
  readonly crypto: Crypto;
}

/** How far a header lies off its slot: enough for `SLOT_MISMATCH` (trust S5 to S7). */
const TIMESTAMP_SHIFT_MS = 1;

/**
 * Creates the producer of a malicious node, whose own host has no signer.
 *
 * `invalid` signs a header 1 ms off its slot: rejected everywhere, and proof by itself. `equivocate`
 * signs a valid block and, after handing in one more transaction, another one for the same slot.
 */
export function createMaliciousProducer(parts: MaliciousParts): ByzantineProducer {
  const { act, node, ports, config, keyPair, crypto } = parts;
  const { host, ledger } = node;
  const common = {
    plugin: dtDpos(),
    config,
    host,
    chain: ledger,
    signer: createMemorySigner({ keyPair, crypto }),
    net: ports.net,
    clock: ports.clock,
    crypto,
    chainId: ledger.chainId,
  };
  if (act === 'invalid') {
    return createByzantineProducer({
      ...common,
      alter: (request) => [{ ...request, timestamp: request.timestamp + TIMESTAMP_SHIFT_MS }],
    });
  }
  return createByzantineProducer({
    ...common,
    async *alter(request) {
      yield request;
      await ledger.submit(transferToSelf(node, keyPair, crypto));
      yield request;
    },
  });
}

function transferToSelf({ ledger }: FiduciaNode, keyPair: KeyPair, crypto: Crypto): Uint8Array {
  const signer = transactionSigner(keyPair, crypto);
  return createTransaction(transfer, {
    chainId: ledger.chainId,
    nonce: ledger.nonceOf(signer.address),
    fee: MINIMUM_FEE,
    payload: { to: signer.address, amount: 1n },
    signer,
  });
}

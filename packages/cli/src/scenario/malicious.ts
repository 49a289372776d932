/**
 * The node that turns malicious: it makes what no honest node makes, whenever it is its turn.
 *
 * @module
 */
import type { CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import type { Crypto, KeyPair } from '@fiducia/crypto';
import { createTransaction, transfer } from '@fiducia/ledger';
import type { FiduciaNode } from '@fiducia/node';
import { type ByzantineProducer, createByzantineProducer, type SimulatedPorts } from '@fiducia/simulator';
import type { ConsensusSetup } from './consensus/setup.ts';
import { MINIMUM_FEE, transactionSigner } from './genesis.ts';
import type { MaliciousAct } from './result.ts';

/** What the malicious producer runs on: the ports and the observer host of its node. */
export interface MaliciousParts {
  readonly act: MaliciousAct;
  readonly setup: ConsensusSetup;
  readonly node: FiduciaNode;
  readonly ports: SimulatedPorts;
  readonly keyPair: KeyPair;
  /** Signs transactions. */
  readonly crypto: Crypto;
  /** Signs what the engine asks for. */
  readonly signer: SignerPort;
  /** Crypto port of the node, which mines under protocols with work. */
  readonly cryptoPort: CryptoPort;
}

/**
 * Creates the producer of a malicious node, whose own host has no signer.
 *
 * `invalid` makes blocks that are rejected everywhere. `equivocate` signs a valid block and, after
 * handing in one more transaction, another one for the same slot.
 */
export function createMaliciousProducer(parts: MaliciousParts): ByzantineProducer {
  const { act, setup, node, ports, keyPair, crypto, signer, cryptoPort } = parts;
  const { host, ledger } = node;
  const common = {
    plugin: setup.plugin,
    config: setup.plugin.parseConfig(setup.config),
    host,
    chain: ledger,
    signer,
    net: ports.net,
    clock: ports.clock,
    crypto: cryptoPort,
    chainId: ledger.chainId,
  };
  const { corrupt } = setup;
  if (act === 'invalid') {
    if (corrupt === undefined)
      throw new RangeError(`nobody makes invalid blocks beside a host of ${setup.plugin.name}`);
    return createByzantineProducer({ ...common, alter: (request) => [corrupt(request)] });
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

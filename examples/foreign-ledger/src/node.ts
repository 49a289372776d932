/** A node of the chain: the chain as it was, and the host of a consensus plugin beside it. */
import type { Bytes, Validator } from '@fiducia/consensus';
import type { ClockPort, NetPort, SigningScope } from '@fiducia/consensus/ports';
import { type Crypto, createMemorySigner, type KeyPair } from '@fiducia/crypto';
import { type ConsensusHost, createHost } from '@fiducia/host';
import type { Disk } from './kv/journal.ts';
import { Pool } from './kv/pool.ts';
import { countAt, isKeeper } from './kv/rules.ts';
import { type Call, formatTransaction, parseTransaction, signedPart, type Transaction } from './kv/transaction.ts';
import type { Tree } from './kv/tree.ts';
import { KvChainPort } from './port/chain-port.ts';
import { bytesOf, hexOf } from './port/projection.ts';
import { createJournalGuardStore } from './ports/guard-store.ts';
import { createJournalLog } from './ports/log.ts';
import { createWireNet, type Wire } from './ports/net.ts';
import type { Protocol } from './protocols.ts';

/** What all nodes of a chain have in common. */
export interface KvNetwork {
  readonly chainId: Bytes;
  readonly allocation: Tree;
  /** Whom protocols begin with that do not read the deposits. */
  readonly validators: readonly Validator[];
  readonly protocol: Protocol;
  readonly crypto: Crypto;
}

/** What belongs to one node. Key and disks are still there after a crash. */
export interface KvMachine {
  readonly clock: ClockPort;
  readonly wire: Wire;
  readonly keyPair: KeyPair;
  readonly disks: KvDisks;
}

/** A chain, what its engine must not forget, and what its key has signed. */
export interface KvDisks {
  readonly chain: Disk;
  readonly log: Disk;
  readonly guard: Disk;
}

const TRANSACTIONS = 'kv/transactions';
/** A transaction is kept until a block that carries it lies this deep, in case the block is reverted. */
const SETTLED_BLOCKS = 20;

export class KvNode {
  readonly host: ConsensusHost;
  readonly chain: KvChainPort;
  readonly #network: KvNetwork;
  readonly #machine: KvMachine;
  readonly #net: NetPort;
  readonly #pool: Pool;
  readonly #scope: SigningScope;
  #leave: () => void = () => undefined;

  constructor(network: KvNetwork, machine: KvMachine) {
    this.#network = network;
    this.#machine = machine;
    const { crypto, chainId, allocation, protocol } = network;
    const { clock, wire, disks, keyPair } = machine;
    this.#net = createWireNet(wire, clock);
    this.#scope = { chainId, era: 0, protocol: 'kv@1' };
    this.#pool = new Pool((from, text, signature) => {
      return crypto.verifySignature(this.#scope, 'transaction', encode(text), from, bytesOf(signature)) === null;
    });
    this.chain = new KvChainPort(chainId, allocation, this.#pool, disks.chain);
    this.host = createHost({
      ...{ chain: this.chain, crypto, chainId, clock, net: this.#net },
      log: createJournalLog(disks.log),
      signer: createMemorySigner({
        keyPair,
        crypto,
        guardStore: createJournalGuardStore(disks.guard),
        headHeight: this.chain.store.height,
      }),
      plugins: [protocol.plugin],
      eras: [{ fromHeight: 1, production: protocol.production }],
      genesisValidators: network.validators,
    });
  }

  /** State after the adopted head. */
  get state(): Tree {
    return this.chain.store.stateAt(this.host.head().header.id) ?? this.#network.allocation;
  }

  async start(): Promise<void> {
    this.#leave = this.#net.subscribe(TRANSACTIONS, async (_from, bytes) => {
      const transaction = parseTransaction(new TextDecoder().decode(bytes));
      if (transaction === null) return 'reject';
      return this.#pool.add(transaction) ? 'accept' : 'ignore';
    });
    this.host.events.on('headChanged', ({ tip }) => this.#onHead(tip.header.height, tip.header.id));
    await this.host.start();
  }

  async stop(): Promise<void> {
    this.#leave();
    await this.host.stop();
  }

  /** Signs a call with the node's own key and tells everybody. */
  submit(call: Call, nonce = this.#nextNonce()): void {
    const { keyPair } = this.#machine;
    const unsigned = { from: keyPair.address, nonce, call };
    const text = signedPart(unsigned);
    const signature = this.#network.crypto.sign(keyPair, this.#scope, 'transaction', encode(text));
    const transaction: Transaction = { ...unsigned, signature: hexOf(signature) };
    if (this.#pool.add(transaction)) this.#net.send(null, TRANSACTIONS, encode(formatTransaction(transaction)));
  }

  /** Keepers say in a transaction that they have seen a block: this is where participation comes from. */
  #onHead(height: number, id: string): void {
    const { store } = this.chain;
    const settled = store.stateAt(store.idOf(Math.max(0, height - SETTLED_BLOCKS)) ?? '');
    if (settled !== undefined) this.#pool.prune(settled, height);
    if (isKeeper(this.state, this.#machine.keyPair.address)) this.submit(['attest', id], height + 1);
  }

  #nextNonce(): number {
    const { address } = this.#machine.keyPair;
    return Math.max(countAt(this.state, `nonce/${address}`), this.#pool.nextNonce(address));
  }
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** A node: EthereumJS with its files, the adapter, and the sealers that live on it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createBlockchain } from '@ethereumjs/blockchain';
import { MerklePatriciaTrie } from '@ethereumjs/mpt';
import { MerkleStateManager } from '@ethereumjs/statemanager';
import type { TypedTransaction } from '@ethereumjs/tx';
import { bytesToHex, createAddressFromString, hexToBytes, type PrefixedHexString } from '@ethereumjs/util';
import { createVM } from '@ethereumjs/vm';
import {
  createAddressCrypto,
  createAddressSigner,
  createEthereumChain,
  createEthereumConsensus,
  createJournalFacts,
  createSealer,
  createStateDirectives,
  type EthereumChain,
  type EthereumConsensus,
  type GuardRecord,
  type GuardRecords,
  type HeadChange,
  type Sealer,
} from '@fiducia/adapter-ethereumjs';
import type { BlockId, Bytes } from '@fiducia/consensus';
import type { DtDposState } from '@fiducia/consensus-dt-dpos';
import {
  addressOf,
  consensusConfig,
  createCommon,
  createGenesisState,
  plugin,
  REGISTRY,
  secretKeyOf,
  TRUST_ACCOUNT,
} from './chain-setup.ts';
import { FileDb } from './file-db.ts';
import { Pool } from './pool.ts';
import { offenceOf } from './registry.ts';
import type { Timeline } from './timeline.ts';

export interface NodeOptions {
  /** Folder of its files. */
  readonly folder: string;
  readonly timeline: Timeline;
  /** Sends a block to the other nodes. */
  readonly send: (block: Bytes) => void;
  /** Whether to keep and use checkpoints of consensus. */
  readonly checkpoints: boolean;
}

/** Blocks asked for, one after the other, until one is known. */
const ANCESTORS_MAX = 64;

export class Node {
  readonly consensus: EthereumConsensus<DtDposState>;
  readonly chain: EthereumChain<DtDposState>;
  readonly pool = new Pool();
  /** Blocks that each reorganisation took back. */
  readonly reorganisations: number[] = [];
  readonly faults: unknown[] = [];
  /** Codes of blocks that were refused. */
  readonly refusals: string[] = [];
  readonly #options: NodeOptions;
  readonly #sealers = new Map<string, Sealer>();
  readonly #state: MerkleStateManager;
  #work: Promise<unknown> = Promise.resolve();

  private constructor(
    options: NodeOptions,
    consensus: EthereumConsensus<DtDposState>,
    chain: EthereumChain<DtDposState>,
    state: MerkleStateManager,
  ) {
    this.#options = options;
    this.consensus = consensus;
    this.chain = chain;
    this.#state = state;
    chain.onHeadChanged((change) => this.#do(() => this.#follow(change)));
  }

  /** Opens the files of a node, which are empty the first time. */
  static async open(options: NodeOptions): Promise<Node> {
    const { folder, timeline, checkpoints } = options;
    mkdirSync(folder, { recursive: true });
    const common = createCommon();
    const genesisState = createGenesisState();
    const trie = new MerklePatriciaTrie({
      common,
      useKeyHashing: true,
      db: new FileDb<string, string | Uint8Array>(join(folder, 'state')),
    });
    const stateManager = new MerkleStateManager({ common, trie });
    const consensus = createEthereumConsensus({
      plugin,
      config: consensusConfig,
      crypto: createAddressCrypto(),
      facts: createJournalFacts({ contract: REGISTRY, stateManager, custom: offenceOf }),
      now: () => timeline.now,
      checkpointBlocks: 50,
      ...(checkpoints && { store: new FileDb<string, Uint8Array>(join(folder, 'consensus')) }),
    });
    const blockchain = await createBlockchain({
      common,
      genesisState,
      validateConsensus: true,
      consensusDict: { [consensus.algorithm]: consensus },
      db: new FileDb(join(folder, 'blocks')),
    });
    const vm = await createVM({ common, blockchain, stateManager });
    const genesisRoot = blockchain.genesisBlock.header.stateRoot;
    if (!(await stateManager.hasStateRoot(genesisRoot))) await stateManager.generateCanonicalGenesis(genesisState);
    const directives = createStateDirectives({ weiPerUnit: 10n ** 9n, trustAccount: TRUST_ACCOUNT });
    const chain = await createEthereumChain({ blockchain, vm, consensus, directives });
    return new Node(options, consensus, chain, stateManager);
  }

  startSealer(name: string): void {
    const { timeline, folder, send } = this.#options;
    const secretKey = secretKeyOf(name);
    const sealer = createSealer({
      chain: this.chain,
      plugin,
      config: consensusConfig,
      signer: createAddressSigner({ secretKey, records: createFileRecords(join(folder, `guard-${name}`)) }),
      crypto: createAddressCrypto(),
      clock: timeline.clockOf(secretKey),
      transactions: () => this.pool.list(),
      onSealed: send,
      onFault: (error) => this.faults.push(error),
    });
    this.#sealers.set(name, sealer);
    sealer.start();
  }

  stopSealer(name: string): void {
    this.#sealers.get(name)?.stop();
    this.#sealers.delete(name);
  }

  /** Names of the sealers that run here. */
  get sealers(): readonly string[] {
    return [...this.#sealers.keys()];
  }

  /** Takes a block of a peer, and asks the peer for what lies between. */
  receive(block: Bytes, ask: (id: BlockId) => Promise<Bytes | null>): void {
    this.#do(async () => {
      const missing: Bytes[] = [block];
      while (missing.length > 0 && missing.length <= ANCESTORS_MAX) {
        const outcome = await this.chain.importBlock(missing.at(-1) ?? block);
        const parent = outcome.kind === 'orphan' ? await ask(outcome.parentId) : null;
        if (parent === null) missing.pop();
        else missing.push(parent);
        if (outcome.kind === 'rejected') this.refusals.push(outcome.code);
      }
    });
  }

  submit(transaction: TypedTransaction): void {
    this.pool.add(transaction);
  }

  async idle(): Promise<void> {
    await this.#work;
    for (const sealer of this.#sealers.values()) await sealer.idle();
    await this.#work;
  }

  stop(): void {
    for (const name of this.sealers) this.stopSealer(name);
  }

  /** Balance of an account after the head. */
  async balanceOf(name: string): Promise<bigint> {
    await this.#enterHead();
    return (await this.#state.getAccount(createAddressFromString(addressOf(name))))?.balance ?? 0n;
  }

  /** A word in the storage of a contract after the head. */
  async storageAt(contract: PrefixedHexString, slot: Uint8Array): Promise<bigint> {
    await this.#enterHead();
    const word = await this.#state.getStorage(createAddressFromString(contract), slot);
    return word.length === 0 ? 0n : BigInt(`0x${Buffer.from(word).toString('hex')}`);
  }

  async #enterHead(): Promise<void> {
    const block = await this.chain.blockOf(this.chain.head().header.id);
    if (block !== null) await this.#state.setStateRoot(block.header.stateRoot, true);
  }

  async #follow({ reverted, applied }: HeadChange<DtDposState>): Promise<void> {
    if (reverted.length > 0) this.reorganisations.push(reverted.length);
    for (const id of reverted) {
      const block = await this.chain.blockOf(id);
      if (block !== null) this.pool.exclude(block);
    }
    for (const id of applied) {
      const block = await this.chain.blockOf(id);
      if (block !== null) this.pool.include(block);
    }
  }

  #do(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => this.faults.push(error));
  }
}

interface WrittenRecord extends Pick<GuardRecord, 'sequence' | 'floors'> {
  readonly data: PrefixedHexString;
  readonly signature: PrefixedHexString;
}

/** Guard records in a file, so that a sealer that restarts signs nothing twice. */
function createFileRecords(path: string): GuardRecords {
  const db = new FileDb<string, string>(path);
  return {
    async read(lane) {
      const text = await db.get(lane);
      if (text === undefined) return undefined;
      const { sequence, floors, data, signature } = JSON.parse(text) as WrittenRecord;
      return { sequence, floors, data: hexToBytes(data), signature: hexToBytes(signature) };
    },
    async write(lane, { sequence, floors, data, signature }: GuardRecord) {
      const record: WrittenRecord = { sequence, floors, data: bytesToHex(data), signature: bytesToHex(signature) };
      await db.put(lane, JSON.stringify(record));
    },
  };
}

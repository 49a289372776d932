import { type ActorId, type Bytes, compareBytes, type Directive, type Evidence } from '@fiducia/consensus';
import type { Block, CryptoPort, ExecutionResult, SigningScope } from '@fiducia/consensus/ports';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  createLedger,
  createRoundVote,
  createTransaction,
  type GenesisConfig,
  type KvStore,
  type Ledger,
  type LedgerLimits,
  type LedgerModule,
  openLedger,
  signAdmission,
  type TransactionForm,
  type TransactionSigner,
} from '../src/index.ts';

/** A signer without curves: its signatures bind signer, scope, label and data, and nothing verifies by accident. */
export function stubSigner(address: ActorId): TransactionSigner {
  return { address, sign: (scope, domain, data) => stubSignature(address, scope, domain, data) };
}

/** Crypto port for {@link stubSigner}. */
export function stubCrypto(): CryptoPort & { verified: number; batches: number } {
  return {
    verified: 0,
    batches: 0,
    supports: new Set(['signature'] as const),
    sha256,
    async verify(scope, claims) {
      this.batches++;
      this.verified += claims.length;
      for (const [index, claim] of claims.entries()) {
        if (claim.kind !== 'signature') return { kind: 'invalid', index, code: 'CLAIM_UNSUPPORTED' };
        const expected = stubSignature(claim.signer, scope, claim.domain, claim.data);
        if (compareBytes(expected, claim.signature) !== 0) return { kind: 'invalid', index, code: 'SIGNATURE_INVALID' };
      }
      return { kind: 'valid' };
    },
    async mine() {
      return null;
    },
  };
}

export function stubSignature(address: ActorId, scope: SigningScope, domain: string, data: Bytes): Bytes {
  const tag = `${address}|${scope.era}|${scope.protocol}|${domain}|`;
  return sha256(concatBytes(utf8ToBytes(tag), scope.chainId, data));
}

export const SUPERVISORS = ['supervisor1', 'supervisor2', 'supervisor3'];
const CANDIDATE_IDS = ['node1', 'node2', 'node3'];
export const FEE = 10n;

/** Genesis with three candidates, each its own owner, and some rich accounts. */
export function testGenesis(changes: Partial<GenesisConfig> = {}): GenesisConfig {
  return {
    chainName: 'test',
    timestamp: 1_000_000,
    minimumFee: FEE,
    accounts: ['alice', 'bob', ...CANDIDATE_IDS].map((actor) => ({ actor, balance: 1_000_000n })),
    supervisors: { keys: SUPERVISORS, threshold: 2 },
    admission: 'supervised',
    depositMin: 1_000n,
    unbondingBlocks: 5,
    candidates: CANDIDATE_IDS.map((id) => genesisCandidate(id)),
    ballots: [
      { from: 'node1', to: 'node2', weight: 1n },
      { from: 'node2', to: 'node1', weight: 1n },
    ],
    consensus: utf8ToBytes('eras'),
    ...changes,
  };
}

export function genesisCandidate(id: ActorId, category = 'WIND') {
  const approval = { id, category, deposit: 5_000n, expiry: 0 };
  const [first = '', second = ''] = SUPERVISORS;
  const signatures = [signAdmission(approval, stubSigner(first)), signAdmission(approval, stubSigner(second))];
  return { id, owner: id, deposit: 5_000n, category, signatures: [...signatures, new Uint8Array()] };
}

/** A ledger with the host's part played by hand. */
export class TestChain {
  readonly ledger: Ledger;
  readonly genesis: GenesisConfig;
  readonly crypto: CryptoPort;
  headId = '';
  time = 1_000_000;
  height = 0;

  constructor(
    genesis: GenesisConfig = testGenesis(),
    modules: readonly LedgerModule[] = [],
    options: { readonly limits?: Partial<LedgerLimits>; readonly crypto?: CryptoPort; readonly ledger?: Ledger } = {},
  ) {
    this.genesis = genesis;
    this.crypto = options.crypto ?? stubCrypto();
    const { limits } = options;
    this.ledger = options.ledger ?? createLedger({ genesis, modules, crypto: this.crypto, ...(limits && { limits }) });
  }

  static async start(
    genesis: GenesisConfig = testGenesis(),
    modules: readonly LedgerModule[] = [],
    options: {
      readonly limits?: Partial<LedgerLimits>;
      readonly crypto?: CryptoPort;
      readonly store?: KvStore;
    } = {},
  ): Promise<TestChain> {
    const { store, limits, crypto = stubCrypto() } = options;
    const ledger = store && (await openLedger({ genesis, modules, crypto, store, ...(limits && { limits }) }));
    const chain = new TestChain(genesis, modules, { ...options, crypto, ...(ledger && { ledger }) });
    const first = await chain.ledger.read({ kind: 'genesis' });
    chain.headId = first?.block.header.id ?? '';
    return chain;
  }

  transaction<P>(
    form: TransactionForm<P>,
    signer: TransactionSigner,
    payload: P,
    changes: { readonly nonce?: number; readonly fee?: bigint; readonly chainId?: Bytes } = {},
  ): Bytes {
    const { chainId } = this.ledger;
    const nonce = this.ledger.nonceOf(signer.address);
    return createTransaction(form, { chainId, nonce, fee: FEE, payload, signer, ...changes });
  }

  vote(voter: ActorId, changes: { readonly height?: number; readonly parentId?: string } = {}): Bytes {
    const { chainId } = this.ledger;
    return createRoundVote({
      chainId,
      height: this.height + 1,
      parentId: this.headId,
      signer: stubSigner(voter),
      ...changes,
    });
  }

  async build(
    options: {
      author?: ActorId;
      directives?: readonly Directive[];
      evidence?: readonly Evidence[];
      parentId?: string;
    } = {},
  ): Promise<Block> {
    const built = await this.ledger.build({
      parentId: options.parentId ?? this.headId,
      timestamp: this.time + 1_000,
      author: options.author ?? 'node1',
      protocol: 'test@1',
      digest: new Uint8Array([1]),
      directives: options.directives ?? [],
      evidence: options.evidence ?? [],
      certificates: [],
      deadline: 0,
    });
    if (built === null) throw new Error('not built');
    return this.ledger.seal(built, new Uint8Array([7]));
  }

  /** Decodes, executes and adopts, as a host would. */
  async adopt(bytes: Bytes, directives: readonly Directive[] = []): Promise<ExecutionResult> {
    const block = this.ledger.decode(bytes, 'block');
    if (block === null) throw new Error('not a block');
    const result = await this.ledger.execute(block, { directives });
    if (result.kind !== 'executed') return result;
    const { id, timestamp, height } = block.header;
    const store = [{ block, record: new Uint8Array() }];
    await this.ledger.commit({ store, headId: id, reverted: [], applied: [id] });
    this.headId = id;
    this.time = timestamp;
    this.height = height;
    return result;
  }

  /** Submits, builds, adopts; throws unless all of it works. */
  async include(transactions: readonly Bytes[], directives: readonly Directive[] = []) {
    for (const transaction of transactions) {
      const result = await this.ledger.submit(transaction);
      if (result.kind !== 'added') throw new Error(JSON.stringify(result));
    }
    const block = await this.build({ directives });
    const result = await this.adopt(block.bytes, directives);
    if (result.kind !== 'executed') throw new Error(result.kind);
    const decoded = this.ledger.decode(block.bytes, 'block');
    return { block, facts: result.facts, included: decoded?.transactions.length ?? 0 };
  }
}

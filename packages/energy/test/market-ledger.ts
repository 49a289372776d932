import { createHash } from 'node:crypto';
import {
  computeBodyRoot,
  createLedger,
  createTransaction,
  decodeBlock,
  encodeBlock,
  type Ledger,
  type LedgerOptions,
  type LedgerStateView,
  ledgerScope,
  readAccount,
  type TransactionForm,
  type TransactionSigner,
} from '@fiducia/ledger';
import {
  approveMeter,
  COSIGN_DOMAIN,
  DEMO_ENERGY_PARAMS,
  type EnergyParams,
  energyCosignData,
  energyModule,
  registerMeter,
  registerParticipant,
  reviewParticipant,
} from '../src/index.ts';
import { actorOf, HASH, meterOf, SLOT, timeOf, ZONE } from './market-chain.ts';

type Crypto = LedgerOptions['crypto'];
type Block = NonNullable<Awaited<ReturnType<Ledger['build']>>>;

/** Members of the market of {@link MarketLedger}. */
export const MEMBERS = ['w1', 'p1', 'u1', 'u2'] as const;
const ROLES = { w1: 'WIND', p1: 'PV', u1: 'USER', u2: 'USER' } as const;

/** A transaction whose chain, nonce and signature are still to come. */
export interface Draft {
  readonly signer: string;
  readonly bytes: (ledger: MarketLedger, nonce: number) => Uint8Array;
}

/** Signs without curves: a signature binds signer, scope, label and data. */
function stubSigner(address: string): TransactionSigner {
  return {
    address,
    sign: ({ chainId, era, protocol }, domain, data) =>
      sha256(Buffer.concat([Buffer.from(`${address}|${era}|${protocol}|${domain}|`), chainId, data])),
  };
}

function stubCrypto(): Crypto {
  return {
    supports: new Set(['signature'] as const),
    sha256,
    async verify(scope, claims) {
      for (const [index, claim] of claims.entries()) {
        if (claim.kind !== 'signature') return { kind: 'invalid', index, code: 'CLAIM_UNSUPPORTED' };
        const expected = stubSigner(claim.signer).sign(scope, claim.domain, claim.data);
        if (Buffer.compare(expected, claim.signature) !== 0)
          return { kind: 'invalid', index, code: 'SIGNATURE_INVALID' };
      }
      return { kind: 'valid' };
    },
    mine: async () => null,
  };
}

/** A transaction to be signed by the account of `signer`. */
export function draft<P>(form: TransactionForm<P>, signer: string, payload: P): Draft {
  const fields = { fee: 1n, payload, signer: stubSigner(actorOf(signer)) };
  return {
    signer: actorOf(signer),
    bytes: ({ ledger: { chainId } }, nonce) => createTransaction(form, { chainId, nonce, ...fields }),
  };
}

/** The real ledger with the market in it and the host's part played by hand, on any number of branches. */
export class MarketLedger {
  readonly ledger: Ledger;
  readonly genesisId: string;
  /** Every block this ledger has executed, by id. */
  readonly blocks = new Map<string, Block>();
  headId: string;
  /** Time for which drafts are made. */
  seconds = timeOf(SLOT - 10);

  private constructor(ledger: Ledger, genesisId: string) {
    this.ledger = ledger;
    this.genesisId = genesisId;
    this.headId = genesisId;
  }

  /** A ledger at genesis; equal parameters give the same chain. */
  static async start(params: Partial<EnergyParams> = {}): Promise<MarketLedger> {
    const actors = ['GRID', 'SUPERVISOR', 'stranger', ...MEMBERS].map(actorOf);
    const market = energyModule({
      params: { ...DEMO_ENERGY_PARAMS, ...params },
      grid: { actor: actorOf('GRID'), balance: 5_000_000n },
      supervisors: [{ id: 'SUPERVISOR', actor: actorOf('SUPERVISOR') }],
      accounts: MEMBERS.map((id) => ({ id, actor: actorOf(id), balance: 3_000_000n })),
    });
    const ledger = createLedger({
      genesis: {
        chainName: 'branches',
        timestamp: timeOf(SLOT - 16) * 1000,
        minimumFee: 1n,
        accounts: actors.map((actor) => ({ actor, balance: 1_000_000n })),
        supervisors: { keys: [], threshold: 0 },
        admission: 'open',
        depositMin: 1n,
        unbondingBlocks: 2,
        candidates: [{ id: actorOf('w1'), owner: actorOf('w1'), deposit: 10n, category: 'WIND', signatures: [] }],
        ballots: [],
        consensus: new Uint8Array(),
      },
      modules: [market],
      crypto: stubCrypto(),
      // What failed once goes, or it would keep the later transactions of its account waiting.
      limits: { mempoolBlocks: 1 },
    });
    const genesis = await ledger.read({ kind: 'genesis' });
    return new MarketLedger(ledger, genesis?.block.header.id ?? '');
  }

  /** State after a block, by default after the head. */
  stateAt(id = this.headId): LedgerStateView {
    const state = this.ledger.stateAt(id);
    if (state === undefined) throw new Error(`no state after ${id}`);
    return state;
  }

  cosign(name: string, data: Uint8Array): Uint8Array {
    return stubSigner(actorOf(name)).sign(ledgerScope(this.ledger.chainId), COSIGN_DOMAIN, data);
  }

  /** Adopts a block that was executed, whatever branch it is on. */
  async moveTo(id: string): Promise<void> {
    const reverted = this.#branchOf(this.headId);
    const applied = this.#branchOf(id);
    while (reverted.length > 0 && reverted.at(-1) === applied.at(-1)) {
      reverted.pop();
      applied.pop();
    }
    applied.reverse();
    const store = applied.flatMap((name) => {
      const block = this.blocks.get(name);
      return block === undefined ? [] : [{ block, record: new Uint8Array() }];
    });
    await this.ledger.commit({ store, headId: id, reverted, applied });
    this.headId = id;
  }

  /** Submits drafts, builds on the head with what the ledger took, executes and adopts; returns the block. */
  async extend(drafts: readonly Draft[], seconds: number, author = 'node'): Promise<Block> {
    for (const item of drafts) await this.ledger.submit(item.bytes(this, this.ledger.nonceOf(item.signer)));
    const built = await this.ledger.build({
      parentId: this.headId,
      timestamp: seconds * 1000,
      author: actorOf(author),
      protocol: 'test@1',
      digest: new Uint8Array(),
      directives: [],
      evidence: [],
      certificates: [],
      deadline: Number.MAX_SAFE_INTEGER,
    });
    if (built === null) throw new Error('not built');
    const block = this.ledger.seal(built, new Uint8Array());
    const result = await this.execute(block.bytes);
    if (result.kind === 'invalid') throw new Error(result.code);
    await this.moveTo(block.header.id);
    return block;
  }

  /** Executes bytes as they come from a peer, without adopting them. */
  async execute(bytes: Uint8Array) {
    const block = this.ledger.decode(bytes, 'block');
    if (block === null) throw new Error('not a block');
    const result = await this.ledger.execute(block, { directives: [] });
    if (result.kind === 'executed') this.blocks.set(block.header.id, block);
    return result;
  }

  /** A block on the head with exactly these transactions, as only a hostile producer makes it. */
  forge(drafts: readonly Draft[], template: Block): Uint8Array {
    const nonces = new Map<string, number>();
    const transactions = drafts.map((item) => {
      const nonce = nonces.get(item.signer) ?? readAccount(this.stateAt(), item.signer).nonce;
      nonces.set(item.signer, nonce + 1);
      return item.bytes(this, nonce);
    });
    const body = { transactions, roundVotes: [], evidence: [], certificates: [] };
    const block = decodeBlock(template.bytes);
    if (typeof block === 'string') throw new Error(block);
    return encodeBlock({ ...block.fields, bodyRoot: computeBodyRoot(body) }, body);
  }

  /** Admits all {@link MEMBERS}; returns the last block. */
  async admitAll(): Promise<void> {
    const caps = { capGenW: 40_000, capLoadW: 40_000 };
    const review = {
      decision: 'APPROVE' as const,
      reasonCode: 'OK',
      evidenceHash: HASH,
      capGenW: null,
      capLoadW: null,
    };
    const limits = { maxImportWh: 10_000, maxExportWh: 10_000, startImport: 0, startExport: 0 };
    await this.extend(
      MEMBERS.map((id) =>
        draft(registerParticipant, id, { id, role: ROLES[id], zone: ZONE, ...caps, docsHash: HASH, deposit: 50_000n }),
      ),
      timeOf(SLOT - 13),
    );
    await this.extend(
      MEMBERS.map((id) => draft(reviewParticipant, 'SUPERVISOR', { id, ...review })),
      timeOf(SLOT - 12),
    );
    await this.extend(
      MEMBERS.map((id) => draft(registerMeter, id, { meterId: meterOf(id), key: actorOf(meterOf(id)), ...limits })),
      timeOf(SLOT - 11),
    );
    await this.extend(
      MEMBERS.map((id) => {
        const meterId = meterOf(id);
        const signature = this.cosign('SUPERVISOR', energyCosignData('energy/approveMeter', { meterId }));
        return draft(approveMeter, 'GRID', { meterId, cosigner: actorOf('SUPERVISOR'), signature });
      }),
      timeOf(SLOT - 10),
    );
  }

  /** Blocks from `id` down to the first after genesis, newest first. */
  #branchOf(id: string): string[] {
    const branch: string[] = [];
    for (let at = id; at !== this.genesisId; at = this.blocks.get(at)?.header.parentId ?? this.genesisId)
      branch.push(at);
    return branch;
  }
}

function sha256(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(data).digest());
}

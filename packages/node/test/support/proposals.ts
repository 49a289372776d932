import type { Bytes, Evidence, HeaderContext } from '@fiducia/consensus';
import { type DtDposState, dtDpos, encodeDigest, leadersBetween } from '@fiducia/consensus-dt-dpos';
import { type Crypto, createCrypto, type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import { pluginModule, portModule } from '@fiducia/di';
import type { ImportResult } from '@fiducia/host';
import {
  type BlockBody,
  type BlockHeader,
  computeBodyRoot,
  createTransaction,
  decodeBlock,
  encodeBlock,
  type Ledger,
  type TransactionSigner,
  transfer,
} from '@fiducia/ledger';
import { createNode, defaultModule, type FiduciaNode } from '../../src/index.ts';
import { createStoppedClock } from './clock.ts';

export const SLOT_MS = 1_000;
export const GENESIS_TIME = 1_000_000;
const FAR_AHEAD = GENESIS_TIME + 1_000 * SLOT_MS;

/** Six candidates that are admitted at genesis, in the order of their index. */
export const members: readonly KeyPair[] = [1, 2, 3, 4, 5, 6].map((number) => keyPairFromSeed(`member ${number}`));
/** Holds money, sends transactions. */
const customer = keyPairFromSeed('customer');
/** Known to nobody. */
export const stranger = keyPairFromSeed('stranger');

const plugin = dtDpos();
const rawConfig = { preset: 'paper', slotMs: SLOT_MS };
const config = plugin.parseConfig(rawConfig);

/** What a proposal does differently from an honest one; each test changes one thing. */
interface Tampering {
  readonly evidence?: readonly Evidence[];
  readonly context?: (honest: HeaderContext) => HeaderContext;
  readonly body?: (honest: BlockBody) => BlockBody;
  readonly fields?: (honest: BlockHeader) => BlockHeader;
  readonly seal?: (honest: Bytes) => Bytes;
  readonly bytes?: (honest: Bytes) => Bytes;
}

/** A chain of two nodes that follow: one builds proposals, the other judges them. */
export interface ProposalChain {
  readonly crypto: Crypto;
  readonly chainId: Bytes;
  readonly ledger: Ledger;
  readonly judge: FiduciaNode;
  readonly signerOf: (keyPair: KeyPair) => TransactionSigner;
  /** Signed transfer of the customer. */
  readonly pay: (nonce: number, amount: bigint, chainId?: Bytes) => Bytes;
  /** Complete bytes of a block for `slot` on the head. */
  readonly propose: (slot: number, tampering?: Tampering) => Promise<Bytes>;
  /** Lets both nodes import a block; the result is the judge's. */
  readonly import: (bytes: Bytes) => Promise<ImportResult>;
  readonly stop: () => Promise<void>;
}

export async function createProposalChain(): Promise<ProposalChain> {
  const crypto = await createCrypto();
  const [builder, judge] = await Promise.all([createFollower(crypto), createFollower(crypto)]);
  await builder.start();
  await judge.start();
  const { ledger } = builder;
  const { chainId } = ledger;
  const protocol = 'dt-dpos@1' as const;
  const rules = plugin.createRules(config, { chainId, era: 0, protocol, sha256: crypto.sha256 });
  const signerOf = (keyPair: KeyPair): TransactionSigner => ({
    address: keyPair.address,
    sign: (...place) => crypto.sign(keyPair, ...place),
  });

  const contextOf = (slot: number): HeaderContext => {
    const { header, state } = builder.host.head();
    const leader = leadersBetween(state as DtDposState, slot, config, crypto.sha256).at(-1);
    if (leader === undefined) throw new Error(`slot ${slot} is not above the head`);
    const timestamp = GENESIS_TIME + slot * SLOT_MS;
    return {
      parentId: header.id,
      height: header.height + 1,
      timestamp,
      author: leader,
      protocol,
      digest: encodeDigest({ slot }),
    };
  };

  const build = async (context: HeaderContext, evidence: readonly Evidence[]) => {
    const { state } = builder.host.head();
    const directives = rules.directives?.(state as DtDposState, context, evidence) ?? [];
    const built = await ledger.build({ ...context, directives, evidence, certificates: [], deadline: FAR_AHEAD });
    const block = built && decodeBlock(built.bytes);
    if (block === null || typeof block === 'string') throw new Error(`no block: ${block}`);
    return block;
  };

  const seal = (unsealed: Bytes, author: string, change: (honest: Bytes) => Bytes): Bytes => {
    const block = ledger.decode(unsealed, 'block');
    // Bytes that no ledger decodes need no seal: they are refused before anybody looks at it.
    if (block === null) return unsealed;
    const keyPair = [...members, stranger].find(({ address }) => address === author);
    if (keyPair === undefined) throw new Error(`no key for ${author}`);
    const honest = crypto.sign(keyPair, { chainId, era: 0, protocol }, 'seal', block.header.sealHash);
    return ledger.seal(block, change(honest)).bytes;
  };

  return {
    crypto,
    chainId,
    ledger,
    judge,
    signerOf,
    pay: (nonce, amount, chain = chainId) =>
      createTransaction(transfer, {
        chainId: chain,
        nonce,
        fee: 1n,
        payload: { to: stranger.address, amount },
        signer: signerOf(customer),
      }),
    async propose(
      slot,
      { evidence = [], context = same, body = same, fields = same, seal: reseal = same, bytes = same } = {},
    ) {
      const block = await build(context(contextOf(slot)), evidence);
      const honestBody: BlockBody = {
        transactions: block.transactions.map((item) => item.bytes),
        roundVotes: block.roundVotes.map((item) => item.bytes),
        evidence: block.evidence,
        certificates: block.certificates,
      };
      const changedBody = body(honestBody);
      const header = fields({ ...block.fields, bodyRoot: computeBodyRoot(changedBody) });
      return bytes(seal(encodeBlock(header, changedBody), header.author, reseal));
    },
    async import(bytes) {
      await builder.host.importBlock(bytes);
      return judge.host.importBlock(bytes);
    },
    async stop() {
      await Promise.all([builder.stop(), judge.stop()]);
    },
  };
}

function same<T>(value: T): T {
  return value;
}

function createFollower(crypto: Crypto): Promise<FiduciaNode> {
  return createNode({
    modules: [
      defaultModule({
        crypto,
        genesis: {
          chainName: 'tampering',
          timestamp: GENESIS_TIME,
          minimumFee: 1n,
          accounts: [{ actor: customer.address, balance: 1_000n }],
          supervisors: { keys: [], threshold: 0 },
          admission: 'open',
          depositMin: 1n,
          unbondingBlocks: 0,
          candidates: members.map(({ address }) => ({
            id: address,
            owner: address,
            deposit: 1n,
            category: 'USER',
            signatures: [],
          })),
          ballots: [],
        },
      }),
      pluginModule(plugin),
      portModule({ clock: createStoppedClock(FAR_AHEAD) }),
    ],
    eras: [{ fromHeight: 1, production: { name: 'dt-dpos', config: rawConfig } }],
  });
}

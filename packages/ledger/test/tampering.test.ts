import type { Bytes } from '@fiducia/consensus';
import { createCrypto, keyPairFromSeed } from '@fiducia/crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type BlockBody,
  type BlockHeader,
  checkBlockEncoding,
  computeBodyRoot,
  createRoundVote,
  createTransaction,
  decodeBlock,
  decodeTransaction,
  encodeBlock,
  exitCandidate,
  type GenesisConfig,
  type LedgerBlock,
  type RoundVote,
  type TransactionSigner,
  transfer,
} from '../src/index.ts';
import { FEE, TestChain, testGenesis } from './support.ts';

/** Order of secp256k1. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

let chain: TestChain;
let alice: TransactionSigner;
let node: TransactionSigner;
let stranger: TransactionSigner;
let block: LedgerBlock;

/** One valid block with three transfers and a vote, made through the public path with real signatures. */
beforeAll(async () => {
  const crypto = await createCrypto();
  const signer = (seed: string): TransactionSigner => {
    const keyPair = keyPairFromSeed(seed);
    return { address: keyPair.address, sign: (...place) => crypto.sign(keyPair, ...place) };
  };
  alice = signer('alice');
  node = signer('node');
  stranger = signer('stranger');
  const genesis: GenesisConfig = testGenesis({
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    accounts: [{ actor: alice.address, balance: 1_000n }],
    candidates: [{ id: node.address, owner: node.address, deposit: 5_000n, category: 'WIND', signatures: [] }],
    ballots: [],
  });
  chain = await TestChain.start(genesis, [], { crypto });
  const payload = { to: node.address, amount: 5n };
  const { chainId } = chain.ledger;
  for (const nonce of [0, 1, 2]) {
    const result = await chain.ledger.submit(
      createTransaction(transfer, { chainId, nonce, fee: FEE, payload, signer: alice }),
    );
    expect(result.kind).toBe('added');
  }
  const vote = createRoundVote({ chainId, height: 1, parentId: chain.headId, signer: node });
  expect((await chain.ledger.submitRoundVote(vote)).kind).toBe('added');
  const built = await chain.build({ author: node.address });
  block = decoded(built.bytes);
  expect(block.transactions).toHaveLength(3);
  expect(block.roundVotes).toHaveLength(1);
});

function decoded(bytes: Bytes): LedgerBlock {
  const result = decodeBlock(bytes);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

/** The block again with changed lists and header fields; the body root is made to fit. */
function rebuilt(body: Partial<BlockBody>, header: Partial<BlockHeader> = {}): Bytes {
  const { transactions, roundVotes, evidence, certificates, fields } = block;
  const whole = {
    transactions: transactions.map((item) => item.bytes),
    roundVotes: roundVotes.map((item) => item.bytes),
    evidence,
    certificates,
    ...body,
  };
  return encodeBlock({ ...fields, bodyRoot: computeBodyRoot(whole), ...header }, whole);
}

async function codeOf(bytes: Bytes): Promise<string> {
  const foreign = chain.ledger.decode(bytes, 'block');
  if (foreign === null) {
    expect(chain.ledger.refusalOf?.(bytes)).toBe(checkBlockEncoding(bytes, chain.ledger.chainId));
    return chain.ledger.refusalOf?.(bytes) ?? 'no reason';
  }
  const result = await chain.ledger.execute(foreign, { directives: [] });
  return result.kind === 'invalid' ? result.code : result.kind;
}

function replaceTransaction(index: number, bytes: Bytes): Bytes {
  return rebuilt({ transactions: block.transactions.map((item, at) => (at === index ? bytes : item.bytes)) });
}

function transaction(changes: Partial<Parameters<typeof createTransaction<{ to: string; amount: bigint }>>[1]>): Bytes {
  const payload = { to: node.address, amount: 5n };
  const { chainId } = chain.ledger;
  return createTransaction(transfer, { chainId, nonce: 0, fee: FEE, payload, signer: alice, ...changes });
}

describe('a block changed in one thing', () => {
  it('is valid unchanged', async () => {
    expect(await codeOf(rebuilt({}))).toBe('executed');
  });

  it('wrong state root: STATE_ROOT_MISMATCH (catalogue C13)', async () => {
    expect(await codeOf(rebuilt({}, { stateRoot: new Uint8Array(32) }))).toBe('STATE_ROOT_MISMATCH');
  });

  it('wrong body root: BODY_ROOT_MISMATCH', async () => {
    expect(await codeOf(rebuilt({}, { bodyRoot: new Uint8Array(32) }))).toBe('BODY_ROOT_MISMATCH');
  });

  it('header of one block, body of another: BODY_ROOT_MISMATCH', async () => {
    const body = { transactions: [], roundVotes: [], evidence: [], certificates: [] };
    expect(await codeOf(encodeBlock(block.fields, body))).toBe('BODY_ROOT_MISMATCH');
  });

  it('another author: the fee goes elsewhere, STATE_ROOT_MISMATCH', async () => {
    expect(await codeOf(rebuilt({}, { author: stranger.address }))).toBe('STATE_ROOT_MISMATCH');
  });

  it('another chain: BLOCK_WRONG_CHAIN', async () => {
    expect(await codeOf(rebuilt({}, { chainId: new Uint8Array(32) }))).toBe('BLOCK_WRONG_CHAIN');
  });

  it('a time before its parent: BLOCK_TIME', async () => {
    expect(await codeOf(rebuilt({}, { timestamp: 999_999 }))).toBe('BLOCK_TIME');
  });

  it('a height that skips: BLOCK_HEIGHT', async () => {
    expect(await codeOf(rebuilt({}, { height: 2 }))).toBe('BLOCK_HEIGHT');
  });

  it('a parent without a state says nothing about the block: unavailable', async () => {
    expect(await codeOf(rebuilt({}, { parentId: 'ab'.repeat(32) }))).toBe('unavailable');
  });

  it.each<[string, Partial<BlockHeader>]>([
    ['an author that is no actor id', { author: 'No Actor' }],
    ['no author above genesis', { author: '' }],
    ['an author at genesis', { height: 0 }],
    ['a protocol that is none', { protocol: 'Test@01' as BlockHeader['protocol'] }],
  ])('%s: BLOCK_ENCODING', async (_name, header) => {
    expect(await codeOf(rebuilt({}, header))).toBe('BLOCK_ENCODING');
  });

  it('one byte more: BLOCK_ENCODING (catalogue N01)', async () => {
    expect(await codeOf(new Uint8Array([...rebuilt({}), 0]))).toBe('BLOCK_ENCODING');
  });

  it('oversized: BLOCK_TOO_LARGE (catalogue N02)', async () => {
    expect(await codeOf(new Uint8Array(4_194_305))).toBe('BLOCK_TOO_LARGE');
  });

  it('too many transactions: BLOCK_TOO_LARGE', async () => {
    expect(await codeOf(rebuilt({ transactions: Array.from({ length: 8_193 }, () => new Uint8Array(1)) }))).toBe(
      'BLOCK_TOO_LARGE',
    );
  });
});

describe('a block with one transaction changed (energy TX23)', () => {
  it('replayed: TX_NONCE_USED (catalogue T02, simulation I4)', async () => {
    const bytes = block.transactions.map((item) => item.bytes);
    expect(await codeOf(rebuilt({ transactions: [...bytes, ...bytes.slice(0, 1)] }))).toBe('TX_NONCE_USED');
  });

  it('out of order: TX_NONCE_GAP', async () => {
    const bytes = block.transactions.map((item) => item.bytes).reverse();
    expect(await codeOf(rebuilt({ transactions: bytes }))).toBe('TX_NONCE_GAP');
  });

  it('more than the balance: TX_BALANCE (catalogue T03)', async () => {
    const payload = { to: node.address, amount: 991n };
    expect(await codeOf(replaceTransaction(0, transaction({ payload })))).toBe('TX_BALANCE');
  });

  it('a fee above the balance: TX_BALANCE', async () => {
    expect(await codeOf(replaceTransaction(0, transaction({ fee: 1_001n })))).toBe('TX_BALANCE');
  });

  it('a fee nobody can pay, where nothing else is spent: TX_BALANCE', async () => {
    const { chainId } = chain.ledger;
    const payload = { id: node.address };
    const exit = createTransaction(exitCandidate, { chainId, nonce: 0, fee: FEE, payload, signer: node });
    expect(await codeOf(rebuilt({ transactions: [exit] }))).toBe('TX_BALANCE');
  });

  it('a fee below the minimum: TX_FEE', async () => {
    expect(await codeOf(replaceTransaction(0, transaction({ fee: FEE - 1n })))).toBe('TX_FEE');
  });

  it('an amount of zero: TX_AMOUNT', async () => {
    const payload = { to: node.address, amount: 0n };
    expect(await codeOf(replaceTransaction(0, transaction({ payload })))).toBe('TX_AMOUNT');
  });

  it('signed for another chain: TX_WRONG_CHAIN (catalogue T02)', async () => {
    expect(await codeOf(replaceTransaction(0, transaction({ chainId: new Uint8Array(32) })))).toBe('TX_WRONG_CHAIN');
  });

  it('of a kind nobody knows: TX_UNKNOWN_KIND', async () => {
    const { chainId } = chain.ledger;
    const payload = { to: node.address, amount: 5n };
    const type = { kind: 'account/unknown', codec: transfer.codec };
    const bytes = createTransaction(type, { chainId, nonce: 0, fee: FEE, payload, signer: alice });
    expect(await codeOf(replaceTransaction(0, bytes))).toBe('TX_UNKNOWN_KIND');
  });

  it('with a payload that has a byte too many: TX_ENCODING', async () => {
    const { chainId } = chain.ledger;
    const codec = {
      encode: (payload: { to: string; amount: bigint }) => new Uint8Array([...transfer.codec.encode(payload), 0]),
      decode: transfer.codec.decode,
    };
    const payload = { to: node.address, amount: 5n };
    const bytes = createTransaction(
      { kind: transfer.kind, codec },
      { chainId, nonce: 0, fee: FEE, payload, signer: alice },
    );
    expect(await codeOf(replaceTransaction(0, bytes))).toBe('TX_ENCODING');
  });

  it('with an envelope that has a byte too many: TX_ENCODING', async () => {
    const bytes = new Uint8Array([...transaction({}), 0]);
    expect(await codeOf(replaceTransaction(0, bytes))).toBe('TX_ENCODING');
  });

  it('oversized: TX_TOO_LARGE', async () => {
    expect(await codeOf(replaceTransaction(0, new Uint8Array(32_769)))).toBe('TX_TOO_LARGE');
  });

  it('with a signature of somebody else: SIGNER_MISMATCH', async () => {
    const forger = { address: alice.address, sign: stranger.sign };
    expect(await codeOf(replaceTransaction(0, transaction({ signer: forger })))).toBe('SIGNER_MISMATCH');
  });

  it('with other bytes signed: SIGNATURE_INVALID', async () => {
    const forger: TransactionSigner = {
      address: alice.address,
      sign: (scope, domain) => alice.sign(scope, domain, new Uint8Array(3)),
    };
    expect(await codeOf(replaceTransaction(0, transaction({ signer: forger })))).toBe('SIGNATURE_INVALID');
  });

  it('with the high-s twin of its signature: SIGNATURE_HIGH_S, although the id is the same (catalogue T01)', async () => {
    const [original] = block.transactions;
    if (original === undefined) throw new Error('no transaction');
    const twin = original.bytes.slice();
    const s = BigInt(`0x${Buffer.from(twin.subarray(-32)).toString('hex')}`);
    twin.set(Buffer.from((CURVE_ORDER - s).toString(16).padStart(64, '0'), 'hex'), twin.length - 32);
    const decodedTwin = decodeTransaction(twin, chain.crypto.sha256);
    expect(typeof decodedTwin === 'string' ? decodedTwin : decodedTwin.id).toBe(original.id);
    expect(await codeOf(replaceTransaction(0, twin))).toBe('SIGNATURE_HIGH_S');
  });
});

describe('a block with one round vote changed (trust F8)', () => {
  const vote = (changes: Partial<RoundVote>, signer: TransactionSigner = node): Bytes =>
    createRoundVote({ chainId: chain.ledger.chainId, height: 1, parentId: chain.headId, signer, ...changes });

  it('of another round: VOTE_ROUND', async () => {
    expect(await codeOf(rebuilt({ roundVotes: [vote({ height: 2 })] }))).toBe('VOTE_ROUND');
  });

  it('of another parent: VOTE_PARENT', async () => {
    expect(await codeOf(rebuilt({ roundVotes: [vote({ parentId: 'ab'.repeat(32) })] }))).toBe('VOTE_PARENT');
  });

  it('of a stranger: VOTE_NOT_CANDIDATE', async () => {
    expect(await codeOf(rebuilt({ roundVotes: [vote({}, stranger)] }))).toBe('VOTE_NOT_CANDIDATE');
  });

  it('twice: VOTE_DUPLICATE', async () => {
    expect(await codeOf(rebuilt({ roundVotes: [vote({}), vote({})] }))).toBe('VOTE_DUPLICATE');
  });

  it('of another chain: TX_WRONG_CHAIN', async () => {
    expect(await codeOf(rebuilt({ roundVotes: [vote({ chainId: new Uint8Array(32) })] }))).toBe('TX_WRONG_CHAIN');
  });

  it('signed by somebody else: SIGNER_MISMATCH', async () => {
    const forger = { address: node.address, sign: stranger.sign };
    expect(await codeOf(rebuilt({ roundVotes: [vote({}, forger)] }))).toBe('SIGNER_MISMATCH');
  });

  it('not canonical: VOTE_ENCODING', async () => {
    expect(await codeOf(rebuilt({ roundVotes: [new Uint8Array([...vote({}), 0])] }))).toBe('VOTE_ENCODING');
  });

  it('left out: a valid block with another state root is not needed, since votes change no state', async () => {
    expect(await codeOf(rebuilt({ roundVotes: [] }))).toBe('executed');
  });
});

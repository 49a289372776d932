import type { Bytes, Evidence } from '@fiducia/consensus';
import { keyPairFromSeed } from '@fiducia/crypto';
import { BLOCK_BYTES_MAX, createRoundVote, TRANSACTION_BYTES_MAX } from '@fiducia/ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createProposalChain,
  GENESIS_TIME,
  members,
  type ProposalChain,
  SLOT_MS,
  stranger,
} from './support/proposals.ts';

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The other signature that the curve equation accepts: s becomes n − s. */
function withHighS(transaction: Bytes): Bytes {
  const start = transaction.length - 32;
  const s = BigInt(`0x${Buffer.from(transaction.subarray(start)).toString('hex')}`);
  const high = (CURVE_ORDER - s).toString(16).padStart(64, '0');
  return Uint8Array.from([...transaction.subarray(0, start), ...Buffer.from(high, 'hex')]);
}

const withByte = (bytes: Bytes, at: number, value: (old: number) => number): Bytes =>
  bytes.map((byte, index) => (index === at ? value(byte) : byte));

const appended = (bytes: Bytes): Bytes => Uint8Array.from([...bytes, 0]);

describe('a block with one thing changed is refused by that thing’s own code', () => {
  let chain: ProposalChain;

  beforeEach(async () => {
    chain = await createProposalChain();
  });
  afterEach(() => chain.stop());

  const codeOf = async (bytes: Bytes): Promise<string> => {
    const result = await chain.import(bytes);
    return result.kind === 'rejected' ? result.code : result.kind;
  };
  const withTransactions = (...transactions: readonly Bytes[]) =>
    chain.propose(1, { body: (body) => ({ ...body, transactions }) });
  const withVotes = (...roundVotes: readonly Bytes[]) =>
    chain.propose(1, { body: (body) => ({ ...body, roundVotes }) });
  const vote = (changes: { height?: number; parentId?: string; by?: (typeof members)[number] } = {}): Bytes =>
    createRoundVote({
      chainId: chain.chainId,
      height: changes.height ?? 1,
      parentId: changes.parentId ?? chain.judge.host.head().header.id,
      signer: chain.signerOf(changes.by ?? (members[2] as (typeof members)[number])),
    });

  it('adopts the block when nothing is changed, with a transaction and a vote', async () => {
    expect(await chain.ledger.submit(chain.pay(0, 5n))).toMatchObject({ kind: 'added' });
    expect(await chain.ledger.submitRoundVote(vote())).toMatchObject({ kind: 'added' });
    const bytes = await chain.propose(1);
    expect(await codeOf(bytes)).toBe('adopted');
    expect(chain.judge.ledger.stateAt()?.root).toEqual(chain.ledger.stateAt()?.root);
  });

  it('wrong state root', async () => {
    const bytes = await chain.propose(1, {
      fields: (fields) => ({ ...fields, stateRoot: withByte(fields.stateRoot, 0, (byte) => byte ^ 1) }),
    });
    expect(await codeOf(bytes)).toBe('STATE_ROOT_MISMATCH');
  });

  it('wrong signature', async () => {
    const bytes = await chain.propose(1, { seal: (seal) => withByte(seal, 40, (byte) => byte ^ 1) });
    expect(await codeOf(bytes)).toBe('SIGNATURE_INVALID');
  });

  it('seal of another key', async () => {
    const foreign = await chain.propose(1, {
      seal: (seal) => Uint8Array.from([...(members[5]?.publicKey ?? []), ...seal.subarray(33)]),
    });
    expect(await codeOf(foreign)).toBe('SIGNER_MISMATCH');
  });

  it('wrong proposer', async () => {
    const bytes = await chain.propose(1, {
      context: (context) => ({
        ...context,
        author: members.find(({ address }) => address !== context.author)?.address ?? '',
      }),
    });
    expect(await codeOf(bytes)).toBe('WRONG_LEADER');
  });

  it('energy AD-7: timestamp off its slot', async () => {
    const bytes = await chain.propose(1, { context: (context) => ({ ...context, timestamp: context.timestamp + 1 }) });
    expect(await codeOf(bytes)).toBe('SLOT_MISMATCH');
  });

  it('replayed transaction', async () => {
    const paid = chain.pay(0, 5n);
    await chain.ledger.submit(paid);
    expect(await codeOf(await chain.propose(1))).toBe('adopted');
    const replay = await chain.propose(2, { body: (body) => ({ ...body, transactions: [paid] }) });
    expect(await codeOf(replay)).toBe('TX_NONCE_USED');
  });

  it('overspend', async () => {
    expect(await codeOf(await withTransactions(chain.pay(0, 1_000n)))).toBe('TX_BALANCE');
  });

  it('out-of-order nonce', async () => {
    expect(await codeOf(await withTransactions(chain.pay(1, 5n)))).toBe('TX_NONCE_GAP');
    expect(await codeOf(await withTransactions(chain.pay(1, 5n), chain.pay(0, 5n)))).toBe('TX_NONCE_GAP');
  });

  it('high-s signature', async () => {
    expect(await codeOf(await withTransactions(withHighS(chain.pay(0, 5n))))).toBe('SIGNATURE_HIGH_S');
  });

  it('transaction of another chain', async () => {
    const elsewhere = chain.chainId.map((byte) => byte ^ 1);
    expect(await codeOf(await withTransactions(chain.pay(0, 5n, elsewhere)))).toBe('TX_WRONG_CHAIN');
  });

  it('oversized block', async () => {
    const bytes = await chain.propose(1, {
      bytes: (honest) => Uint8Array.from([...honest, ...new Uint8Array(BLOCK_BYTES_MAX)]),
    });
    expect(await codeOf(bytes)).toBe('BLOCK_TOO_LARGE');
  });

  it('oversized transaction', async () => {
    const bytes = await withTransactions(new Uint8Array(TRANSACTION_BYTES_MAX + 1));
    expect(await codeOf(bytes)).toBe('TX_TOO_LARGE');
  });

  it('non-canonical block', async () => {
    expect(await codeOf(await chain.propose(1, { bytes: appended }))).toBe('BLOCK_ENCODING');
  });

  it('non-canonical transaction', async () => {
    const bytes = await withTransactions(appended(chain.pay(0, 5n)));
    expect(await codeOf(bytes)).toBe('TX_ENCODING');
  });

  it('body that the header does not name', async () => {
    const bytes = await chain.propose(1, {
      body: (body) => ({ ...body, transactions: [chain.pay(0, 5n)] }),
      fields: (fields) => ({ ...fields, bodyRoot: fields.bodyRoot.map((byte) => byte ^ 1) }),
    });
    expect(await codeOf(bytes)).toBe('BODY_ROOT_MISMATCH');
  });

  it('trust F8: round vote of another round', async () => {
    expect(await codeOf(await withVotes(vote({ height: 2 })))).toBe('VOTE_ROUND');
  });

  it('trust F8: round vote of another parent', async () => {
    expect(await codeOf(await withVotes(vote({ parentId: 'ab'.repeat(32) })))).toBe('VOTE_PARENT');
  });

  it('trust F8: round vote twice', async () => {
    expect(await codeOf(await withVotes(vote(), vote()))).toBe('VOTE_DUPLICATE');
  });

  it('trust F8: round vote of a stranger', async () => {
    expect(await codeOf(await withVotes(vote({ by: stranger })))).toBe('VOTE_NOT_CANDIDATE');
  });

  describe('evidence', () => {
    /** What the judge makes of a header of the leader of slot 1 that is 1 ms off its slot. */
    const offend = async (): Promise<Evidence> => {
      const found: Evidence[] = [];
      chain.judge.host.events.on('evidenceFound', ({ evidence }) => found.push(evidence));
      const bytes = await chain.propose(1, {
        context: (context) => ({ ...context, timestamp: GENESIS_TIME + SLOT_MS + 1 }),
      });
      expect(await codeOf(bytes)).toBe('SLOT_MISMATCH');
      const [evidence] = found;
      if (evidence === undefined) throw new Error('no evidence was found');
      return evidence;
    };

    it('trust S7: is adopted in the next block', async () => {
      const evidence = await offend();
      expect(await codeOf(await chain.propose(2, { evidence: [evidence] }))).toBe('adopted');
    });

    it('forged signature', async () => {
      const evidence = await offend();
      if (evidence.kind !== 'invalidHeader') return expect.unreachable();
      // The seal is the end of the header; its last byte belongs to the signature.
      const header = withByte(evidence.header, evidence.header.length - 1, (byte) => byte ^ 1);
      expect(await codeOf(await chain.propose(2, { evidence: [{ ...evidence, header }] }))).toBe('EVIDENCE_FORGED');
    });

    it('contract H-31: twice in one block', async () => {
      const evidence = await offend();
      const bytes = await chain.propose(2, {
        evidence: [evidence],
        body: (body) => ({ ...body, evidence: [evidence, evidence] }),
      });
      expect(await codeOf(bytes)).toBe('EVIDENCE_DUPLICATE');
    });

    it('trust F5: twice on one chain', async () => {
      const evidence = await offend();
      expect(await codeOf(await chain.propose(2, { evidence: [evidence] }))).toBe('adopted');
      expect(await codeOf(await chain.propose(3, { evidence: [evidence] }))).toBe('EVIDENCE_DUPLICATE');
    });

    it('against a node that is no candidate', async () => {
      const evidence = await offend();
      const offender = keyPairFromSeed('nobody').address;
      expect(await codeOf(await chain.propose(2, { evidence: [{ ...evidence, offender }] }))).toBe(
        'EVIDENCE_MALFORMED',
      );
    });
  });
});

import type { Bytes } from '@fiducia/consensus';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BlockBody,
  castBallot,
  computeBodyRoot,
  createRoundVote,
  createTransaction,
  decodeBlock,
  decodeRoundVote,
  decodeTransaction,
  encodeBlock,
  encodeGenesis,
  exitCandidate,
  registerCandidate,
  topUpDeposit,
  transfer,
  withdrawDeposit,
} from '../src/index.ts';
import { stubSigner, testGenesis } from './support.ts';

const actor = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
const amount = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
const nonce = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const signature = fc.uint8Array({ maxLength: 100 });

const transaction = fc
  .record({ signer: actor, chainId: bytes32, nonce, fee: amount, to: actor, amount })
  .map(({ signer, to, amount, ...rest }) =>
    createTransaction(transfer, { ...rest, payload: { to, amount }, signer: stubSigner(signer) }),
  );
const roundVote = fc
  .record({ signer: actor, chainId: bytes32, height: nonce, parent: bytes32 })
  .map(({ signer, chainId, height, parent }) =>
    createRoundVote({ chainId, height, parentId: Buffer.from(parent).toString('hex'), signer: stubSigner(signer) }),
  );
const body: fc.Arbitrary<BlockBody> = fc.record({
  transactions: fc.array(transaction, { maxLength: 4 }),
  roundVotes: fc.array(roundVote, { maxLength: 3 }),
  evidence: fc.constantFrom(
    [],
    [
      {
        kind: 'invalidHeader' as const,
        era: 0,
        protocol: 'dt-dpos@1' as const,
        offender: 'node1',
        height: 3,
        header: new Uint8Array([1, 2]),
        code: 'SLOT_MISMATCH',
      },
    ],
  ),
  certificates: fc.constantFrom([], [{ protocol: 'checkpoint@1' as const, data: new Uint8Array([9]) }]),
});
const block = fc
  .record({ body, chainId: bytes32, height: nonce.filter((height) => height > 0), parent: bytes32, timestamp: nonce })
  .chain(({ body: lists, parent, ...fields }) =>
    fc.record({ author: actor, digest: signature, stateRoot: bytes32, seal: signature }).map((rest) =>
      encodeBlock(
        {
          ...fields,
          ...rest,
          parentId: Buffer.from(parent).toString('hex'),
          protocol: 'test@1',
          bodyRoot: computeBodyRoot(lists),
        },
        lists,
      ),
    ),
  );

/** Any small change of bytes: flip, insert, remove, cut, repeat. */
function mutations(original: fc.Arbitrary<Bytes>): fc.Arbitrary<Bytes> {
  return fc
    .tuple(original, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat({ max: 4 }))
    .map(([data, at, value, how]) => {
      const index = at % data.length;
      const copy = [...data];
      if (how === 0) copy[index] = (copy[index] ?? 0) ^ value;
      else if (how === 1) copy.splice(index, 0, value);
      else if (how === 2) copy.splice(index, 1);
      else if (how === 3) copy.length = index;
      else copy.push(...copy.slice(index));
      return new Uint8Array(copy);
    });
}

describe('wire formats', () => {
  it('bring back every transaction, byte for byte', () => {
    fc.assert(
      fc.property(transaction, (bytes) => {
        const decoded = decodeTransaction(bytes, sha256);
        expect(typeof decoded === 'string' ? decoded : decoded.bytes).toEqual(bytes);
      }),
    );
  });

  it('accept a changed transaction only as another one that is canonical too (catalogue N01, T01)', () => {
    fc.assert(
      fc.property(mutations(transaction), (bytes) => {
        const decoded = decodeTransaction(bytes, sha256);
        if (typeof decoded === 'string') return;
        const again = createTransaction(
          { kind: decoded.kind, codec: { encode: () => decoded.payload, decode: () => decoded.payload } },
          { ...decoded, payload: decoded.payload, signer: { address: decoded.signer, sign: () => decoded.signature } },
        );
        expect(again).toEqual(bytes);
      }),
    );
  });

  it('accept a changed round vote only as another one that is canonical too', () => {
    fc.assert(
      fc.property(mutations(roundVote), (bytes) => {
        const vote = decodeRoundVote(bytes);
        if (typeof vote === 'string') return;
        const signer = { address: vote.voter, sign: () => vote.signature };
        expect(createRoundVote({ ...vote, signer })).toEqual(bytes);
      }),
    );
  });

  it('bring back every block, byte for byte', () => {
    fc.assert(
      fc.property(block, (bytes) => {
        const decoded = decodeBlock(bytes);
        if (typeof decoded === 'string') throw new Error(decoded);
        const lists = {
          ...decoded,
          transactions: decoded.transactions.map((item) => item.bytes),
          roundVotes: decoded.roundVotes.map((item) => item.bytes),
        };
        expect(encodeBlock(decoded.fields, lists)).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('accept a changed block only with another identity, or not at all (catalogue N01)', () => {
    fc.assert(
      fc.property(
        block.chain((original) => fc.tuple(fc.constant(original), mutations(fc.constant(original)))),
        ([original, changed]) => {
          const before = decodeBlock(original);
          const after = decodeBlock(changed);
          if (typeof before === 'string') throw new Error(before);
          if (typeof after === 'string') return;
          const same = Buffer.compare(original, changed) === 0;
          expect(after.header.id === before.header.id).toBe(same);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are total on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(typeof decodeTransaction(bytes, sha256)).toBe('string');
        expect(typeof decodeRoundVote(bytes)).toBe('string');
        expect(typeof decodeBlock(bytes)).toBe('string');
        for (const { codec } of [
          transfer,
          registerCandidate,
          exitCandidate,
          topUpDeposit,
          withdrawDeposit,
          castBallot,
        ]) {
          let value: unknown;
          try {
            value = codec.decode(bytes);
          } catch {
            continue;
          }
          expect((codec as { encode(value: unknown): Bytes }).encode(value)).toEqual(bytes);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('give genesis one encoding, whatever the order of its accounts and ballots', () => {
    const genesis = testGenesis();
    const shuffled = { ...genesis, accounts: [...genesis.accounts].reverse(), ballots: [...genesis.ballots].reverse() };
    expect(encodeGenesis(shuffled, [])).toEqual(encodeGenesis(genesis, []));
    expect(encodeGenesis({ ...genesis, candidates: [...genesis.candidates].reverse() }, [])).not.toEqual(
      encodeGenesis(genesis, []),
    );
  });
});

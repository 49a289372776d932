import type { Directive } from '@fiducia/consensus';
import fc from 'fast-check';
import * as P from 'micro-packed';
import { describe, expect, it } from 'vitest';
import {
  ACCOUNTS,
  auditSupply,
  BALLOTS,
  CANDIDATES,
  castBallot,
  collectIncome,
  credit,
  debit,
  exitCandidate,
  issueToModules,
  type LedgerModule,
  readAccount,
  readSupply,
  type StateWriter,
  SUPPLY,
  type TransactionType,
  topUpDeposit,
  transfer,
  withdrawDeposit,
} from '../src/index.ts';
import { FEE, stubSigner, TestChain } from './support.ts';

const ACTORS = ['alice', 'bob', 'node1', 'node2', 'node3', 'nobody'];

/** A module that takes and returns units. */
const lock: TransactionType<{ amount: bigint }> = {
  kind: 'vault/lock',
  codec: P.struct({ amount: P.U64BE }),
  execute: ({ state, signer }, { amount }) => (debit(state, signer, amount) ? undefined : 'VAULT_EMPTY'),
};
const unlock: TransactionType<{ amount: bigint }> = {
  kind: 'vault/unlock',
  codec: P.struct({ amount: P.U64BE }),
  execute({ state, signer }, { amount }) {
    if (amount > readSupply(state).modules) return 'VAULT_EMPTY';
    credit(state, signer, amount);
    return undefined;
  },
};
const vault: LedgerModule = {
  name: 'vault',
  transactions: [lock, unlock],
  provides: [],
  genesis: ({ state }) => issueToModules(state, 500n),
};

const actor = fc.constantFrom(...ACTORS);
const amount = fc.oneof(fc.bigInt({ min: 0n, max: 6_000n }), fc.constantFrom(999_990n, 1_000_000n, 1n << 63n));
const action = fc.record({ what: fc.nat({ max: 7 }), signer: actor, other: actor, amount });
const directive: fc.Arbitrary<Directive> = fc.oneof(
  fc.record({ kind: fc.constant('reward' as const), actor, units: fc.bigInt({ min: 1n, max: 900n }) }),
  fc.record({
    kind: fc.constant('slash' as const),
    actor,
    partsPerMillion: fc.integer({ min: 1, max: 1_000_000 }),
    reason: fc.constant('TEST'),
  }),
  fc.record({
    kind: fc.constant('jail' as const),
    actor,
    untilHeight: fc.constantFrom(2, 5, null),
    reason: fc.constant('TEST'),
  }),
);
const blocks = fc.array(
  fc.record({ actions: fc.array(action, { maxLength: 8 }), directives: fc.array(directive, { maxLength: 3 }) }),
  { minLength: 1, maxLength: 5 },
);

function transactionOf(
  chain: TestChain,
  { what, signer: name, other, amount }: { what: number; signer: string; other: string; amount: bigint },
) {
  const signer = stubSigner(name);
  const bounded = amount & ((1n << 64n) - 1n);
  switch (what) {
    case 0:
      return chain.transaction(transfer, signer, { to: other, amount });
    case 1:
      return chain.transaction(topUpDeposit, signer, { id: other, amount });
    case 2:
      return chain.transaction(withdrawDeposit, signer, { id: other, amount });
    case 3:
      return chain.transaction(castBallot, signer, { from: name, to: other, weight: amount });
    case 4:
      return chain.transaction(exitCandidate, signer, { id: other });
    case 5:
      return chain.transaction(collectIncome, signer, { author: other });
    case 6:
      return chain.transaction(lock, signer, { amount: bounded });
    default:
      return chain.transaction(unlock, signer, { amount: bounded });
  }
}

describe('supply', () => {
  it('is genesis plus rewards minus burns after every block, whatever happens in it (simulation I4, catalogue T03)', async () => {
    await fc.assert(
      fc.asyncProperty(blocks, async (plan) => {
        const chain = await TestChain.start(undefined, [vault]);
        const follower = await TestChain.start(undefined, [vault]);
        const genesis = readSupply(chain.ledger.stateAt() ?? fail());
        let rewards = 0n;
        for (const { actions, directives } of plan) {
          for (const item of actions) await chain.ledger.submit(transactionOf(chain, item));
          const nonces = new Map(ACTORS.map((name) => [name, nonceOf(chain, name)]));
          const block = await chain.build({ directives });
          expect((await chain.adopt(block.bytes, directives)).kind).toBe('executed');
          expect((await follower.adopt(block.bytes, directives)).kind).toBe('executed');

          const state = chain.ledger.stateAt() ?? fail();
          const report = auditSupply(state);
          for (const item of directives) if (item.kind === 'reward') rewards += item.units;
          expect(report.conserved).toBe(true);
          expect(report.supply.issued).toBe(genesis.issued + rewards);
          // Importing gives the state that building gave, on a node that never saw the transactions.
          expect(follower.ledger.stateAt()?.root).toEqual(state.root);
          const included = chain.ledger.decode(block.bytes, 'block')?.transactions ?? [];
          for (const name of ACTORS) {
            const own = included.filter(({ signer }) => signer === name);
            expect(own.map(({ nonce }) => nonce)).toEqual(own.map((_, index) => (nonces.get(name) ?? 0) + index));
            expect(nonceOf(chain, name)).toBe((nonces.get(name) ?? 0) + own.length);
          }
          checkBallots(chain);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('never lets two modules together pay out more than they took', async () => {
    const chain = await TestChain.start(undefined, [vault]);
    const alice = stubSigner('alice');
    const { included } = await chain.include([chain.transaction(unlock, alice, { amount: 501n })]);
    expect(included).toBe(0);
    const state = chain.ledger.stateAt() ?? fail();
    const writer = { ...state, set: () => {}, delete: () => {} };
    expect(() => credit(writer, 'alice', 501n)).toThrow(/INVARIANT/);
  });

  it.each<[string, (state: StateWriter) => void]>([
    ['makes units', (state) => state.set(ACCOUNTS, 'alice', { balance: 2_000_000n, nonce: 0 })],
    ['loses units', (state) => state.delete(ACCOUNTS, 'alice')],
    [
      'makes a balance negative',
      (state) => {
        state.set(ACCOUNTS, 'alice', { balance: -1n, nonce: 0 });
        state.set(ACCOUNTS, 'bob', { balance: 2_000_001n, nonce: 0 });
      },
    ],
    ['counts units that are nowhere', (state) => state.set(SUPPLY, '', { ...readSupply(state), issued: 1n })],
  ])('stops at a module that %s (simulation I4)', async (_name, write) => {
    const thief: LedgerModule = { ...vault, beginBlock: ({ state }) => write(state) };
    const chain = await TestChain.start(undefined, [thief]);
    await expect(chain.build()).rejects.toThrow(/INVARIANT: rule=I4/);
  });

  it('counts the fee as income of the author, never twice (energy TX24)', async () => {
    const chain = await TestChain.start();
    const bob = stubSigner('bob');
    await chain.include([chain.transaction(transfer, bob, { to: 'alice', amount: 1n })]);
    const report = auditSupply(chain.ledger.stateAt() ?? fail());
    expect(report.incomes).toBe(FEE);
    expect(report.conserved).toBe(true);
  });
});

/** The counters of a candidate agree with its ballots. */
function checkBallots(chain: TestChain): void {
  const state = chain.ledger.stateAt() ?? fail();
  for (const [id, record] of state.entries(CANDIDATES)) {
    const ballots = [...state.entries(BALLOTS, `${id}/`)];
    expect(record.ballots).toBe(ballots.length);
    expect(record.ballotWeight).toBe(ballots.reduce((sum, [, { weight }]) => sum + weight, 0n));
    expect(record.ballotWeight <= record.deposit).toBe(true);
  }
}

function nonceOf(chain: TestChain, name: string): number {
  return readAccount(chain.ledger.stateAt() ?? fail(), name).nonce;
}

function fail(): never {
  throw new Error('no state');
}

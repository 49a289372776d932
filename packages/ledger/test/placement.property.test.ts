import type { Directive } from '@fiducia/consensus';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LedgerStateView, readProducerIncome, topUpDeposit, transfer } from '../src/index.ts';
import { stubSigner, TestChain } from './support.ts';

const ACTORS = ['alice', 'bob', 'node1', 'node2', 'node3'];
const actor = fc.constantFrom(...ACTORS);

/** Small enough that nobody runs out, so that every order of the actors can be executed. */
const act = fc
  .record({ signer: actor, to: actor, amount: fc.bigInt({ min: 1n, max: 900n }), staking: fc.boolean() })
  // Only the owner of a deposit can add to it.
  .map((one) => (one.staking ? { ...one, signer: 'node1', to: 'node1' } : one));
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

interface Act {
  readonly signer: string;
  readonly to: string;
  readonly amount: bigint;
  readonly staking: boolean;
}
interface Carriage {
  readonly turns: readonly number[];
  readonly cuts: readonly {
    readonly size: number;
    readonly author: string;
    readonly directives: readonly Directive[];
  }[];
}

/** How one chain carries the transactions: in what order of the actors, cut where, by whom, and with what decisions. */
const carriage: fc.Arbitrary<Carriage> = fc.record({
  turns: fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
  cuts: fc.array(
    fc.record({ size: fc.nat({ max: 6 }), author: actor, directives: fc.array(directive, { maxLength: 2 }) }),
    {
      minLength: 1,
      maxLength: 8,
    },
  ),
});

/** Interleaves the actors anew; each keeps the order of its own. */
function interleave(acts: readonly Act[], turns: readonly number[]): readonly Act[] {
  const queues = ACTORS.map((name) => acts.filter(({ signer }) => signer === name)).filter(({ length }) => length > 0);
  const result: Act[] = [];
  for (let turn = 0; queues.length > 0; turn++) {
    const index = (turns[turn % turns.length] ?? 0) % queues.length;
    const next = queues[index]?.shift();
    if (next !== undefined) result.push(next);
    if (queues[index]?.length === 0) queues.splice(index, 1);
  }
  return result;
}

async function carry(acts: readonly Act[], { turns, cuts }: Carriage): Promise<LedgerStateView> {
  const chain = await TestChain.start();
  const waiting = [...interleave(acts, turns)];
  const include = async (size: number, author: string, directives: readonly Directive[]): Promise<void> => {
    const drafts = waiting.splice(0, size);
    for (const { signer, to, amount, staking } of drafts) {
      const bytes = staking
        ? chain.transaction(topUpDeposit, stubSigner(signer), { id: to, amount })
        : chain.transaction(transfer, stubSigner(signer), { to, amount });
      expect(await chain.ledger.submit(bytes)).toMatchObject({ kind: 'added' });
    }
    const block = await chain.build({ author, directives });
    expect(chain.ledger.decode(block.bytes, 'block')?.transactions.length).toBe(drafts.length);
    expect((await chain.adopt(block.bytes, directives)).kind).toBe('executed');
  };
  for (const { size, author, directives } of cuts) await include(size, author, directives);
  await include(waiting.length, 'node3', []);
  return chain.ledger.stateAt() ?? fail();
}

test('the application root tells nothing of blocks, authors, rewards, slashes or the order of signers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 20 }), carriage, carriage, async (acts, first, second) => {
      const [a, b] = [await carry(acts, first), await carry(acts, second)];
      expect(b.applicationRoot).toEqual(a.applicationRoot);
      const incomes = (state: LedgerStateView) => ACTORS.map((name) => readProducerIncome(state, name));
      if (`${incomes(a)}` !== `${incomes(b)}`) expect(b.root).not.toEqual(a.root);
    }),
    { numRuns: 60 },
  );
});

test('one changed amount gives another application root', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 12 }), fc.nat(), carriage, async (acts, at, how) => {
      const index = at % acts.length;
      const changed = acts.map((one, place) => (place === index ? { ...one, amount: one.amount + 1n } : one));
      // Paying oneself moves nothing, whatever the amount.
      fc.pre(acts[index]?.staking === true || acts[index]?.signer !== acts[index]?.to);
      const [a, b] = [await carry(acts, how), await carry(changed, how)];
      expect(b.applicationRoot).not.toEqual(a.applicationRoot);
    }),
    { numRuns: 30 },
  );
});

function fail(): never {
  throw new Error('no state');
}

/**
 * What a chain owes its users: no block holds what its rules refuse, and nothing of theirs is lost with a branch.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { describeThrown } from '../describe.ts';
import { flipBit } from '../mutate.ts';
import type { ChainTransactions } from './subject.ts';
import { type Made, type Requirement, type Trial, textOf, updateOf } from './trial.ts';

const NONE: ChainTransactions = { valid: [], invalid: {} };

/** Requirements on transactions. */
export const TRANSACTION_REQUIREMENTS: readonly Requirement[] = [
  { title: 'executes blocks with valid transactions, as forged as built', needs: 'transactions', check: checkValid },
  {
    title: 'executes no block in which a transaction stands twice, or again in a later one',
    needs: 'transactions',
    check: checkTwice,
  },
  {
    title: 'executes no block with a transaction in which any byte is changed',
    needs: 'transactions',
    check: checkChanged,
  },
  {
    title: 'executes no block with what its own rules refuse, though a pool never saw it',
    needs: 'transactions',
    check: checkInvalid,
  },
  {
    title: 'offers again what stood in a branch that was left, in the order in which it stood there',
    needs: 'transactions',
    check: checkReturned,
  },
];

function transactionsOf({ subject: { transactions = NONE } }: Trial): ChainTransactions {
  return transactions;
}

/** A block on genesis that has to be possible. */
async function requireForged(trial: Trial, transactions: readonly Bytes[]): Promise<Made> {
  const made = await trial.forge(await trial.genesis(), transactions);
  trial.require(made !== null, 'no block can be forged with valid transactions');
  return made as Made;
}

/** Without this, everything below would be refused for what is wrong with the forger. */
async function checkValid(trial: Trial): Promise<void> {
  const { valid } = transactionsOf(trial);
  trial.require(valid.length > 1, 'two valid transactions are needed at least');
  const forged = await requireForged(trial, valid);
  await trial.execute(forged);
  const genesis = await trial.genesis();
  for (const transaction of valid) await trial.submit(transaction);
  const built = await trial.chain.build(trial.requestOn(genesis));
  trial.require(
    built !== null && textOf(trial.chain.seal(built, forged.block.header.seal)) === textOf(forged.block),
    'a block that is built with the valid transactions is another one than is forged with them',
  );
}

/** @param what - Completes "a block in which …". */
async function requireRefused(trial: Trial, what: string, made: Made | null): Promise<void> {
  if (made === null) return;
  const { block, directives } = made;
  try {
    const { kind } = await trial.chain.execute(block, { directives });
    trial.require(kind === 'invalid', `a block in which ${what} is ${kind}`);
  } catch (thrown) {
    trial.require(false, `execute throws at a block of a peer in which ${what}: ${describeThrown(thrown)}`);
  }
}

async function checkTwice(trial: Trial): Promise<void> {
  const { valid } = transactionsOf(trial);
  const genesis = await trial.genesis();
  for (const [index, transaction] of valid.entries()) {
    const before = valid.slice(0, index);
    const what = `transaction ${index} stands twice`;
    await requireRefused(trial, what, await trial.forge(genesis, [...before, transaction, transaction]));
  }
  const first = await requireForged(trial, valid);
  await trial.execute(first);
  for (const [index, transaction] of valid.entries()) {
    const what = `transaction ${index} stands that its parent holds already`;
    await requireRefused(trial, what, await trial.forge(first.block, [transaction]));
  }
}

/** Nobody has signed a transaction with another byte, also where the true ones have been seen. */
async function checkChanged(trial: Trial): Promise<void> {
  const { valid } = transactionsOf(trial);
  const genesis = await trial.genesis();
  await trial.execute(await requireForged(trial, valid));
  for (const [index, transaction] of valid.entries()) {
    for (let byte = 0; byte < transaction.length; byte++) {
      const changed = flipBit(transaction, byte * 8 + ((byte * 5) % 8));
      const what = `byte ${byte} of transaction ${index} is changed`;
      await requireRefused(trial, what, await trial.forge(genesis, [...valid.slice(0, index), changed]));
    }
  }
}

async function checkInvalid(trial: Trial): Promise<void> {
  const { invalid } = transactionsOf(trial);
  const genesis = await trial.genesis();
  for (const [what, transactions] of Object.entries(invalid)) {
    await requireRefused(trial, `somebody ${what}`, await trial.forge(genesis, transactions));
  }
}

/** A node that left a branch builds what another builds that never saw it, and was handed the same transactions. */
async function checkReturned(trial: Trial): Promise<void> {
  const { valid } = transactionsOf(trial);
  const [first, second] = valid;
  if (first === undefined || second === undefined) return;
  const others = await trial.apart((other) => growEmpty(other, 3));
  const left: Made[] = [];
  for (const transaction of [first, second]) {
    await trial.submit(transaction);
    left.push(await adoptBuilt(trial, left.at(-1)));
  }
  for (const one of others) await trial.execute(one);
  const reverted = left.map(({ block }) => block.header.id).reverse();
  await trial.chain.commit(updateOf(others, { reverted }));
  const expected = await trial.apart(async (other) => {
    await other.adopt(others);
    for (const transaction of [first, second]) await other.submit(transaction);
    return textOf((await buildOn(other, others.at(-1))).block);
  });
  const found = await buildOn(trial, others.at(-1));
  trial.require(
    textOf(found.block) === expected,
    'what a branch held that was left is not offered again, or in another order than it stood there',
  );
}

/** A block of what the pool holds, and nothing that the suite puts into it. */
async function buildOn(trial: Trial, parent: Made | undefined): Promise<Made> {
  const request = trial.requestOn(parent?.block ?? (await trial.genesis()));
  const built = await trial.chain.build(request);
  trial.require(built !== null, 'no block is built on the head');
  return { block: trial.chain.seal(built as Block, Uint8Array.of(1)), directives: request.directives };
}

async function adoptBuilt(trial: Trial, parent: Made | undefined): Promise<Made> {
  const made = await buildOn(trial, parent);
  await trial.adopt([made]);
  return made;
}

async function growEmpty(trial: Trial, count: number): Promise<readonly Made[]> {
  const made: Made[] = [];
  for (let index = 0; index < count; index++) made.push(await adoptBuilt(trial, made.at(-1)));
  return made;
}

/**
 * Damage below the store is noticed above it (storage S4).
 *
 * @module
 */
import { createCheckedStore, isLedgerError } from '@fiducia/ledger';
import { failureOf, keyOf, put, type Requirement, type StoreTrial, TABLE } from './requirement.ts';

const RECORDS = 100;

/** Requirements on damage. */
export const CHECKSUM_REQUIREMENTS: readonly Requirement[] = [
  {
    title: 'gives every byte back as it is, so that any wrong byte of 100 records is noticed (storage S4)',
    check: checkFlips,
  },
  { title: 'is noticed when it gives the record of another key (storage S4)', check: checkSwap },
];

async function checkFlips({ store, require }: StoreTrial): Promise<void> {
  const checked = createCheckedStore(store);
  const numbers = Array.from({ length: RECORDS }, (_, index) => index);
  await checked.commit(numbers.map((number) => put(keyOf(number), new Uint8Array(number % 17).fill(number))));
  for (const number of numbers) {
    const key = keyOf(number);
    const stored = store.get(TABLE, key);
    if (stored === undefined) return require(false, `record ${number} is missing`);
    for (const position of stored.keys()) {
      const damaged = stored.slice();
      damaged[position] = (damaged[position] ?? 0) ^ (1 << (position % 8));
      await store.commit([put(key, damaged)]);
      const failure = await failureOf(() => checked.get(TABLE, key));
      require(isLedgerError(
        failure,
        'STORE_DAMAGED',
      ), `byte ${position} of record ${number} is wrong, and nobody noticed`);
    }
    await store.commit([put(key, stored)]);
    require(checked.get(TABLE, key)?.length ===
      number % 17, `record ${number} does not hold after it was written again`);
  }
}

async function checkSwap({ store, require }: StoreTrial): Promise<void> {
  const checked = createCheckedStore(store);
  await checked.commit([put(keyOf(1), keyOf(1)), put(keyOf(2), keyOf(2)), put(keyOf(1), keyOf(1), 'other')]);
  const foreign = store.get(TABLE, keyOf(2));
  if (foreign === undefined) return require(false, 'a record is missing');
  await store.commit([put(keyOf(1), foreign), put(keyOf(1), foreign, 'other')]);
  for (const table of [TABLE, 'other']) {
    const failure = await failureOf(() => checked.get(table, keyOf(1)));
    require(isLedgerError(failure, 'STORE_DAMAGED'), `table ${table} gives the record of another key`);
  }
}

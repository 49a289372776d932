/**
 * Commits: atomic, in order, visible at once and altogether (storage S2).
 *
 * @module
 */
import type { KvStore } from '@fiducia/ledger';
import { drop, failureOf, isSame, keyOf, put, type Requirement, type StoreTrial, TABLE } from './requirement.ts';

const ONE = Uint8Array.of(1);
const TWO = Uint8Array.of(2);
const MEGABYTE = 1_048_576;
/** Looks at all keys in one turn of the event loop, while a commit lasts. */
const LOOKS_PER_TURN = 20;

/** Requirements on commits. */
export const COMMIT_REQUIREMENTS: readonly Requirement[] = [
  ...[1, 10, 1_000, 10_000].map((count) => ({
    title: `carries out ${count} writes as one, and reads them afterwards (storage S2)`,
    check: (trial: StoreTrial) => checkCount(trial, count),
  })),
  { title: 'shows all of a commit or nothing of it while it lasts (storage S2)', check: checkVisibility },
  { title: 'keeps tables apart', check: checkTables },
  { title: 'tells an empty value from none', check: checkEmptyValue },
  { title: 'keeps a value of a megabyte', check: checkLargeValue },
  { title: 'carries out the writes of a commit in list order', check: checkListOrder },
  { title: 'carries out commits in the order of the calls', check: checkCallOrder },
  { title: 'leaves nothing of a commit that it refuses (storage S2)', check: checkRefusal },
  { title: 'takes a commit without writes', check: ({ store }) => store.commit([]) },
];

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

async function checkCount({ store, require }: StoreTrial, count: number): Promise<void> {
  await store.commit(range(count).map((number) => put(keyOf(number), keyOf(count - number))));
  for (const number of range(count)) {
    const found = store.get(TABLE, keyOf(number));
    require(isSame(found, keyOf(count - number)), `key ${number} holds ${found}`);
  }
}

async function checkVisibility({ store, require }: StoreTrial): Promise<void> {
  const numbers = range(1_000);
  await store.commit(numbers.map((number) => put(keyOf(number), ONE)));
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  const committed = store.commit(numbers.map((number) => put(keyOf(number), TWO)));
  void committed.then(end, end);
  for (let count = 1; !isOver; count++) {
    const seen = new Set(numbers.map((number) => store.get(TABLE, keyOf(number))?.join()));
    require(seen.size === 1, `of one commit ${seen.size} states were visible`);
    // A disk makes progress only between the turns of the event loop.
    await (count % LOOKS_PER_TURN === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined);
  }
  await committed;
  require(isSame(store.get(TABLE, keyOf(999)), TWO), 'a commit that resolved is not visible');
}

async function checkTables({ store, require }: StoreTrial): Promise<void> {
  await store.commit([put(ONE, ONE, 'left'), put(ONE, TWO, 'right'), put(TWO, TWO, 'right')]);
  await store.commit([drop(TWO, 'left')]);
  require(isSame(store.get('left', ONE), ONE) && isSame(store.get('right', ONE), TWO), 'a key is shared by two tables');
  require(isSame(store.get('right', TWO), TWO), 'a deletion reached another table');
  require(store.get('neither', ONE) === undefined, 'a table that nobody wrote to holds something');
}

async function checkEmptyValue({ store, require }: StoreTrial): Promise<void> {
  await store.commit([put(ONE, new Uint8Array())]);
  require(store.get(TABLE, ONE)?.length === 0, 'an empty value is read as none');
  require(store.get(TABLE, TWO) === undefined, 'an absent key has a value');
  require([...store.range(TABLE, ONE, TWO)].length === 1, 'an empty value is missing in a range');
  await store.commit([drop(ONE), drop(TWO)]);
  require(store.get(TABLE, ONE) === undefined, 'a deleted key has a value');
}

async function checkLargeValue({ store, require }: StoreTrial): Promise<void> {
  const value = new Uint8Array(MEGABYTE).map((_, index) => (index * 7 + (index >>> 8)) & 255);
  await store.commit([put(ONE, value), put(TWO, TWO)]);
  require(isSame(store.get(TABLE, ONE), value), 'a megabyte came back changed');
}

async function checkListOrder({ store, require }: StoreTrial): Promise<void> {
  await store.commit([put(ONE, ONE)]);
  await store.commit([drop(ONE), put(ONE, TWO), put(TWO, ONE), drop(TWO)]);
  require(isSame(store.get(TABLE, ONE), TWO), 'a value put behind a deletion is missing');
  require(store.get(TABLE, TWO) === undefined, 'a value deleted behind its put is there');
}

async function checkCallOrder({ store, require }: StoreTrial): Promise<void> {
  const done: number[] = [];
  const commits = range(50).map(async (number) => {
    await store.commit([put(ONE, keyOf(number)), put(keyOf(number), ONE)]);
    done.push(number);
  });
  await Promise.all(commits);
  require(isSame(store.get(TABLE, ONE), keyOf(49)), 'the last of several commits was overtaken');
  require(done.join() === range(50).join(), `commits resolved in the order ${done}`);
}

async function checkRefusal({ store, require }: StoreTrial): Promise<void> {
  await store.commit([put(ONE, ONE)]);
  for (const key of [new Uint8Array(), new Uint8Array(256)]) {
    const failure = await failureOf(() => store.commit([put(ONE, TWO), put(TWO, TWO), put(key, ONE)]));
    require(failure instanceof Error, `a key of ${key.length} bytes was taken`);
  }
  require(holdsOnly(store), 'a refused commit left something behind');
  await store.commit([put(TWO, TWO)]);
  require(isSame(store.get(TABLE, TWO), TWO), 'a refused commit spoilt the next one');
}

function holdsOnly(store: KvStore): boolean {
  return isSame(store.get(TABLE, ONE), ONE) && store.get(TABLE, TWO) === undefined;
}

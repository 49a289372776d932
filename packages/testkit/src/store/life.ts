/**
 * Closing and opening again (storage S6).
 *
 * @module
 */
import { failureOf, isSameList, keyOf, put, type Requirement, type StoreTrial, TABLE } from './requirement.ts';

const VALUE = Uint8Array.of(1);
const [START, END] = [new Uint8Array(), Uint8Array.of(255, 255, 255, 255, 255)];

/** Requirements on the life of a store. */
export const LIFE_REQUIREMENTS: readonly Requirement[] = [
  { title: 'refuses reads and commits once it is closed', check: checkClosed },
  { title: 'holds after opening again what it held (storage S3)', needsPlace: true, check: checkReopen },
  { title: 'refuses a second opener while it is open (storage S6)', needsPlace: true, check: checkSecondOpener },
];

async function checkClosed({ store, require }: StoreTrial): Promise<void> {
  await store.commit([put(keyOf(1), VALUE)]);
  await store.close();
  require((await failureOf(() => store.commit([put(keyOf(2), VALUE)]))) instanceof Error, 'a closed store commits');
  require((await failureOf(() => store.get(TABLE, keyOf(1)))) instanceof Error, 'a closed store reads');
  require((await failureOf(() => [...store.range(TABLE, START, END)])) instanceof Error, 'a closed store gives ranges');
}

async function checkReopen({ store, place, require }: StoreTrial): Promise<void> {
  const numbers = Array.from({ length: 500 }, (_, index) => index);
  for (let part = 0; part < 5; part++) {
    await store.commit(numbers.map((number) => put(keyOf(part * 500 + number), keyOf(number))));
  }
  const before = [...store.range(TABLE, START, END)];
  await store.close();
  const reopened = await place.open();
  require(before.length === 2_500 && isSameList([...reopened.range(TABLE, START, END)], before), 'entries changed');
  await reopened.commit([put(keyOf(7), VALUE)]);
  require(reopened.get(TABLE, keyOf(7))?.length === 1, 'a store that was opened again does not write');
}

async function checkSecondOpener({ store, place, require }: StoreTrial): Promise<void> {
  require((await failureOf(() => place.open())) instanceof Error, 'a store that is open was opened');
  await store.commit([put(keyOf(1), VALUE)]);
  await store.close();
  await place.open();
}

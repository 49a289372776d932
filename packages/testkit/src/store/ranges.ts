/**
 * Ranges: byte order, half-open, from both ends (storage S5).
 *
 * @module
 */
import { type Bytes, compareBytes } from '@fiducia/consensus';
import type { KvEntry, KvRangeOptions } from '@fiducia/ledger';
import { drop, isSameList, put, type Requirement, type StoreTrial, TABLE } from './requirement.ts';

/** Keys around everything that orders go wrong at, in byte order. */
const KEYS: readonly Bytes[] = [
  [0],
  [0, 0],
  [0, 0, 0],
  [0, 255],
  [1],
  [1, 0],
  [9],
  [10],
  [127],
  [128],
  [200, 1],
  [254, 255],
  [255],
  [255, 0],
  [255, 255],
].map((bytes) => Uint8Array.from(bytes));

const ENTRIES: readonly KvEntry[] = KEYS.map((key, index) => [key, Uint8Array.of(index)]);
const BOUNDS: readonly Bytes[] = [new Uint8Array(), ...KEYS, Uint8Array.of(255, 255, 255)];

/** Requirements on ranges. */
export const RANGE_REQUIREMENTS: readonly Requirement[] = [
  { title: 'gives ranges in byte order, with the first bound and without the last (storage S5)', check: checkBounds },
  { title: 'gives ranges from the end, and no more entries than asked for', check: checkOptions },
  { title: 'shows in a range what was there when it was asked for', check: checkSnapshot },
];

/** Written in an order that is neither that of the keys nor its opposite. */
async function fill({ store }: StoreTrial): Promise<void> {
  const shuffled = ENTRIES.toSorted(([, a], [, b]) => (((a[0] ?? 0) * 7) % 15) - (((b[0] ?? 0) * 7) % 15));
  for (const [key, value] of shuffled) await store.commit([put(key, value)]);
}

function expected(
  from: Bytes,
  to: Bytes,
  { reverse = false, limit = KEYS.length }: KvRangeOptions = {},
): readonly KvEntry[] {
  const within = ENTRIES.filter(([key]) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0);
  return (reverse ? within.toReversed() : within).slice(0, limit);
}

async function checkBounds(trial: StoreTrial): Promise<void> {
  const { store, require } = trial;
  require([...store.range(TABLE, new Uint8Array(), Uint8Array.of(255))].length === 0, 'an empty store has a range');
  await fill(trial);
  for (const from of BOUNDS) {
    for (const to of BOUNDS) {
      const found = [...store.range(TABLE, from, to)];
      require(isSameList(
        found,
        expected(from, to),
      ), `from [${from}] to [${to}] gave [${found.map(([key]) => `[${key}]`)}]`);
    }
  }
}

async function checkOptions(trial: StoreTrial): Promise<void> {
  const { store, require } = trial;
  await fill(trial);
  const [from, to] = [Uint8Array.of(0, 0), Uint8Array.of(255, 0)];
  for (const reverse of [false, true]) {
    for (const limit of [0, 1, 2, 5, 100]) {
      const found = [...store.range(TABLE, from, to, { reverse, limit })];
      require(isSameList(
        found,
        expected(from, to, { reverse, limit }),
      ), `reverse ${reverse}, limit ${limit}: ${found.length} entries`);
    }
  }
}

async function checkSnapshot(trial: StoreTrial): Promise<void> {
  const { store, require } = trial;
  await fill(trial);
  const [from, to] = [new Uint8Array(), Uint8Array.of(255, 255, 255)];
  const seen: KvEntry[] = [];
  for (const entry of store.range(TABLE, from, to)) {
    if (seen.length === 0) await store.commit([drop(Uint8Array.of(9)), put(Uint8Array.of(8), Uint8Array.of(8))]);
    seen.push(entry);
  }
  require(isSameList(seen, ENTRIES), 'a commit changed a range that was being walked');
}

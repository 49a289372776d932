/**
 * Ten thousand operations beside a sorted map that does the same.
 *
 * @module
 */
import { type Bytes, compareBytes } from '@fiducia/consensus';
import type { KvEntry, KvWrite } from '@fiducia/ledger';
import { createRandomStream, type RandomStream } from '@fiducia/simulator';
import { sha256, toHex } from '../inspect/hash.ts';
import { isSame, isSameList, type Requirement, type StoreTrial } from './requirement.ts';

const OPERATIONS = 10_000;
const WRITES_MAX = 8;
const TABLES = ['a', 'b'];

/** The comparison with a model. */
export const MODEL_REQUIREMENTS: readonly Requirement[] = [
  { title: 'does in 10 000 operations what a sorted map does', check: checkModel },
];

async function checkModel({ store, require }: StoreTrial): Promise<void> {
  const random = createRandomStream({ seed: 1, label: 'workload', sha256 });
  const model = new Map<string, KvEntry>();
  for (let operation = 0; operation < OPERATIONS; operation++) {
    const table = TABLES[random.integer(0, 1)] ?? '';
    switch (random.integer(0, 3)) {
      case 0: {
        const writes = Array.from({ length: random.integer(1, WRITES_MAX) }, () => drawWrite(random));
        await store.commit(writes);
        for (const write of writes) applyTo(model, write);
        break;
      }
      case 1: {
        const [from, to] = [drawKey(random), drawKey(random)];
        const options = { reverse: random.chance(500), limit: random.integer(0, 20) };
        const within = entriesOf(model, table).filter(
          ([key]) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0,
        );
        const expected = (options.reverse ? within.toReversed() : within).slice(0, options.limit);
        require(isSameList(
          [...store.range(table, from, to, options)],
          expected,
        ), `operation ${operation}: a range differs`);
        break;
      }
      default: {
        const key = drawKey(random);
        const expected = model.get(nameOf(table, key))?.[1];
        require(isSame(store.get(table, key), expected), `operation ${operation}: the value at [${key}] differs`);
      }
    }
  }
}

/** Few keys, so that they meet again; of several lengths, so that one is the start of another. */
function drawKey(random: RandomStream): Bytes {
  return Uint8Array.from({ length: random.integer(1, 3) }, () => [0, 1, 127, 128, 255][random.integer(0, 4)] ?? 0);
}

function drawWrite(random: RandomStream): KvWrite {
  const value = random.chance(300) ? null : random.bytes(random.integer(0, 40));
  return { table: TABLES[random.integer(0, 1)] ?? '', key: drawKey(random), value };
}

function applyTo(model: Map<string, KvEntry>, { table, key, value }: KvWrite): void {
  if (value === null) model.delete(nameOf(table, key));
  else model.set(nameOf(table, key), [key, value]);
}

function entriesOf(model: ReadonlyMap<string, KvEntry>, table: string): readonly KvEntry[] {
  const entries = [...model].filter(([name]) => name.startsWith(`${table}/`)).map(([, entry]) => entry);
  return entries.sort(([a], [b]) => compareBytes(a, b));
}

function nameOf(table: string, key: Bytes): string {
  return `${table}/${toHex(key)}`;
}

/**
 * The chain store on a simulated disk.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import {
  createMemoryStore,
  type KvEntry,
  type KvRangeOptions,
  type KvStore,
  type KvWrite,
  requireKvWrites,
} from '@fiducia/ledger';
import { SimulationError } from '../errors.ts';
import type { DiskDevice, DiskHandle, DiskUser, UnsyncedWrite } from './device.ts';

/** Tables of a disk, through all processes that use them. */
export class StorePart {
  readonly #device: DiskDevice;
  #tables = createMemoryStore();

  constructor(device: DiskDevice) {
    this.#device = device;
  }

  open(user: DiskUser): KvStore {
    const device = this.#device;
    const handle = device.open('store', user);
    return {
      get: (table, key) => {
        requireOpen(device, handle);
        device.read('store');
        return device.isMisdirected() ? this.#misread(table, key) : this.#tables.get(table, key);
      },
      range: (table, from, to, options?: KvRangeOptions): Iterable<KvEntry> => {
        requireOpen(device, handle);
        device.read('store');
        return this.#tables.range(table, from, to, options);
      },
      commit: async (writes) => {
        requireOpen(device, handle);
        requireKvWrites(writes);
        return device.write('store', handle, () => this.#apply(this.#directed(writes)));
      },
      close: async () => {
        requireOpen(device, handle);
        handle.isClosed = true;
      },
    };
  }

  wipe(): void {
    this.#tables = createMemoryStore();
  }

  #apply(writes: readonly KvWrite[]): UnsyncedWrite {
    const tables = this.#tables;
    const before = writes.map(({ table, key }) => ({ table, key, value: tables.get(table, key) ?? null }));
    void tables.commit(writes);
    return {
      revert: () => void tables.commit(before.reverse()),
      tear: () => this.#tear(writes, before),
    };
  }

  /** Each write of a torn commit is there, is missing, or is there with a wrong byte. */
  #tear(writes: readonly KvWrite[], before: readonly KvWrite[]): void {
    const { random } = this.#device;
    for (const [index, earlier] of [...before.entries()].reverse()) {
      const fate = random.integer(0, 2);
      const value = writes[index]?.value;
      if (fate === 0) void this.#tables.commit([earlier]);
      else if (fate === 1 && value && value.length > 0)
        void this.#tables.commit([{ ...earlier, value: this.#damaged(value) }]);
    }
  }

  #damaged(value: Bytes): Bytes {
    const { random } = this.#device;
    const damaged = value.slice();
    const position = random.integer(0, value.length - 1);
    damaged[position] = (damaged[position] ?? 0) ^ random.integer(1, 255);
    return damaged;
  }

  /** Another record in place of the one that was asked for. */
  #misread(table: string, key: Bytes): Bytes | undefined {
    const other = this.#anyEntry(table);
    if (other === undefined) return this.#tables.get(table, key);
    this.#device.counts.misdirectedReads += 1;
    return other[1];
  }

  /** The writes of a commit, of which one may have gone astray. */
  #directed(writes: readonly KvWrite[]): readonly KvWrite[] {
    if (writes.length === 0 || !this.#device.isMisdirected()) return writes;
    const astray = this.#device.random.integer(0, writes.length - 1);
    const target = this.#anyEntry(writes[astray]?.table ?? '');
    if (target === undefined) return writes;
    this.#device.counts.misdirectedWrites += 1;
    return writes.map((write, index) => (index === astray ? { ...write, key: target[0] } : write));
  }

  #anyEntry(table: string): KvEntry | undefined {
    const entries = [...this.#tables.range(table, NO_BYTES, HIGHEST_KEY)];
    return entries.length === 0 ? undefined : entries[this.#device.random.integer(0, entries.length - 1)];
  }
}

const NO_BYTES: Bytes = /* @__PURE__ */ new Uint8Array();
const HIGHEST_KEY: Bytes = /* @__PURE__ */ new Uint8Array(256).fill(255);

/** What is left of a killed process may still read; nothing that it does reaches anybody. */
function requireOpen({ name }: DiskDevice, handle: DiskHandle): void {
  if (handle.isClosed) throw new SimulationError({ code: 'DISK_CLOSED', disk: name });
}

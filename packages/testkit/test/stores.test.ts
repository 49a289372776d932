import type { Bytes } from '@fiducia/consensus';
import { createMemoryStore, type KvStore, type KvWrite } from '@fiducia/ledger';
import { createDisk, createSimulation } from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { createStoreChecks, isTestkitError, type StorePlace, type StoreSubject } from '../src/index.ts';
import { sha256 } from '../src/inspect/hash.ts';
import { describeStore } from '../src/vitest.ts';

const MEMORY: StoreSubject = { name: 'memory', isVolatile: true, create: () => ({ open: () => createMemoryStore() }) };

/** A disk whose virtual time is moved as long as a check waits for it. */
function createSimulatedPlace(): StorePlace {
  const simulation = createSimulation({ seed: 1, startTime: 0, sha256 });
  const machine = simulation.addNode('store');
  const disk = createDisk({ simulation, machine });
  return {
    open: () => disk.openStore(machine),
    async run(check) {
      let outcome: { readonly failure: unknown } | null = null;
      simulation.schedule(simulation.now(), 'check', async () => {
        outcome = await check().then(
          () => ({ failure: null }),
          (failure: unknown) => ({ failure }),
        );
      });
      while (outcome === null) await simulation.runUntil(simulation.now() + 1_000);
      const { failure } = outcome as { readonly failure: unknown };
      if (failure !== null) throw failure;
    },
  };
}

describe('stores meet the requirements of storage section 3 (storage S2 to S5)', () => {
  describeStore(MEMORY);
  describeStore({ name: 'simulated disk', create: createSimulatedPlace });
});

/** Wraps a store in memory with one fault. */
function broken(name: string, spoil: (store: KvStore) => Partial<KvStore>): StoreSubject {
  return {
    name,
    isVolatile: true,
    create: () => ({
      open() {
        const store = createMemoryStore();
        const own: KvStore = {
          get: (table, key) => store.get(table, key),
          range: (...parts) => store.range(...parts),
          commit: (writes) => store.commit(writes),
          close: () => store.close(),
        };
        return { ...own, ...spoil(own) };
      },
    }),
  };
}

const later = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));

const BROKEN: readonly StoreSubject[] = [
  broken('that writes one by one', (store) => ({
    async commit(writes) {
      for (const [index, write] of writes.entries()) {
        await store.commit([write]);
        if (index === 0) await later();
      }
    },
  })),
  broken('that takes an empty value for none', (store) => ({
    get: (table, key) => (store.get(table, key)?.length ? store.get(table, key) : undefined),
  })),
  broken('whose last bound is part of the range', (store) => ({
    range: (table, from, to, options) => store.range(table, from, Uint8Array.of(...to, 0), options),
  })),
  broken('that knows no reverse', (store) => ({
    range: (table, from, to, options) => store.range(table, from, to, { ...options, reverse: false }),
  })),
  broken('that counts the limit from the wrong end', (store) => ({
    range: (table, from, to, options) =>
      [...store.range(table, from, to, { ...options, limit: 1_000 })].slice(-(options?.limit ?? 1_000)),
  })),
  broken('with one table for all', (store) => ({
    get: (_table, key) => store.get('all', key),
    range: (_table, ...parts) => store.range('all', ...parts),
    commit: (writes) => store.commit(writes.map((write) => ({ ...write, table: 'all' }))),
  })),
  broken('that deletes last', (store) => ({
    commit: (writes) => store.commit(writes.toSorted((a, b) => Number(a.value === null) - Number(b.value === null))),
  })),
  broken('whose older commits win', (store) => {
    const newest = new Map<string, Bytes | null>();
    return {
      async commit(writes) {
        await later();
        const delayed: KvWrite[] = writes.map((write) => ({
          ...write,
          value: newest.get(write.key.join()) ?? write.value,
        }));
        for (const { key, value } of writes) if (!newest.has(key.join())) newest.set(key.join(), value);
        return store.commit(delayed);
      },
    };
  }),
  broken('that keeps what it refuses', (store) => ({
    async commit(writes) {
      const valid = writes.filter(({ key }) => key.length > 0 && key.length < 256);
      await store.commit(valid);
      if (valid.length < writes.length) throw new RangeError('key');
    },
  })),
  broken('that cuts large values', (store) => ({
    commit: (writes) =>
      store.commit(writes.map(({ table, key, value }) => ({ table, key, value: value?.slice(0, 65_536) ?? null }))),
  })),
  broken('that goes on after it is closed', () => ({ close: async () => undefined })),
];

describe('the suite refuses a store', () => {
  it.each(BROKEN)('$name', async (subject) => {
    const failures: unknown[] = [];
    for (const check of createStoreChecks(subject)) {
      if (check.skipped === undefined) await check.run().catch((failure: unknown) => failures.push(failure));
    }
    expect(failures.some((failure) => isTestkitError(failure, 'NOT_CONFORMANT'))).toBe(true);
  });
});

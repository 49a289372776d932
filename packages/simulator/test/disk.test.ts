import type { Bytes, ProtocolId } from '@fiducia/consensus';
import type { SignRequest } from '@fiducia/consensus/ports';
import { createCrypto, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { createCheckedStore, isLedgerError, type KvStore } from '@fiducia/ledger';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createDisk,
  createSimulation,
  createStubCrypto,
  type DiskConditions,
  isSimulationError,
  type SimulatedDisk,
  type SimulatedPorts,
  type Simulation,
} from '../src/index.ts';
import { sha256 } from './support/hash.ts';

const TABLE = 'table';
const LOST = { damagePermille: 1_000 };
const KEPT = { damagePermille: 0 };

interface Bench {
  readonly simulation: Simulation;
  readonly disk: SimulatedDisk;
  ports: SimulatedPorts;
  /** Runs until nothing is pending. */
  run(): Promise<void>;
  /** Power cut, and a new process. */
  crash(damage: { readonly damagePermille: number; readonly isTorn?: boolean }): void;
}

function createBench(conditions: DiskConditions = {}, seed = 1): Bench {
  const simulation = createSimulation({ seed, startTime: 0, sha256 });
  const ports = simulation.addNode('a');
  const disk = createDisk({ simulation, machine: ports, conditions });
  return {
    simulation,
    disk,
    ports,
    run: () => simulation.runUntil(simulation.now() + 100_000),
    crash(damage) {
      simulation.kill('a');
      disk.crash(damage);
      this.ports = simulation.restart('a');
    },
  };
}

const key = (number: number): Bytes => Uint8Array.of(number);
const put = (number: number, value = number) => ({ table: TABLE, key: key(number), value: key(value) });

/** What an answer did so far. */
function watch(answer: unknown): { settled: string } {
  const state = { settled: 'pending' };
  Promise.resolve(answer).then(
    () => (state.settled = 'resolved'),
    (error: unknown) => (state.settled = String((error as { data?: { reason?: string } }).data?.reason ?? error)),
  );
  return state;
}

function keysIn(store: KvStore): number[] {
  return [...store.range(TABLE, new Uint8Array(), key(255))].map(([name]) => name[0] ?? -1);
}

describe('a simulated disk (simulation section 2)', () => {
  it('shows a write at once, and acknowledges it when it is durable', async () => {
    const bench = createBench({ syncMs: { min: 7, max: 7 } });
    const store = bench.disk.openStore(bench.ports);
    const commit = watch(store.commit([put(1)]));
    expect(store.get(TABLE, key(1))).toEqual(key(1));
    await bench.simulation.runUntil(6);
    expect(commit.settled).toBe('pending');
    await bench.simulation.runUntil(7);
    expect(commit.settled).toBe('resolved');
    expect(bench.disk.counts()).toMatchObject({ writes: 1, syncs: 1 });
  });

  it.each([
    ['lost', LOST, []],
    ['kept', KEPT, [1]],
  ])(
    'leaves a write without acknowledgement %s, as the crash decides, and answers it never',
    async (_fate, damage, left) => {
      const bench = createBench();
      const commit = watch(bench.disk.openStore(bench.ports).commit([put(1)]));
      bench.crash(damage);
      await bench.run();
      expect(commit.settled).toBe('pending');
      expect(keysIn(bench.disk.openStore(bench.ports))).toEqual(left);
      expect(bench.disk.counts()).toMatchObject({
        crashes: 1,
        lostWrites: 1 - left.length,
        survivingWrites: left.length,
      });
    },
  );

  it('keeps what was acknowledged, and what became durable before the process heard of it', async () => {
    const bench = createBench({ syncMs: { min: 5, max: 5 } });
    const store = bench.disk.openStore(bench.ports);
    void store.commit([put(1)]);
    await bench.run();
    const commit = watch(store.commit([put(2)]));
    bench.simulation.pause('a', bench.simulation.now() + 50);
    await bench.simulation.runUntil(bench.simulation.now() + 10);
    expect(commit.settled).toBe('pending');
    bench.crash(LOST);
    expect(keysIn(bench.disk.openStore(bench.ports))).toEqual([1, 2]);
  });

  it('loses the end of what was written, never something before it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(10_000),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 800, max: 1_000 }),
        async (seed, count, damagePermille) => {
          const bench = createBench({}, seed);
          const store = bench.disk.openStore(bench.ports);
          for (let number = 1; number <= count; number++) void store.commit([put(number), put(100 + number)]);
          bench.crash({ damagePermille, isTorn: true });
          const left = keysIn(bench.disk.openStore(bench.ports));
          const commits = left.length / 2;
          expect(left.slice(0, commits)).toEqual(Array.from({ length: commits }, (_, index) => index + 1));
          expect(left.slice(commits)).toEqual(Array.from({ length: commits }, (_, index) => index + 101));
          expect(bench.disk.counts()).toMatchObject({
            tornWrites: 0,
            lostWrites: count - commits,
            survivingWrites: commits,
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tears the first commit that is lost where it is not atomic, and a checksum tells (storage S4)', async () => {
    const seen = { whole: 0, missing: 0, damaged: 0 };
    for (let seed = 1; seed <= 20; seed++) {
      const bench = createBench({ isAtomic: false }, seed);
      const store = createCheckedStore(bench.disk.openStore(bench.ports));
      void store.commit(Array.from({ length: 6 }, (_, number) => put(number + 1)));
      void store.commit([put(50)]);
      bench.crash({ ...LOST, isTorn: true });
      expect(bench.disk.counts()).toMatchObject({ tornWrites: 1, lostWrites: 2 });
      const reopened = createCheckedStore(bench.disk.openStore(bench.ports));
      const found = new Map(
        [...reopened.scan(TABLE, new Uint8Array(), key(255))].map(([name, value]) => [name[0], value]),
      );
      expect(found.has(50)).toBe(false);
      for (let number = 1; number <= 6; number++) {
        const value = found.get(number);
        if (value === undefined) seen.missing += 1;
        else if (value === null) seen.damaged += 1;
        else seen.whole += Number(value[0] === number);
      }
    }
    expect(seen.whole + seen.missing + seen.damaged).toBe(120);
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
  });

  it('fails as often as it is told to, and changes nothing by a write that failed', async () => {
    const bench = createBench({ syncMs: { min: 0, max: 0 } });
    const store = bench.disk.openStore(bench.ports);
    bench.disk.setFaults({ readErrorPermille: 50, writeErrorPermille: 100 });
    let failed = 0;
    for (let number = 0; number < 2_000; number++) {
      const commit = watch(store.commit([put(number % 250)]));
      await bench.simulation.runUntil(bench.simulation.now() + 1);
      if (commit.settled === 'WRITE_ERROR') failed += 1;
      else expect(commit.settled).toBe('resolved');
      try {
        store.get(TABLE, key(1));
      } catch (thrown) {
        expect(isSimulationError(thrown, 'DISK_FAILED')).toBe(true);
      }
    }
    const { readErrors, writeErrors, writes } = bench.disk.counts();
    expect(writeErrors).toBe(failed);
    expect(writes).toBe(2_000 - failed);
    expect(failed).toBeGreaterThan(150);
    expect(failed).toBeLessThan(250);
    expect(readErrors).toBeGreaterThan(60);
    expect(readErrors).toBeLessThan(140);
  });

  it('refuses every write while it is full, and goes on when the space returns', async () => {
    const bench = createBench();
    const [store, log] = [bench.disk.openStore(bench.ports), bench.disk.openLog(bench.ports)];
    bench.disk.setFaults({ isFull: true });
    await expect(store.commit([put(1)])).rejects.toMatchObject({
      data: { code: 'DISK_FAILED', part: 'store', reason: 'DISK_FULL' },
    });
    await expect(log.append({ era: 0, protocol: 'x@1', height: 1, bytes: key(1) })).rejects.toMatchObject({
      data: { part: 'log' },
    });
    expect(store.get(TABLE, key(1))).toBeUndefined();
    bench.disk.setFaults({});
    const commit = watch(store.commit([put(1)]));
    await bench.run();
    expect(commit.settled).toBe('resolved');
    expect(bench.disk.counts().fullErrors).toBe(2);
  });

  it('takes one record for another now and then, which a checksum tells when it is read (storage S4)', async () => {
    const bench = createBench({ syncMs: { min: 0, max: 0 } });
    const store = createCheckedStore(bench.disk.openStore(bench.ports));
    for (let number = 1; number <= 40; number++) void store.commit([put(number)]);
    await bench.run();
    bench.disk.setFaults({ misdirectPermille: 100 });
    let noticed = 0;
    for (let round = 0; round < 400; round++) {
      const number = (round % 40) + 1;
      try {
        expect(store.get(TABLE, key(number))).toEqual(key(number));
      } catch (thrown) {
        if (!isLedgerError(thrown, 'STORE_DAMAGED')) throw thrown;
        noticed += 1;
      }
    }
    expect(noticed).toBeGreaterThan(20);
    expect(bench.disk.counts().misdirectedReads).toBeGreaterThanOrEqual(noticed);

    for (let round = 0; round < 60; round++) void store.commit([put((round % 40) + 1, 200)]);
    await bench.run();
    bench.disk.setFaults({});
    const damaged = [...store.scan(TABLE, new Uint8Array(), key(255))].filter(([, value]) => value === null);
    expect(bench.disk.counts().misdirectedWrites).toBeGreaterThan(0);
    expect(damaged.length).toBeGreaterThan(0);
    expect(damaged.length).toBeLessThanOrEqual(bench.disk.counts().misdirectedWrites);
  });

  it('serves one process at a time', async () => {
    const bench = createBench();
    const store = bench.disk.openStore(bench.ports);
    for (const open of [bench.disk.openStore, bench.disk.openLog, bench.disk.openGuard] as const) {
      if (open !== bench.disk.openStore) open(bench.ports);
      expect(() => open(bench.ports)).toThrow(/DISK_IN_USE/);
    }
    await store.close();
    bench.disk.openStore(bench.ports);
    await expect(store.commit([put(1)])).rejects.toThrow(/DISK_CLOSED/);
    bench.crash(LOST);
    expect(() => bench.disk.openStore(bench.ports)).not.toThrow();
  });

  it('loses all of it, or the parts that are emptied', async () => {
    const bench = createBench();
    const fill = async (): Promise<void> => {
      void bench.disk.openStore(bench.ports).commit([put(1)]);
      void bench.disk.openLog(bench.ports).append({ era: 0, protocol: 'x@1', height: 1, bytes: key(1) });
      await bench.run();
    };
    const left = async (): Promise<[number, number]> => {
      let entries = 0;
      for await (const _entry of bench.disk.openLog(bench.ports).read(0, 'x@1')) entries += 1;
      return [keysIn(bench.disk.openStore(bench.ports)).length, entries];
    };
    await fill();
    bench.crash(LOST);
    bench.disk.wipe(['store']);
    expect(await left()).toEqual([0, 1]);
    bench.crash(LOST);
    bench.disk.wipe();
    expect(await left()).toEqual([0, 0]);
    expect(bench.disk.counts().wipes).toBe(2);
  });

  it.each([
    [{ syncMs: { min: 5, max: 4 } }, 'disk.syncMs.max'],
    [{ syncMs: { min: -1, max: 4 } }, 'disk.syncMs.min'],
  ])('refuses conditions out of range: %j', (conditions, path) => {
    expect(() => createBench(conditions)).toThrow(path);
  });

  it.each([{ readErrorPermille: 101 }, { writeErrorPermille: -1 }, { misdirectPermille: 0.5 }])(
    'refuses faults out of range: %j',
    (faults) => {
      expect(() => createBench().disk.setFaults(faults)).toThrow(/INVALID_OPTION/);
    },
  );

  it('draws from the stream of its own machine (simulation E3)', async () => {
    const run = async (isBusy: boolean): Promise<string> => {
      const simulation = createSimulation({ seed: 3, startTime: 0, sha256 });
      const [a, b] = [simulation.addNode('a'), simulation.addNode('b')];
      const [first, second] = [a, b].map((machine) => createDisk({ simulation, machine }));
      if (first === undefined || second === undefined) return expect.unreachable();
      const [other, store] = [first.openStore(a), second.openStore(b)];
      const acknowledged: number[] = [];
      for (let number = 0; number < 50; number++) {
        if (isBusy) void other.commit([put(number)]);
        void store.commit([put(number)]).then(() => acknowledged.push(simulation.now()));
        await simulation.runUntil(simulation.now() + 10);
      }
      return acknowledged.join();
    };
    expect(await run(true)).toBe(await run(false));
    expect(new Set((await run(true)).split(',').map((at) => Number(at) % 10)).size).toBe(5);
  });
});

describe('the consensus log on it', () => {
  const entry = (height: number, protocol: ProtocolId = 'x@1') => ({ era: 0, protocol, height, bytes: key(height) });
  const heights = async (bench: Bench): Promise<number[]> => {
    const found: number[] = [];
    for await (const { height } of bench.disk.openLog(bench.ports).read(0, 'x@1')) found.push(height);
    return found;
  };

  it('drops the entry that was being written when the power went, and none before it', async () => {
    const bench = createBench();
    const log = bench.disk.openLog(bench.ports);
    void log.append(entry(1));
    void log.append(entry(2, 'y@1'));
    await bench.run();
    void log.append(entry(3));
    bench.crash(LOST);
    expect(await heights(bench)).toEqual([1]);
  });

  it('keeps entries that were to be forgotten, if the power goes before that is durable', async () => {
    const bench = createBench();
    const log = bench.disk.openLog(bench.ports);
    for (const height of [1, 2, 3]) void log.append(entry(height));
    await bench.run();
    void log.truncate(0, 'x@1', 2);
    void log.append(entry(4));
    bench.crash(LOST);
    expect(await heights(bench)).toEqual([1, 2, 3]);
    bench.crash(LOST);
    void bench.disk.openLog(bench.ports).truncate(0, 'x@1', 2);
    await bench.run();
    bench.crash(LOST);
    expect(await heights(bench)).toEqual([3]);
  });
});

describe('guard records on it', () => {
  const crypto = createStubCrypto({ sha256 });
  const scope = { chainId: new Uint8Array(32), era: 0, protocol: 'x@1' } as const;
  const request = (slot: number, byte: number): SignRequest => {
    return { scope, domain: 'seal', data: Uint8Array.of(byte), guard: { lane: 'seal', sequence: [slot] } };
  };
  const signerOf = (bench: Bench, headHeight = 0) => {
    return crypto.createSigner('ada', { records: bench.disk.openGuard(bench.ports), headHeight });
  };

  it('keep per scope and lane what was signed last, floors and bytes, for the next process (storage L1)', async () => {
    const bench = createBench();
    const signer = signerOf(bench);
    const first = signer.sign({ ...request(5, 1), guard: { lane: 'seal', sequence: [5], floors: { source: 3 } } });
    void signer.sign({ ...request(9, 1), scope: { ...scope, era: 1 } });
    await bench.run();
    bench.crash(LOST);
    const again = signerOf(bench);
    expect(await again.sign(request(5, 1))).toEqual(await first);
    expect(await again.sign(request(5, 2))).toMatchObject({ kind: 'conflict', data: Uint8Array.of(1) });
    expect(await again.sign(request(4, 1))).toEqual({ kind: 'refused', code: 'STALE' });
    const lower = { ...request(6, 1), guard: { lane: 'seal', sequence: [6], floors: { source: 2 } } };
    expect(await again.sign(lower)).toEqual({ kind: 'refused', code: 'FLOOR' });
    const other = watch(again.sign({ ...request(1, 1), guard: { lane: 'other', sequence: [1] } }));
    await bench.run();
    expect(other.settled).toBe('resolved');
  });

  it('are checked and written as one step: of two requests for one place one is signed (storage L2)', async () => {
    const bench = createBench();
    const signer = signerOf(bench);
    const answers = Promise.all([signer.sign(request(1, 1)), signer.sign(request(1, 2)), signer.sign(request(1, 1))]);
    await bench.run();
    const [first, second, third] = await answers;
    expect([first.kind, second.kind]).toEqual(['signed', 'conflict']);
    expect(third).toEqual(first);
  });

  it('are durable before a signature leaves, also one that is asked for twice (storage L3)', async () => {
    const bench = createBench({ syncMs: { min: 5, max: 5 } });
    const signer = signerOf(bench);
    const answers = [watch(signer.sign(request(1, 1))), watch(signer.sign(request(1, 1)))];
    await bench.simulation.runUntil(4);
    expect(answers.map(({ settled }) => settled)).toEqual(['pending', 'pending']);
    bench.crash(LOST);
    // Nothing has left, so the place is free.
    const other = watch(signerOf(bench).sign(request(1, 2)));
    await bench.run();
    expect([...answers, other].map(({ settled }) => settled)).toEqual(['pending', 'pending', 'resolved']);
  });

  it('refuse everything if they are missing on a chain above genesis, until an operator opens it (contract H-27)', async () => {
    const bench = createBench();
    void signerOf(bench).sign(request(1, 1));
    await bench.run();
    bench.crash(LOST);
    expect(await signerOf(bench, 7).sign(request(1, 1))).toMatchObject({ kind: 'signed' });
    bench.crash(LOST);
    bench.disk.wipe(['guard']);
    const records = bench.disk.openGuard(bench.ports);
    const signer = crypto.createSigner('ada', { records, headHeight: 7 });
    const { guard: _guard, ...unguarded } = request(2, 1);
    expect(await signer.sign(request(2, 1))).toEqual({ kind: 'refused', code: 'DISABLED' });
    expect(await signer.sign(unguarded)).toEqual({ kind: 'refused', code: 'DISABLED' });
    void records.openChain(scope.chainId);
    await bench.run();
    const signed = watch(signer.sign(request(2, 1)));
    await bench.run();
    expect(signed.settled).toBe('resolved');
    expect(await signer.sign(unguarded)).toMatchObject({ kind: 'signed' });
  });

  it('are gone with the whole disk, and the key that is left signs nothing (storage L8)', async () => {
    const bench = createBench();
    void signerOf(bench).sign(request(1, 1));
    await bench.run();
    bench.crash(LOST);
    bench.disk.wipe();
    expect(await signerOf(bench, 1).sign(request(1, 2))).toEqual({ kind: 'refused', code: 'DISABLED' });
  });

  it('serve real signatures as well', async () => {
    const bench = createBench();
    const real = await createCrypto();
    const create = () => {
      const guardStore = bench.disk.openGuard(bench.ports);
      return createMemorySigner({ keyPair: keyPairFromSeed('ada'), crypto: real, guardStore });
    };
    const first = create().sign(request(1, 1));
    await bench.run();
    bench.crash(LOST);
    const again = create();
    expect(await again.sign(request(1, 1))).toEqual(await first);
    expect((await again.sign(request(1, 2))).kind).toBe('conflict');
  });
});

/** What checkers hold against a node whose disk was torn, mixed up or lost. */
import type { KvStore, KvWrite, StoredLedgerOptions } from '@fiducia/ledger';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type FaultPlan, type PlannedFault, runFaultPlan, type World, type WorldNode } from '../src/index.ts';
import { createSubject } from './support/fault-subjects.ts';
import { sha256 } from './support/hash.ts';

/** What every ledger of a test is opened on in place of its own store. */
const planted = vi.hoisted(() => ({ storeOf: (store: unknown): unknown => store }));

vi.mock('@fiducia/ledger', async (importOriginal) => {
  const actual = await importOriginal<typeof import('@fiducia/ledger')>();
  return {
    ...actual,
    openLedger: (options: StoredLedgerOptions) =>
      actual.openLedger({ ...options, store: planted.storeOf(options.store) as KvStore }),
  };
});

afterEach(() => {
  planted.storeOf = (store) => store;
});

const subject = createSubject('pbft');

function planWith(faults: readonly PlannedFault[], changes: Partial<FaultPlan> = {}): FaultPlan {
  return {
    nodes: 4,
    slots: 24,
    conditions: {},
    disk: { isAtomic: false, syncMs: { min: 5, max: 50 } },
    faults,
    adversaries: [],
    workload: [],
    blocksMin: 0,
    coreNodes: [0, 1, 2, 3],
    outside: [],
    ...changes,
  };
}

/** Crashes of one node in the midst of a write, which tear it. */
const TEARS = [6_000, 10_000, 14_000, 18_000].map((at): PlannedFault => {
  const rest = { damagePermille: 1_000, isTorn: true, duringWrite: true } as const;
  return { kind: 'crash', at, until: at + 3_000, node: 3, ...rest };
});

/** A store that writes its position always under one key, where a torn write takes the only one there is. */
function withOnePosition(store: KvStore): KvStore {
  const isPosition = (table: string, key: Uint8Array) => table === 'meta' && key.length === 2;
  const directed = (write: KvWrite): KvWrite =>
    isPosition(write.table, write.key) ? { ...write, key: Uint8Array.of(1, 0) } : write;
  return { ...store, commit: (writes) => store.commit(writes.map(directed)) };
}

async function run(plan: FaultPlan, seed: number, onLife: (node: WorldNode) => void = () => undefined) {
  return runFaultPlan({ subject, seed, plan, sha256, onLife });
}

describe('a torn write', () => {
  test('is of the same store: what was acknowledged before is still asked for (simulation I2, I9, I14; storage S9)', async () => {
    let damaged = 0;
    for (const seed of [1, 2, 3]) {
      const { violations, faultCoverage } = await run(planWith(TEARS), seed, ({ ledger, storeGeneration }) => {
        const { recovery } = ledger as WorldNode['ledger'] & { readonly recovery: { readonly damaged: unknown[] } };
        damaged += recovery.damaged.length;
        expect(storeGeneration).toBe(0);
      });
      expect(violations).toEqual([]);
      expect(faultCoverage.tornWrite).toBeGreaterThan(0);
    }
    expect(damaged).toBeGreaterThan(2);
  });

  test('may not cost a node what it had acknowledged, also if it starts anew (simulation I9)', async () => {
    planted.storeOf = (store) => withOnePosition(store as KvStore);
    const found = new Set<string>();
    for (const seed of [1, 2, 3]) {
      for (const { invariant } of (await run(planWith(TEARS), seed)).violations) found.add(invariant);
    }
    expect([...found]).toEqual(expect.arrayContaining(['I9']));
  });
});

describe('a disk that mixed up records', () => {
  test('is whole again when its store was emptied (simulation I3, I4, I9, I14)', async () => {
    const mixed: PlannedFault = {
      ...{ kind: 'diskError', at: 4_000, until: 12_000, node: 2 },
      ...{ readPermille: 0, writePermille: 0, misdirectPermille: 100 },
    };
    const crash: PlannedFault = { kind: 'crash', at: 10_000, until: 11_000, node: 2, damagePermille: 0, isTorn: false };
    let emptied = 0;
    for (const seed of [5, 6, 7, 8]) {
      const plan = planWith([mixed, crash]);
      let world: World | undefined;
      const { violations, faultCoverage } = await runFaultPlan({
        ...{ subject, seed, plan, sha256 },
        onWorld: (created) => {
          world = created;
        },
      });
      expect(violations).toEqual([]);
      const [node] = world?.nodes.slice(2) ?? [];
      if (faultCoverage.misdirect !== undefined && node?.isStoreWhole && node.storeGeneration > 0) emptied += 1;
    }
    expect(emptied).toBeGreaterThan(0);
  });
});

describe('the liveness phase', () => {
  test('leaves a dead node dead that its supervisor was about to start (simulation, section 4)', async () => {
    const full: PlannedFault = {
      ...{ kind: 'diskFull', at: 9_000, until: 12_000, node: 3 },
      ...{ readPermille: 0, writePermille: 0, misdirectPermille: 0 },
    };
    const plan = planWith([full], { slots: 12, coreNodes: [0, 1, 2], outside: [{ node: 3, fate: 'dead' }] });
    let world: World | undefined;
    const { violations, faultCoverage } = await runFaultPlan({
      ...{ subject, seed: 1, plan, sha256 },
      onWorld: (created) => {
        world = created;
      },
    });
    expect(violations).toEqual([]);
    expect(faultCoverage.diskFull).toBeGreaterThan(0);
    expect(world?.nodes[3]?.isUp).toBe(false);
  });
});

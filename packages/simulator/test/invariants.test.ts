import type { BlockLocator } from '@fiducia/consensus/ports';
import { ACCOUNTS, type Account, type Ledger, type LedgerStateView, type Table } from '@fiducia/ledger';
import { describe, expect, it } from 'vitest';
import {
  type ChainNode,
  type CheckedNode,
  isSimulationError,
  requireCommonPrefix,
  requireEqualHeads,
  requireEqualStates,
  requireIntegrity,
} from '../src/index.ts';
import { addWorkload, createTestChain } from './support/chain.ts';

/** A node as the checkers see it: a chain of ids, and roots by id. */
function fakeNode(
  name: string,
  ids: readonly string[],
  roots: Record<string, readonly [number, number]> = {},
): CheckedNode {
  const rootAt = (id: string | undefined, part: 0 | 1): Uint8Array => Uint8Array.of(roots[id ?? '']?.[part] ?? 0);
  return {
    name,
    host: {
      head: () => ({ header: { id: ids.at(-1), height: ids.length - 1 } }),
      consensusRoot: (id?: string) => rootAt(id, 1),
    },
    ledger: {
      read: async (locator: { height: number }) => ({ block: { header: { id: ids[locator.height] } } }),
      stateAt: (id?: string) => (roots[id ?? ''] === undefined ? undefined : { root: rootAt(id, 0) }),
    },
  } as unknown as CheckedNode;
}

describe('simulation I10: equal heads', () => {
  it('accepts one head and names the first two that differ', () => {
    const [a, b, c] = [fakeNode('a', ['g', 'x']), fakeNode('b', ['g', 'x']), fakeNode('c', ['g', 'y'])];
    expect(() => requireEqualHeads([a, b])).not.toThrow();
    expect(() => requireEqualHeads([])).not.toThrow();
    expect(() => requireEqualHeads([a, b, c])).toThrow(
      expect.toSatisfy(
        (error) => isSimulationError(error, 'INVARIANT_BROKEN') && /a has x.*c has y/.test(error.message),
      ),
    );
  });
});

describe('simulation I1: common prefix', () => {
  it('compares below the lowest head only', async () => {
    const nodes = [fakeNode('a', ['g', 'x', 'y', 'z']), fakeNode('b', ['g', 'x', 'q'])];
    expect(await requireCommonPrefix(nodes, 1)).toBe(1);
    expect(await requireCommonPrefix(nodes, 9)).toBe(0);
    await expect(requireCommonPrefix(nodes, 0)).rejects.toThrow(/I1.*a has y at height 2, b has q at height 2/);
  });
});

describe('simulation I12: equal states', () => {
  it('demands a ledger state and a consensus state on every node, and that they are equal', () => {
    const node = (name: string, roots: Record<string, readonly [number, number]>) => fakeNode(name, ['g'], roots);
    const sound = node('a', { g: [1, 2] });
    expect(() => requireEqualStates([sound, node('b', { g: [1, 2] })], 'g')).not.toThrow();
    expect(() => requireEqualStates([sound, node('b', { g: [7, 2] })], 'g')).toThrow(/I12.*ledger state/);
    expect(() => requireEqualStates([sound, node('b', { g: [1, 7] })], 'g')).toThrow(/I12.*consensus state/);
    expect(() => requireEqualStates([sound, node('b', {})], 'g')).toThrow(/I12.*b has no state of g/);
  });
});

describe('simulation I4: integrity', () => {
  it('reports a node whose books do not match its blocks', async () => {
    const chain = await createTestChain({ size: 2 });
    addWorkload(chain, 4);
    await chain.runSlots(6.5);
    const { host, ledger } = chain.nodes[0] as ChainNode;
    const withLedger = (name: string, changes: Partial<CheckedNode['ledger']>): CheckedNode => {
      const honest: CheckedNode['ledger'] = {
        read: (at) => ledger.read(at),
        stateAt: (id) => ledger.stateAt(id),
        decode: (bytes, part) => ledger.decode(bytes, part),
      };
      return { name, host, ledger: { ...honest, ...changes } };
    };
    const swap = (from: number, to: number) => (at: BlockLocator) =>
      ledger.read(at.kind === 'height' && at.height === from ? { kind: 'height', height: to } : at);
    expect(await requireIntegrity(withLedger('sound', {}))).toBe(8);

    const repeated = withLedger('repeated', { read: swap(3, 2) });
    await expect(requireIntegrity(repeated)).rejects.toThrow(/I4.*repeated: transaction .* occurs twice/);
    const early = withLedger('early', { read: swap(2, 4) });
    await expect(requireIntegrity(early)).rejects.toThrow(/I4.*early: nonce/);
    const missing = withLedger('missing', { read: async () => null });
    await expect(requireIntegrity(missing)).rejects.toThrow(/I4.*missing: no readable block at height 1/);

    const first = ledger.stateAt((await ledger.read({ kind: 'height', height: 1 }))?.block.header.id);
    const stale = withLedger('stale', { stateAt: () => first });
    await expect(requireIntegrity(stale)).rejects.toThrow(/I4.*stale: next nonce/);
    const pruned = withLedger('pruned', { stateAt: () => undefined });
    await expect(requireIntegrity(pruned)).rejects.toThrow(/I4.*pruned: no state/);
  });

  it('reports a negative balance and a supply that does not add up', async () => {
    const { nodes } = await createTestChain({ size: 2 });
    const { host, ledger } = nodes[0] as ChainNode;
    const state = ledger.stateAt() as LedgerStateView;
    const withBalance = (name: string, change: bigint): CheckedNode => {
      const entries = function* <T>(table: Table<T>): Iterable<readonly [string, T]> {
        let rest = change;
        for (const [key, value] of state.entries(table)) {
          if ((table as unknown) !== ACCOUNTS) yield [key, value];
          else yield [key, { ...value, balance: (value as Account).balance + rest }];
          rest = 0n;
        }
      };
      const changed = { ...state, entries } as LedgerStateView;
      const decode: Ledger['decode'] = (bytes, part) => ledger.decode(bytes, part);
      return { name, host, ledger: { read: (at) => ledger.read(at), stateAt: () => changed, decode } };
    };
    await expect(requireIntegrity(withBalance('sound', 0n))).resolves.toBe(0);
    await expect(requireIntegrity(withBalance('debtor', -1_000_001n))).rejects.toThrow(
      /I4.*debtor: balance of .* is -1/,
    );
    await expect(requireIntegrity(withBalance('forger', 1n))).rejects.toThrow(/I4.*forger: supply is not conserved/);
  });
});

import { describe, expect, it } from 'vitest';
import {
  type CheckedNode,
  isSimulationError,
  requireCommonPrefix,
  requireEqualHeads,
  requireEqualStates,
} from '../src/index.ts';

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

import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import * as P from 'micro-packed';
import { describe, expect, it } from 'vitest';
import { applicationProofOf, defineTable, type StateProof, verifyStateProof } from '../src/index.ts';
import { treeKeyOf } from '../src/state/keys.ts';
import { proveKey } from '../src/state/proof.ts';
import { TreeWriter } from '../src/state/state.ts';
import { differences, rootOf, subtreeOf } from '../src/state/tree.ts';

const FIRST = defineTable({ module: 'test', name: 'first', subtree: 'application', codec: P.string(P.U16BE) });
const SECOND = defineTable({ module: 'test', name: 'second', subtree: 'chain', codec: P.U32BE });

const key = fc.oneof(
  fc.string({ minLength: 0, maxLength: 6, unit: fc.constantFrom('a', 'b', '/', '0', '1') }),
  fc.string({ maxLength: 8, unit: 'binary' }),
  fc.constantFrom('', 'a', 'ab', 'abc', 'é', '电', '😀', '￿', '\ufeff', '\ufeffa', 'a\ufeff'),
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('set' as const), key, value: fc.string({ maxLength: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
);

function utf8Order(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

interface DefinedLeaf {
  readonly key: Buffer;
  readonly value: Uint8Array;
}

/** The root as the format is written down: slow, and without a line of the tree. */
function definedRoot(leaves: readonly DefinedLeaf[]): Buffer {
  const [first, ...others] = leaves;
  if (first === undefined) return Buffer.alloc(32);
  const word = (value: number) => Buffer.from([value >> 8, value & 255]);
  if (others.length === 0) return hashed(Buffer.from([0]), word(first.key.length), first.key, first.value);
  let bit = 0;
  while (leaves.every(({ key }) => definedBit(key, bit) === definedBit(first.key, bit))) bit++;
  const side = (wanted: number) => definedRoot(leaves.filter(({ key }) => definedBit(key, bit) === wanted));
  return hashed(Buffer.from([1]), word(bit), side(0), side(1));
}

/** Before every byte a bit that says it is there, then the byte from its highest bit on. */
function definedBit(key: Buffer, bit: number): number {
  const byte = key[Math.floor(bit / 9)];
  if (byte === undefined) return 0;
  return bit % 9 === 0 ? 1 : (byte >> (8 - (bit % 9))) & 1;
}

function hashed(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.from(sha256(Buffer.concat(parts)));
}

function play(steps: readonly { kind: 'set' | 'delete'; key: string; value?: string }[]) {
  const state = new TreeWriter(undefined);
  const model = new Map<string, string>();
  for (const { kind, key, value } of steps) {
    if (kind === 'set') {
      state.set(FIRST, key, value ?? '');
      model.set(key, value ?? '');
    } else {
      state.delete(FIRST, key);
      model.delete(key);
    }
  }
  return { state, model };
}

describe('state tree against a plain Map', () => {
  it('reads, orders and walks prefixes like a sorted Map (energy UN6)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), key, (steps, prefix) => {
        const { state, model } = play(steps);
        state.set(SECOND, 'other', 7);
        for (const [name, value] of model) expect(state.get(FIRST, name)).toBe(value);
        expect(state.get(FIRST, `${prefix}x`)).toBe(model.get(`${prefix}x`));
        const expected = [...model.keys()].filter((name) => name.startsWith(prefix)).sort(utf8Order);
        expect([...state.entries(FIRST, prefix)].map(([name]) => name)).toEqual(expected);
      }),
    );
  });

  it('has a root that depends on the entries alone, not on their history', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, rotation) => {
        const { state, model } = play(steps);
        const entries = [...model];
        const pivot = entries.length === 0 ? 0 : rotation % entries.length;
        const again = new TreeWriter(undefined);
        for (const [name, value] of [...entries.slice(pivot), ...entries.slice(0, pivot)].reverse()) {
          again.set(FIRST, name, value);
        }
        expect(rootOf(again.tree, sha256)).toEqual(rootOf(state.tree, sha256));
      }),
    );
  });

  it('has the root of its written definition: leaves and branches told apart, key and bit in the hash', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { state, model } = play(steps);
        const leaves = [...model].map(([name, value]) => ({
          key: Buffer.from(FIRST.prefix + name),
          value: FIRST.codec.encode(value),
        }));
        expect(Buffer.from(rootOf(state.tree, sha256))).toEqual(definedRoot(leaves));
      }),
    );
  });

  it('has one side of its root for each subtree, with the root of its own entries alone', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.array(key, { maxLength: 6 }), (steps, others) => {
        const { state, model } = play(steps);
        const alone = rootOf(state.tree, sha256);
        for (const name of others) state.set(SECOND, name, 7);
        const application = subtreeOf(state.tree, 'application/');
        expect(rootOf(application, sha256)).toEqual(alone);
        if (model.size === 0 || others.length === 0) return;
        const sides = [application, subtreeOf(state.tree, 'chain/')].map((side) => Buffer.from(rootOf(side, sha256)));
        // The first bit in which `a` and `c` differ, behind the mark of the byte.
        expect(Buffer.from(rootOf(state.tree, sha256))).toEqual(hashed(Buffer.from([1, 0, 7]), ...sides));
      }),
    );
  });

  it('changes its root with every entry', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), key, (steps, name) => {
        const { state, model } = play(steps);
        const before = rootOf(state.tree, sha256);
        state.set(FIRST, name, `${model.get(name) ?? ''}!`);
        expect(rootOf(state.tree, sha256)).not.toEqual(before);
        if (model.has(name)) state.set(FIRST, name, model.get(name) ?? '');
        else state.delete(FIRST, name);
        expect(rootOf(state.tree, sha256)).toEqual(before);
      }),
    );
  });

  it('does not show later writes to a walk that has begun', () => {
    const { state } = play([
      { kind: 'set', key: 'a', value: '1' },
      { kind: 'set', key: 'c', value: '3' },
    ]);
    const walk = state.entries(FIRST)[Symbol.iterator]();
    state.set(FIRST, 'b', '2');
    state.delete(FIRST, 'c');
    expect([walk.next().value, walk.next().value, walk.next().done]).toEqual([['a', '1'], ['c', '3'], true]);
  });

  it('lists exactly the entries that two versions differ in', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.array(step, { maxLength: 30 }), (first, second) => {
        const { state, model } = play(first);
        const before = state.tree;
        const after = play([...first, ...second]);
        const later = new TreeWriter(before);
        for (const { kind, key: name, ...rest } of second) {
          if (kind === 'set') later.set(FIRST, name, (rest as { value: string }).value);
          else later.delete(FIRST, name);
        }
        const changed = [...differences(before, later.tree)].filter(([a, b]) => a?.value !== b?.value);
        const names = new Set([...model.keys(), ...after.model.keys()]);
        const expected = [...names].filter((name) => model.get(name) !== after.model.get(name)).sort(utf8Order);
        expect(changed.map(([a, b]) => (a ?? b)?.key)).toEqual(expected.map((name) => treeKeyOf(FIRST, name)));
      }),
    );
  });
});

describe('state proofs', () => {
  it('prove every entry and every absence, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), key, (steps, asked) => {
        const { state, model } = play(steps);
        const root = rootOf(state.tree, sha256);
        const proof = proveKey(state.tree, treeKeyOf(FIRST, asked), sha256);
        expect(verifyStateProof(root, proof)).toBe(true);
        const value = model.get(asked);
        expect(proof.value).toEqual(value === undefined ? null : FIRST.codec.encode(value));
        expect(verifyStateProof(sha256(root), proof)).toBe(false);
        for (const other of model.keys()) {
          const relabelled = { ...proveKey(state.tree, treeKeyOf(FIRST, other), sha256), key: proof.key };
          if (other !== asked) expect(verifyStateProof(root, relabelled)).toBe(false);
          // The end of another search shows nothing about a key that is there.
          const { path, value: found } = proveKey(state.tree, treeKeyOf(FIRST, other), sha256);
          if (value === undefined || other === asked || found === null) continue;
          const end = { key: FIRST.prefix + other, value: found };
          expect(verifyStateProof(root, { key: proof.key, value: null, other: end, path })).toBe(false);
        }
        for (const forged of forgeries(proof)) expect(verifyStateProof(root, forged)).toBe(false);
      }),
    );
  });
});

describe('proofs of the application subtree', () => {
  it('are what is left of a proof of the state below its first step', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.array(key, { maxLength: 3 }), key, (steps, others, asked) => {
        const { state, model } = play(steps);
        const alone = rootOf(state.tree, sha256);
        for (const name of others) state.set(SECOND, name, 7);
        const whole = proveKey(state.tree, treeKeyOf(FIRST, asked), sha256);
        const part = applicationProofOf(whole);
        expect(part?.value).toEqual(model.has(asked) ? FIRST.codec.encode(model.get(asked) ?? '') : null);
        expect(part !== null && verifyStateProof(alone, part)).toBe(true);
        expect(part !== null && verifyStateProof(rootOf(state.tree, sha256), part)).toBe(others.length === 0);
        expect(applicationProofOf(proveKey(state.tree, treeKeyOf(SECOND, asked), sha256))).toBeNull();
      }),
    );
  });
});

describe('proofs of a hostile peer', () => {
  const root = new Uint8Array(32);
  const sibling = new Uint8Array(32);
  const value = new Uint8Array(1);

  it.each<[string, Partial<StateProof>]>([
    ['a key without end', { key: '电'.repeat(5_000_000) }],
    ['another key without end', { value: null, other: { key: '电'.repeat(5_000_000), value } }],
    ['a key one byte too long', { key: 'a'.repeat(271) }],
    ['steps without end', { path: Array.from({ length: 200_000 }, (_, bit) => ({ bit, sibling })) }],
    ['the same step again and again', { path: Array.from({ length: 200_000 }, () => ({ bit: 0, sibling })) }],
  ])('are refused at once with %s (catalogue N01)', (_name, change) => {
    let hashes = 0;
    const proof = { key: 'application/test/first/a', value, other: null, path: [], ...change };
    const counted: StateProof = {
      ...proof,
      path: proof.path.map((part) => ({
        bit: part.bit,
        get sibling() {
          hashes++;
          return part.sibling;
        },
      })),
    };
    expect(verifyStateProof(root, counted)).toBe(false);
    expect(hashes).toBeLessThan(3_000);
  });
});

function forgeries(proof: StateProof): StateProof[] {
  const result: StateProof[] = [
    { ...proof, path: [...proof.path, { bit: 3_000, sibling: new Uint8Array(32) }] },
    { ...proof, value: proof.value === null ? new Uint8Array([1]) : null },
    { ...proof, value: null, other: null, path: [{ bit: 0, sibling: new Uint8Array(32) }] },
  ];
  if (proof.value !== null) {
    result.push({ ...proof, value: new Uint8Array([...proof.value, 0]) });
    // Claiming absence with the very entry at the end of the path.
    result.push({ ...proof, value: null, other: { key: proof.key, value: proof.value } });
  }
  if (proof.path.length > 0) {
    result.push({ ...proof, path: proof.path.slice(1) }, { ...proof, path: proof.path.slice(0, -1) });
    result.push({ ...proof, path: proof.path.map((part) => ({ ...part, sibling: part.sibling.subarray(1) })) });
    result.push({ ...proof, path: [...proof.path, ...proof.path.slice(-1)] });
    for (const shift of [-65_536, 65_536, 0.5]) {
      const path = proof.path.map((part, at) => (at === 0 ? { ...part, bit: part.bit + shift } : part));
      result.push({ ...proof, path });
    }
    result.push({ ...proof, path: proof.path.map((part, at) => (at === 0 ? { ...part, bit: part.bit + 1 } : part)) });
    result.push({
      ...proof,
      path: proof.path.map((part, at) => (at === 0 ? { ...part, sibling: sha256(part.sibling) } : part)),
    });
  }
  return result;
}

import { isConsensusError } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PosState } from '../src/index.ts';
import { snapshotOf } from '../src/snapshot.ts';
import { admission, census, configOf, deposit, equivocation, exit, hex, key, nodeId, TestChain } from './support.ts';

const config = configOf({ evidenceEpochs: 2, unbondEpochs: 3 });
const chunksOf = (chain: TestChain, state: PosState = chain.state) => [...chain.rules.codec.encode(state)];

const step = fc.record({
  gap: fc.integer({ min: 1, max: 25 }),
  actor: fc.integer({ min: 0, max: 6 }).map(nodeId),
  amount: fc.bigInt({ min: 0n, max: 1n << 121n }),
  kind: fc.constantFrom('deposit', 'admission', 'exit', 'key', 'evidence', 'stake', 'none'),
});

function factsOf({ actor, amount, kind }: { actor: string; amount: bigint; kind: string }) {
  switch (kind) {
    case 'deposit':
      return [deposit(actor, amount)];
    case 'stake':
      return [{ kind, actor, total: amount } as const];
    case 'admission':
      return [admission(actor, amount), key(actor)];
    case 'exit':
      return [exit(actor)];
    case 'key':
      return [key(actor, new Uint8Array(33).fill(Number(amount % 250n)))];
    case 'evidence':
      return [{ kind, evidence: equivocation(actor, Number(amount % 100n)) } as const];
    default:
      return [];
  }
}

function chainOf(steps: readonly { gap: number; actor: string; amount: bigint; kind: string }[]): TestChain {
  const chain = new TestChain(config, census(5n, 9n, 5n, 70n));
  for (const made of steps) {
    const slot = chain.state.slot + made.gap;
    // Whoever wins an ejected leader's slot builds nothing, so the next one is taken; with all gone the chain ends.
    const next = [slot, slot + 1, slot + 2].find((candidate) => chain.judge(chain.next(candidate)) === 'accept');
    if (next !== undefined) chain.add(next, factsOf(made));
  }
  return chain;
}

describe('the encoding of states', () => {
  it('gives back a state that encodes to the same chunks and behaves the same', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const chain = chainOf(steps);
        const chunks = chunksOf(chain);
        const copy = chain.fork();
        copy.state = chain.rules.codec.decode(chunks);
        expect(chunksOf(chain, copy.state).map(hex)).toEqual(chunks.map(hex));
        const slot = chain.state.slot + 40;
        expect(copy.leaderOf(slot)).toBe(chain.leaderOf(slot));
        if (chain.judge(chain.next(slot)) !== 'accept') return;
        chain.add(slot);
        copy.add(slot);
        expect(copy.root()).toBe(chain.root());
      }),
      { numRuns: 40 },
    );
  });

  it('refuses everything else, in bounded time', () => {
    const chain = chainOf([{ gap: 3, actor: nodeId(1), amount: 4n, kind: 'evidence' }]);
    const chunks = chunksOf(chain);
    const known = chunks.map(hex).join('/');
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom('flip', 'cut', 'add', 'drop'),
        (at, by, how) => {
          const index = at % chunks.length;
          const changed = chunks.map((chunk) => chunk.slice());
          const chunk = changed[index] ?? new Uint8Array();
          if (how === 'flip') chunk[at % chunk.length] = (chunk[at % chunk.length] ?? 0) ^ by;
          if (how === 'cut') changed[index] = chunk.slice(0, at % chunk.length);
          if (how === 'add') changed[index] = new Uint8Array([...chunk, by]);
          if (how === 'drop') changed.splice(index, 1);
          try {
            // A changed value may be another state; then it has to be the encoding of that state.
            const other = chunksOf(chain, chain.rules.codec.decode(changed)).map(hex).join('/');
            expect(other).toBe(changed.map(hex).join('/'));
            expect(other).not.toBe(known);
          } catch (error) {
            expect(isConsensusError(error, 'INVALID_ENCODING')).toBe(true);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('refuses an epoch that is not that of the slot, and a validator that is listed twice', () => {
    const chain = chainOf([{ gap: 3, actor: nodeId(1), amount: 4n, kind: 'none' }]);
    const { codec } = chain.rules;
    const misplaced = { ...chain.state, seeds: { ...chain.state.seeds, epoch: 1 } };
    expect(() => codec.decode(codec.encode(misplaced))).toThrow(/INVALID_ENCODING/);
    const twice = snapshotOf([nodeId(0), nodeId(0)].map((id) => ({ id, stake: 5n, vrfKey: new Uint8Array(33) })));
    const doubled = { ...chain.state, snapshots: [twice, twice, twice] as const };
    expect(() => codec.decode(codec.encode(doubled))).toThrow(/INVALID_ENCODING/);
    const [first] = chain.state.snapshots;
    const copied = { ...chain.state, snapshots: [first, { ...first }, first] as const };
    expect(() => codec.decode(codec.encode(copied))).toThrow(/INVALID_ENCODING/);
  });

  it('splits large registers into pages within the bound of the contract', () => {
    const large = new TestChain(
      configOf({ maxValidators: 4_096 }),
      census(...Array.from({ length: 4_200 }, (_, index) => BigInt(index + 1))),
    );
    const chunks = chunksOf(large);
    // One head, five pages of the register, four of the snapshot that all three epochs share.
    expect(chunks).toHaveLength(10);
    for (const chunk of chunks) expect(chunk.length).toBeLessThan(1_048_576);
    expect(chunksOf(large, large.rules.codec.decode(chunks)).map(hex)).toEqual(chunks.map(hex));
    const reversed = [...chunks.slice(0, 6), ...chunks.slice(6).toReversed()];
    expect(() => large.rules.codec.decode(reversed)).toThrow(/INVALID_ENCODING/);
  });
});

it('a state is not changed by what is applied to it', () => {
  const chain = chainOf([{ gap: 3, actor: nodeId(1), amount: 4n, kind: 'deposit' }]);
  const before = chain.root();
  const fork = chain.fork();
  fork.add(chain.state.slot + 60, [deposit(nodeId(0), 1n)]);
  expect(chain.root()).toBe(before);
});
